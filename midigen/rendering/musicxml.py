"""Writes a Score as MusicXML, which notation programs open and verovio engraves.

MusicXML 4.0, https://www.w3.org/2021/06/musicxml40/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from symusic import Score

from midigen.rendering.metre import UNITS, Bar
from midigen.rendering.notation import Head, Notation, Part, StaffBar, Symbol
from midigen.rendering.note_values import VALUES, Value
from midigen.rendering.parts import drum_place
from midigen.rendering.staves import PERCUSSION
from midigen.rendering.writing import notate

MAX_TITLE = 120  # characters; longer ones leave no room for music
_VOICES_PER_STAFF = 4  # MusicXML numbers voices through the staves of a part
_CLEF_LINES = {"G": 2, "F": 4}
_ACCIDENTALS = {
    -2: "flat-flat",
    -1: "flat",
    0: "natural",
    1: "sharp",
    2: "double-sharp",
}
# What XML 1.0 cannot hold even when it is escaped.
_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def musicxml(score: Score, title: str = "") -> str:
    """Write a score of any origin as MusicXML, up to `writing.MAX_BARS` bars.

    Args:
        score: in any unit of time; what is written is `writing.notate`'s.
        title: plain text; may come from a stranger.

    Raises:
        UserError: the score has no notes.
    """
    return to_musicxml(notate(score), title)


def to_musicxml(notation: Notation, title: str = "") -> str:
    """Write notation as MusicXML; each note element carries the id of its head."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
        '"http://www.musicxml.org/dtds/partwise.dtd">',
        '<score-partwise version="4.0">',
    ]
    if title.strip():
        lines.append(f"<work><work-title>{_text(title)}</work-title></work>")
    lines.append("<part-list>")
    for i, part in enumerate(notation.parts, 1):
        lines.append(
            f'<score-part id="P{i}"><part-name>{_text(part.name)}</part-name></score-part>'
        )
    lines.append("</part-list>")
    for i, part in enumerate(notation.parts, 1):
        lines.append(f'<part id="P{i}">')
        lines += _part(part, notation, is_first=i == 1)
        lines.append("</part>")
    return "\n".join([*lines, "</score-partwise>", ""])


def _text(text: str) -> str:
    """Text of unknown origin on one line, without what XML forbids."""
    line = " ".join(_NOT_XML.sub(" ", text).split())
    return escape(line if len(line) <= MAX_TITLE else line[: MAX_TITLE - 1] + "…")


def _part(part: Part, notation: Notation, is_first: bool) -> Iterator[str]:
    before: list[str] = []
    for i, bar in enumerate(notation.bars):
        staves = [staff[i] for staff in part.staves]
        yield f'<measure number="{i + 1}">'
        yield from _attributes(staves, before, bar, notation, part.is_drum)
        if i == 0 and is_first:
            yield _tempo(notation.tempo_bpm, bar)
        yield from _voices(staves, bar, part.is_drum)
        if i + 1 == len(notation.bars) and notation.is_complete:
            yield '<barline location="right"><bar-style>light-heavy</bar-style></barline>'
        yield "</measure>"
        before = [each.clef for each in staves]


def _attributes(
    staves: Sequence[StaffBar], before: Sequence[str], bar: Bar, notation: Notation, is_drum: bool
) -> Iterator[str]:
    """What changes at this bar; everything at the first."""
    content = []
    if not before:
        fifths = 0 if is_drum else notation.fifths
        content.append(f"<divisions>{UNITS}</divisions>")
        content.append(f"<key><fifths>{fifths}</fifths><mode>{notation.mode}</mode></key>")
    if bar.is_new_metre:
        beats, beat_type = bar.metre.numerator, bar.metre.denominator
        content.append(f"<time><beats>{beats}</beats><beat-type>{beat_type}</beat-type></time>")
    if not before and len(staves) > 1:
        content.append(f"<staves>{len(staves)}</staves>")
    for i, staff in enumerate(staves):
        if not before or before[i] != staff.clef:
            number = f' number="{i + 1}"' if len(staves) > 1 else ""
            content.append(f"<clef{number}>{_clef(staff.clef)}</clef>")
    if content:
        yield f"<attributes>{''.join(content)}</attributes>"


def _clef(clef: str) -> str:
    if clef == PERCUSSION:
        return "<sign>percussion</sign>"
    return f"<sign>{clef}</sign><line>{_CLEF_LINES[clef]}</line>"


def _tempo(quarters_bpm: float, bar: Bar) -> str:
    """The beat is a dotted quarter where three eighths make one."""
    is_dotted = bar.metre.is_compound and bar.metre.denominator == 8
    shown = round(quarters_bpm / 1.5 if is_dotted else quarters_bpm)
    unit = "<beat-unit>quarter</beat-unit>" + ("<beat-unit-dot/>" if is_dotted else "")
    return (
        f'<direction placement="above"><direction-type><metronome>{unit}'
        f"<per-minute>{shown}</per-minute></metronome></direction-type>"
        f'<staff>1</staff><sound tempo="{quarters_bpm:.2f}"/></direction>'
    )


