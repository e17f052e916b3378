"""How a network learns: a generator of events, and what each run leaves on disk."""
