"""A training loop is judged by what it leaves, and explained by the fault that leaves the same."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from course.judge.failure import Failure
from course.judge.loop_faults import Fault
from course.judge.loops import Case, Loop
from course.submission import LocalSubmission

RIGHT = """
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    model.train()
    losses = []
    for _ in range(epochs):
        total = count = 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses
"""


def make_classifier() -> nn.Module:
    return torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 3)
    )


LOOP = Loop(
    make_classifier,
    nn.CrossEntropyLoss(),
    wrong_losses=[
        (
            Fault("softmax-twice", "puts a softmax before the cross entropy, which has its own"),
            lambda z, y: nn.functional.cross_entropy(z.softmax(1), y),
        )
    ],
)


def submission(code: str = RIGHT) -> LocalSubmission:
    return LocalSubmission.of_cells(["import torch\nfrom torch import nn", code])


def case(epochs: int = 4, optimizer: str = "SGD", **settings: float) -> Case:
    rng = np.random.default_rng(epochs)
    x = torch.tensor(rng.normal(size=(14, 3)), dtype=torch.float32)
    y = torch.tensor(rng.integers(0, 3, 14))
    settings = settings or {"lr": 0.07}
    return LOOP.case(rng, x, y, epochs=epochs, batch_size=4, optimizer=optimizer, **settings)


def diagnosis_of(judge: Callable[[], None]) -> str:
    with pytest.raises(Failure) as caught:
        judge()
    return caught.value.finding.diagnosis


def test_right_loop_passes() -> None:
    LOOP.expect_steps(submission(), [case(1), case(4)])
    LOOP.expect_losses(submission(), [case(4)])
    LOOP.expect_given_optimizer(
        submission(), [case(3, "Adam", lr=0.05), case(3, "SGD", lr=0.05, momentum=0.9)]
    )


def test_run_is_repeated_once_and_taken_for_no_other() -> None:
    right = LOOP.replay(case(4))
    assert LOOP.replay(case(4)) is right
    others = [
        replace(case(4), epochs=3),
        replace(case(4), batch_size=5),
        replace(case(4), settings={"lr": 0.07, "momentum": 0.5}),
        replace(case(4), optimizer="Adagrad"),
        replace(case(4), x=torch.nextafter(case(4).x, torch.tensor(9.0))),
        replace(case(4), y=case(4).y.flip(0)),
        replace(case(4), start={n: p + (p.ndim == 2) for n, p in case(4).start.items()}),
    ]
    runs = [LOOP.replay(other) for other in others]
    runs += [LOOP.replay(case(4), fault) for fault, _ in LOOP.wrong_losses]
    runs += [replace(LOOP, loss=nn.MultiMarginLoss()).replay(case(4))]
    for run in runs:
        assert any(not torch.equal(p, right.parameters[n]) for n, p in run.parameters.items())


WRONG_STEPS = {
    "no-zero-grad": ("            optimizer.zero_grad()\n", ""),
    "no-step": ("            optimizer.step()\n", ""),
    "no-backward": ("            loss.backward()\n", ""),
    "ascent": ("loss.backward()", "(-loss).backward()"),
    "softmax-twice": ("criterion(model(x), y)", "criterion(model(x).softmax(1), y)"),
    "evaluation-mode": ("model.train()", "model.eval()"),
    "first-batch-only": (
        "            count += len(x)\n",
        "            count += len(x)\n            break\n",
    ),
    "return-inside-loop": ("\n    return losses", "\n        return losses"),
    "one-epoch-short": ("range(epochs)", "range(epochs - 1)"),
    "step-count": ("optimizer.step()", "optimizer.step(); optimizer.step()"),
}


@pytest.mark.parametrize("fault", WRONG_STEPS)
def test_wrong_steps_are_explained(fault: str) -> None:
    wrong = submission(RIGHT.replace(*WRONG_STEPS[fault]))
    assert diagnosis_of(lambda: LOOP.expect_steps(wrong, [case(1), case(4)])) == fault


def test_iterator_that_is_used_up_is_explained() -> None:
    once = RIGHT.replace("    losses = []\n", "    losses = []\n    loader = iter(loader)\n")
    wrong = submission(once.replace("total / count", "total / 14"))
    assert diagnosis_of(lambda: LOOP.expect_steps(wrong, [case(1), case(4)])) == "iterator-used-up"


MEAN = "total += loss.item() * len(x)\n            count += len(x)"
NOTED = "losses.append(total / count)"
SO_FAR = "losses.append(total / count + (losses[-1] if losses else 0))"
WRONG_LOSSES = {
    "batch-means": (MEAN, "total += loss.item()\n            count += 1"),
    "batch-sums": (MEAN, "total += loss.item()\n            count = 1"),
    "last-batch-loss": (NOTED, "losses.append(loss.item())"),
    "loss-per-step": ("total += loss.item() * len(x)", "losses.append(loss.item())"),
    "only-last-loss": ("return losses", "return losses[-1:]"),
    "accumulated-losses": (NOTED, SO_FAR),
    "forgot-return": ("return losses", "losses"),
}


@pytest.mark.parametrize("fault", WRONG_LOSSES)
def test_wrong_losses_are_explained(fault: str) -> None:
    code = RIGHT.replace(*WRONG_LOSSES[fault])
    if fault == "loss-per-step":
        code = code.replace(f"        {NOTED}\n", "")
    wrong = submission(code)
    LOOP.expect_steps(wrong, [case(4)])
    assert diagnosis_of(lambda: LOOP.expect_losses(wrong, [case(4)])) == fault


def test_loop_that_descends_by_itself_is_explained() -> None:
    own = submission(
        RIGHT.replace(
            "    model.train()\n",
            "    model.train()\n    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)\n",
        )
    )
    given = [case(3, "Adam", lr=0.05)]
    assert diagnosis_of(lambda: LOOP.expect_given_optimizer(own, given)) == "own-optimizer"


def test_loop_with_a_learning_rate_of_its_own_is_explained() -> None:
    own = submission(
        RIGHT.replace(
            "    model.train()\n",
            "    model.train()\n    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n",
        )
    )
    assert diagnosis_of(lambda: LOOP.expect_steps(own, [case(1), case(4)])) == "own-optimizer"


def test_loop_that_scales_its_loss_is_explained() -> None:
    for change in ("/ len(loader)", "* 4", "/ 14"):
        changed = submission(
            RIGHT.replace("criterion(model(x), y)", f"criterion(model(x), y) {change}")
        )
        assert (
            diagnosis_of(lambda s=changed: LOOP.expect_steps(s, [case(1), case(4)]))
            == "scaled-loss"
        )


def uphill() -> Case:
    return LOOP.uphill(case(4), after=80)


def test_right_loop_goes_uphill_too() -> None:
    losses = LOOP.replay(uphill()).losses
    assert losses[0] < 0.5
    assert all(later > sooner for sooner, later in pairwise(losses))
    LOOP.expect_losses(submission(), [uphill()])
    LOOP.expect_given_optimizer(submission(), [uphill()])


@pytest.mark.parametrize(
    "stop",
    [
        "        if losses[-1] > min(losses):\n            break",
        "        if losses[-1] < 0.5:\n            break",
    ],
)
def test_loop_that_stops_by_its_losses_is_explained(stop: str) -> None:
    ends = submission(RIGHT.replace("    return losses", f"{stop}\n    return losses"))
    found = diagnosis_of(lambda: LOOP.expect_given_optimizer(ends, [uphill()]))
    assert found == "ends-early"


def test_smallest_loss_so_far_is_explained() -> None:
    least = submission(
        RIGHT.replace("append(total / count)", "append(min([*losses, total / count]))")
    )
    assert diagnosis_of(lambda: LOOP.expect_losses(least, [uphill()])) == "smallest-so-far"


def test_loss_after_the_step_is_as_good() -> None:
    step = "optimizer.step()\n"
    later = RIGHT.replace(step, step + "            loss = criterion(model(x), y)\n")
    LOOP.expect_losses(submission(later), [case(4)])


def test_outcome_is_a_model_that_can_be_judged() -> None:
    given = case(4)
    model = LOOP.outcome(given, LOOP.trained(submission(), given))
    assert not model.training
    due = LOOP.replay(given).parameters["0.weight"]
    assert torch.allclose(model.state_dict()["0.weight"], due, atol=1e-5)


def test_outcome_refuses_parameters_that_are_not_finite() -> None:
    diverging = submission(RIGHT.replace("loss.backward()", "(loss * float('nan')).backward()"))
    given = case(2)
    with pytest.raises(Failure, match="finite parameters"):
        LOOP.outcome(given, LOOP.trained(diverging, given))


def right_sum() -> dict[str, Callable[..., object]]:
    return {"added": lambda a, b: a + b}


def test_functions_of_ours_stand_in_for_the_students_own() -> None:
    building = RIGHT.replace(
        "total += loss.item() * len(x)", "total = added(total, loss.item() * len(x))"
    )
    wrong = submission("def added(a, b):\n    return a - b\n" + building)
    given = [case(4)]
    assert diagnosis_of(lambda: LOOP.expect_losses(wrong, given))
    with_ours = Loop(make_classifier, nn.CrossEntropyLoss(), ours=right_sum)
    with_ours.expect_losses(wrong, given)


@pytest.mark.parametrize(
    "odd", ["None", "'text'", "[]", "[float('nan')]", "object()", "[[1.0], [2.0, 3.0]]"]
)
def test_odd_losses_are_refused_in_words(odd: str) -> None:
    with pytest.raises(Failure):
        LOOP.expect_losses(submission(RIGHT.replace("return losses", f"return {odd}")), [case(4)])
