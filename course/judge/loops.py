"""What a grader may say of a student's training loop: it is run on a model of ours, and the run repeated here."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from course.judge.carried import ours_or_own
from course.judge.closeness import describe, mismatch
from course.judge.curves import sentence
from course.judge.diagnosis import Diagnosis, wrong_kind
from course.judge.expect import expect, expect_close, expect_parts
from course.judge.loop_explanations import (
    ENDS_EARLY,
    OWN_OPTIMIZER,
    as_plain_descent,
    explain_losses,
    explain_steps,
)
from course.judge.loop_faults import FAULTS, Fault, Run
from course.judge.loop_probes import train_ours
from course.judge.replay import replay
from course.submission import Submission
from course.values import Value, pack

if TYPE_CHECKING:
    from torch import Tensor, nn

    Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Case:
    """One training run to be asked for: data, a start, an optimizer of torch.optim with its settings.

    Two are equal if nothing tells them apart, to the last bit.
    """

    x: Tensor
    y: Tensor
    start: dict[str, Tensor]
    epochs: int
    batch_size: int
    optimizer: str
    settings: dict[str, Value]

    @property
    def batches(self) -> int:
        """How many batches an epoch has, the last one possibly smaller."""
        return math.ceil(len(self.x) / self.batch_size)

    @cached_property
    def _content(self) -> bytes:
        return hashlib.sha256(pack([getattr(self, part.name) for part in fields(self)])).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Case) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)


@dataclass(frozen=True)
class Trained:
    """What a student's loop gave back, and what it left of the model: nothing of it is trusted to be plain."""

    losses: Value
    parameters: Value
    gradients: Value
    steps: Value
    """How often the optimizer was told to step."""


