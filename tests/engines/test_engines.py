"""Which engine composes, and what it takes to start one."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from midigen import engines
from midigen.config import ModelConfig
from midigen.engines import Engines, has_onnx
from midigen.engines.shapes import weight_shapes
from midigen.errors import UserError
from midigen.networks import build_network, torch_engine
from midigen.networks.torch_engine import engines_of

LSTM = ModelConfig(embedding_size=12, hidden_size=24, n_layers=2, n_heads=3, n_kv_heads=1)
TRANSFORMER = replace(LSTM, type="transformer")


@pytest.mark.parametrize("config", [LSTM, TRANSFORMER], ids=lambda config: config.type)
@pytest.mark.parametrize(
    ("size", "tied", "bypass", "norm"),
    product((12, 24), (False, True), ("none", "residual", "highway"), (False, True)),
)
def test_shapes_are_those_of_the_network(
    config: ModelConfig, size: int, tied: bool, bypass: str, norm: bool
) -> None:
    config = replace(
        config, embedding_size=size, tie_embeddings=tied, bypass=bypass, layer_norm=norm
    )
    network = build_network(config, 50)
    assert weight_shapes(config, 50) == {n: w.shape for n, w in network.state_dict().items()}


def of(config: ModelConfig) -> Engines:
    return engines_of(build_network(config, 50).eval())


def test_an_lstm_is_computed_in_bytes_where_onnxruntime_is(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [of(LSTM).choose(each) for each in ("auto", "torch", "int8")]
    assert chosen == ["int8", "torch", "int8"]
    monkeypatch.setattr(engines, "has_onnx", lambda: False)
    assert of(LSTM).choose("auto") == "torch"
    with pytest.raises(UserError, match="The engine int8 does not run on this computer"):
        of(LSTM).choose("int8")


def test_an_onnxruntime_that_does_not_start_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    has_onnx.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # an import of it fails
    assert of(LSTM).choose("auto") == "torch"
    has_onnx.cache_clear()


def test_a_transformer_is_computed_in_bytes_where_it_is_wide_and_that_is_fast(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wide = replace(TRANSFORMER, hidden_size=512, n_heads=8, n_layers=1)
    monkeypatch.setattr(torch_engine, "has_int8", lambda: True)
    assert of(TRANSFORMER).choose("auto") == "torch"
    assert of(TRANSFORMER).choose("int8") == "int8"
    assert of(wide).choose("auto") == "int8"
    monkeypatch.setattr(torch_engine, "has_int8", lambda: False)
    assert of(wide).choose("auto") == "torch"
    with pytest.raises(UserError, match="The engine int8 does not run on this computer"):
        of(wide).choose("int8")


def test_an_lstm_composes_without_torch(tmp_path: Path) -> None:
    """Its import takes longer than a piece."""
    script = (
        "import sys; from midigen.cli import main; "
        "main(['generate', '--model', 'classical-piano', '--bars', '2', '--output', sys.argv[1]]); "
        "sys.exit('torch' in sys.modules)"
    )
    piece = tmp_path / "a.mid"
    command = [sys.executable, "-c", script, str(piece)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert piece.is_file()
