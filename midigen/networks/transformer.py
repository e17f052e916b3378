"""A decoder-only Transformer in the shape of Llama (Touvron et al. 2023), for a laptop.

Pre-norm with RMSNorm (Zhang & Sennrich 2019), rotary positions (Su et al. 2021), SwiGLU (Shazeer
2020), grouped-query attention (Ainslie et al. 2023). Each layer looks back over a sliding window
(Mistral 7B, Jiang et al. 2023), so a piece may be of any length; layer on layer the network hears
`n_layers * window` tokens back. While it learns, the window reaches back into the chunks before,
whose keys and values are kept but get no gradient (Transformer-XL, Dai et al. 2019).
"""

from __future__ import annotations

import copy
import math
import threading
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from midigen.config import ModelConfig
from midigen.engines import EngineName
from midigen.engines.shapes import feed_forward_size
from midigen.networks.products import Product, product
from midigen.networks.rotary import Rotation, rotate, rotation

EPSILON = 1e-6  # of the norms
BLOCK = 512  # tokens that are read at a time, for the sake of memory
FREE_SHARE = 4  # a quarter of the window: so many steps lie between two copies of what is kept

# Rotated keys and values (B, n_layers, n_kv_heads, N, head_size) of the last N <= window tokens,
# the latest one last; and how many tokens each row has read, (B,) int64: of a row that has read
# fewer than N only so many count.
State: TypeAlias = tuple[Tensor, Tensor, Tensor]


