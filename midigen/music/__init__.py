"""What a piece of music is: reading it, and spelling it as tokens and back."""
