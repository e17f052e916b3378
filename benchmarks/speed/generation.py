"""Composing, token by token, beside what one would use instead.

Ours has fresh weights of the presets' sizes; what is composed does not matter to the time.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.speed.measuring import MissingError, Row, by_turns, ratios, row, told_by_turns
from midigen.config import Config, GenerationRequest, ModelConfig, TokenizerConfig
from midigen.config_file import apply_preset
from midigen.engines import Engine, EngineName
from midigen.generation.filters import draw, filter_logits
from midigen.generation.sampler import Sampler
from midigen.music.grammar import Cursor, Grammar
from midigen.music.tokenizer import ScoreTokenizer
from midigen.networks import Network, build_network
from midigen.networks.torch_engine import engines_of

N_TOKENS = 24  # composed in a round
CONTEXTS = (64, 1024)
REFED_TOKENS = 128
N_TAKES = 8
LARGE_ALPHABET = 20_000
LARGE = apply_preset(Config(), "large").model
TRANSFORMER = replace(LARGE, type="transformer", window=max(CONTEXTS))
FILTERED = GenerationRequest(temperature=0.9, top_k=50, top_p=0.95, seed=1)
ENDLESS = GenerationRequest(seed=1, bars=2000)


def rows(rounds: int) -> Iterator[Row]:
    """Compare with peers first, then with plainer ways of our own."""
    yield from _beside_llama(rounds)
    yield from _beside_plain_steps(rounds)
    yield _takes_at_once(rounds)
    yield from _sampling(rounds)
    yield from _transformer(rounds)


@cache
def tokenizer() -> ScoreTokenizer:
    """The default alphabet."""
    return ScoreTokenizer(TokenizerConfig())


@cache
def network(config: ModelConfig = LARGE) -> Any:
    """With fresh weights, ready to compose."""
    torch.manual_seed(0)
    return build_network(config, len(tokenizer())).eval().requires_grad_(False)


def context(n: int) -> list[int]:
    """The beginning of something composed, n ids from BOS on."""
    return _composed()[:n]


@cache
def _composed() -> list[int]:
    small = network(ModelConfig(embedding_size=8, hidden_size=8, n_layers=1))
    stream, ids = Sampler(engines_of(small), tokenizer()).stream(ENDLESS), [tokenizer().bos_id]
    while len(ids) < max(CONTEXTS) + 1:
        ids.append(next(stream))
    return ids


def _beside_llama(rounds: int) -> Iterator[Row]:
    for n, floor in zip(CONTEXTS, (5, 10), strict=True):
        llama, ours = told_by_turns(
            partial(_llama_s, n), partial(_ours_s, LARGE, "int8", n), rounds=rounds
        )
        yield row(
            f"LSTM (24 M, int8) composing a token after {n}, against Llama (20 M) with its cache",
            ratios(llama, ours),
            floor,
            note="with sampling, without reading what came before; transformers' generate()",
        )


def _ours_s(config: ModelConfig, engine: EngineName, n_before: int) -> float:
    """CPU seconds of `N_TOKENS` through the sampler, once the context and a first one are read."""
    stream = _sampler(config).stream(replace(ENDLESS, engine=engine), context(n_before))
    next(stream)
    began = time.process_time()
    for _ in range(N_TOKENS):
        next(stream)
    return time.process_time() - began


@cache
def _sampler(config: ModelConfig) -> Sampler:
    return Sampler(engines_of(network(config)), tokenizer())


class _Clock:
    """What generate() hands tokens to: notes the time of each; the prompt is the first."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, _: Tensor) -> None:
        self.times.append(time.process_time())

    def end(self) -> None:
        """Nothing more comes."""


def _llama_s(n_before: int) -> float:
    clock = _Clock()
    _llama().generate(
        torch.tensor([context(n_before)]),
        max_new_tokens=N_TOKENS + 1,
        min_new_tokens=N_TOKENS + 1,
        do_sample=True,
        top_p=ENDLESS.top_p,
        top_k=0,
        use_cache=True,
        pad_token_id=0,
        streamer=clock,
    )
    return clock.times[-1] - clock.times[1]


@cache
def _llama() -> Any:
    try:
        transformers = importlib.import_module("transformers")
    except ImportError as error:
        raise MissingError(
            "transformers is not installed: pip install -r benchmarks/requirements.txt"
        ) from error
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer()),
        hidden_size=512,
        intermediate_size=1376,
        num_hidden_layers=6,
        num_attention_heads=8,
        max_position_embeddings=2 * max(CONTEXTS),
    )
    return transformers.LlamaForCausalLM(config).eval()


