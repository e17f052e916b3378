"""The benchmark itself: what it reads, counts and learns, on chorales small enough to count."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.quality import jsb
from midigen.config import ModelConfig
from midigen.networks.lstm import LSTMNetwork


def write_chorales(path: Path) -> Path:
    """Chorales of eight chords, each held for two sixteenths; validated by those to learn."""
    chance = np.random.default_rng(0)
    pieces = [
        np.repeat(chance.choice([[67, 64, 60, 48], [69, 65, 60, 53], [71, 67, 62, 55]], 8), 2, 0)
        for _ in range(4)
    ]
    lists = [piece.tolist() for piece in pieces]
    content = {"train": lists[:2], "valid": lists[:2], "test": lists[2:]}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_chorale_is_read_voice_by_voice_with_what_a_listener_knows() -> None:
    soprano_bass_alto_tenor = np.array([[67, 48, 64, 60], [67, 48, -1, 60], [69, 48, -1, 60]])
    inputs, targets = jsb.Chorale(soprano_bass_alto_tenor).read(shift=1)
    bottom = jsb.LOWEST - 1
    assert targets.tolist() == [
        *(67 - bottom, 48 - bottom, 64 - bottom, 60 - bottom),
        *(67 - bottom, 48 - bottom, jsb.REST, 60 - bottom),
        *(69 - bottom, 48 - bottom, jsb.REST, 60 - bottom),
    ]
    assert inputs[:, 0].tolist() == [jsb.START, *targets[:-1].tolist()]
    assert inputs[:, 1].tolist() == [0, 1, 2, 3] * 3
    assert inputs[:4, 2].tolist() == [jsb.START] * 4
    assert inputs[8:, 2].tolist() == targets[4:8].tolist(), "what the voice itself sang last"
    tenor_soprano_bass_alto = inputs[11, 2:6].tolist()
    assert tenor_soprano_bass_alto == [*targets[[7, 8, 9, 10]].tolist()]
    bass_alto_tenor_soprano = inputs[9, 2:6].tolist()
    assert bass_alto_tenor_soprano == [*targets[[5, 6, 7, 8]].tolist()]
    assert inputs[8:, 6].tolist() == [1, 1, 0, 1], "the alto has just changed to a rest"
    assert inputs[11, 6:10].tolist() == [1, 0, 2, 1], "the soprano has just moved"
    assert inputs[:, 10].tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_as_before_is_one_more_way_to_the_last_pitch_of_the_voice() -> None:
    torch.manual_seed(0)
    network = jsb.VoiceNetwork(ModelConfig(embedding_size=8, hidden_size=8)).eval()
    inputs, _ = jsb.Chorale(np.array([[67, 48, 64, 60]] * 3)).read()
    ids = torch.from_numpy(inputs)[None]
    with torch.inference_mode():
        logits, _ = network(ids, network.initial_state(1))
        plain, _ = LSTMNetwork.forward(network, ids, network.initial_state(1))
    assert logits.shape == (1, 12, jsb.N_TOKENS)
    shares, parts = logits.softmax(-1)[0, 8], plain.softmax(-1)[0, 8]
    soprano = int(ids[0, 8, 2])
    assert float(shares[soprano]) == pytest.approx(float(parts[soprano] + parts[jsb.AS_BEFORE]))
    assert float(shares.sum()) == pytest.approx(1)


def test_rows_read_whole_chorales(tmp_path: Path) -> None:
    pieces = jsb.read_chorales(write_chorales(tmp_path / "c.json"), "as-written")["train"]
    source = jsb.batches(pieces, rows=1, length=40, reach=0, seed=1)
    read: list[list[int]] = []
    for _ in range(8):
        _, targets, starts = next(source)
        if starts[0]:
            read.append([])
        read[-1] += targets[0][targets[0] != jsb.IGNORED].tolist()
    assert sorted(read[:2]) == sorted(piece.read()[1].tolist() for piece in pieces)


def test_the_floor_is_that_of_witten_and_bell(tmp_path: Path) -> None:
    """One voice in two values, by hand: after A came A three times and B once."""
    line = np.array([[60] * 4] * 4 + [[62] * 4])
    piece = jsb.Chorale(line)
    unigram = {60: (4 + 2 / jsb.N_TOKENS) / 7, 62: (1 + 2 / jsb.N_TOKENS) / 7}
    after_60 = {pitch: (n + 2 * unigram[pitch]) / 6 for pitch, n in ((60, 3), (62, 1))}
    after_start = (1 + unigram[60]) / 2
    expected = -(math.log(after_start) + 3 * math.log(after_60[60]) + math.log(after_60[62])) / 5
    assert jsb.markov_floor([piece], [piece]) == pytest.approx(expected)


def test_naming_the_key_is_paid_for(tmp_path: Path) -> None:
    pieces = jsb.read_chorales(write_chorales(tmp_path / "c.json"), "as-written")["test"]
    network = jsb.VoiceNetwork(jsb.ModelConfig(embedding_size=8, hidden_size=8))
    plain, paid = (
        jsb.nats_per_token(network, pieces, keys) for keys in ("as-written", "normalise")
    )
    assert paid - plain == pytest.approx(2 * math.log(12) / (2 * 64))


def test_the_command_learns_and_prints_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, results = write_chorales(tmp_path / "c.json"), tmp_path / "results.json"
    small = "--steps 60 --eval-every 30 --rows 2 --hidden 16 --embedding 8 --dropout 0 --reach 0"
    arguments = [str(data), *small.split(), "--learning-rate", "0.03", "--results", str(results)]
    monkeypatch.setattr(sys, "argv", ["jsb.py", *arguments])
    jsb.main()
    found = json.loads(results.read_text(encoding="utf-8"))
    assert found["validation_nats"] < 0.5 * math.log(jsb.N_TOKENS)
    assert f"{found['test_nats']:.4f}" in capsys.readouterr().out
