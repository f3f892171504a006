"""What a grader may say of a student's training loop: it is run on a model of ours, and the run repeated here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from course.judge.carried import ours_or_own
from course.judge.closeness import describe, mismatch
from course.judge.curves import curve, explain_curve
from course.judge.diagnosis import Diagnosis, wrong_kind
from course.judge.expect import expect, expect_close, expect_parts
from course.judge.kinds import is_tensor
from course.judge.loop_faults import FAULTS, Fault, Inapplicable, Run
from course.judge.loop_probes import train_ours
from course.judge.replay import replay
from course.judge.training import explain_training
from course.submission import Submission
from course.values import Value

if TYPE_CHECKING:
    from torch import Tensor, nn

    Loss = Callable[[Tensor, Tensor], Tensor]

OWN_OPTIMIZER = Fault(
    "own-optimizer",
    "descends by itself, whatever optimizer it is given: leave the moving to optimizer.step()",
)


@dataclass(frozen=True)
class Case:
    """One training run to be asked for: data, a start, an optimizer of torch.optim with its settings."""

    x: Tensor
    y: Tensor
    start: dict[str, Tensor]
    epochs: int
    batch_size: int
    optimizer: str
    settings: dict[str, Value]


@dataclass(frozen=True)
class Trained:
    """What a student's loop gave back, and what it left of the model: nothing of it is trusted to be plain."""

    losses: Value
    parameters: Value
    gradients: Value


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
            torch.manual_seed(int(rng.integers(2**31)))
            start = self.model().state_dict()
        return Case(x, y, dict(start), epochs, batch_size or len(x), optimizer, settings)

    def trained(self, submission: Submission, case: Case) -> Trained:
        """Let the student's loop train a model of ours."""
        helpers = [self.model] if self.ours is None else [self.model, self.ours]
        names = [helper.__name__ for helper in helpers]
        ask = submission.probe(train_ours, of=self.name, using=helpers)
        result = ask(self.name, names, self.batches, *_arguments(case))
        parts = ["losses", "parameters", "gradients"]
        return Trained(*expect_parts(result, parts, subject=self.name))

    def replay(self, case: Case, fault: Fault | None = None) -> Run:
        """Return the run that `case` should have been, or what it comes to with a fault."""
        import torch

        model = self.model()
        model.load_state_dict(case.start)
        others = {wrong.id + wrong.text: loss for wrong, loss in self.wrong_losses}
        loss = others.get(fault.id + fault.text, self.loss) if fault else self.loss
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
                diagnosis=self._explain(cases[-1], outcomes[-1])
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
            after = list(self.replay(case, Fault("", "", loss="after")).losses)
            if any(
                mismatch(losses, way, rtol=self.rtol, atol=self.atol) is None
                for way in (due, after)
            ):
                continue
            diagnosis = self._explain_losses(case, losses, due)
            if diagnosis is not None:
                expect(False, claim, came_back=losses, expected=describe(due), diagnosis=diagnosis)
            expect_close(
                losses, due, claim=claim, subject=self.name, rtol=self.rtol, atol=self.atol
            )

    def expect_given_optimizer(self, submission: Submission, cases: Sequence[Case]) -> None:
        """Expect that the loop moves the parameters as the optimizer of each case does; give others than plain SGD."""
        self._fairly(lambda loop: loop._expect_given_optimizer(submission, cases))

    def _expect_given_optimizer(self, submission: Submission, cases: Sequence[Case]) -> None:
        for case in cases:
            found = self.trained(submission, case).parameters
            if self._miss(found, dict(self.replay(case).parameters)) is None:
                continue
            rates = {case.settings.get("lr", 0.01), 0.01, 0.1, 0.001}
            plain = [replace(case, optimizer="SGD", settings={"lr": rate}) for rate in rates]
            own = any(
                self._miss(found, dict(self.replay(other).parameters)) is None for other in plain
            )
            expect(
                False,
                f"{self.name} moves the parameters as {case.optimizer} does when it is given that optimizer",
                diagnosis=Diagnosis(OWN_OPTIMIZER.id, f"{self.name} {OWN_OPTIMIZER.text}.")
                if own
                else None,
            )

    def outcome(self, case: Case, trained: Trained) -> nn.Module:
        """Return a model of ours, in evaluation mode, with the finite parameters that the student's loop has left."""
        due = dict(self.replay(replace(case, epochs=1)).parameters)
        claim = f"{self.name} leaves finite parameters"
        expect_close(trained.parameters, due, claim=claim, subject=self.name, rtol=0.0, atol=np.inf)
        model = self.model()
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

    def _explain(self, case: Case, outcome: Trained) -> Diagnosis | None:
        """Return the fault that leaves these parameters, judged with the losses if these are numbers."""
        observed = Run((), _tensors(outcome.parameters), outcome.gradients is True)
        rates = {0.01, 0.1, 0.001} - {case.settings.get("lr")}
        lr = float(case.settings.get("lr", 0.01))
        own = [replace(OWN_OPTIMIZER, rate=rate / lr) for rate in sorted(rates)]
        faults = [*self.faults, *(wrong for wrong, _ in self.wrong_losses), *own]
        losses = curve(outcome.losses)
        if losses is not None:
            with_losses = replace(observed, losses=tuple(losses.tolist()))
            found = explain_training(
                self.name, with_losses, lambda fault: self.replay(case, fault), faults
            )
            if found is not None:
                return found

        def without_losses(fault: Fault | None) -> Run:
            return replace(self.replay(case, fault), losses=())

        return explain_training(
            self.name, observed, without_losses, [fault for fault in faults if fault.losses_matter]
        )

    def _explain_losses(self, case: Case, losses: Value, due: list[float]) -> Diagnosis | None:
        """Return what is wrong with the losses of a training that may be right otherwise."""
        noted = curve(losses)
        if noted is None:
            return None
        for fault in self.faults:
            if fault.loss == "before":
                continue
            try:
                replayed = curve(self.replay(case, fault).losses)
            except Inapplicable:
                continue
            same = replayed is not None and mismatch(noted, replayed, rtol=self.rtol) is None
            if same and mismatch(replayed, np.array(due), rtol=self.rtol) is not None:
                return Diagnosis(fault.id, f"Your {self.name} {fault.text}.")
        return explain_curve(self.name, noted.tolist(), right=due)


def _arguments(case: Case) -> tuple[Value, ...]:
    optimizer = case.optimizer, case.settings
    return case.start, case.x, case.y, case.batch_size, *optimizer, case.epochs


def _tensors(parameters: Value) -> dict[str, Tensor]:
    named = parameters.items() if isinstance(parameters, dict) else ()
    return {name: value for name, value in named if is_tensor(value)}
