"""`python train.py …` is `python -m midigen train …`."""

import sys

from midigen.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
