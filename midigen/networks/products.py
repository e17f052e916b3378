"""Matrix products of single steps: in full precision, or with the weights in one byte each.

A step reads every weight once, so on a CPU its time is that of fetching them from memory. Eight
bits instead of 32 are a quarter of the way. Only composing uses this; nothing is learned from it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor

from midigen.engines import EngineName
from midigen.engines.rounding import INPUT_STEP, INPUT_ZERO, MOST_WEIGHT, NOTHING

# Inputs (B, N) to outputs (B, M), both float32.
Product: TypeAlias = Callable[[Tensor], Tensor]

# Torch's own backend for x86 processors (FBGEMM). Those of others are slower than full precision.
_BACKEND = "x86"


def has_int8() -> bool:
    """Whether this machine multiplies bytes fast."""
    return _BACKEND in torch.backends.quantized.supported_engines


def product(weight: Tensor, bias: Tensor, engine: EngineName = "torch") -> Product:
    """What multiplies by a weight (M, N) and adds a bias (M,).

    Args:
        weight, bias: are copied.
        engine: "int8" needs `has_int8()`.
    """
    weight, bias = weight.detach().float(), bias.detach().float().clone()
    if engine == "torch":
        transposed = weight.t().contiguous()
        return lambda inputs: torch.addmm(bias, inputs, transposed)
    packed = _packed(weight)

    def scaled(inputs: Tensor) -> Tensor:
        largest = inputs.abs().amax(1, keepdim=True).clamp_(min=NOTHING)  # (B, 1)
        return torch.addcmul(bias, _multiplied(inputs / largest, packed), largest)

    return scaled


def _packed(weight: Tensor) -> Any:
    """Seven bits for each weight (M, N), with a scale for each output, as the backend wants it."""
    steps = weight.abs().amax(1).clamp(min=NOTHING).double() / MOST_WEIGHT
    zeros = torch.zeros(len(weight), dtype=torch.int64)
    with warnings.catch_warnings():  # torch means to move quantized tensors to another package
        warnings.simplefilter("ignore", UserWarning)
        in_bytes = torch.quantize_per_channel(weight, steps, zeros, 0, torch.qint8)
    return torch.ops.quantized.linear_prepack(in_bytes, None)


def _multiplied(inputs: Tensor, packed: Any) -> Tensor:
    """Inputs (B, N), rounded to eight bits, to outputs (B, M).

    The step between two inputs is fixed, so rows never influence each other: what comes of one is
    the same to the bit whether it comes alone or with others.
    """
    outputs: Tensor = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
        inputs, INPUT_STEP, INPUT_ZERO, packed
    )
    return outputs
