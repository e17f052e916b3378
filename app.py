"""The door of the web app: `python app.py`, or a Space that runs this file."""

import sys

from midigen.cli import main

if __name__ == "__main__":
    sys.exit(main(["app", *sys.argv[1:]]))
