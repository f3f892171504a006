"""Wrong training runs are explained by the fault that reproduces them, and by no other."""

from __future__ import annotations

import copy
import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from course.judge.diagnosis import Mistake
from course.judge.training import (
    FAULTS,
    Fault,
    Inapplicable,
    Run,
    explain_curve,
    explain_training,
    replay,
)

EPOCHS = 5
Batches = list[tuple[Tensor, Tensor]]
Train = Callable[[nn.Module, Batches, Any, Any], list[float]]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def samples(batch_size: int = 10) -> Batches:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(10, 2, generator=generator)
    y = x @ torch.tensor([[2.0], [-1.0]]) + 0.3 + 0.1 * torch.randn(10, 1, generator=generator)
    return list(zip(x.split(batch_size), y.split(batch_size), strict=True))


def line() -> nn.Module:
    model = nn.Linear(2, 1)
    nn.init.constant_(model.weight, 0.4)
    nn.init.constant_(model.bias, -0.2)
    return model


def sgd(parameters: Any) -> Any:
    return torch.optim.SGD(parameters, lr=0.05)


def diagnose(
    train: Train,
    batches: Batches | None = None,
    optimizer: Any = sgd,
    loss: Any = None,
    *,
    model: nn.Module | None = None,
    told: str = "all",
) -> str | None:
    """Let a student's `train` train a model, and return the id of what explains the outcome."""
    batches, loss, model = batches or samples(), loss or nn.MSELoss(), model or line()
    student = copy.deepcopy(model)
    losses = train(student, batches, optimizer(student.parameters()), loss)
    grads = any(p.grad is not None and bool(p.grad.any()) for p in student.parameters())
    run = {
        "all": Run(tuple(losses), dict(student.named_parameters()), grads),
        "no gradients": Run(tuple(losses), dict(student.named_parameters())),
        "losses": Run(tuple(losses)),
    }[told]
    found = explain_training(
        "train",
        run,
        lambda fault: replay(model, batches, optimizer, EPOCHS, loss=loss, fault=fault),
    )
    assert found is None or found.text.startswith("Your train ")
    return found.id if found else None


def loop(step: Callable[..., Tensor], epochs: int = EPOCHS) -> Train:
    """Return a loop that a student could have written around one step of his."""

    def train(model: nn.Module, batches: Batches, optimizer: Any, loss: Any) -> list[float]:
        losses = []
        for _ in range(epochs):
            values = [float(step(model, x, y, optimizer, loss).detach()) for x, y in batches]
            sizes = [len(y) for _, y in batches]
            losses.append(sum(v * n for v, n in zip(values, sizes, strict=True)) / sum(sizes))
        return losses

    return train


