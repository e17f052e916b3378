"""Spells music as REMI tokens and reads it back.

REMI: Huang & Yang, "Pop Music Transformer" (ACM MM 2020); the spelling itself is MidiTok's, which
`fast_remi.py` writes and MidiTok reads back.
One `ScoreTokenizer` is one alphabet; its fingerprint tells whether two are the same.

`Program_53` says who plays the notes behind it, once for all notes of a position. (MidiTok has it
before every note: that promises a chord's next note before its pitch is known, and where there is
none above, some shrill one must follow.)

Two things are added to REMI, so that they can be asked for. A style is spelled by the bar tokens of
its pieces, `Bar_Bach` instead of `Bar_None`, so it costs no token and is never out of sight. And
the last bars of a piece are counted down, `Left_8` to `Left_1` behind their time signature.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from symusic import Score

from midigen import atomic
from midigen.config import (
    DENSITIES,
    DRUMS,
    STYLES_OF_DENSITY,
    STYLES_OF_FOLDERS,
    TokenizerConfig,
)
from midigen.config_file import section_from_dict, section_to_dict
from midigen.errors import UserError
from midigen.music.fast_remi import FastRemi
from midigen.music.miditok_start import without_torch
from midigen.music.parts import Part, instrument_parts, piano_parts
from midigen.untrusted import read_json

FORMAT = "midigen-tokenizer-2"
FORMAT_WITHOUT_STYLES = "midigen-tokenizer-1"  # is read still: no styles, no countdown
NEW_KNOBS: Mapping[str, Any] = {"use_endings": False, "styles": None}  # as format 1 means them
SPELLING = 2  # raised when the same knobs spell otherwise, so that stores are made anew
COUNTDOWN = 8  # bars
MOST_STYLES = 64
LOWEST_DRUM, HIGHEST_DRUM = 27, 88  # General MIDI Level 2 drum kits
BEAT_RES_REST = {(0, 1): 8, (1, 2): 4, (2, 12): 2}  # beats from, to: points of a beat
METRES = {4: list(range(1, 9)), 8: list(range(1, 13))}


class ScoreTokenizer:
    """Score ⇄ token ids.

    Attributes:
        config: the knobs that the alphabet is made from.
        vocabulary: the tokens as MidiTok names them (`Pitch_60`), by id.
        miditok: MidiTok's tokenizer, which makes the alphabet and reads ids back.
    """

    def __init__(self, config: TokenizerConfig) -> None:
        self.config = config
        self.miditok = _build_remi(config)
        ids: dict[str, int] = self.miditok.vocab
        self._n_remi = len(ids)
        left = range(1, COUNTDOWN + 1) if config.use_endings else ()
        self.vocabulary = (
            *sorted(ids, key=lambda token: ids[token]),
            *(f"Left_{n}" for n in left),
            *(f"Bar_{style}" for style in self.styles),
        )
        self.pad_id, self.bos_id, self.eos_id = (
            ids[f"{name}_None"] for name in ("PAD", "BOS", "EOS")
        )
        self._plain_bar = ids["Bar_None"]

    def __len__(self) -> int:
        return len(self.vocabulary)

    @cached_property
    def fast_remi(self) -> FastRemi:
        """What spells; it gives the ids that `miditok` would."""
        chords = {tuple(each): name for name, each in self.miditok.config.chord_maps.items()}
        return FastRemi(self.config, self.miditok.vocab, chords)

    @cached_property
    def fingerprint(self) -> str:
        """Equal for two tokenizers exactly when they spell music alike."""
        return hashlib.sha256(json.dumps(self._description()).encode()).hexdigest()[:16]

    @cached_property
    def styles(self) -> tuple[str, ...]:
        """The styles that can be told apart; none as long as no folder has been looked at."""
        return self.names_of(self.config.styles)

    @staticmethod
    def names_of(styles: str | None) -> tuple[str, ...]:
        """The names that `tokenizer.styles` lists."""
        if styles is None or styles == STYLES_OF_FOLDERS:
            return ()
        if styles == STYLES_OF_DENSITY:
            return DENSITIES
        names = (each.strip() for each in styles.split(","))
        return tuple(dict.fromkeys(each for each in names if each))

    @property
    def tells_densities(self) -> bool:
        """Whether the styles are how full a bar is."""
        return self.config.styles == STYLES_OF_DENSITY

    @property
    def follows(self) -> dict[str, set[str]]:
        """For each type of token the types that may follow it, as MidiTok states them."""
        graph: dict[str, set[str]] = {
            kind: set(after) for kind, after in self.miditok.tokens_types_graph.items()
        }
        if self.config.use_programs:
            for kind in set(graph) - {"Program"}:
                graph[kind].discard("Chord")
            for kind in {"Duration", "Chord"} & set(graph):
                graph[kind] |= graph["Program"] - {"Chord"}
        if self.config.use_endings:
            graph["Left"] = set(graph[self.counts_after])
            graph[self.counts_after].add("Left")
        return graph

    @property
    def counts_after(self) -> str:
        """The type of the token that stands at the beginning of a bar, before its countdown."""
        return "TimeSig" if self.config.use_time_signatures else "Bar"

    def encode(self, score: Score, style: str = "", ends: bool = True) -> np.ndarray:
        """Spell a score: BOS, the music, EOS.

        Without `use_programs` all pitched tracks are played as one piano and drums are left out.
        With it tracks of one instrument are one part, and at each point in time the parts are
        spelled from the top of a score down, the pitches of each from the lowest up.

        Args:
            score: the music.
            style: one of `styles`, or nothing.
            ends: whether it is a whole piece, whose last bars are counted down.

        Returns:
            ids, (T,) uint16.

        Raises:
            UserError: nothing is left to spell.
        """
        parts = self.parts(score)
        if not parts:
            raise self._no_notes_but_drums()
        music = self.fast_remi.encode(score, parts)
        if not self.is_pitch[music].any():
            raise UserError("none of its notes lies in the tokenizer's pitch range")
        if self.config.use_programs:
            music = self._each_program_once(music)
        ids = np.concatenate([[self.bos_id], music, [self.eos_id]]).astype(np.uint16)
        ids = self._counted_down(ids) if ends else ids
        return self.in_style(ids, style) if style else ids

    def decode(self, ids: np.ndarray) -> Score:
        """Play back what the ids spell; a note that is cut off at the end is left out.

        Args:
            ids: (T,) integers; control tokens are passed over.
        """
        played = np.where(self.is_bar[ids], self._plain_bar, ids)
        control = (self.pad_id, self.bos_id, self.eos_id)
        music = [int(each) for each in played if each < self._n_remi and each not in control]
        return self.miditok.decode(music if self.config.use_programs else [music])

    def _each_program_once(self, ids: np.ndarray) -> np.ndarray:
        """Without the program tokens that say again who plays at this position."""
        position = np.cumsum(self._begins_position[ids])
        said = np.flatnonzero(self._is_program[ids])
        is_again = np.diff(ids[said], prepend=-1) == 0
        is_again &= np.diff(position[said], prepend=-1) == 0
        return np.delete(ids, said[is_again])

    def parts(self, score: Score) -> list[Part]:
        """What is spelled of a score; nothing if it holds only drums that have no tokens."""
        if not self.config.use_programs:
            return piano_parts(score)
        return instrument_parts(score, self.config.instruments)

    def _no_notes_but_drums(self) -> UserError:
        if self.config.use_programs:
            return UserError("it holds only drums, and tokenizer.programs does not list them")
        return UserError("it holds only drums, and tokenizer.use_programs is off")

    def save(self, path: Path) -> None:
        """Write the alphabet as JSON."""
        atomic.write_json(path, self._description())

    @classmethod
    def load(cls, path: Path) -> ScoreTokenizer:
        """Read an alphabet that `save` wrote.

        Only our own knobs are read, within their limits, and the alphabet is built from them:
        MidiTok's own loader sets whatever attribute a file names.

        Raises:
            UserError: the file is missing or damaged, or this MidiTok spells differently.
        """
        try:
            content = read_json(path)
        except UserError as error:
            if not path.exists():
                raise UserError(f"There is no tokenizer file {path}.") from None
            raise UserError(f"{path} is not a tokenizer file: {error.what}.") from error
        is_old = isinstance(content, dict) and content.get("format") == FORMAT_WITHOUT_STYLES
        if is_old and isinstance(content.get("config"), dict):
            content["format"] = FORMAT
            content["config"] = {**content["config"], **NEW_KNOBS}
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise UserError(
                f"{path} is not a tokenizer file of midigen.",
                "Take the tokenizer.json that was written beside the model.",
            )
        tokenizer = cls(section_from_dict(TokenizerConfig, content.get("config"), str(path)))
        if list(tokenizer.vocabulary) != content.get("vocabulary"):
            raise UserError(
                f"{path} names other tokens than this version of MidiTok makes.",
                "Install the versions in requirements.txt that the model was trained with.",
            )
        return tokenizer

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The type of each token, by id: `Pitch` for `Pitch_60`."""
        return tuple(token.split("_", 1)[0] for token in self.vocabulary)

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The value of each token, by id: `60` for `Pitch_60`."""
        return tuple(token.split("_", 1)[1] for token in self.vocabulary)

    @cached_property
    def is_pitch(self) -> np.ndarray:
        """(V,) bool: tokens that begin a note; their count is the number of notes."""
        return np.array([each in ("Pitch", "PitchDrum") for each in self.types])

    @cached_property
    def _is_program(self) -> np.ndarray:
        return np.array([each == "Program" for each in self.types])

    @cached_property
    def _begins_position(self) -> np.ndarray:
        return np.array([each in ("Bar", "Position", "Rest") for each in self.types])

    @cached_property
    def is_bar(self) -> np.ndarray:
        """(V,) bool: tokens that begin a bar."""
        return np.array([each == "Bar" for each in self.types])

    @cached_property
    def midi_pitch(self) -> np.ndarray:
        """(V,) int16: the pitch that a token plays, -1 where it is none; drums are none."""
        pairs = zip(self.types, self.values, strict=True)
        return np.array([int(v) if t == "Pitch" else -1 for t, v in pairs], dtype=np.int16)

    @cached_property
    def countdown(self) -> dict[int, int]:
        """The ids of the countdown by the bars that are left, the present one included."""
        pairs = zip(self.types, self.values, strict=True)
        return {int(v): i for i, (t, v) in enumerate(pairs) if t == "Left"}

    def bar(self, style: str = "") -> int:
        """The id of a bar in one of `styles`, or in none."""
        if style not in self.styles:
            return self._plain_bar
        return self.vocabulary.index(f"Bar_{style}")

    def in_style(self, ids: np.ndarray, style: str) -> np.ndarray:
        """The same music, (T,), in one of `styles`, or in none."""
        return np.where(self.is_bar[ids], self.bar(style), ids).astype(ids.dtype)

    def _counted_down(self, ids: np.ndarray) -> np.ndarray:
        """With the countdown in the last bars, where the alphabet has one."""
        if not self.countdown:
            return ids
        bars = np.flatnonzero(self.is_bar[ids])[-COUNTDOWN:]
        places = bars + (2 if self.counts_after == "TimeSig" else 1) + np.arange(len(bars))
        counted = np.empty(len(ids) + len(bars), dtype=ids.dtype)
        is_count = np.zeros(len(counted), dtype=bool)
        is_count[places] = True
        counted[places] = [self.countdown[n] for n in range(len(bars), 0, -1)]
        counted[~is_count] = ids
        return counted

    def last_pitches(self, ids: Sequence[int]) -> list[int]:
        """The MIDI pitches that are struck last, together; drums are none."""
        pitches: list[int] = []
        for each in reversed(ids):
            if self.midi_pitch[each] >= 0:
                pitches.append(int(self.midi_pitch[each]))
            elif pitches and self.types[each] in ("Position", "Bar"):
                break
        return pitches

    def transposition(self, semitones: int) -> np.ndarray:
        """A table from ids to ids, (V,) uint16, that moves pitches and leaves all else.

        A pitch that would leave the alphabet stays; callers choose shifts that fit the piece.
        """
        table = np.arange(len(self), dtype=np.uint16)
        by_pitch = {int(pitch): i for i, pitch in enumerate(self.midi_pitch) if pitch >= 0}
        for pitch, i in by_pitch.items():
            table[i] = by_pitch.get(pitch + semitones, i)
        return table

    def _description(self) -> dict[str, Any]:
        config, written_as = section_to_dict(self.config), FORMAT
        if not self.countdown and not self.styles:  # spelled as ever, so that models keep fitting
            config, written_as = _without(config, NEW_KNOBS), FORMAT_WITHOUT_STYLES
        if self.config.programs == TokenizerConfig.programs:  # it came later than the others
            config = _without(config, ("programs",))
        return {"format": written_as, "config": config, "vocabulary": list(self.vocabulary)}


def _without(values: Mapping[str, Any], names: Container[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _build_remi(config: TokenizerConfig) -> Any:
    with without_torch():  # still slow
        from miditok import REMI
        from miditok import TokenizerConfig as MidiTokConfig

    return REMI(
        MidiTokConfig(
            pitch_range=(config.pitch_low, min(127, config.pitch_high + 1)),
            beat_res=_beat_resolutions(config),
            num_velocities=config.velocities,
            special_tokens=["PAD", "BOS", "EOS"],
            encode_ids_split="no",
            use_velocities=config.use_velocities,
            use_chords=config.use_chords,
            use_rests=config.use_rests,
            beat_res_rest=_rest_resolutions(config),
            use_tempos=config.use_tempos,
            num_tempos=config.tempos,
            tempo_range=(40, 250),
            use_time_signatures=config.use_time_signatures,
            time_signature_range=METRES,
            use_programs=config.use_programs,
            one_token_stream_for_programs=True,
            programs=list(config.instruments),
            use_pitchdrum_tokens=config.use_programs and DRUMS in config.instruments,
            drums_pitch_range=(  # MidiTok reads back only what lies in both ranges
                min(HIGHEST_DRUM - 1, max(LOWEST_DRUM, config.pitch_low)),
                max(LOWEST_DRUM + 1, min(HIGHEST_DRUM, config.pitch_high)),
            ),
            remove_duplicated_notes=True,
        )
    )


def _beat_resolutions(config: TokenizerConfig) -> dict[tuple[int, int], int]:
    """The grid is fine for the first two beats of a duration and coarser beyond, as ears are."""
    fine, longest = config.positions_per_beat, config.max_duration_beats
    grid = {(0, min(2, longest)): fine}
    if longest > 2:
        grid[2, min(4, longest)] = max(1, fine // 3)
    if longest > 4:
        grid[4, longest] = max(1, fine // 6)
    return grid


def _rest_resolutions(config: TokenizerConfig) -> dict[tuple[int, int], int]:
    """MidiTok's own, and no finer than the grid."""
    return {span: min(config.positions_per_beat, fine) for span, fine in BEAT_RES_REST.items()}
