"""`python download_data.py …` is `python -m midigen download-data …`."""

import sys

from midigen.cli import main

if __name__ == "__main__":
    sys.exit(main(["download-data", *sys.argv[1:]]))
