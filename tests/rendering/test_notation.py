from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
import verovio
from symusic import Note, Score, Tempo, TimeSignature, Track

from midigen.errors import UserError
from midigen.music.key import Key
from midigen.rendering.beams import beams
from midigen.rendering.hands import split_hands
from midigen.rendering.metre import Metre, bars_of
from midigen.rendering.musicxml import musicxml
from midigen.rendering.note_values import VALUES, Tuplet, Value, spell
from midigen.rendering.spelling import signature, spell_pitches
from midigen.rendering.writing import MAX_BARS
from tests.conftest import make_score
from tests.rendering.conftest import note_score

GRID = 12  # ticks of the scores here: one for each position of the tokenizer
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
METRES = [(4, 4), (3, 4), (2, 4), (5, 4), (2, 2), (3, 2), (6, 8), (9, 8), (12, 8), (3, 8), (7, 8)]
METRES += [(5, 8), (6, 4), (7, 4), (3, 16), (1, 4)]


def grid_score(
    *notes: tuple[float, float, int], metre: tuple[int, int] = (4, 4), program: int = 0
) -> Score:
    """Notes as (start, duration, pitch) in quarters."""
    score = Score(GRID)
    score.time_signatures = [TimeSignature(0, *metre)]
    track = Track(program=program)
    track.notes = [Note(round(s * GRID), round(d * GRID), pitch, 80) for s, d, pitch in notes]
    score.tracks = [track]
    return score


