"""Weights in one byte: how near to what the machine can do, and how near to full precision."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from symusic import Score
from torch.nn import functional as F

from benchmarks.speed.generation import LARGE, network
from benchmarks.speed.measuring import MissingError, Row, by_turns, row
from midigen.bundle import Bundle, load_bundle
from midigen.corpus.chorales import convert, find_scores
from midigen.engines import has_onnx
from midigen.errors import UserError
from midigen.music.key import estimate_key
from midigen.music.score import transpose
from midigen.networks.torch_engine import engines_of

N_STEPS = 40
N_PIECES = 6
SOURCE = Path(__file__).with_name("vnni.c")
MODEL = Path(__file__).parents[2] / "models" / "classical-piano"


def rows(rounds: int) -> Iterator[Row]:
    """The limit first, then what is lost."""
    if not has_onnx():
        raise MissingError("onnxruntime is not installed; nothing to measure")
    yield from _of_the_limit(rounds)
    yield from _beside_full_precision()


def _of_the_limit(rounds: int) -> Iterator[Row]:
    """A step beside nothing but its products, by hand; left out without gcc or VNNI."""
    product = _by_hand()
    if product is None:
        return
    size, n_tokens = LARGE.hidden_size, network().vocabulary_size
    shapes = [(size, 4 * size)] + (LARGE.n_layers - 1) * [(2 * size, 4 * size), (size, size)]
    shapes.append((size, n_tokens))
    work = [
        (np.ones(n, np.uint8), np.ones((m, n), np.int8), np.zeros(m, np.int32)) for n, m in shapes
    ]

    def by_hand() -> None:
        for _ in range(N_STEPS):
            for inputs, weights, outputs in work:
                product(inputs, weights, outputs)

    engine = engines_of(network())["int8"]
    beginning = engine.begin(np.array([[0]]))

    def steps() -> None:
        answer = beginning
        for token in range(N_STEPS):
            answer = engine.read(np.array([token]), answer.memory)

    hand_s, step_s = by_turns(by_hand, steps, rounds=rounds)
    yield row(
        "int8 step (24 M), whole, against its matrix products alone, by hand with VNNI in C",
        [100 * a / b for a, b in zip(hand_s, step_s, strict=True)],
        70,
        unit="%",
    )


def _by_hand() -> Callable[[np.ndarray, np.ndarray, np.ndarray], None] | None:
    """`vnni.c`, compiled for this machine; None where that cannot be done."""
    flags = Path("/proc/cpuinfo")
    has_vnni = flags.is_file() and "avx512_vnni" in flags.read_text(encoding="utf-8")
    compiler = shutil.which("gcc")
    if compiler is None or not has_vnni:
        return None
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "vnni.so"
        options = ["-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run([compiler, *options, str(SOURCE), "-o", str(library)], check=True)
        multiply = ctypes.CDLL(str(library)).multiply

    def product(inputs: np.ndarray, weights: np.ndarray, outputs: np.ndarray) -> None:
        pointers = [each.ctypes.data_as(ctypes.c_void_p) for each in (inputs, weights, outputs)]
        multiply(*pointers, len(outputs), len(inputs))

    return product


def _beside_full_precision() -> Iterator[Row]:
    """On chorales, a collection that the shipped piano model has not learned from."""
    bundle = load_bundle(MODEL)
    worse, same = zip(*(_differences(bundle, ids) for ids in chorales(bundle)), strict=True)
    note = f"{MODEL.name}, {len(worse)} chorales; the median of the pieces"
    yield row(
        "int8 against full precision: nats a token more",
        worse,
        0.005,
        unit="nats",
        at_most=True,
        note=note,
    )
    yield row("the same token is likeliest", same, 97, unit="%", note=note)


def chorales(bundle: Bundle, n_pieces: int = N_PIECES) -> Iterator[np.ndarray]:
    """Ids (T,) of some chorales, as a model would read them."""
    for source in find_scores():
        try:
            score = Score.from_midi(convert(str(source)).midi)
        except UserError:  # not a plain chorale
            continue
        score = transpose(score, estimate_key(score).semitones_to_natural)
        yield bundle.tokenizer.encode(score).astype(np.int64)
        n_pieces -= 1
        if n_pieces == 0:
            return


def _differences(bundle: Bundle, ids: np.ndarray) -> tuple[float, float]:
    """Nats a token that int8 costs on a piece, and in how many percent both say the same."""
    said, engines = [], bundle.engines()
    for name in ("torch", "int8"):
        engine = engines[name]
        answer = engine.begin(ids[None, :1])
        logits = [answer.logits[0]]
        for token in ids[1:-1]:
            answer = engine.read(np.array([token]), answer.memory)
            logits.append(answer.logits[0])
        said.append(torch.from_numpy(np.stack(logits)))
    nats = [float(F.cross_entropy(each, torch.from_numpy(ids[1:]))) for each in said]
    same = (said[0].argmax(-1) == said[1].argmax(-1)).float().mean()
    return nats[1] - nats[0], 100 * float(same)
