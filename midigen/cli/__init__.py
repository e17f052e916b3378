"""The command line: words to requests, answers to words.

Rooms are imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from midigen.cli.parser import build_parser
from midigen.errors import DISK_TROUBLE, UserError

BAD_INPUT = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0, or 2 for what a person can put right."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):  # a file may be named by bytes that are no text
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = build_parser().parse_args(words)
    options.typed = shlex.join(["python", "-m", "midigen", *words])
    try:
        options.command(options)
    except UserError as error:
        print(f"error: {error.what}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        sys.stderr.close()
    except OSError as error:
        if error.errno not in DISK_TROUBLE:
            raise
        print(f"error: {error.strerror}: {error.filename or 'while writing'}", file=sys.stderr)
        print("  Make room or choose another place; nothing is half-written.", file=sys.stderr)
        return BAD_INPUT
    except MemoryError:
        print("error: There is not enough memory.", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return INTERRUPTED
    return 0
