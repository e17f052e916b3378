"""Mutated MIDI files through the real way in: `python -m tests.fuzz --runs 20000`.

Each file is parsed, written anew and spelled as a training piece would be, in a process of its own.
Allowed are two ends: it is taken, and then every note of what was written is closed; or it is
refused with a reason, a crash of the reader among them, which costs its process alone. Anything
else (another exception, a hang, a note that stays open) is a finding.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from midigen.config import DataConfig, TokenizerConfig
from midigen.errors import UserError
from midigen.isolated import isolated
from midigen.music.score import rewritten
from midigen.music.tokenizer import ScoreTokenizer
from tests.conftest import make_band, make_score
from tests.midi_bytes import open_notes

SECONDS_PER_FILE = 30.0  # on a busy computer; the slowest takes one second on a quiet one
NOT_REFUSALS = ("took longer", "of memory")
INTERESTING = (0x00, 0x01, 0x40, 0x7F, 0x80, 0x81, 0x90, 0xC0, 0xE0, 0xF0, 0xF7, 0xFE, 0xFF)


@dataclass
class Findings:
    """What became of the files.

    Attributes:
        n_taken: written anew.
        refusals: for each reason, without its numbers, how many.
        wrong: what should not have happened, with the number of the run.
    """

    n_taken: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def fuzz(n_runs: int, seeds: Sequence[bytes], seed: int = 0) -> Findings:
    """Try mutants; run `i` is the same for the same seed."""
    found = Findings()
    with isolated(take, SECONDS_PER_FILE) as call:
        for run in range(n_runs):
            mutant = mutated(seeds, random.Random(f"{seed}-{run}"))
            try:
                written = call(mutant)
            except UserError as refusal:
                reason = str(refusal)
                found.refusals["".join(c for c in reason if not c.isdigit())[:50]] += 1
                if any(each in reason for each in NOT_REFUSALS):
                    found.wrong.append(f"run {run}: {reason}")
            except RuntimeError as error:
                found.wrong.append(f"run {run}: {str(error).strip().splitlines()[-1]}")
            else:
                found.n_taken += 1
                if open_notes(written):
                    found.wrong.append(f"run {run}: {open_notes(written)} notes are open")
    return found


def take(content: bytes) -> bytes:
    """What an import does with a file, in its child process."""
    from symusic import Score

    written = rewritten((content, DataConfig()))
    _tokenizer().encode(Score.from_midi(written))
    return written


@lru_cache(maxsize=1)
def _tokenizer() -> ScoreTokenizer:
    return ScoreTokenizer(TokenizerConfig())


def mutated(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """A seed with bytes changed, inserted, repeated or cut away; some stay as they are."""
    content = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((0, 1, 1, 2, 5, 20, 100))):
        if not content:
            break
        at = chance.randrange(len(content))
        match chance.randrange(6):
            case 0:
                content[at] = chance.randrange(256)
            case 1:
                content[at] = chance.choice(INTERESTING)
            case 2:
                content[at] ^= 1 << chance.randrange(8)
            case 3:
                content[at:at] = bytes([chance.choice(INTERESTING)]) * chance.choice((1, 2, 4))
            case 4:
                content[at:at] = content[at : at + chance.randrange(1, 64)]
            case 5:
                del content[at : at + chance.choice((1, 1, 4, 1000))]
    return bytes(content)


def own_seeds() -> list[bytes]:
    """Small pieces of all that a file can hold."""
    songs = [make_score(seed=i, n_bars=2 + i) for i in range(3)] + [make_band(seed=3, n_bars=2)]
    return [song.dumps_midi() for song in songs]


def seeds_of(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in (".mid", ".midi") and path.stat().st_size < 100_000:
            yield path.read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=Path, help="also mutate the MIDI files of this folder")
    options = parser.parse_args()
    seeds = own_seeds() + (list(seeds_of(options.seeds)) if options.seeds else [])
    found = fuzz(options.runs, seeds, options.seed)
    say = sys.stdout.write
    say(f"{options.runs} runs of {len(seeds)} seeds: {found.n_taken} taken, ")
    say(f"{found.refusals.total()} refused, {len(found.wrong)} wrong\n")
    for reason, n in found.refusals.most_common(12):
        say(f"{n:8} {reason}\n")
    for each in found.wrong[:50]:
        say(f"WRONG {each}\n")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