class TransformerNetwork(nn.Module):
    """Embedding, layers of attention and feed-forward, a norm, projection to logits.

    Raises:
        UserError: a network of this size cannot have these heads.
    """

    def __init__(self, config: ModelConfig, vocabulary_size: int) -> None:
        super().__init__()
        config.check_heads()
        self.config = config
        self.vocabulary_size = vocabulary_size
        narrow, wide = config.embedding_size, config.hidden_size
        self.embedding = nn.Embedding(vocabulary_size, narrow)
        # A table narrower than the layers (Lan et al., ALBERT, ICLR 2020), as the LSTM has it.
        self.widen = nn.Linear(narrow, wide, bias=False) if narrow != wide else nn.Identity()
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.n_layers))
        self.norm = nn.RMSNorm(wide, EPSILON)
        is_narrowed = config.tie_embeddings and narrow != wide
        self.narrow = nn.Linear(wide, narrow, bias=False) if is_narrowed else nn.Identity()
        self.head = nn.Linear(narrow if config.tie_embeddings else wide, vocabulary_size)
        if config.tie_embeddings:
            self.head.weight = self.embedding.weight  # Press & Wolf, EACL 2017
        self._initialise()

    def initial_state(self, batch_size: int) -> State:
        """Nothing read yet, on the device of the weights."""
        config, weight = self.config, self.embedding.weight
        shape = (batch_size, config.n_layers, config.n_kv_heads, 0, head_size(config))
        nothing = weight.new_zeros(shape)
        return nothing, nothing.clone(), weight.new_zeros(batch_size, dtype=torch.int64)

    def forward(self, ids: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, State]:
        """Read ids (B, T) int64; return logits (B, T, V) and the state after the last token."""
        signal, after = self.read(ids, state)
        return self.foretell(signal), after

    def read(self, ids: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, State]:
        """Read ids (B, T) int64; return the signal (B, T, H) of logits, and the state."""
        keys, values, n_read = state
        signals = []
        for begin in range(0, ids.shape[1], BLOCK):
            block = ids[:, begin : begin + BLOCK]
            signal, (keys, values, n_read) = self._read_block(block, keys, values, n_read)
            signals.append(signal)
        return torch.cat(signals, dim=1), (keys, values, n_read)

    def foretell(self, signal: Tensor) -> Tensor:
        """Logits (B, T, V) of a signal (B, T, H)."""
        logits: Tensor = self.head(self.narrow(signal))
        return logits

    def stepper(self, engine: EngineName = "torch") -> TransformerStepper:
        """A copy of the present weights, laid out for single steps."""
        return TransformerStepper(self, engine)

    def _read_block(
        self, ids: Tensor, keys: Tensor, values: Tensor, n_read: Tensor
    ) -> tuple[Tensor, State]:
        n_ids, n_kept, window = ids.shape[1], keys.shape[3], self.config.window
        positions = n_read[:, None] + torch.arange(n_ids, device=ids.device)  # (B, T)
        turn = rotation(positions, head_size(self.config))
        mask = _visible(positions, n_kept, window)  # (B, 1, T, N + T)
        mask = mask.repeat(1, 1, self.config.n_heads // self.config.n_kv_heads, 1)
        signal = self._drop(self.widen(self._embed(ids)))  # (B, T, H)
        all_keys, all_values = [], []
        for i, layer in enumerate(self.layers):
            signal, k, v = layer(signal, keys[:, i], values[:, i], turn, mask)
            all_keys.append(k[:, :, -window:])
            all_values.append(v[:, :, -window:])
        after = (torch.stack(all_keys, dim=1), torch.stack(all_values, dim=1), n_read + n_ids)
        return self.norm(signal), after

    def _embed(self, ids: Tensor) -> Tensor:
        """Embeddings (B, T, E) of unit variance (Vaswani et al. 2017, 3.4)."""
        embedded: Tensor = self.embedding(ids) * math.sqrt(self.config.embedding_size)
        return embedded

    def _drop(self, signal: Tensor) -> Tensor:
        return F.dropout(signal, self.config.dropout, self.training)

    def _initialise(self) -> None:
        nn.init.normal_(self.embedding.weight, std=self.config.embedding_size**-0.5)
        nn.init.zeros_(self.head.bias)


class _Layer(nn.Module):
    """Attention and a feed-forward network, each with a norm before it and a way around it."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        size, width = config.hidden_size, feed_forward_size(config)
        self.n_heads, self.n_kv_heads = config.n_heads, config.n_kv_heads
        self.head_size = head_size(config)
        n_rows = (self.n_heads + 2 * self.n_kv_heads) * self.head_size
        self.attention_norm = nn.RMSNorm(size, EPSILON)
        self.query_key_value = nn.Linear(size, n_rows, bias=False)
        self.attention_out = nn.Linear(size, size, bias=False)
        self.feed_forward_norm = nn.RMSNorm(size, EPSILON)
        self.gate_up = nn.Linear(size, 2 * width, bias=False)
        self.down = nn.Linear(width, size, bias=False)
        self._dropout = config.dropout
        self._initialise(config.n_layers)

    def forward(
        self, signal: Tensor, keys: Tensor, values: Tensor, turn: Rotation, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Read a signal (B, T, H); return it, with all keys and values (B, n_kv_heads, N + T, D).

        Args:
            signal: of the layer below.
            keys, values: of N earlier tokens, (B, n_kv_heads, N, D).
            turn: of the positions read.
            mask: (B, 1, G T, N + T) bool, true where a token may look; G heads share their keys.
        """
        heads, keys, values = self._heads(self.attention_norm(signal), keys, values, turn)
        n_rows, _, n_ids, size = heads.shape
        # Heads that share keys ask one after the other: cheaper than a copy of keys for each.
        asking = heads.reshape(n_rows, self.n_kv_heads, -1, size)  # (B, n_kv_heads, G T, D)
        attended = F.scaled_dot_product_attention(asking, keys, values, attn_mask=mask)
        attended = attended.reshape(n_rows, self.n_heads, n_ids, size).transpose(1, 2)
        signal = signal + self._drop(self.attention_out(attended.flatten(2)))
        gate, up = self.gate_up(self.feed_forward_norm(signal)).chunk(2, dim=-1)
        return signal + self._drop(self.down(F.silu(gate) * up)), keys, values

    def _heads(
        self, normed: Tensor, keys: Tensor, values: Tensor, turn: Rotation
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, n_heads, T, D), and keys and values with those before them."""
        heads = self.query_key_value(normed).unflatten(-1, (-1, self.head_size)).transpose(1, 2)
        rotated = rotate(heads[:, : -self.n_kv_heads], turn)
        keys = torch.cat((keys, rotated[:, self.n_heads :]), dim=2)
        values = torch.cat((values, heads[:, -self.n_kv_heads :]), dim=2)
        return rotated[:, : self.n_heads], keys, values

    def _drop(self, signal: Tensor) -> Tensor:
        return F.dropout(signal, self._dropout, self.training)

    def _initialise(self, n_layers: int) -> None:
        for each in (self.query_key_value, self.gate_up):
            nn.init.xavier_uniform_(each.weight)
        for each in (self.attention_out, self.down):  # 2 n_layers branches add up to one: GPT-2
            nn.init.xavier_uniform_(each.weight, gain=(2 * n_layers) ** -0.5)


class TransformerStepper:
    """One token at a time: norms' weights and double projections are multiplied out once.

    What is kept of earlier tokens is not copied at every step: a thread that goes on from the state
    that it got last writes behind it. Any other state is copied first, so a state that was read
    from stays as it was; and a step costs the same however long the piece is.
    """

    def __init__(self, network: TransformerNetwork, engine: EngineName = "torch") -> None:
        network = copy.deepcopy(network).eval()
        self._config = network.config
        self._latest = threading.local()
        with torch.no_grad():
            self._embedded = network.widen(network._embed(torch.arange(network.vocabulary_size)))
            self._layers = [_fused(layer, engine) for layer in network.layers]
            self._norm = network.norm
            weight, narrow = network.head.weight, network.narrow
            if isinstance(narrow, nn.Linear):  # two linear maps in a row are one
                weight = weight @ narrow.weight
            self._head = product(weight, network.head.bias, engine)

    @torch.inference_mode()
    def __call__(self, ids: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, State]:
        """Read ids (B,) int64; return logits (B, V) float32 and the new state."""
        signal, after = self.read(ids, state)
        return self.foretell(signal), after

    @torch.inference_mode()
    def read(self, ids: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, State]:
        """Read ids (B,) int64; return the signal (B, H) of logits, and the state."""
        keys, values, n_read = state
        window, n_heads, n_kv = self._config.window, self._config.n_heads, self._config.n_kv_heads
        size, n_rows = head_size(self._config), len(ids)
        n_kept = keys.shape[3]
        room = getattr(self._latest, "room", None)
        if room is None or not room.can_follow(keys):
            room = self._latest.room = _Room(keys, values, 1 + window // FREE_SHARE)
        keys, values = room.with_slot(n_kept)  # (B, L, n_kv_heads, N + 1, D)
        turn = rotation(n_read[:, None], size)
        starts_inside = int(n_read.min()) < n_kept  # some row has read less than is kept
        mask = _visible(n_read[:, None], n_kept, window) if starts_inside else None
        signal = self._embedded.index_select(0, ids)  # (B, H)
        for i, (query_key_value, out, gate_up, down) in enumerate(self._layers):
            heads = query_key_value(_normed(signal)).view(n_rows, n_heads + 2 * n_kv, 1, size)
            rotated = rotate(heads[:, : n_heads + n_kv], turn)
            keys[:, i, :, -1:] = rotated[:, n_heads:]
            values[:, i, :, -1:] = heads[:, n_heads + n_kv :]
            queries = rotated[:, :n_heads].reshape(n_rows, n_kv, -1, size)  # by what they share
            attended = F.scaled_dot_product_attention(
                queries, keys[:, i], values[:, i], attn_mask=mask
            )
            signal = signal + out(attended.reshape(n_rows, -1))
            gate, up = gate_up(_normed(signal)).chunk(2, dim=1)
            signal = signal + down(F.silu(gate) * up)
        after = (keys[:, :, :, -window:], values[:, :, :, -window:], n_read + 1)
        room.latest = after[0]
        return self._norm(signal), after

    @torch.inference_mode()
    def foretell(self, signal: Tensor) -> Tensor:
        """Logits (B, V) of a signal (B, H)."""
        return self._head(signal)


def head_size(config: ModelConfig) -> int:
    """D: the numbers of one head."""
    return config.hidden_size // config.n_heads


def _visible(positions: Tensor, n_kept: int, window: int) -> Tensor:
    """Which of N kept tokens and T new ones each new one may look at: (B, 1, T, N + T) bool.

    Args:
        positions: (B, T), how many tokens of its piece come before each.
        n_kept: N.
        window: how far back a token may look.
    """
    n_new, device = positions.shape[1], positions.device
    slots = torch.arange(n_kept + n_new, device=device)
    back = slots[n_kept:, None] - slots  # (T, N + T)
    in_window = (back >= 0) & (back <= window)
    in_piece = back <= positions[:, :, None]  # (B, T, N + T)
    return (in_window & in_piece)[:, None]


class _Room:
    """A copy of kept keys and values (B, L, n_kv_heads, N, D), with free slots behind them.

    Args:
        keys, values: of the state to go on from.
        n_free: how many slots.

    Attributes:
        latest: the keys of the state behind which the next slot is free.
    """

    def __init__(self, keys: Tensor, values: Tensor, n_free: int) -> None:
        self._end = keys.shape[3]
        self._keys, self._values = (_with_slots(each, n_free) for each in (keys, values))
        self.latest: Tensor | None = None

    def can_follow(self, keys: Tensor) -> bool:
        """Whether a state with these keys can go on here."""
        return keys is self.latest and self._end < self._keys.shape[3]

    def with_slot(self, n_kept: int) -> tuple[Tensor, Tensor]:
        """The last N keys and values and a free slot, which is taken by that.

        Returns:
            Two of (B, L, n_kv_heads, N + 1, D).
        """
        self.latest = None
        self._end += 1
        slots = slice(self._end - n_kept - 1, self._end)
        return self._keys[:, :, :, slots], self._values[:, :, :, slots]


def _with_slots(kept: Tensor, n_free: int) -> Tensor:
    *shape, n_kept, size = kept.shape
    roomy = kept.new_empty(*shape, n_kept + n_free, size)
    roomy[..., :n_kept, :] = kept
    return roomy


def _normed(signal: Tensor) -> Tensor:
    """RMSNorm (B, H) without weights."""
    return F.rms_norm(signal, signal.shape[-1:], eps=EPSILON)


def _fused(layer: nn.Module, engine: EngineName) -> tuple[Product, ...]:
    """Products of one layer, the weights of its norms multiplied in."""
    assert isinstance(layer, _Layer)
    matrices = (
        layer.query_key_value.weight * layer.attention_norm.weight,
        layer.attention_out.weight,
        layer.gate_up.weight * layer.feed_forward_norm.weight,
        layer.down.weight,
    )
    return tuple(product(each, each.new_zeros(len(each)), engine) for each in matrices)