def _voices(staves: Sequence[StaffBar], bar: Bar, is_drum: bool) -> Iterator[str]:
    is_first = True
    for staff_number, staff in enumerate(staves, 1):
        for i, voice in enumerate(staff.voices, 1):
            if not is_first:
                yield f"<backup><duration>{bar.metre.length}</duration></backup>"
            is_first = False
            place = f"<voice>{(staff_number - 1) * _VOICES_PER_STAFF + i}</voice>"
            stem = ""
            if len(staff.voices) > 1:
                stem = f"<stem>{'up' if i == 1 else 'down'}</stem>"
            staff_tag = f"<staff>{staff_number}</staff>" if len(staves) > 1 else ""
            for symbol, edges in zip(voice, _tuplet_edges(voice), strict=True):
                yield from _symbol(symbol, edges, place, stem, staff_tag, is_drum)


def _symbol(
    symbol: Symbol, edges: str, voice: str, stem: str, staff: str, is_drum: bool
) -> Iterator[str]:
    value = symbol.value
    duration = f"<duration>{value.length}</duration>"
    if not symbol.heads:
        hidden = ' print-object="no"' if symbol.is_hidden else ""
        rest = '<rest measure="yes"/>' if symbol.is_whole_bar else "<rest/>"
        written = "" if symbol.is_whole_bar else _written(value)
        notations = f"<notations>{edges}</notations>" if edges else ""
        yield f"<note{hidden}>{rest}{duration}{voice}{written}{staff}{notations}</note>"
        return
    for i, head in enumerate(symbol.heads):
        is_first = i == 0
        chord = "" if is_first else "<chord/>"
        beams = "".join(
            f'<beam number="{level}">{beam}</beam>'
            for level, beam in enumerate(symbol.beams if is_first else (), 1)
        )
        tied = _ties(head, "tied")
        notations = tied + (edges if is_first else "")
        notations = f"<notations>{notations}</notations>" if notations else ""
        yield (
            f'<note id="{head.id}">{chord}{_pitch(head, is_drum)}{duration}{_ties(head, "tie")}'
            f"{voice}{_written(value, head)}{stem}{_notehead(head, is_drum)}{staff}{beams}"
            f"{notations}</note>"
        )


def _pitch(head: Head, is_drum: bool) -> str:
    name = head.name
    if is_drum:
        return (
            f"<unpitched><display-step>{name.step}</display-step>"
            f"<display-octave>{name.octave}</display-octave></unpitched>"
        )
    alter = f"<alter>{name.alter}</alter>" if name.alter else ""
    return f"<pitch><step>{name.step}</step>{alter}<octave>{name.octave}</octave></pitch>"


def _notehead(head: Head, is_drum: bool) -> str:
    shape = drum_place(head.pitch)[2] if is_drum else "normal"
    return "" if shape == "normal" else f"<notehead>{shape}</notehead>"


def _ties(head: Head, tag: str) -> str:
    back = f'<{tag} type="stop"/>' if head.is_tied_back else ""
    return back + (f'<{tag} type="start"/>' if head.is_tied_on else "")


def _written(value: Value, head: Head | None = None) -> str:
    text = f"<type>{value.name}</type>" + "<dot/>" * value.dots
    if head is not None and head.accidental is not None:
        text += f"<accidental>{_ACCIDENTALS[head.accidental]}</accidental>"
    if value.tuplet is not None:
        unit = (value.tuplet.end - value.tuplet.start) // value.tuplet.normal
        text += (
            f"<time-modification><actual-notes>{value.tuplet.actual}</actual-notes>"
            f"<normal-notes>{value.tuplet.normal}</normal-notes>"
            f"<normal-type>{VALUES[unit][0]}</normal-type></time-modification>"
        )
    return text


def _tuplet_edges(voice: Sequence[Symbol]) -> list[str]:
    """For each symbol whether a bracket begins or ends there; none where a beam shows the group."""
    edges = [""] * len(voice)
    for i, symbol in enumerate(voice):
        tuplet = symbol.value.tuplet
        if tuplet is None:
            continue
        members = [each for each in voice if each.value.tuplet == tuplet]
        if symbol.value.start == tuplet.start:
            bracket = "no" if all(each.beams for each in members) else "yes"
            hidden = ' show-number="none"' if all(each.is_hidden for each in members) else ""
            edges[i] += f'<tuplet type="start" number="1" bracket="{bracket}"{hidden}/>'
        if symbol.value.end == tuplet.end:
            edges[i] += '<tuplet type="stop" number="1"/>'
    return edges
