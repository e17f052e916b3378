"""Matrix products of single steps: in full precision, or with the weights in one byte each.

A step reads every weight once, so on a CPU its time is that of fetching them from memory. Eight
bits instead of 32 are a quarter of the way. Only composing uses this; nothing is learned from it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor

from midigen.errors import UserError

Engine = Literal["torch", "int8"]
# Inputs (B, N) to outputs (B, M), both float32.
Product: TypeAlias = Callable[[Tensor], Tensor]

PAYS_FROM_SIZE = 512
# Torch's own backend for x86 processors (FBGEMM). Those of others are slower than full precision.
_BACKEND = "x86"
# Weights of seven bits: processors without VNNI add two products of eight bits in 16, where they
# would not fit. So all of them compute the same integers.
_MOST_WEIGHT = 63
_INPUT_STEP, _INPUT_ZERO = 1 / 127, 128  # inputs from -1 to 1 as bytes
_NOTHING = 1e-12


def has_int8() -> bool:
    """Whether this machine multiplies bytes fast."""
    return _BACKEND in torch.backends.quantized.supported_engines


def engine_for(wanted: Literal["auto", "torch", "int8"], hidden_size: int) -> Engine:
    """What a request's engine is on this machine.

    A narrow network gains little by int8, and keeps what full precision has over it: on computers
    of different makers a seed gives different music less often.

    Raises:
        UserError: this machine has no int8.
    """
    if wanted == "int8" and not has_int8():
        raise UserError(
            "This computer has no fast products of bytes, which the engine int8 needs.",
            "Set generation.engine to auto or torch.",
        )
    if wanted != "auto":
        return wanted
    return "int8" if has_int8() and hidden_size >= PAYS_FROM_SIZE else "torch"


def product(weight: Tensor, bias: Tensor, engine: Engine, is_bounded: bool = False) -> Product:
    """What multiplies by a weight (M, N) and adds a bias (M,).

    Args:
        weight, bias: are copied.
        engine: "int8" needs `has_int8()`.
        is_bounded: whether no input lies beyond -1 and 1, which saves int8 a look at them.
    """
    weight, bias = weight.detach().float(), bias.detach().float().clone()
    if engine == "torch":
        transposed = weight.t().contiguous()
        return lambda inputs: torch.addmm(bias, inputs, transposed)
    if is_bounded:
        packed = _packed(weight, bias)
        return lambda inputs: _multiplied(inputs, packed)
    packed = _packed(weight, None)

    def scaled(inputs: Tensor) -> Tensor:
        largest = inputs.abs().amax(1, keepdim=True).clamp_(min=_NOTHING)  # (B, 1)
        return torch.addcmul(bias, _multiplied(inputs / largest, packed), largest)

    return scaled


def _packed(weight: Tensor, bias: Tensor | None) -> Any:
    """Seven bits for each weight (M, N), with a scale for each output, as the backend wants it."""
    steps = weight.abs().amax(1).clamp(min=_NOTHING).double() / _MOST_WEIGHT
    zeros = torch.zeros(len(weight), dtype=torch.int64)
    with warnings.catch_warnings():  # torch means to move quantized tensors to another package
        warnings.simplefilter("ignore", UserWarning)
        in_bytes = torch.quantize_per_channel(weight, steps, zeros, 0, torch.qint8)
    return torch.ops.quantized.linear_prepack(in_bytes, bias)


def _multiplied(inputs: Tensor, packed: Any) -> Tensor:
    """Inputs (B, N), rounded to eight bits, to outputs (B, M).

    The step between two inputs is fixed, so rows never influence each other: what comes of one is
    the same to the bit whether it comes alone or with others.
    """
    outputs: Tensor = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
        inputs, _INPUT_STEP, _INPUT_ZERO, packed
    )
    return outputs
