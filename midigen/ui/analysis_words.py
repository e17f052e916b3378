"""Says in words what the analysis of a piece found. Plain text; every sentence is in one table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from midigen.config import DRUMS, GenerationRequest
from midigen.evaluation.profile import CorpusProfile, Spread
from midigen.evaluation.review import CopyFinding
from midigen.music.advice import Advice, Finding, Remedy, advice
from midigen.music.analysis import Analysis
from midigen.music.harmony import key_name, pitch_name
from midigen.music.instruments import instrument_name
from midigen.music.part_measures import PartMeasures
from midigen.ui.language import say
from midigen.ui.sentences import clock, count

SENTENCES: Mapping[str, str] = {
    "key": "In {key}, {surety} (next: {next}).",
    "very_surely": "very surely",
    "quite_surely": "quite surely",
    "perhaps": "perhaps",
    "hardly_surely": "but it could be another key",
    "form": "{bars} of {metre} at {tempo}, {clock}.",
    "one_tempo": "{mean:.0f} bpm",
    "tempos": "about {mean:.0f} bpm ({slowest:.0f} to {fastest:.0f})",
    "metres_between": ", then ",
    "texture": (
        "{notes} from {lowest} to {highest}: {per_second:.1f} a second, {per_bar:.0f} a bar, "
        "{polyphony:.1f} at a time."
    ),
    "part": (
        "{name}: {notes} from {lowest} to {highest}; it plays {presence:.0%} of the time, "
        "{monophony:.0%} of that one note at a time."
    ),
    "drums": "{name}: {notes}; they play {presence:.0%} of the time.",
    "authentic": "Ends with an authentic cadence: {before} – {last}.",
    "half": "Ends with a half cadence: {before} – {last}.",
    "plagal": "Ends with a plagal cadence: {before} – {last}.",
    "no_cadence": "Ends without a cadence.",
    "no_copy": "It shares no passage worth a word with a training piece{usual}.",
    "copy": ("The longest run shared with a training piece is {notes} ({bars}, {file}){usual}."),
    "usual_copy": "; between real pieces {median:.0f} is usual, and 95 % share at most {most:.0f}",
    "one_bar": "bar {start}",
    "bars": "bars {start} to {end}",
    "within": "{name}: {figure:.2f}, as in 90 % of the training pieces ({low:.2f} to {high:.2f}).",
    "below": "{name}: {figure:.2f}, less than usual in training pieces ({low:.2f} to {high:.2f}).",
    "above": "{name}: {figure:.2f}, more than usual in training pieces ({low:.2f} to {high:.2f}).",
    "advice": "{finding} {remedies}",
    "try": "Try {remedies}.",
    "or": " or ",
}
FINDINGS: Mapping[Finding, str] = {
    "collapsed": "It runs into a few notes for {figure:.0%} of the time, as no real piece does.",
    "outside_key": (
        "Only {figure:.0%} of its notes are in one scale; nearly all real pieces have more than "
        "{limit:.0%}."
    ),
    "repeats_itself": (
        "Its bars are alike by {figure:.2f}; nearly all real pieces stay below {limit:.2f}."
    ),
    "wanders": (
        "Hardly a bar comes back: alike by {figure:.2f}, where nearly all real pieces have more "
        "than {limit:.2f}."
    ),
    "hardly_moves": (
        "It stays within {figure:.0f} semitones; nearly all real pieces span at least {limit:.0f}."
    ),
    "too_sparse": (
        "It has {figure:.1f} notes a quarter; nearly all real pieces have more than {limit:.1f}."
    ),
    "too_dense": (
        "It has {figure:.1f} notes a quarter; nearly all real pieces have fewer than {limit:.1f}."
    ),
    "one_loudness": (
        "It is played at almost one loudness: velocities spread by {figure:.1f}, performances by "
        "at least {limit:.1f}."
    ),
}
REMEDIES: Mapping[Remedy, str] = {
    "raise_temperature": "a higher temperature",
    "lower_temperature": "a lower temperature",
    "raise_top_p": "a higher top-p",
    "lower_top_p": "a lower top-p",
    "raise_repetition_penalty": "a higher repetition penalty",
    "lower_repetition_penalty": "a lower repetition penalty",
    "another_seed": "another seed",
    "give_a_prompt": "a prompt that has the density you want",
    "train_on_performances": "a model that was trained on performances",
}
# From which confidence on; what a confidence means stands in `KeyFinding`.
_SURETIES = ((0.95, "very_surely"), (0.85, "quite_surely"), (0.7, "perhaps"))


def of_analysis(analysis: Analysis) -> list[str]:
    """What is known of a piece, a sentence for each matter."""
    return [
        of_key(analysis),
        of_form(analysis),
        of_texture(analysis),
        *of_parts(analysis),
        of_cadence(analysis),
    ]


def of_key(analysis: Analysis) -> str:
    """`In A minor, quite surely (next: C major).`"""
    found = analysis.key
    surety = next((name for least, name in _SURETIES if found.confidence >= least), "hardly_surely")
    return say(
        SENTENCES["key"],
        key=say(key_name(found.key)),
        surety=say(SENTENCES[surety]),
        next=say(key_name(found.runner_up)),
    )


def of_form(analysis: Analysis) -> str:
    """`32 bars of 4/4 at 100 bpm, 1:17.`"""
    tempo = analysis.tempo
    is_steady = round(tempo.slowest_bpm) == round(tempo.fastest_bpm)
    return say(
        SENTENCES["form"],
        bars=count(analysis.n_bars, "bar", "bars"),
        metre=say(SENTENCES["metres_between"]).join(analysis.metres),
        tempo=say(
            SENTENCES["one_tempo" if is_steady else "tempos"],
            mean=tempo.mean_bpm,
            slowest=tempo.slowest_bpm,
            fastest=tempo.fastest_bpm,
        ),
        clock=clock(analysis.duration_s),
    )


def of_texture(analysis: Analysis) -> str:
    """How many notes there are, how high and how dense."""
    key = analysis.key.key
    return say(
        SENTENCES["texture"],
        notes=count(analysis.n_notes, "note", "notes"),
        lowest=pitch_name(analysis.lowest, key),
        highest=pitch_name(analysis.highest, key),
        per_second=analysis.notes_per_s,
        per_bar=analysis.notes_per_bar,
        polyphony=analysis.measures.polyphony,
    )


def of_parts(analysis: Analysis) -> list[str]:
    """A sentence for each instrument, where there are several."""
    if len(analysis.parts) < 2:
        return []
    return [_of_part(part, found, analysis) for part, found in analysis.parts.items()]


def _of_part(part: int, found: PartMeasures, analysis: Analysis) -> str:
    notes, key = count(found.n_notes, "note", "notes"), analysis.key.key
    name = instrument_name(max(part, 0), is_drum=part == DRUMS)
    if part == DRUMS:
        return say(SENTENCES["drums"], name=name, notes=notes, presence=found.presence)
    return say(
        SENTENCES["part"],
        name=name,
        notes=notes,
        lowest=pitch_name(int(found.pitches.min()), key),
        highest=pitch_name(int(found.pitches.max()), key),
        presence=found.presence,
        monophony=found.monophony,
    )


def of_cadence(analysis: Analysis) -> str:
    """`Ends with an authentic cadence: V7 – i.`"""
    cadence = analysis.cadence
    if cadence is None:
        return say(SENTENCES["no_cadence"])
    before, last = cadence.numerals
    return say(SENTENCES[cadence.kind], before=before, last=last)


def of_advice(analysis: Analysis, request: GenerationRequest | None = None) -> list[str]:
    """What is unlike real music, and what to try; nothing where all is usual."""
    return [_one_advice(each) for each in advice(analysis, request)]


def of_copy(found: CopyFinding) -> str:
    """How long the longest run shared with a training piece is, where, and what is usual."""
    run, baseline = found.run, found.baseline
    usual = ""
    if baseline is not None and baseline.percentile_95 > 0:
        usual = say(SENTENCES["usual_copy"], median=baseline.median, most=baseline.percentile_95)
    if run.n_notes == 0:
        return say(SENTENCES["no_copy"], usual=usual)
    bars = SENTENCES["one_bar" if run.start_bar == run.end_bar else "bars"]
    return say(
        SENTENCES["copy"],
        notes=count(run.n_notes, "note", "notes"),
        bars=say(bars, start=run.start_bar, end=run.end_bar),
        file=PurePosixPath(run.file),
        usual=usual,
    )


def of_measures(analysis: Analysis, profile: CorpusProfile, names: Mapping[str, str]) -> list[str]:
    """Each measure beside the training pieces.

    Args:
        analysis: of the piece.
        profile: of the training pieces.
        names: of the measures that shall be told, by their field.
    """
    return [
        _beside(name, float(getattr(analysis.measures, field)), profile.measures[field])
        for field, name in names.items()
        if field in profile.measures
    ]


def _beside(name: str, figure: float, usual: Spread) -> str:
    place = "below" if figure < usual.low else "above" if figure > usual.high else "within"
    return say(SENTENCES[place], name=say(name), figure=figure, low=usual.low, high=usual.high)


def _one_advice(each: Advice) -> str:
    finding = say(FINDINGS[each.finding], figure=each.figure, limit=each.limit)
    if not each.remedies:
        return finding
    remedies = say(SENTENCES["or"]).join(say(REMEDIES[remedy]) for remedy in each.remedies)
    remedies = say(SENTENCES["try"], remedies=remedies)
    return say(SENTENCES["advice"], finding=finding, remedies=remedies)
