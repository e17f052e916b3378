"""The starter set: Bach's four-part chorales from the corpus of the music21 package, as MIDI.

They come with the installation, so no network and no account is needed. Scores that are not plain
four-part chorales are left out, and so is the second of two with the same notes.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from midigen.corpus.engraved import VOICES, Chorale, read_score_file, to_midi
from midigen.corpus.intake import Intake
from midigen.errors import UserError
from midigen.isolated import map_isolated, n_cores
from midigen.progress import Progress

NAME = "bach-chorales"
SOURCE = "Bach's four-part chorales, from the corpus of the music21 package"
LICENCE = (
    "Music by J. S. Bach: public domain. Encodings from the music21 corpus, which is 'distributed "
    "with the permission of the encoders' (its corpus/license.txt); the files name no terms of "
    "their own."
)
LEAST_SOUNDING = 0.8  # pure chorales sing 98 % of the time, those between interludes up to 56 %
SECONDS_PER_FILE = 60.0


@dataclass(frozen=True)
class Converted:
    """A chorale as a MIDI file, and a fingerprint of its notes by which twins are known."""

    midi: bytes
    fingerprint: str


def fill_with_chorales(intake: Intake, progress: Progress) -> None:
    """Convert all chorales and offer them to the intake.

    Raises:
        UserError: the package with the scores, or the one that reads them, is not installed.
    """
    scores = find_scores()
    what = "Converting chorales"
    progress(0, len(scores), what)
    converted: dict[str, Converted] = {}
    refused: dict[str, str] = {}
    n_workers = min(n_cores(), 8)
    outcomes = map_isolated(convert, [str(each) for each in scores], n_workers, SECONDS_PER_FILE)
    for done, outcome in enumerate(outcomes, start=1):
        name = Path(outcome.item).name
        if outcome.result is None:
            refused[name] = outcome.refusal
        else:
            converted[name] = outcome.result
        progress(done, len(scores), what)
    for name in sorted(refused):
        intake.leave_out(name, refused[name])
    _take_once(converted, intake)


def find_scores() -> list[Path]:
    """The scores in the installed package, found without importing it.

    Raises:
        UserError: the packages are not installed.
    """
    _package_folder("verovio")
    folder = _package_folder("music21") / "corpus" / "bach"
    scores = sorted([*folder.glob("*.mxl"), *folder.glob("*.xml")])
    if not scores:
        raise UserError(
            "The installed music21 has no corpus.", "pip install --force-reinstall music21"
        )
    return scores


def convert(path: str) -> Converted:
    """Make one score a MIDI file.

    Raises:
        UserError: it is not a four-part chorale.
    """
    chorale = read_score_file(path)
    _refuse_interludes(chorale)
    notes = repr([chorale.voices[each] for each in VOICES])
    return Converted(to_midi(chorale), hashlib.sha256(notes.encode()).hexdigest())


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise UserError(f"The built-in chorales need the package {name}.", f"pip install {name}")
    return Path(spec.origin).parent


def _take_once(converted: Mapping[str, Converted], intake: Intake) -> None:
    """Offer each piece once: two numbers of the catalogue can be one chorale."""
    seen: dict[str, str] = {}
    for name in sorted(converted, key=lambda each: (len(each), each)):
        chorale = converted[name]
        twin = seen.setdefault(chorale.fingerprint, name)
        if twin != name:
            intake.leave_out(name, "has the same notes as another one")
        else:
            intake.take(name, (f"{name.rsplit('.', 1)[0]}.mid",), chorale.midi)


def _refuse_interludes(chorale: Chorale) -> None:
    for notes in chorale.voices.values():
        if sum(duration for _, duration, _ in notes) < LEAST_SOUNDING * chorale.end:
            raise UserError("a movement with interludes, not a plain chorale")
