"""One sitting of training: what the loop works on, and each thing that it does."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from midigen.bundle import load_bundle, save_frame, save_weights
from midigen.config import Config, GenerationRequest
from midigen.corpus.batches import IGNORED, TrainingBatches
from midigen.corpus.store import TokenStore
from midigen.engines import Weights
from midigen.errors import UserError
from midigen.evaluation.likelihood import Likelihood
from midigen.evaluation.ngram import Floors
from midigen.generation.composer import Composer
from midigen.networks import (
    Network,
    State,
    arrays_of,
    build_network,
    detach,
    load_arrays,
    n_parameters,
    reset,
)
from midigen.networks.cache import CachedNetwork
from midigen.networks.torch_engine import engines_of
from midigen.training.averaging import averaged_copy
from midigen.training.checkpoint import Progress, load_checkpoint, save_checkpoint
from midigen.training.engine import Engine
from midigen.training.events import (
    Evaluated,
    Event,
    Finished,
    Planned,
    Sampled,
    Started,
    Stepped,
)
from midigen.training.schedule import learning_rate
from midigen.training.validation import Validation

# Where the steps that fit a time limit are planned. The first plan comes soon, the later ones mend
# it where something else was slowing the machine; after them the end stays where it is.
PLAN_STEPS = (10, 100, 400)
_WARM_STEPS = 2  # not timed: the first steps allocate memory


class Session:
    """Network, optimizer, memory and data of one sitting."""

    def __init__(
        self, config: Config, store: TokenStore, folder: Path, weights: Weights | None
    ) -> None:
        settings = config.training
        self.config, self.store, self.folder = config, store, folder
        self.engine = Engine(settings)
        torch.manual_seed(settings.seed)
        network = build_network(config.model, len(store.tokenizer))
        if weights is not None:
            load_arrays(network, weights)
        self.network, self.optimizer = self.engine.prepare(network, settings)
        self.averaged = averaged_copy(self.plain, settings.average_decay)
        torch.manual_seed(settings.seed + self.engine.rank)  # each process drops other signals
        self.batches = self.batches_of(settings.sequence_length)
        rows = settings.batch_size // self.engine.n_processes
        self.memory: State = self.plain.initial_state(rows)
        self.rows_at_once = rows
        self.validation = Validation(store, settings.validation_tokens)
        self.progress = Progress(total_steps=settings.max_steps)
        self._gradient_norm = torch.tensor(math.nan)
        self._look_s = 0.0
        self._began = time.monotonic()
        self._probe = (0, self._began)  # step and time since when steps are timed
        self._restart_report()

    @property
    def plain(self) -> Any:
        """The network itself, a `SequenceNetwork`, without what links processes."""
        return self.engine.unwrap(self.network)

    @property
    def judged(self) -> Any:
        """The network that is looked at and kept: the average of the weights where there is one."""
        return self.plain if self.averaged is None else self.averaged.module

    def batches_of(self, sequence_length: int) -> TrainingBatches:
        """The training pieces from their beginning, in chunks of so many tokens."""
        settings, preprocessing = self.config.training, self.config.preprocessing
        transposes = preprocessing.key_handling == "transpose"
        return TrainingBatches(
            self.store,
            settings.batch_size,
            sequence_length,
            settings.seed,
            preprocessing.transpose_semitones if transposes else 0,
            fresh_starts=settings.fresh_starts,
            styleless=settings.styleless,
            endings=settings.endings,
        )

    def restore(self) -> None:
        """Go on from the checkpoint, exactly."""
        self.progress, content = load_checkpoint(self.folder)
        if content["store"] != self.store.folder.name:
            raise UserError(
                f"The data has changed since '{self.folder.name}' was started.",
                "Start a new run; this one keeps the model it has.",
            )
        self.plain.load_state_dict(content["network"])
        self.optimizer.load_state_dict(content["optimizer"])
        if self.averaged is not None:
            self.averaged.load_state_dict(content["averaged"])
        self.engine.load_scaler_state(content["scaler"])
        self.batches.load_state(content["batches"])
        rows = self.engine.rows(self.config.training.batch_size)
        self.memory = tuple(each[rows].to(self.engine.device) for each in content["memory"])
        if self.engine.is_main:
            self._nats += self.progress.unreported_nats
        self._n_targets = self.progress.unreported_targets
        self._n_steps = self.progress.unreported_steps
        self.engine.set_random_states(content["random"])

    def start(self, floors: Floors) -> Started:
        """Make the run's folder a model in the making."""
        if self.engine.is_main:
            save_frame(self.folder, self.config, self.store.tokenizer)
        return Started(
            step=self.progress.step,
            total_steps=self.progress.total_steps,
            parameters=n_parameters(self.plain),
            train_tokens=self.batches.n_tokens,
            validation_tokens=sum(p.length - 1 for p in self.store.of("validation")),
            device=str(self.engine.device),
            precision=self.engine.precision,
            n_processes=self.engine.n_processes,
            unigram_nats=floors.unigram_nats,
            fivegram_nats=floors.fivegram_nats,
            styles=self.store.tokenizer.styles,
        )

    def learn(self) -> None:
        """One step."""
        settings, progress = self.config.training, self.progress
        lr = learning_rate(progress.step, progress.total_steps, settings)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        batch = self.batches.next()
        inputs, targets, starts = self.engine.share(batch)  # (B, T), (B, T), (B,)
        self.network.train()
        nats, memory = self._read_and_blame(inputs, targets, starts, batch.n_targets)
        self._gradient_norm = self.engine.clip(self.network, settings.gradient_clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.averaged is not None:
            self.averaged.update_parameters(self.plain)
        self.memory = memory
        progress.step += 1
        progress.tokens_seen += batch.n_targets
        self._nats += nats
        self._n_targets += batch.n_targets
        self._n_steps += 1
        if progress.step == _WARM_STEPS:
            self._probe = (progress.step, time.monotonic())

    def _read_and_blame(
        self, inputs: Tensor, targets: Tensor, starts: Tensor, n_targets: int
    ) -> tuple[Tensor, State]:
        """Forward and back, in as many parts as memory needs; the gradient is that of the whole.

        Where memory runs out, the parts are halved from then on: `rows_at_once` tells it.

        Args:
            inputs, targets: (B, T).
            starts: (B,) bool.
            n_targets: of all processes.

        Returns:
            The summed loss, and the memory of all rows.

        Raises:
            UserError: not even one row fits, or several processes would have to agree.
        """
        while True:
            rows = self.rows_at_once
            try:
                parts = [
                    self._read_part(inputs[i : i + rows], targets[i : i + rows],
                                    starts[i : i + rows], slice(i, i + rows), n_targets)
                    for i in range(0, len(inputs), rows)
                ]  # fmt: skip
            except RuntimeError as error:
                if not _is_out_of_memory(error):
                    raise
                if rows == 1 or self.engine.n_processes > 1:
                    raise UserError(
                        f"Memory ran out at step {self.progress.step}, {rows} pieces at a time.",
                        "Choose a smaller model, batch or sequence length.",
                    ) from error
            else:
                nats = torch.stack([each for each, _ in parts]).sum()
                memories = [memory for _, memory in parts]
                whole = memories[0] if len(memories) == 1 else _stacked(memories)
                return nats, whole
            self.optimizer.zero_grad(set_to_none=True)
            self.rows_at_once = (rows + 1) // 2
            if self.engine.device.type == "cuda":
                torch.cuda.empty_cache()

    def _read_part(
        self, inputs: Tensor, targets: Tensor, starts: Tensor, rows: slice, n_targets: int
    ) -> tuple[Tensor, State]:
        memory = tuple(each[rows] for each in self.memory)
        logits, memory = self.network(inputs, reset(memory, starts))  # (B, T, V)
        nats = _total_nats(logits, targets)
        # Gradients are averaged over processes; this makes it the average over all targets.
        self.engine.backward(nats * self.engine.n_processes / n_targets)
        return nats.detach(), detach(memory)

    def plan(self, max_minutes: float) -> Planned:
        """Fit the number of steps to the time limit, measured on the latest steps.

        The last look takes all validation pieces, twice, so it is set aside from the time there is.
        """
        progress, settings = self.progress, self.config.training
        since_step, since = self._probe
        per_step = (time.monotonic() - since) / (progress.step - since_step)
        per_look = self._look_s or self._time_a_look()
        spent = progress.seconds + time.monotonic() - self._began
        left = max_minutes * 60 - spent - per_look * self.validation.last_to_quick
        fitting = left / (per_step + per_look / settings.eval_every)
        mean = self.engine.sum(torch.tensor(fitting, device=self.engine.device))
        fitting = max(1, int(mean / self.engine.n_processes))  # all processes plan alike
        progress.total_steps = min(settings.max_steps, progress.step + fitting)
        self._probe = (progress.step, time.monotonic())
        return Planned(progress.step, progress.total_steps)

    def report(self) -> Stepped:
        """The mean since the last report.

        Raises:
            UserError: the loss is no number any more.
        """
        progress = self.progress
        loss = float(self.engine.sum(self._nats)) / self._n_targets
        self._check_loss(loss)
        elapsed = time.monotonic() - self._clock
        steps_left = progress.total_steps - progress.step
        looks_left = steps_left // self.config.training.eval_every + 1
        event = Stepped(
            step=progress.step,
            loss=loss,
            learning_rate=self.optimizer.param_groups[0]["lr"],
            gradient_norm=float(self._gradient_norm),
            tokens_per_s=self._n_targets / elapsed,
            eta_s=steps_left * elapsed / self._n_steps + looks_left * self._look_s,
            tokens_seen=progress.tokens_seen,
        )
        self._restart_report()
        return event

    def _check_loss(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise UserError(
                f"The loss became {loss} near step {self.progress.step}; "
                "the best weights are kept.",
                "Train again with a lower learning rate.",
            )

    def look(self) -> Iterator[Event]:
        """Look at the validation pieces; keep the weights if they are the best so far."""
        progress, before = self.progress, time.monotonic()
        likelihood = self.validation.quick(self.judged.eval(), self.engine)
        is_best = likelihood.nats_per_token < progress.best_loss
        progress.n_without_best = 0 if is_best else progress.n_without_best + 1
        if is_best:
            progress.best_loss, progress.best_step = likelihood.nats_per_token, progress.step
            if self.engine.is_main:
                save_weights(self.folder, arrays_of(self.judged), self.store.tokenizer)
        yield Evaluated(progress.step, likelihood.nats_per_token, likelihood.bits_per_note, is_best)
        if self.config.training.sample_tokens and self.engine.is_main:
            yield self.sample()
        self._discount(time.monotonic() - before)

    def sample(self) -> Sampled:
        """Compose with the weights as they are now; the same seed each time, so one can compare."""
        settings = self.config.training
        network = copy.deepcopy(self.judged).cpu().eval()
        composer = Composer(
            self.folder.name,
            engines_of(network),
            self.store.tokenizer,
            self.config.preprocessing.key_handling,
        )
        request = GenerationRequest(gen_length=settings.sample_tokens, seed=settings.seed)
        file = f"samples/step-{self.progress.step:06d}.mid"
        composer.compose(request).save(self.folder / file)
        return Sampled(self.progress.step, file)

    def save(self) -> None:
        """Write a checkpoint; every process takes part."""
        progress, now = self.progress, time.monotonic()
        progress.seconds += now - self._began
        self._began = now
        progress.unreported_nats = float(self.engine.sum(self._nats))
        self._check_loss(progress.unreported_nats)  # no checkpoint of a network that is lost
        progress.unreported_targets, progress.unreported_steps = self._n_targets, self._n_steps
        memory = tuple(each.cpu() for each in self.engine.gather(self.memory))
        random = self.engine.random_states()
        if self.engine.is_main:
            tensors = {
                "store": self.store.folder.name,
                "network": self.plain.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "averaged": self.averaged.state_dict() if self.averaged is not None else {},
                "scaler": self.engine.scaler_state(),
                "batches": self.batches.state(),
                "memory": memory,
                "random": random,
            }
            save_checkpoint(self.folder, progress, tensors)
        self.engine.wait()

    def finish(self, reason: str) -> Iterator[Event]:
        """Save where it stands, and say what the best weights reach on all validation pieces."""
        progress = self.progress
        if self._n_steps:
            yield self.report()
        if progress.step % self.config.training.eval_every or math.isinf(progress.best_loss):
            yield from self.look()
        self.save()
        best = load_bundle(self.folder).network().to(self.engine.device)
        likelihood = self.validation.full(best, self.engine)
        cached = self._fit_cache(best)
        yield Finished(
            step=progress.step,
            reason=reason,
            best_step=progress.best_step,
            validation_loss=likelihood.nats_per_token,
            bits_per_note=likelihood.bits_per_note,
            cached_loss=cached.nats_per_token if cached else None,
            cached_bits_per_note=cached.bits_per_note if cached else None,
            tokens_seen=progress.tokens_seen,
            seconds=round(progress.seconds, 1),
        )

    def _fit_cache(self, best: Network) -> Likelihood | None:
        """Give the best weights their continuous cache, if one helps; what they reach with it."""
        settings = self.validation.fit_cache(best, self.engine)
        if settings is None:
            return None
        if self.engine.is_main:
            save_weights(self.folder, arrays_of(best), self.store.tokenizer, settings)
        return self.validation.full(CachedNetwork(best, settings), self.engine)

    def _time_a_look(self) -> float:
        """Seconds that a look takes."""
        before = time.monotonic()
        self.validation.quick(self.judged.eval(), self.engine)
        self._discount(time.monotonic() - before)
        return self._look_s

    def _discount(self, look_s: float) -> None:
        """A look is not learning time."""
        self._look_s = look_s
        self._clock += look_s
        since_step, since = self._probe
        self._probe = (since_step, since + look_s)

    def _restart_report(self) -> None:
        self._nats = torch.zeros((), dtype=torch.float64, device=self.engine.device)
        self._n_targets = self._n_steps = 0
        self._clock = time.monotonic()


def _is_out_of_memory(error: RuntimeError) -> bool:
    """On a GPU there is a kind of its own, on a CPU only the words of the allocator."""
    return isinstance(error, torch.OutOfMemoryError) or "not enough memory" in str(error)


def _stacked(memories: list[State]) -> State:
    """The memory of all rows of that of their parts."""
    return tuple(torch.cat(each) for each in zip(*memories, strict=True))


def _total_nats(logits: Tensor, targets: Tensor) -> Tensor:
    """Summed cross-entropy: logits (B, T, V), targets (B, T)."""
    return F.cross_entropy(
        logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum"
    )