def right(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
    optimizer.zero_grad()
    value: Tensor = loss(model(x), y)
    value.backward()
    optimizer.step()
    return value


def no_step(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
    optimizer.zero_grad()
    value: Tensor = loss(model(x), y)
    value.backward()
    return value


def no_backward(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
    optimizer.zero_grad()
    value: Tensor = loss(model(x), y)
    optimizer.step()
    return value


def no_zero_grad(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
    value: Tensor = loss(model(x), y)
    value.backward()
    optimizer.step()
    return value


def zero_between(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
    value: Tensor = loss(model(x), y)
    value.backward()
    optimizer.zero_grad()
    optimizer.step()
    return value


def step_first(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
    value: Tensor = loss(model(x), y)
    optimizer.step()
    optimizer.zero_grad()
    value.backward()
    return value


def ascent(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
    return -right(model, x, y, optimizer, lambda p, t: -loss(p, t))


def negated(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
    return right(model, x, y, optimizer, lambda p, t: -loss(p, t))


def broadcast(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
    with pytest.warns(UserWarning, match="target size"):
        return right(model, x, y.flatten(), optimizer, loss)


def summed(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
    return right(model, x, y, optimizer, lambda p, t: ((p - t) ** 2).sum())


def rate(times: float) -> Callable[..., Tensor]:
    def step(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
        optimizer.param_groups[0]["lr"] = 0.05 * times
        return right(model, x, y, optimizer, loss)

    return step


def after(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
    right(model, x, y, optimizer, loss)
    value: Tensor = loss(model(x), y)
    return value


STEPS = {
    "no-step": no_step,
    "no-backward": no_backward,
    "no-zero-grad": no_zero_grad,
    "step-before-backward": step_first,
    "ascent": ascent,
    "broadcast": broadcast,
    "sum-for-mean": summed,
    "rate-times-10": rate(10),
    "rate-over-10": rate(0.1),
    "loss-after-step": after,
}


@pytest.mark.parametrize("batch_size", [10, 4])
@pytest.mark.parametrize("id", STEPS)
def test_the_fault_of_a_step_is_named(id: str, batch_size: int) -> None:
    assert diagnose(loop(STEPS[id]), samples(batch_size)) == id


@pytest.mark.parametrize("batch_size", [10, 4])
def test_a_right_run_is_not_explained(batch_size: int) -> None:
    assert diagnose(loop(right), samples(batch_size)) is None


def test_a_negated_loss_that_is_noted_is_named() -> None:
    assert diagnose(loop(negated)) == "ascent"


def test_gradients_zeroed_before_the_step_are_named() -> None:
    assert diagnose(loop(zero_between)) == "no-backward"


def test_mean_for_sum_is_named() -> None:
    total = nn.MSELoss(reduction="sum")
    small: Any = lambda p: torch.optim.SGD(p, lr=0.01)
    averaged = loop(lambda m, x, y, o, loss: right(m, x, y, o, nn.MSELoss()))
    assert diagnose(averaged, optimizer=small, loss=total) == "mean-for-sum"
    assert diagnose(loop(right), optimizer=small, loss=total) is None


@pytest.mark.parametrize(
    ("change", "id"),
    [
        (lambda losses: losses[-1:], "only-last-loss"),
        (lambda losses: np.cumsum(losses).tolist(), "accumulated-losses"),
        (lambda losses: losses[::-1], None),
        (lambda losses: [0.9 * value for value in losses], None),
    ],
)
def test_losses_noted_wrongly_are_named(change: Callable[..., Any], id: str | None) -> None:
    assert diagnose(lambda *given: change(loop(right)(*given))) == id


@pytest.mark.parametrize(
    ("epochs", "id"),
    [
        (EPOCHS - 1, "one-epoch-short"),
        (EPOCHS + 1, "one-epoch-long"),
        (1, "return-inside-loop"),
        (EPOCHS - 2, None),
    ],
)
def test_the_wrong_number_of_epochs_is_named(epochs: int, id: str | None) -> None:
    assert diagnose(loop(right, epochs)) == id


def each(combine: Callable[[list[float]], list[float]], batches: slice = slice(None)) -> Train:
    """Return a right loop that makes of each epoch's batch losses what `combine` says."""

    def train(model: nn.Module, all_batches: Batches, optimizer: Any, loss: Any) -> list[float]:
        chosen, losses = all_batches[batches], []
        for _ in range(EPOCHS):
            values = [right(model, x, y, optimizer, loss).item() for x, y in chosen]
            losses += combine(values)
        return losses

    return train


@pytest.mark.parametrize(
    ("train", "id"),
    [
        (each(lambda values: [sum(values)]), "batch-sums"),
        (each(lambda values: [sum(values) / len(values)]), "batch-means"),
        (each(lambda values: values[-1:]), "last-batch-loss"),
        (each(lambda values: values), "loss-per-step"),
        (each(lambda values: values, slice(1)), "first-batch-only"),
        (each(lambda values: values, slice(2, 3)), "last-batch-only"),
        (each(lambda values: values[1:2]), None),
    ],
)
def test_the_faults_of_mini_batches_are_named(train: Train, id: str | None) -> None:
    assert diagnose(train, samples(4)) == id


def test_one_step_for_all_samples_is_named() -> None:
    whole: Train = lambda m, batches, o, loss: loop(right)(m, samples(10), o, loss)
    assert diagnose(whole, samples(4)) == "whole-batch"


def test_a_model_of_its_own_is_named() -> None:
    def train(model: nn.Module, batches: Batches, optimizer: Any, loss: Any) -> list[float]:
        own = nn.Linear(2, 1)
        return loop(right)(own, batches, sgd(own.parameters()), loss)

    assert diagnose(train) == "fresh-model"
    assert diagnose(train, told="losses") is None


def test_without_gradients_the_causes_of_no_update_are_told_together() -> None:
    for step in (no_step, no_backward, zero_between):
        assert diagnose(loop(step), told="no gradients") == "no-update"
        assert diagnose(loop(step), told="losses") == "no-update"


def test_a_fault_that_explains_the_losses_but_not_the_parameters_is_not_told() -> None:
    def train(model: nn.Module, batches: Batches, optimizer: Any, loss: Any) -> list[float]:
        losses = loop(no_zero_grad)(model, batches, optimizer, loss)
        nn.init.zeros_(next(model.parameters()))
        return losses

    assert diagnose(train) is None
    assert diagnose(train, told="losses") == "no-zero-grad"


@pytest.mark.parametrize(
    "name", ["Adagrad", "Adam", "Adamax", "ASGD", "RMSprop", "Rprop", "SGD", "AdamW"]
)
def test_every_optimizer_can_be_replayed(name: str) -> None:
    make: Any = lambda p: getattr(torch.optim, name)(p, lr=0.05)
    assert diagnose(loop(right), optimizer=make) is None
    assert diagnose(loop(no_step), optimizer=make) == "no-step"
    if name != "Rprop":
        # Rprop looks at signs only, and these do not change in so few epochs
        assert diagnose(loop(no_zero_grad), optimizer=make) == "no-zero-grad"


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_lbfgs_is_replayed_through_its_closure(search: str | None) -> None:
    def step(zero: bool) -> Callable[..., Tensor]:
        def closure_step(model: Any, x: Tensor, y: Tensor, optimizer: Any, loss: Any) -> Tensor:
            def closure() -> Tensor:
                if zero:
                    optimizer.zero_grad()
                value: Tensor = loss(model(x), y)
                value.backward()
                return value

            first: Tensor = optimizer.step(closure)
            return first

        return closure_step

    make: Any = lambda p: torch.optim.LBFGS(p, lr=0.1, max_iter=3, line_search_fn=search)
    assert diagnose(loop(step(zero=True)), optimizer=make) is None
    assert diagnose(loop(step(zero=False)), optimizer=make) == "no-zero-grad"


def test_evaluation_mode_is_named() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))

    def train(model: nn.Module, batches: Batches, optimizer: Any, loss: Any) -> list[float]:
        return loop(right)(model.eval(), batches, optimizer, loss)

    assert diagnose(train, model=model) == "evaluation-mode"


def test_a_diverging_run_is_explained_too() -> None:
    steep: Any = lambda p: torch.optim.SGD(p, lr=1e9)
    assert diagnose(loop(right), optimizer=steep) is None
    assert diagnose(loop(after), optimizer=steep) == "loss-after-step"


def test_dropout_is_replayed_from_a_seed() -> None:
    model = nn.Sequential(nn.Linear(2, 8), nn.Dropout(), nn.Linear(8, 1))
    runs = [replay(model, samples(), sgd, 3, loss=nn.MSELoss(), seed=n) for n in (1, 1, 2)]
    assert runs[0].losses == runs[1].losses != runs[2].losses


def test_the_model_and_the_random_state_are_left_as_they_were() -> None:
    model, state = line(), torch.random.get_rng_state()
    before = copy.deepcopy(model.state_dict())
    replay(model, samples(), sgd, 3, loss=nn.MSELoss(), seed=3)
    assert all(bool((value == before[name]).all()) for name, value in model.state_dict().items())
    assert bool((torch.random.get_rng_state() == state).all())


@pytest.mark.parametrize("id", ["first-batch-only", "broadcast"])
def test_a_fault_that_cannot_occur_is_inapplicable(id: str) -> None:
    fault = next(fault for fault in FAULTS if fault.id == id)
    model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    with pytest.raises(Inapplicable):
        replay(
            model, [(torch.ones(4, 2), torch.ones(4, 1))], sgd, 2, loss=nn.BCELoss(), fault=fault
        )


def test_a_lesson_can_add_a_fault_of_its_own() -> None:
    own = Fault("three-times", "takes steps of three times the rate", rate=3.0)
    model = line()
    run = replay(model, samples(), sgd, EPOCHS, loss=nn.MSELoss(), fault=own)
    again: Any = lambda f: replay(model, samples(), sgd, EPOCHS, loss=nn.MSELoss(), fault=f)
    assert explain_training("train", run, again) is None
    found = explain_training("train", run, again, (*FAULTS, own))
    assert found is not None and found.id == "three-times"


DUE = [float(8 * math.exp(-0.3 * epoch) + 0.1 * epoch) for epoch in range(6)]


@pytest.mark.parametrize(
    ("observed", "id"),
    [
        (DUE, None),
        (DUE[-1:], "only-last-loss"),
        (DUE[:1], "return-inside-loop"),
        (DUE[:-1], "one-epoch-short"),
        ([*DUE, 2.0], "one-epoch-long"),
        ([*DUE[1:], 2.0], "loss-after-step"),
        ([DUE[0]] * 6, "no-update"),
        (np.cumsum(DUE).tolist(), "accumulated-losses"),
        ([3 * value for value in DUE], "rescaled-losses"),
        ([value / 1.44 for value in DUE], "rescaled-losses"),
        ([value for value in DUE for _ in range(3)], "loss-per-step"),
        ([value + 1 for value in DUE], "whole-batch"),
        ([*DUE[:3], 0.0, *DUE[4:]], None),
        (DUE[:3], None),
        ([], None),
        ([None] * 6, None),
    ],
)
def test_a_loop_by_hand_is_explained_by_its_losses(observed: Any, id: str | None) -> None:
    shifted = Mistake("whole-batch", "one step for all", lambda: [value + 1 for value in DUE])
    found = explain_curve("train", observed, [shifted], right=DUE)
    assert (found.id if found else None) == id


def test_a_candidate_with_the_right_losses_explains_nothing() -> None:
    right_one = Mistake("right", "never", lambda: DUE)
    assert explain_curve("train", DUE, [right_one], right=DUE) is None
    assert explain_curve("train", [1.0] * 6, [right_one], right=DUE) is None


def test_a_diagnosis_that_asks_ends_with_its_question_mark() -> None:
    asked, said = (explain_curve("train", observed, right=DUE) for observed in (DUE[:1], DUE[:-1]))
    assert asked is not None and asked.text.endswith("inside the loop?")
    assert said is not None and said.text.endswith("too few.")


def test_reading_the_module_does_not_load_torch() -> None:
    code = "import sys, course.judge.training; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
