"""Mutated files through the real way in: `python -m tests.fuzz [midi|soundfonts] --runs 20000`.

A MIDI file is parsed, written anew and spelled as a training piece would be, a soundfont plays as
it must before it is kept, each in a process of its own. Allowed are two ends: it is taken, and then
every note of a MIDI file is closed; or it is refused with a reason, a crash of the reader among
them, which costs its process alone. Anything else (another exception, a hang, too much memory, a
note that stays open) is a finding.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from midigen.config import DataConfig, TokenizerConfig
from midigen.errors import UserError
from midigen.isolated import isolated
from midigen.music.score import rewritten
from midigen.music.tokenizer import ScoreTokenizer
from midigen.rendering.audition import audition
from tests.conftest import make_band, make_score
from tests.midi_bytes import open_notes
from tests.rendering.conftest import write_soundfont

SECONDS_PER_FILE = 30.0  # on a busy computer; the slowest takes one second on a quiet one
NOT_REFUSALS = ("took longer", "of memory")
INTERESTING = (0x00, 0x01, 0x40, 0x7F, 0x80, 0x81, 0x90, 0xC0, 0xE0, 0xF0, 0xF7, 0xFE, 0xFF)
SOUNDFONT_TABLES = (
    *(b"phdr", b"pbag", b"pmod", b"pgen"),
    *(b"inst", b"ibag", b"imod", b"igen", b"shdr"),
)
Settings = list[tuple[int, int]]  # of a zone: which generator, and its amount


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
    """Try mutants of MIDI files; run `i` is the same for the same seed."""
    return _tried(take, (mutated(seeds, chance) for chance in _chances(n_runs, seed)), open_notes)


def fuzz_soundfonts(n_runs: int, seeds: Sequence[bytes], seed: int = 0) -> Findings:
    """Try mutants of soundfonts, half of them with damage to the tables alone."""
    mutants = (
        mutated(seeds, chance) if chance.random() < 0.5 else with_other_tables(seeds, chance)
        for chance in _chances(n_runs, seed)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mutant.sf2"
        return _tried(play, ((path, mutant) for mutant in mutants), lambda _: 0)


def _chances(n_runs: int, seed: int) -> Iterator[random.Random]:
    return (random.Random(f"{seed}-{run}") for run in range(n_runs))


def _tried(way_in: Callable[[Any], Any], mutants: Iterator[Any], faults: Any) -> Findings:
    """What became of the mutants; `faults` counts the open notes of a result."""
    found = Findings()
    with isolated(way_in, SECONDS_PER_FILE) as call:
        for run, mutant in enumerate(mutants):
            try:
                result = call(mutant)
            except UserError as refusal:
                reason = str(refusal)
                found.refusals["".join(c for c in reason if not c.isdigit())[:50]] += 1
                if any(each in reason for each in NOT_REFUSALS):
                    found.wrong.append(f"run {run}: {reason}")
            except RuntimeError as error:
                found.wrong.append(f"run {run}: {str(error).strip().splitlines()[-1]}")
            else:
                found.n_taken += 1
                if faults(result):
                    found.wrong.append(f"run {run}: {faults(result)} notes are open")
    return found


def take(content: bytes) -> bytes:
    """What an import does with a file, in its child process."""
    from symusic import Score

    written = rewritten((content, DataConfig()))
    _tokenizer().encode(Score.from_midi(written))
    return written


def play(item: tuple[Path, bytes]) -> int:
    """What a soundfont of unknown origin goes through before it is kept, in its child process."""
    path, content = item
    path.write_bytes(content)
    return audition(path)


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


def with_other_tables(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """A soundfont with some numbers of its tables changed; all its sizes hold."""
    content = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 2, 4, 8, 20))):
        name = content.find(chance.choice(SOUNDFONT_TABLES), content.find(b"pdta"))
        size = int.from_bytes(content[name + 4 : name + 8], "little")
        at = name + 8 + chance.randrange(size)
        content[at] = chance.choice((chance.randrange(256), *INTERESTING))
    return bytes(content)


def soundfont_seeds() -> list[bytes]:
    """Small ones: a loop, a filter with modulators, offsets, ranges and coarse tuning."""
    loop: Settings = [(58, 69), (54, 1)]
    bright: Settings = [(58, 60), (8, 6000), (11, 2000), (9, 100), (34, -2000), (38, 0)]
    shifted: Settings = [(43, 0x3C00), (58, 60), (54, 3), (45, 1), (50, 1), (56, 50), (51, 3)]
    shapes = [(0x0502, 48, 960, 0, 0), (0x0102, 8, -2400, 0, 0)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed.sf2"
        return [
            write_soundfont(path, generators=loop).read_bytes(),
            write_soundfont(path, generators=bright, modulators=shapes).read_bytes(),
            write_soundfont(path, generators=shifted).read_bytes(),
        ]


def own_seeds() -> list[bytes]:
    """Small pieces of all that a file can hold."""
    songs = [make_score(seed=i, n_bars=2 + i) for i in range(3)] + [make_band(seed=3, n_bars=2)]
    return [song.dumps_midi() for song in songs]


def seeds_of(folder: Path, suffixes: Sequence[str]) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in suffixes and path.stat().st_size < 100_000:
            yield path.read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=["midi", "soundfonts"], default="midi")
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=Path, help="also mutate the files of this folder")
    options = parser.parse_args()
    is_midi = options.what == "midi"
    seeds = own_seeds() if is_midi else soundfont_seeds()
    if options.seeds:
        seeds += seeds_of(options.seeds, (".mid", ".midi") if is_midi else (".sf2", ".sf3"))
    found = (fuzz if is_midi else fuzz_soundfonts)(options.runs, seeds, options.seed)
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
