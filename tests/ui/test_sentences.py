from __future__ import annotations

import pytest

from midigen.cli.parser import build_parser
from midigen.config import GenerationRequest
from midigen.runs import RunStatus
from midigen.studio import Studio
from midigen.takes import Visit, new_visitor
from midigen.ui import sentences


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (45, "45 s"), (90, "2 min"), (3600, "1 h 0 min"), (4800, "1 h 20 min")],
)
def test_durations(seconds: float, said: str) -> None:
    assert sentences.duration(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(7, "7"), (950, "950"), (1234, "1.2 k"), (78_744, "79 k"), (2.34e6, "2.3 M")],
)
def test_large_numbers_are_short(number: float, said: str) -> None:
    assert sentences.short(number) == said


def test_a_model_is_told_beside_its_floor() -> None:
    card = {
        "dataset": "bach-chorales",
        "parameters": 995_905,
        "validation_loss": 1.234,
        "fivegram_nats": 2.7,
    }
    said = sentences.of_model(card)
    for fact in ("bach-chorales", "996 k parameters", "1.23 nats", "5-gram reaches 2.70"):
        assert fact in said


@pytest.mark.parametrize(
    ("base", "is_told"), [({"name": "classical-piano"}, True), ({}, False), ("x", False)]
)
def test_a_model_that_went_on_from_another_names_it(base: object, is_told: bool) -> None:
    said = sentences.of_model({"dataset": "songs", "base": base})
    assert said.endswith("Began as classical-piano.") is is_told


def test_a_model_without_a_card_says_so() -> None:
    assert "without a card" in sentences.of_model({})


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (RunStatus("running", step=20, total_steps=1000), "Learning: step 20 of 1,000"),
        (RunStatus("finished", "finished", step=9, total_steps=9), "Finished at step 9 of 9."),
        (RunStatus("finished", "early stop", step=5, total_steps=9), "no longer fell"),
        (RunStatus("stopped", step=5, total_steps=9), "Stopped at step 5 of 9"),
        (RunStatus("died", "the process 7 ended without a word"), "Died: the process 7"),
        (RunStatus("failed", "the disk is full"), "Failed: the disk is full"),
    ],
)
def test_the_state_of_a_run_in_words(status: RunStatus, said: str) -> None:
    assert said in sentences.of_run(status, None, can_go_on=False)


def test_what_can_be_done_with_a_broken_run_is_said() -> None:
    died = RunStatus("died", "the process 7 ended without a word.")
    told = sentences.of_run(died, None, can_go_on=True)
    assert told.endswith("without a word. Resume goes on from the last step that was saved.")
    assert "start it again" in sentences.of_run(died, None, can_go_on=False)


def test_the_command_of_a_piece_gives_the_same_piece_again(trained: Studio) -> None:
    """What stands in the page goes through the parser of the command line."""
    asked = GenerationRequest(temperature=0.8, gen_length=40, key="Eb", tempo_bpm=90.0)
    piece = trained.compose("tiny", asked)
    take = Visit(trained.workspace.takes, new_visitor()).add(piece, 1.0)
    command = sentences.generate_command(take, piece.request, trained.config.generation)
    options = build_parser().parse_args(command.split()[3:])
    assert options.model == "tiny"
    assert options.knob_seed == str(piece.request.seed)
    assert (options.knob_temperature, options.knob_gen_length) == ("0.8", "40")
    assert (options.knob_key, options.knob_tempo_bpm) == ("Eb", "90.0")