def random_score(seed: int, metre: tuple[int, int], ticks: int = GRID, n: int = 120) -> Score:
    """Notes at random places: some on eighths, some on triplets, some wherever the grid allows."""
    chance = random.Random(seed)
    score = Score(ticks)
    score.time_signatures = [TimeSignature(0, *metre)]
    for _ in range(chance.choice((1, 1, 2))):
        track = Track(program=0)
        for _ in range(n):
            step = chance.choice((ticks, ticks // 2, ticks // 4, ticks // 3, 1))
            start = chance.randrange(0, 24 * ticks, step)
            length = chance.randint(1, 4 * ticks) // step * step or 1
            track.notes.append(Note(start, length, chance.randint(30, 96), 80))
        score.tracks.append(track)
    return score


def notes_of(xml: str) -> list[Element]:
    return list(ElementTree.fromstring(xml).iter("note"))


def pitch(note: Element) -> int:
    octave = int(note.findtext("pitch/octave", ""))
    alter = int(note.findtext("pitch/alter", "0"))
    return 12 * (octave + 1) + STEPS[note.findtext("pitch/step", "")] + alter


def is_struck(note: Element) -> bool:
    return note.find("rest") is None and not any(
        each.get("type") == "stop" for each in note.findall("tie")
    )


def name(note: Element) -> str:
    signs = {"-2": "bb", "-1": "b", "1": "#", "2": "##"}
    step, alter = note.findtext("pitch/step", ""), note.findtext("pitch/alter", "")
    return step + signs.get(alter, "")


def written(xml: str, voice: str = "1") -> str:
    """One voice in short: values, rests as r, dots, ties as ~, barlines."""
    short = {"whole": "1", "half": "2", "quarter": "4", "eighth": "8", "16th": "16", "32nd": "32"}
    bars = []
    for measure in ElementTree.fromstring(xml).iter("measure"):
        words = []
        for note in measure.iter("note"):
            if note.find("chord") is not None or note.findtext("voice") != voice:
                continue
            rest = note.find("rest")
            if rest is not None and rest.get("measure"):
                words.append("R")
                continue
            word = "r" * (rest is not None) + short[note.findtext("type", "")]
            word += "." * len(note.findall("dot"))
            if note.find("time-modification") is not None:
                word += f"/{note.findtext('time-modification/actual-notes')}"
            if any(each.get("type") == "start" for each in note.findall("tie")):
                word += "~"
            words.append(word)
        bars.append(" ".join(words))
    return " | ".join(bars)


def voice_lengths(part: Element) -> Iterator[tuple[int, dict[str, int], Element]]:
    """Of each bar the metre's length and how long each voice lasts, in divisions of a quarter."""
    length = 0
    for measure in part.iter("measure"):
        if measure.find("attributes/time") is not None:
            beats = int(measure.findtext("attributes/time/beats", ""))
            length = beats * 96 // int(measure.findtext("attributes/time/beat-type", ""))
        lengths: dict[str, int] = defaultdict(int)
        for note in measure.iter("note"):
            if note.find("chord") is None:
                lengths[note.findtext("voice", "")] += int(note.findtext("duration", ""))
        yield length, lengths, measure


@pytest.mark.parametrize("metre", METRES, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_every_voice_fills_every_bar_exactly(metre: tuple[int, int], seed: int) -> None:
    xml = musicxml(random_score(seed, metre))
    for length, lengths, measure in voice_lengths(ElementTree.fromstring(xml)):
        assert set(lengths.values()) == {length}, measure.get("number")


@pytest.mark.parametrize("metre", METRES, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_lasts_as_long_as_it_says(metre: tuple[int, int], seed: int) -> None:
    """The name, the dots and the tuplet of every note make its duration."""
    names = {value: Fraction(units, 24) for units, value in VALUES.items()}
    for note in notes_of(musicxml(random_score(seed, metre))):
        if note.find("rest") is not None and note.find("type") is None:
            continue  # a whole-bar rest
        length = names[note.findtext("type", ""), len(note.findall("dot"))]
        if note.find("time-modification") is not None:
            length *= int(note.findtext("time-modification/normal-notes", ""))
            length /= int(note.findtext("time-modification/actual-notes", ""))
        assert length == Fraction(int(note.findtext("duration", "")), 24)


@pytest.mark.parametrize("metre", METRES, ids=str)
@pytest.mark.parametrize("ticks", [GRID, 480])
def test_every_note_is_written_once_with_its_pitch(metre: tuple[int, int], ticks: int) -> None:
    score = random_score(7, metre, ticks)
    places = {
        ((2 * note.start * GRID + ticks) // (2 * ticks), note.pitch)
        for track in score.tracks
        for note in track.notes
    }
    xml = musicxml(score)
    found = Counter(pitch(note) for note in notes_of(xml) if is_struck(note))
    assert found == Counter(pitch for _, pitch in places)
    ids = [note.get("id") for note in notes_of(xml) if note.find("rest") is None]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("seed", range(4))
def test_ties_join_heads_of_one_pitch_that_follow_each_other(seed: int) -> None:
    part = ElementTree.fromstring(musicxml(random_score(seed, (4, 4))))
    bar_start, ties, ends = 0, {}, {}
    for length, _, measure in voice_lengths(part):
        place = start = bar_start
        for each in measure:
            duration = int(each.findtext("duration", "0"))
            if each.tag == "backup":
                place -= duration
            if each.tag != "note":
                continue
            if each.find("chord") is None:
                start, place = place, place + duration
            head = str(each.get("id"))
            for tie in each.findall("tie"):
                if tie.get("type") == "stop":
                    ends[head.rpartition("h")[0], start] = pitch(each)
                else:
                    ties[head.rpartition("h")[0], start + duration] = pitch(each)
        bar_start += length
    assert ties
    assert ties == ends


@pytest.mark.parametrize("metre", METRES, ids=str)
@pytest.mark.parametrize("seed", range(10, 14))
def test_verovio_reads_the_places_that_are_meant(metre: tuple[int, int], seed: int) -> None:
    xml = musicxml(random_score(seed, metre))
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    assert toolkit.loadData(xml)
    read = {
        head: each["qstamp"] for each in toolkit.renderToTimemap() for head in each.get("on", ())
    }
    bar_start = 0
    for length, _, measure in voice_lengths(ElementTree.fromstring(xml)):
        place = start = bar_start
        for each in measure:
            duration = int(each.findtext("duration", "0"))
            place -= duration * (each.tag == "backup")
            if each.tag == "note":
                if each.find("chord") is None:
                    start, place = place, place + duration
                if is_struck(each):
                    assert read[str(each.get("id"))] == pytest.approx(start / 24, abs=1e-4)
        bar_start += length


@pytest.mark.parametrize(
    ("key", "sharps"),
    [
        (Key(0, "major"), 0),
        (Key(9, "minor"), 0),
        (Key(5, "major"), -1),
        (Key(7, "major"), 1),
        (Key(6, "major"), 6),
        (Key(1, "major"), -5),
        (Key(3, "minor"), -6),
        (Key(8, "minor"), 5),
        (Key(2, "minor"), -1),
    ],
    ids=str,
)
def test_key_signatures(key: Key, sharps: int) -> None:
    assert signature(key) == sharps


@pytest.mark.parametrize(
    ("key", "pitches", "names"),
    [
        (Key(5, "major"), [65, 70, 69], "F B- A"),
        (Key(9, "minor"), [69, 68, 69, 66, 68], "A G# A F# G#"),
        (Key(9, "minor"), [64, 63, 64], "E D# E"),
        (Key(0, "major"), [67, 66, 67], "G F# G"),
        (Key(0, "major"), [72, 70, 69], "C B- A"),
        (Key(0, "major"), [60, 61, 62], "C C# D"),
        (Key(0, "major"), [64, 63, 62], "E E- D"),
        (Key(3, "minor"), [63, 62, 63], "E- D E-"),
        (Key(8, "minor"), [68, 67, 68], "G# F## G#"),
        (Key(6, "major"), [66, 71, 65, 66], "F# B E# F#"),
    ],
)
def test_pitches_are_spelled_in_their_key(key: Key, pitches: list[int], names: str) -> None:
    found = spell_pitches([(24 * i, each) for i, each in enumerate(pitches)], key)
    signs = {-1: "-", 0: "", 1: "#", 2: "##"}
    assert [each.step + signs[each.alter] for each in found] == names.split()


def test_a_foreign_note_takes_its_name_from_its_chord() -> None:
    """E major's third is G sharp; F minor's is A flat."""
    c_major = Key(0, "major")
    e_major = spell_pitches([(0, 64), (0, 68), (0, 71)], c_major)
    f_minor = spell_pitches([(0, 65), (0, 68), (0, 72)], c_major)
    assert (e_major[1].step, e_major[1].alter) == ("G", 1)
    assert (f_minor[1].step, f_minor[1].alter) == ("A", -1)


def test_octaves_change_at_c_also_for_b_sharp_and_c_flat() -> None:
    names = spell_pitches([(0, 60), (0, 59)], Key(1, "minor"))  # B# 3 is middle C
    assert [(each.step, each.alter, each.octave) for each in names] == [("B", 1, 3), ("B", 0, 3)]


def test_an_accidental_holds_for_its_bar_and_line_only() -> None:
    scale = [(0, 1, 60), (1, 1, 64), (2, 1, 67), (3, 1, 72)]
    notes = [(4, 1, 66), (5, 1, 66), (6, 1, 65), (7, 1, 78), (8, 1, 66), (9, 3, 67)]
    struck = [
        (name(note), note.findtext("accidental"))
        for note in notes_of(musicxml(grid_score(*scale, *notes)))
        if note.find("rest") is None and name(note)[0] == "F"
    ]
    assert struck == [
        ("F#", "sharp"),
        ("F#", None),
        ("F", "natural"),
        ("F#", "sharp"),
        ("F#", "sharp"),
    ]


@pytest.mark.parametrize(
    ("metre", "notes", "expected"),
    [
        ((4, 4), [(0, 4)], "1"),
        ((4, 4), [(0, 1), (1, 2), (3, 1)], "4 2 4"),
        ((4, 4), [(0, 0.5), (0.5, 1), (1.5, 0.5), (2, 2)], "8 4 8 2"),
        ((4, 4), [(0, 1.5), (1.5, 1), (2.5, 1.5)], "4. 8~ 8 4."),
        ((4, 4), [(0, 1.5), (1.5, 0.5), (2, 2)], "4. 8 2"),
        ((4, 4), [(0, 1)], "4 r4 r2"),
        ((4, 4), [(1, 1), (4, 4)], "r4 4 r2 | 1"),
        ((4, 4), [(3, 3), (6, 2)], "r2 r4 4~ | 2 2"),
        ((4, 4), [(4, 4)], "R | 1"),
        ((3, 4), [(0, 1)], "4 r4 r4"),
        ((3, 4), [(2, 1)], "r4 r4 4"),
        ((3, 4), [(0, 3)], "2."),
        ((3, 4), [(3, 3)], "R | 2."),
        ((2, 4), [(0, 0.5), (0.5, 1), (1.5, 0.5)], "8 4 8"),
        ((6, 8), [(0, 3)], "2."),
        ((6, 8), [(0, 1), (1, 1), (2, 1)], "4 8~ 8 4"),
        ((6, 8), [(1.5, 1.5)], "r4. 4."),
        ((6, 8), [(0, 0.5)], "8 r8 r8 r4."),
        ((6, 8), [(2.5, 0.5)], "r4. r4 8"),
        ((5, 4), [(0, 5)], "2.~ 2"),
        ((5, 4), [(0, 2), (2, 2), (4, 1)], "2 4~ 4 4"),
        ((7, 8), [(0, 3.5)], "2~ 4."),
        ((4, 4), [(0, 1 / 3), (1 / 3, 1 / 3), (2 / 3, 1 / 3), (1, 3)], "8/3 8/3 8/3 2."),
        ((4, 4), [(0, 2 / 3), (2 / 3, 1 / 3), (1, 3)], "4/3 8/3 2."),
        ((2, 4), [(i / 6, 1 / 6) for i in range(6)] + [(1, 1)], "16/3 16/3 16/3 16/3 16/3 16/3 4"),
        # The triplet is as small as it can be.
        (
            (1, 4),
            [(0, 0.75), (0.75, 1 / 12), (10 / 12, 1 / 12), (11 / 12, 1 / 12)],
            "8. 32/3 32/3 32/3",
        ),
        ((2, 4), [(0, 0.25), (0.25, 0.5), (0.75, 0.25), (1, 1)], "16 8 16 4"),
        ((2, 4), [(0, 0.75), (0.75, 0.25), (1, 1)], "8. 16 4"),
    ],
)
def test_rhythms_are_written_as_musicians_write_them(
    metre: tuple[int, int], notes: list[tuple[float, float]], expected: str
) -> None:
    score = grid_score(*((start, length, 72) for start, length in notes), metre=metre)
    assert written(musicxml(score)) == expected


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ([(i, 1 / 12) for i in range(4)], "8 r8 8 r8 8 r8 8 r8"),
        ([(i, 0.75) for i in range(4)], "4 4 4 4"),
        ([(i / 2, 0.1) for i in range(8)], "8 8 8 8 8 8 8 8"),
        ([(i / 4, 1 / 12) for i in range(4)] + [(1, 3)], "16 16 16 16 2."),
        ([(0, 3.9)], "1"),
    ],
)
def test_short_notes_make_no_mess_of_rests(notes: list[tuple[float, float]], expected: str) -> None:
    assert written(musicxml(grid_score(*((s, d, 72) for s, d in notes)))) == expected


def test_triplets_have_one_bracket_or_beam_each() -> None:
    score = grid_score((0, 1 / 3, 72), (2 / 3, 1 / 3, 74), (1, 1 / 3, 72), (4 / 3, 1 / 3, 74))
    edges = [
        (each.get("type"), each.get("bracket"))
        for each in ElementTree.fromstring(musicxml(score)).iter("tuplet")
    ]
    assert [kind for kind, _ in edges] == ["start", "stop"] * (len(edges) // 2)
    assert edges[0][1] == "yes"  # its rest, or quarter, breaks the beam


def test_beams_go_by_the_beat() -> None:
    values = [Value(12 * i, 12, "eighth", 0) for i in range(6)]
    ends = [each[0] if each else "" for each in beams(values, [False] * 6, Metre(3, 4))]
    assert ends == ["begin", "end"] * 3
    ends = [each[0] if each else "" for each in beams(values, [False] * 6, Metre(6, 8))]
    assert ends == ["begin", "continue", "end"] * 2


def test_a_dotted_rhythm_has_a_hook() -> None:
    values = [Value(0, 18, "eighth", 1), Value(18, 6, "16th", 0)]
    assert beams(values, [False, False], Metre(1, 4)) == [("begin",), ("end", "backward hook")]


def test_no_beam_leaves_a_tuplet_that_begins_with_a_rest() -> None:
    """verovio lost time where a beam began within a tuplet and ended beyond it."""
    tuplet = Tuplet(0, 12, 3, 2)
    values = [Value(4 * i, 4, "16th", 0, tuplet) for i in range(3)]
    values += [Value(12, 12, "eighth", 0), Value(24, 12, "eighth", 0)]
    ends = [each[:1] for each in beams(values, [True, *[False] * 4], Metre(3, 8))]
    assert ends == [(), ("begin",), ("end",), ("begin",), ("end",)]


def test_a_held_bass_gets_a_voice_of_its_own() -> None:
    waltz = grid_score(
        *((start, 1, pitch) for start in (1, 2) for pitch in (52, 55)),
        (0, 3, 40),
        (0, 3, 76),
        metre=(3, 4),
    )
    xml = musicxml(waltz)
    assert written(xml, "5") == "r4 4 4"
    assert written(xml, "6") == "2."


def test_four_parts_lie_two_and_two() -> None:
    chords = [(72, 64, 60, 48), (71, 67, 59, 47), (72, 67, 60, 48)]
    notes = [(float(i), 1, each) for i, chord in enumerate(chords) for each in chord]
    xml = musicxml(grid_score(*notes))
    lower = [
        pitch(note) for note in notes_of(xml) if note.findtext("staff") == "2" and is_struck(note)
    ]
    assert Counter(lower) == Counter([60, 48, 59, 47, 60, 48])


@pytest.mark.parametrize(
    ("chords", "right"),
    [
        ([[36, 48, 60, 64, 67, 72]], [[False, False, True, True, True, True]]),
        ([[72], [74], [76], [77]], [[True]] * 4),
        ([[40], [43], [45], [40]], [[False]] * 4),
        # One that touches it goes on in the left hand.
        ([[55], [57], [59], [60], [59], [57]], [[False]] * 6),
        # A line that dips below middle C for a note stays in its hand.
        ([[48, 67], [48, 65], [48, 59], [48, 64], [48, 67]], [[False, True]] * 5),
    ],
)
def test_hands_are_divided_as_a_pianist_would(
    chords: list[list[int]], right: list[list[bool]]
) -> None:
    notes = [(24 * i, 24 * i + 24, each) for i, chord in enumerate(chords) for each in chord]
    assert split_hands(notes) == [each for chord in right for each in chord]


def test_two_tracks_of_a_piano_are_its_hands_even_where_they_cross_middle_c() -> None:
    score = grid_score(*((float(i), 1, 58) for i in range(4)), (4, 4, 72))
    left = Track(name="left")
    left.notes = [Note(GRID * i, GRID, 45 + i, 80) for i in range(8)]
    score.tracks.append(left)
    score.tracks[0].notes.append(Note(4 * GRID, 4 * GRID, 76, 80))
    xml = musicxml(score)
    upper = [pitch(n) for n in notes_of(xml) if n.findtext("staff") == "1" and is_struck(n)]
    assert sorted(upper) == [58, 58, 58, 58, 72, 76]


def test_metres_change_where_they_change() -> None:
    score = grid_score(*((float(i), 1, 72) for i in range(10)))
    score.time_signatures = [TimeSignature(0, 4, 4), TimeSignature(4 * GRID, 3, 4)]
    xml = ElementTree.fromstring(musicxml(score))
    beats = [measure.findtext("attributes/time/beats") for measure in xml.iter("measure")]
    assert beats == ["4", "3", None]


def test_a_bar_that_is_cut_short_gets_a_metre_of_its_own() -> None:
    score = grid_score(*((float(i), 1, 72) for i in range(9)))
    score.time_signatures = [TimeSignature(0, 4, 4), TimeSignature(GRID, 4, 4)]
    bars = bars_of(score, 10)
    assert [(bar.metre.numerator, bar.start // 24) for bar in bars] == [(1, 0), (4, 1), (4, 5)]


def test_an_unquantised_performance_is_written_on_the_beat() -> None:
    chance = random.Random(3)
    score = Score(480)
    track = Track(program=0)
    for i in range(16):
        late, early = chance.randint(-18, 18), chance.randint(0, 60)
        track.notes.append(Note(max(0, 480 * i + late), 480 - early, 72 + i % 5, 80))
    score.tracks = [track]
    assert written(musicxml(score)) == " | ".join(["4 4 4 4"] * 4)


def test_a_rolled_chord_is_written_as_a_chord() -> None:
    score = note_score((0, 1, 60, 80), (0.03, 1, 64, 80), (0.055, 1, 67, 80))
    assert written(musicxml(score)).startswith("2")


def test_drums_stand_on_an_unpitched_staff() -> None:
    score = make_score(n_bars=2)
    drums = Track(name="Kit", is_drum=True)
    drums.notes = [Note(480 * i, 60, 36 if i % 2 else 42, 80) for i in range(8)]
    score.tracks.append(drums)
    root = ElementTree.fromstring(musicxml(score))
    assert [each.text for each in root.iter("part-name")] == ["Piano", "Drums"]
    part = root.findall("part")[1]
    assert part.findtext(".//clef/sign") == "percussion"
    assert len(list(part.iter("unpitched"))) == 8
    assert {each.text for each in part.iter("notehead")} == {"x"}
    for length, lengths, _ in voice_lengths(part):
        assert set(lengths.values()) == {length}


@pytest.mark.parametrize(
    ("program", "low", "staves", "clefs"),
    [
        (0, 40, 2, ["G", "F"]),
        (73, 72, 1, ["G"]),  # flute
        (42, 40, 1, ["F"]),  # cello
        (19, 40, 2, ["G", "F"]),  # church organ
        (19, 60, 1, ["G"]),
    ],
)
def test_clefs_and_staves_go_by_instrument_and_range(
    program: int, low: int, staves: int, clefs: list[str]
) -> None:
    high = low + 12 if low > 42 or program == 42 else 79
    score = grid_score((0, 2, low), (2, 2, high), (4, 2, low), (6, 2, high), program=program)
    root = ElementTree.fromstring(musicxml(score))
    assert int(root.findtext(".//staves", "1")) == staves
    assert [each.text for each in root.iter("sign")][:staves] == clefs


def test_instruments_have_a_part_each_and_are_numbered() -> None:
    score = Score(GRID)
    for program in (40, 40, 0, 0):
        track = Track(name="<Violino>", program=program)
        track.notes = [Note(0, GRID, 72, 80)]
        score.tracks.append(track)
    names = [each.text for each in ElementTree.fromstring(musicxml(score)).iter("part-name")]
    assert names == ["Violin 1", "Violin 2", "Piano"]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("<script>alert('x')</script> & more", "<script>alert('x')</script> & more"),
        (']]> &lt; "q"', ']]> &lt; "q"'),
        ("a\x00b\x1bc\ud800d\ufffee", "a b c d e"),
        ("two\nlines", "two lines"),
    ],
)
def test_hostile_titles_are_text(title: str, shown: str) -> None:
    xml = musicxml(make_score(n_bars=1), title)
    assert ElementTree.fromstring(xml).findtext("work/work-title") == shown
    xml.encode()


def test_a_title_has_an_end() -> None:
    title = ElementTree.fromstring(musicxml(make_score(n_bars=1), "x" * 9999))
    assert len(title.findtext("work/work-title", "")) == 120


def test_the_tempo_is_marked_in_beats() -> None:
    score = grid_score((0, 3, 72), metre=(6, 8))
    score.tempos = [Tempo(0, 90.0)]
    root = ElementTree.fromstring(musicxml(score))
    assert root.findtext(".//per-minute") == "60"
    assert root.find(".//beat-unit-dot") is not None


def test_a_score_without_notes_cannot_be_written_down() -> None:
    with pytest.raises(UserError, match="no notes"):
        musicxml(Score(480))


def test_a_long_piece_is_cut_and_has_no_final_barline() -> None:
    score = grid_score((0, 4, 60), (4 * (MAX_BARS + 50), 4, 60))
    root = ElementTree.fromstring(musicxml(score))
    assert len(list(root.iter("measure"))) == MAX_BARS
    assert root.find(".//bar-style") is None


@pytest.mark.parametrize("denominator", [1, 2, 4, 8, 16, 32, 64])
@pytest.mark.parametrize("numerator", [1, 2, 3, 5, 7, 11, 13, 64])
def test_strange_metres_are_written_too(numerator: int, denominator: int) -> None:
    xml = musicxml(random_score(5, (numerator, denominator), n=40))
    for length, lengths, _ in voice_lengths(ElementTree.fromstring(xml)):
        assert set(lengths.values()) == {length}


def test_every_stretch_of_every_metre_can_be_spelled() -> None:
    for numerator, denominator in METRES:
        metre = Metre(numerator, denominator)
        for start in range(0, metre.length, 3):
            for end in range(start + 3, metre.length + 1, 3):
                for is_rest in (False, True):
                    values = spell(start, end, metre, (), is_rest)
                    assert sum(value.length for value in values) == end - start
