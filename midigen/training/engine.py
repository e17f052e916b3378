"""Where training computes: device, precision, threads and processes, chosen in one place.

One process or many is decided by how the command was started (`torchrun`, `accelerate launch`);
Hugging Face Accelerate reads that from the environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from accelerate import Accelerator, PartialState
from torch import Tensor, nn
from torch.optim import AdamW

from midigen.config import TrainingConfig
from midigen.corpus.batches import Batch
from midigen.errors import UserError
from midigen.isolated import n_cores
from midigen.networks import State


class Engine:
    """The machine as the training loop sees it."""

    def __init__(self, config: TrainingConfig) -> None:
        on_gpu = _take_gpu(config)
        self.precision = _precision(config, on_gpu)
        if not on_gpu:
            torch.set_num_threads(config.threads or _threads_per_process())
        words = {"fp32": "no", "bf16": "bf16", "fp16": "fp16"}
        self._accelerator = Accelerator(cpu=not on_gpu, mixed_precision=words[self.precision])
        self.device: torch.device = self._accelerator.device
        self.rank: int = self._accelerator.process_index
        self.n_processes: int = self._accelerator.num_processes
        self.is_main: bool = self._accelerator.is_main_process
        if config.batch_size % self.n_processes:
            raise UserError(
                f"training.batch_size is {config.batch_size}, which {self.n_processes} processes "
                "cannot share evenly.",
                f"Choose a multiple of {self.n_processes}.",
            )

    def prepare(self, network: nn.Module, config: TrainingConfig) -> tuple[nn.Module, Any]:
        """Place the network and make its AdamW optimizer; with many processes, link them."""
        fused = self.device.type == "cuda"
        optimizer = AdamW(
            _groups(network, config.weight_decay), lr=config.learning_rate, fused=fused
        )
        prepared: tuple[nn.Module, Any] = self._accelerator.prepare(network, optimizer)
        return prepared

    def unwrap(self, network: nn.Module) -> nn.Module:
        """The network itself, without what links processes."""
        inner: nn.Module = self._accelerator.unwrap_model(network)
        return inner

    def share(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """This process's rows of a batch, on its device: inputs, targets, starts."""
        rows = self.rows(batch.inputs.shape[0])
        return (
            batch.inputs[rows].to(self.device, non_blocking=True),
            batch.targets[rows].to(self.device, non_blocking=True),
            batch.starts[rows].to(self.device, non_blocking=True),
        )

    def rows(self, batch_size: int) -> slice:
        each = batch_size // self.n_processes
        return slice(self.rank * each, (self.rank + 1) * each)

    def backward(self, loss: Tensor) -> None:
        self._accelerator.backward(loss)

    def clip(self, network: nn.Module, limit: float) -> Tensor:
        """Scale gradients down to a norm of `limit`; return the norm before."""
        norm: Tensor = self._accelerator.clip_grad_norm_(network.parameters(), limit)
        return norm

    def sum(self, value: Tensor) -> Tensor:
        """The sum over all processes."""
        total: Tensor = self._accelerator.reduce(value, "sum")
        return total

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in any process, so that all act alike."""
        if self.n_processes == 1:
            return flag
        return bool(self.sum(torch.tensor(float(flag), device=self.device)) > 0)

    def gather(self, state: State) -> State:
        """The memory of all rows, from all processes."""
        return tuple(self._accelerator.gather(each.contiguous()) for each in state)

    def wait(self) -> None:
        """Until every process is here."""
        self._accelerator.wait_for_everyone()

    def random_states(self) -> dict[str, Tensor]:
        """torch's generators, which the dropout draws from: one row for each process."""
        states = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            states["cuda"] = torch.cuda.get_rng_state(self.device)
        return {
            name: self._accelerator.gather(state.to(self.device)[None]).cpu()
            for name, state in states.items()
        }

    def set_random_states(self, states: Mapping[str, Tensor]) -> None:
        """Go on drawing where `random_states` was taken."""
        torch.set_rng_state(states["cpu"][self.rank % len(states["cpu"])])
        if self.device.type == "cuda" and "cuda" in states:
            torch.cuda.set_rng_state(states["cuda"][self.rank % len(states["cuda"])], self.device)

    def close(self) -> None:
        """Part from the other processes in good order, once all are done."""
        if self.n_processes > 1:
            self.wait()
            self._accelerator.end_training()

    def scaler_state(self) -> dict[str, Any]:
        """State of fp16's loss scaling; empty in other precisions."""
        scaler = self._accelerator.scaler
        return dict(scaler.state_dict()) if scaler is not None else {}

    def load_scaler_state(self, state: Mapping[str, Any]) -> None:
        if self._accelerator.scaler is not None and state:
            self._accelerator.scaler.load_state_dict(dict(state))


def is_main_process() -> bool:
    """Whether this is the one process that writes files; true where there is only one."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def main_process_first(config: TrainingConfig) -> Iterator[None]:
    """Let the main process do something, such as filling a cache, before the others do it."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    with PartialState(cpu=not _take_gpu(config)).main_process_first():
        yield


def _groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Matrices are pulled towards zero, biases are not."""
    matrices = [each for each in network.parameters() if each.dim() > 1]
    vectors = [each for each in network.parameters() if each.dim() <= 1]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]


def _take_gpu(config: TrainingConfig) -> bool:
    available = torch.cuda.is_available()
    if config.device == "cuda" and not available:
        raise UserError(
            "training.device is cuda, but torch finds no GPU.",
            "Install a CUDA build of torch, or use --device cpu.",
        )
    return available and config.device != "cpu"


def _precision(config: TrainingConfig, on_gpu: bool) -> str:
    if config.precision == "auto":
        return "bf16" if on_gpu and torch.cuda.is_bf16_supported() else "fp32"
    if config.precision == "fp16" and not on_gpu:
        raise UserError("training.precision is fp16, which needs a GPU.", "Use fp32 or bf16.")
    return config.precision


def _threads_per_process() -> int:
    """All cores but one, shared by the processes of this machine.

    Threads of OpenMP wait for each other without sleeping: where anything else wants a core, as
    many threads as cores are several times slower than one less (on 2 busy cores 1 to 3 thousand
    tokens a second with two threads, 12 thousand with one).
    """
    return max(1, (n_cores() - 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
