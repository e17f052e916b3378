"""Writes the prompts that come with the studio: openings to go on from, in assets/prompts/.

    python tools/make_prompts.py

The music is old enough to belong to everybody; these few bars are spelled out here by hand.
A line is a voice: notes with their length in sixteenths, `r` for a rest, `+` between the notes of a
chord, `|` for the eye.
"""

from __future__ import annotations

import re
from pathlib import Path

from symusic import Note, Score, Tempo, TimeSignature, Track

FOLDER = Path(__file__).parent.parent / "assets" / "prompts"
TICKS, SIXTEENTH = 480, 120
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SHIFTS = {"": 0, "#": 1, "b": -1}


def broken(bars: str) -> tuple[str, str, str]:
    """Bach's pattern: five tones a line, as bass, second voice and the figure above."""
    bass, second, above = [], [], []
    for line in bars.split("|"):
        n1, n2, n3, n4, n5 = line.split()
        bass += [f"{n1}:8"] * 2
        second += ["r:1", f"{n2}:7"] * 2
        figure = [f"{each}:1" for each in (n3, n4, n5, n3, n4, n5)]
        above += ["r:2", *figure] * 2
    return " ".join(bass), " ".join(second), " ".join(above)


PROMPTS: dict[str, tuple[tuple[int, int], float, tuple[str, ...]]] = {
    "Bach - Prelude in C major": (
        (4, 4),
        66,
        broken("C4 E4 G4 C5 E5 | C4 D4 A4 D5 F5 | B3 D4 G4 D5 F5 | C4 E4 G4 C5 E5"),
    ),
    "Beethoven - Fur Elise": (
        (3, 8),
        70,
        (
            "r:4 E5:1 D#5:1 | E5:1 D#5:1 E5:1 B4:1 D5:1 C5:1 | A4:2 r:1 C4:1 E4:1 A4:1 |"
            "B4:2 r:1 E4:1 G#4:1 B4:1 | C5:2 r:1 E4:1 E5:1 D#5:1",
            "r:6 | r:6 | A2:1 E3:1 A3:1 r:3 | E2:1 E3:1 G#3:1 r:3 | A2:1 E3:1 A3:1 r:3",
        ),
    ),
    "Beethoven - Ode to Joy": (
        (4, 4),
        108,
        (
            "E5:4 E5:4 F5:4 G5:4 | G5:4 F5:4 E5:4 D5:4 | C5:4 C5:4 D5:4 E5:4 | E5:6 D5:2 D5:8",
            "C3+G3:8 C3+G3:8 | G2+G3:8 G2+F3:8 | C3+E3:8 G2+F3:8 | C3+G3:8 G2+F3:8",
        ),
    ),
    "Mozart - Sonata in C major": (
        (4, 4),
        126,
        (
            "C5:8 E5:4 G5:4 | B4:6 C5:1 D5:1 C5:4 r:4 |"
            "A5:8 G5:4 C6:4 | G5:4 F5:1 E5:1 F5:2 E5:4 r:4",
            "C4:2 G4:2 E4:2 G4:2 C4:2 G4:2 E4:2 G4:2 | D4:2 G4:2 F4:2 G4:2 C4:2 G4:2 E4:2 G4:2 |"
            "C4:2 A4:2 F4:2 A4:2 C4:2 G4:2 E4:2 G4:2 | B3:2 G4:2 D4:2 G4:2 C4:2 G4:2 E4:2 G4:2",
        ),
    ),
    "Satie - Gymnopedie 1": (
        (3, 4),
        72,
        (
            "r:12 | r:12 | r:12 | r:12 |"
            "r:4 F#5:4 A5:4 | G5:4 F#5:4 C#5:4 | B4:4 C#5:4 D5:4 | A4:12",
            "G2:12 | D2:12 | G2:12 | D2:12 | G2:12 | D2:12 | G2:12 | D2:12",
            "r:4 B3+D4+F#4:8 | r:4 A3+C#4+F#4:8 | r:4 B3+D4+F#4:8 | r:4 A3+C#4+F#4:8 |"
            "r:4 B3+D4+F#4:8 | r:4 A3+C#4+F#4:8 | r:4 B3+D4+F#4:8 | r:4 A3+C#4+F#4:8",
        ),
    ),
    "Traditional - Greensleeves": (
        (6, 8),
        120,
        (
            "r:10 A4:2 | C5:4 D5:2 E5:3 F5:1 E5:2 | D5:4 B4:2 G4:3 A4:1 B4:2 |"
            "C5:4 A4:2 A4:3 G#4:1 A4:2 | B4:4 G#4:2 E4:4 A4:2",
            "r:12 | A3+C4+E4:12 | G3+B3+D4:12 | F3+A3+C4:6 A3+C4+E4:6 | E3+G#3+B3:12",
        ),
    ),
}


def pitch(name: str) -> int:
    """`C4` is 60."""
    found = re.fullmatch(r"([A-G])([#b]?)(\d)", name)
    assert found, f"{name!r} is no note"
    letter, shift, octave = found.groups()
    return 12 * (int(octave) + 1) + STEPS[letter] + SHIFTS[shift]


def voice(line: str, velocity: int) -> list[Note]:
    """The notes of a line."""
    notes, tick = [], 0
    for item in line.replace("|", " ").split():
        names, length = item.split(":")
        ticks = int(length) * SIXTEENTH
        if names != "r":
            notes += [Note(tick, ticks, pitch(name), velocity) for name in names.split("+")]
        tick += ticks
    return notes


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (metre, tempo, lines) in PROMPTS.items():
        score = Score(TICKS)
        score.tempos = [Tempo(0, tempo)]
        score.time_signatures = [TimeSignature(0, *metre)]
        track = Track(name="Piano")
        for i, line in enumerate(lines):
            track.notes.extend(voice(line, 76 if i == 0 else 60))
        score.tracks.append(track)
        score.dump_midi(FOLDER / f"{name}.mid")
        print(f"{name}: {track.note_num()} notes")


if __name__ == "__main__":
    main()