def _beside_plain_steps(rounds: int) -> Iterator[Row]:
    plain = network()
    window = torch.tensor([context(REFED_TOKENS)])
    state = plain.initial_state(1)

    def refed() -> None:
        signal, _ = plain.read(window, state)
        _drawn(plain.foretell(signal[0, -1]).numpy())

    fast = _steps("int8", 1)
    slow_s, fast_s = by_turns(refed, fast, rounds=rounds)
    yield row(
        f"LSTM (24 M, int8), against re-feeding a window of {REFED_TOKENS} tokens",
        [a / (b / N_TOKENS) for a, b in zip(slow_s, fast_s, strict=True)],
        100,
    )

    def one_step() -> None:
        after = state
        for token in context(N_TOKENS):
            logits, after = plain(torch.tensor([[token]]), after)
            _drawn(logits[0, 0].numpy())

    plain_s, ours_s = by_turns(one_step, _steps("torch", 1), rounds=rounds)
    yield row(
        "LSTM (24 M) in full precision, against nn.LSTM one step at a time",
        ratios(plain_s, ours_s),
        2.5,
    )


def _takes_at_once(rounds: int) -> Row:
    one, eight = by_turns(_steps("int8", 1), _steps("int8", N_TAKES), rounds=rounds)
    return row(
        f"{N_TAKES} takes at once against one, tokens a second in all",
        [N_TAKES * a / b for a, b in zip(one, eight, strict=True)],
        3,
        note="24 M, int8; each row drawn by itself under the grammar, as endings are",
    )


def _steps(name: EngineName, n_rows: int) -> Callable[[], None]:
    """`N_TOKENS` steps of rows side by side, with a draw for each row."""
    engine, grammar, ids = _engine(name), Grammar(tokenizer()), context(N_TOKENS)

    def run() -> None:
        answer, cursor = engine.begin(np.full((n_rows, 1), ids[0])), Cursor(grammar)
        for token in ids:
            answer = engine.read(np.full(n_rows, token), answer.memory)
            for each in answer.logits:
                _drawn(each, cursor.allowed(may_end=False))

    return run


@cache
def _engine(name: EngineName) -> Engine:
    return engines_of(network())[name]


_generator = np.random.default_rng(0)


def _drawn(logits: np.ndarray, allowed: np.ndarray | None = None) -> int:
    return draw(filter_logits(logits, FILTERED, allowed), _generator)


def _sampling(rounds: int) -> Iterator[Row]:
    logits = np.random.default_rng(0).standard_normal(len(tokenizer()), dtype=np.float32)
    engine = _engine("int8")
    beginning = engine.begin(np.array([context(1)]))

    def draws() -> None:
        for _ in range(20 * N_TOKENS):
            _drawn(logits)

    def steps() -> None:
        answer = beginning
        for token in context(20 * N_TOKENS):
            answer = engine.read(np.array([token]), answer.memory)

    taken, whole = by_turns(draws, steps, rounds=rounds)
    yield row(
        "sampling (temperature, top-k, top-p) as a share of an int8 step",
        [100 * a / b for a, b in zip(taken, whole, strict=True)],
        8,
        unit="%",
        at_most=True,
        note=f"24 M, {len(logits)} tokens",
    )
    many = 3 * np.random.default_rng(1).standard_normal(LARGE_ALPHABET, dtype=np.float32)
    tensor = torch.from_numpy(many)
    sorted_s, ours_s = by_turns(
        lambda: [_drawn_by_sorting(tensor) for _ in range(30)],
        lambda: [_drawn(many) for _ in range(30)],
        rounds=rounds,
    )
    yield row(
        f"the same draw among {LARGE_ALPHABET:,}, against sorting all",
        ratios(sorted_s, ours_s),
        10,
    )


def _drawn_by_sorting(logits: Tensor) -> int:
    """As tutorials write it: everything sorted, then top-k, top-p and a draw."""
    values, ids = torch.sort(logits / FILTERED.temperature, descending=True)
    values[FILTERED.top_k :] = -torch.inf
    shares = values.softmax(-1)
    shares[shares.cumsum(-1) - shares >= FILTERED.top_p] = 0
    return int(ids[torch.multinomial(shares, 1)])


def _transformer(rounds: int) -> Iterator[Row]:
    n = max(CONTEXTS)
    ours: Network = network(TRANSFORMER)
    ids = torch.tensor([context(n)])
    _, before = ours.read(ids, ours.initial_state(1))
    step = ours.stepper()

    @torch.inference_mode()
    def anew() -> None:
        signal, _ = ours.read(ids, ours.initial_state(1))
        ours.foretell(signal[:, -1:])

    def kept() -> None:
        state = before
        for token in context(N_TOKENS):
            _, state = step(torch.tensor([token]), state)

    slow_s, fast_s = by_turns(anew, kept, rounds=rounds)
    yield row(
        f"Transformer (24 M) with its keys kept, against none, at {n} tokens",
        [a / (b / N_TOKENS) for a, b in zip(slow_s, fast_s, strict=True)],
        20,
    )
    llama, torch_s, int8_s = told_by_turns(
        lambda: _llama_s(n),
        lambda: _ours_s(TRANSFORMER, "torch", n),
        lambda: _ours_s(TRANSFORMER, "int8", n),
        rounds=rounds,
    )
    what = f"Transformer (24 M) composing a token after {n}, against Llama (20 M) with its cache"
    yield row(f"{what}: full precision", ratios(llama, torch_s), 1.4)
    yield row(f"{what}: int8", ratios(llama, int8_s), 3.5)