@dataclass(frozen=True)
class Loop:
    """A training loop that students write, `name(model, loader, optimizer, epochs)` with `batches`, else
    `name(model, x, y, optimizer, epochs)`, which trains the model it is given and returns one loss per epoch.

    `model` makes the module that it is tried on; it travels to the student's code as a probe does. `loss` is what the
    loop is to minimise; with several batches, an epoch's loss is the mean over its samples. `wrong_losses` are losses
    that a student may take instead. `ours` returns functions of ours, made beside the student's code, that first stand
    in for those of earlier exercises, by name: a mistake in these is not counted twice.
    """

    model: Callable[[], nn.Module]
    loss: Loss
    batches: bool = True
    name: str = "train"
    wrong_losses: Sequence[tuple[Fault, Loss]] = ()
    ours: Callable[[], Mapping[str, Callable[..., Any]]] | None = None
    rtol: float = 1e-4
    atol: float = 1e-5
    faults: Sequence[Fault] = field(default=FAULTS)

    def case(
        self,
        rng: np.random.Generator,
        x: Tensor,
        y: Tensor,
        *,
        epochs: int,
        batch_size: int = 0,
        optimizer: str = "SGD",
        **settings: Value,
    ) -> Case:
        """Return a run on these data from a start drawn by `rng`; `batch_size` 0 is all samples at once."""
        import torch

        with torch.random.fork_rng(devices=[]):
            # manual_seed of torch itself goes through its compiler's wrapper and every device's queue, 3 ms a call
            torch.default_generator.manual_seed(int(rng.integers(2**31)))
            start = self.model().state_dict()
        return Case(x, y, dict(start), epochs, batch_size or len(x), optimizer, settings)

    def uphill(self, case: Case, *, after: int = 30) -> Case:
        """Return a run whose losses are low and rise: from where `after` epochs lead, the optimizer maximizes."""
        fitted = self.replay(replace(case, epochs=after)).parameters
        start = {**case.start, **fitted}
        return replace(case, start=start, settings={**case.settings, "maximize": True})

    def trained(self, submission: Submission, case: Case) -> Trained:
        """Let the student's loop train a model of ours."""
        helpers = [self.model] if self.ours is None else [self.model, self.ours]
        names = [helper.__name__ for helper in helpers]
        ask = submission.probe(train_ours, of=self.name, using=helpers)
        result = ask(self.name, names, self.batches, *_arguments(case))
        parts = ["losses", "parameters", "gradients", "steps"]
        return Trained(*expect_parts(result, parts, subject=self.name))

    def replay(self, case: Case, fault: Fault | None = None) -> Run:
        """Return the run that `case` should have been, or what it comes to with a fault; nothing may change it."""
        others = {wrong.id + wrong.text: loss for wrong, loss in self.wrong_losses}
        loss = others.get(fault.id + fault.text, self.loss) if fault else self.loss
        return _replayed(self.model, loss, case, fault)

    def expect_steps(self, submission: Submission, cases: Sequence[Case]) -> None:
        """Expect that the loop leaves the parameters that its steps lead to; the last case has the most epochs."""
        self._fairly(lambda loop: loop._expect_steps(submission, cases))

    def _expect_steps(self, submission: Submission, cases: Sequence[Case]) -> None:
        outcomes = [self.trained(submission, case) for case in cases]
        for case, outcome in zip(cases, outcomes, strict=True):
            due = dict(self.replay(case).parameters)
            miss = self._miss(outcome.parameters, due)
            if miss is None:
                continue
            plain = miss.kind == "value"
            expect(
                False,
                f"{self.name} leaves the parameters that zero_grad(), backward() and step() lead to",
                diagnosis=explain_steps(self, cases[-1], outcomes[-1])
                if plain
                else wrong_kind(self.name, miss),
            )

    def expect_losses(self, submission: Submission, cases: Sequence[Case]) -> None:
        """Expect one loss per epoch, taken before each step or after it."""
        self._fairly(lambda loop: loop._expect_losses(submission, cases))

    def _expect_losses(self, submission: Submission, cases: Sequence[Case]) -> None:
        claim = f"{self.name} returns one loss per epoch: the mean over the samples"
        for case in cases:
            losses = self.trained(submission, case).losses
            due = list(self.replay(case).losses)
            # nearly everybody notes it before the step: the other run is made where it is needed
            if self._noted(losses, due) or self._noted(losses, self._after_steps(case)):
                continue
            diagnosis = explain_losses(self, case, losses, due)
            if diagnosis is not None:
                expect(False, claim, came_back=losses, expected=describe(due), diagnosis=diagnosis)
            expect_close(
                losses, due, claim=claim, subject=self.name, rtol=self.rtol, atol=self.atol
            )

    def _noted(self, losses: Value, due: list[float]) -> bool:
        return mismatch(losses, due, rtol=self.rtol, atol=self.atol) is None

    def _after_steps(self, case: Case) -> list[float]:
        return list(self.replay(case, Fault("", "", loss="after")).losses)

    def expect_given_optimizer(self, submission: Submission, cases: Sequence[Case]) -> None:
        """Expect that the loop moves the parameters as the optimizer of each case does; give others than plain SGD."""
        self._fairly(lambda loop: loop._expect_given_optimizer(submission, cases))

    def _expect_given_optimizer(self, submission: Submission, cases: Sequence[Case]) -> None:
        for case in cases:
            outcome = self.trained(submission, case)
            if self._miss(outcome.parameters, dict(self.replay(case).parameters)) is None:
                continue
            expect(
                False,
                f"{self.name} moves the parameters as {case.optimizer} does when it is given that optimizer",
                diagnosis=self._explain_optimizer(case, outcome),
            )

    def _explain_optimizer(self, case: Case, outcome: Trained) -> Diagnosis | None:
        """Return why an optimizer did not move the parameters as it should have, or not as often."""
        ended = [replace(case, epochs=epochs) for epochs in range(case.epochs)]
        others = as_plain_descent(case) if outcome.steps == 0 else []
        for fault, runs in ((ENDS_EARLY, ended), (OWN_OPTIMIZER, others)):
            for run in runs:
                if self._miss(outcome.parameters, dict(self.replay(run).parameters)) is None:
                    return Diagnosis(fault.id, sentence(self.name, fault.text))
        return None

    def outcome(self, case: Case, trained: Trained) -> nn.Module:
        """Return a model of ours, in evaluation mode, with the finite parameters that the student's loop has left."""
        model = self.model()
        due = {name: parameter.detach() for name, parameter in model.named_parameters()}
        claim = f"{self.name} leaves finite parameters"
        expect_close(trained.parameters, due, claim=claim, subject=self.name, rtol=0.0, atol=np.inf)
        model.load_state_dict({**case.start, **trained.parameters})
        return model.eval()

    def _fairly(self, judge: Callable[[Loop], None]) -> None:
        """Let `judge` judge with functions of ours in place of the student's earlier ones, or else with those."""
        if self.ours is None:
            judge(self)
        else:
            ours_or_own(lambda ours: judge(self if ours else replace(self, ours=None)))

    def _miss(self, found: Value, due: dict[str, Tensor]) -> Any:
        return mismatch(found, due, rtol=self.rtol, atol=self.atol)


# an explanation asks for the same runs again: with the losses and without, with functions of ours and the student's own
@lru_cache(maxsize=2048)
def _replayed(make: Callable[[], nn.Module], loss: Loss, case: Case, fault: Fault | None) -> Run:
    import torch

    model = make()
    model.load_state_dict(case.start)
    kind = getattr(torch.optim, case.optimizer)
    x, y = (torch.split(part, case.batch_size) for part in (case.x, case.y))
    return replay(
        model,
        list(zip(x, y, strict=True)),
        lambda parameters: kind(parameters, **case.settings),
        case.epochs,
        loss=loss,
        fault=fault,
    )


def _arguments(case: Case) -> tuple[Value, ...]:
    optimizer = case.optimizer, case.settings
    return case.start, case.x, case.y, case.batch_size, *optimizer, case.epochs
