"""`python generate.py …` is `python -m midigen generate …`."""

import sys

from midigen.cli import main

if __name__ == "__main__":
    sys.exit(main(["generate", *sys.argv[1:]]))
