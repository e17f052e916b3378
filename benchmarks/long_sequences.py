"""What a token costs early and late in a piece of 20,000 tokens.

    python -m benchmarks.long_sequences

Pieces are composed by the sampler, with networks of the preset sizes and fresh weights: what they
write does not matter for what it costs. For each network three pieces are brought to three places;
then they go on in turn, some tokens each, so that whatever else the machine does hits all alike.
Times are medians of CPU time on one thread. Memory is what the process holds more at the last
place than at the first (Linux tells).
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from midigen.config import Config, GenerationRequest
from midigen.config_file import apply_preset
from midigen.engines.recollection import CacheSettings
from midigen.generation.sampler import Sampler
from midigen.music.tokenizer import ScoreTokenizer
from midigen.networks import build_network
from midigen.networks.torch_engine import engines_of

# Before, just past and far past the window of the cache, 8,192. The last bars of a piece are
# planned, so that it ends some hundred tokens before its length.
PLACES = (2_000, 10_000, 19_000)
LENGTH = 20_000
CACHE = CacheSettings(sharpness=20.0, slope=0.8, bias=2.0)
KINDS = {
    "LSTM": ("quick", None),
    "LSTM with its cache": ("quick", CACHE),
    "Transformer": ("transformer", None),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--tokens", type=int, default=50, help="of a round")
    options = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = ScoreTokenizer(Config().tokenizer)
    print("| | " + " | ".join(f"at {place:,}" for place in PLACES) + " | memory, MB more |")
    print("|---" * (len(PLACES) + 2) + "|")
    for name, (preset, cache) in KINDS.items():
        torch.manual_seed(0)
        network = build_network(apply_preset(Config(), preset).model, len(tokenizer)).eval()
        sampler = Sampler(engines_of(network), tokenizer, cache)
        pieces = [piece(sampler, tokenizer, seed) for seed in range(len(PLACES))]
        growth_mb = brought_to_their_places(pieces)
        first, *others = times(pieces, options.rounds, options.tokens)
        shown = [f"{first:.0f} µs", *(f"x {each / first:.2f}" for each in others)]
        print(f"| {name} | {' | '.join(shown)} | {growth_mb:.1f} |", flush=True)


def piece(sampler: Sampler, tokenizer: ScoreTokenizer, seed: int) -> Iterator[int]:
    """A piece that does not end before it must."""
    goes_on = np.arange(len(tokenizer)) != tokenizer.eos_id
    request = GenerationRequest(gen_length=LENGTH, seed=seed, recall=0.5)
    return sampler.stream(request, wished=goes_on)


def brought_to_their_places(pieces: Sequence[Iterator[int]]) -> float:
    """Megabytes that the longest piece takes there more than after 2,000 tokens."""
    *others, longest = pieces
    for one, place in zip(others, PLACES, strict=False):
        skip(one, place)
    skip(longest, PLACES[0])
    before = held_mb()
    skip(longest, PLACES[-1] - PLACES[0])
    return held_mb() - before


def times(pieces: Sequence[Iterator[int]], n_rounds: int, n_tokens: int) -> list[float]:
    """CPU microseconds of a token of each piece where it stands."""
    found: list[list[float]] = [[] for _ in pieces]
    for _ in range(n_rounds):
        for one, times_there in zip(pieces, found, strict=True):
            began = time.process_time()
            skip(one, n_tokens)
            times_there.append((time.process_time() - began) / n_tokens * 1e6)
    return [statistics.median(each) for each in found]


def skip(tokens: Iterator[int], n: int) -> None:
    assert sum(1 for _ in islice(tokens, n)) == n, "the piece has ended"


def held_mb() -> float:
    """Memory that this process has in use."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    main()
