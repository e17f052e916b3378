"""midigen: train a composer on your own MIDI files and play with it in the browser."""

__version__ = "0.1.0"
