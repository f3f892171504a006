"""The graders of lesson 5: the model by its parameters, training and optimizers against the same run replayed here."""

import math
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from course.judge.carried import ours_or_own
from course.judge.closeness import describe, mismatch, same
from course.judge.curves import noted_wrongly
from course.judge.diagnosis import Diagnosis, Mistake, wrong_kind
from course.judge.expect import (
    expect,
    expect_below,
    expect_close,
    expect_number,
    expect_parts,
    expect_values,
)
from course.judge.kinds import as_array, is_number
from course.judge.stops import Stop, explaining
from course.judge.thresholds import thresholds
from course.judge.training import FAULTS, Fault, Run, explain_curve, explain_training, replay

# 5,000 starts of `lectures_start`, 500 epochs of SGD at 0.01: the reference ends between 2.0e-4 and 1.2e-3, after half
# the epochs between 7.3e-3 and 4.3e-2, the best constant at 8. The prediction for 4 is 0.016 to 0.039 from 8, after
# half the epochs 0.099 to 0.24. Deterministic but for rounding, so no margin of luck is needed.
LIMITS = thresholds(__file__)
FINAL_LOSS, PREDICTION_ERROR, EPOCHS = LIMITS["final loss"], LIMITS["prediction error"], 500

# The same loss written in four ways (MSELoss, a sum of squares, mean times n, a loop), 30 races of 30 epochs:
# the four curves of each optimizer stay within 3e-7 of each other. The optimizers that are most alike, SGD and ASGD,
# differ by 2.4e-5 or more, Adam and Adamax by 3.7e-4.
RTOL = 1e-5

# Whoever rounds his losses to four decimals has noted them well enough.
LOSS_ATOL = 6e-5


# --- 5-1 ---------------------------------------------------------------------------------------------------------


def look_at_model(student):
    """Return the parameters of a new Model by name, or what keeps it from being a module."""
    try:
        model = student.Model()
    except AttributeError as error:
        if "Module.__init__" in str(
            error
        ):  # torch's own words, where a layer comes before super().__init__()
            return "no-super-init"
        raise
    if not isinstance(model, torch.nn.Module):
        return "no-module"
    return {name: parameter.detach() for name, parameter in model.named_parameters()}


NOT_A_MODEL = {
    "no-super-init": "Model's __init__ does not call super().__init__() before it assigns its layer: "
    "nothing can be registered without it.",
    "no-module": "Model is no nn.Module: begin it with `class Model(nn.Module):`.",
}
DUE = {(1, 1): "a weight of shape (1, 1)", (1,): "a bias of shape (1,)"}


def about_shapes(shapes):
    """Return what is wrong with parameters of these shapes, or None."""
    if not shapes:
        return Diagnosis(
            "unregistered",
            "Model has no parameters: assign the layer itself to an attribute, self.… = nn.Linear(1, 1), in "
            "__init__. A layer made in forward, or kept in a plain list, is not noticed.",
        )
    if shapes == [(1, 1)]:
        return Diagnosis(
            "no-bias",
            "Model has a weight but no bias: leave nn.Linear's bias as it is, switched on.",
        )
    if len(shapes) > 2:
        return Diagnosis(
            "extra-parameters",
            "Model has more parameters than one Linear(1, 1), and a single one is due.",
        )
    if shapes != sorted(DUE):
        return Diagnosis(
            "wrong-size",
            "Model's layer has another size: it takes one feature in and gives one out.",
        )
    return None


@pytest.mark.exercise("5-1")
def test_model_holds_one_weight_and_one_bias(submission):
    claim = "Model() has the parameters of one Linear(1, 1): " + " and ".join(DUE.values())
    found = submission.probe(look_at_model, of="Model")()
    if isinstance(found, str) and found in NOT_A_MODEL:
        expect(False, claim, came_back=found, diagnosis=Diagnosis(found, NOT_A_MODEL[found]))
    tensors = isinstance(found, dict) and all(isinstance(p, torch.Tensor) for p in found.values())
    expect(tensors, claim, came_back=found)
    shapes = sorted(tuple(p.shape) for p in found.values())
    expect(shapes == sorted(DUE), claim, came_back=shapes, diagnosis=about_shapes(shapes))


def predict_with(student, weight, bias, x):
    """Return the predictions of a Model whose parameters are these, or that it has no forward."""
    model = student.Model()
    if type(model).forward is torch.nn.Module.forward:
        return "no-forward"
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(weight if parameter.ndim > 1 else bias)
    return model(torch.tensor(x))


def line(weight, bias, x):
    return torch.as_tensor(x) * weight + bias


def through(activation):
    return lambda weight, bias, x: activation(line(weight, bias, x))


FORWARD_MISTAKES = [
    Mistake(
        "activation",
        "forward puts a ReLU behind the layer: a straight line has none.",
        through(torch.relu),
    ),
    Mistake(
        "activation",
        "forward puts a sigmoid behind the layer: a straight line has none.",
        through(torch.sigmoid),
    ),
    Mistake(
        "activation",
        "forward puts a tanh behind the layer: a straight line has none.",
        through(torch.tanh),
    ),
    Mistake(
        "no-bias",
        "forward leaves the bias out: let the layer itself calculate.",
        lambda w, _, x: line(w, 0, x),
    ),
    Mistake(
        "layer-twice",
        "forward sends x through the layer twice.",
        lambda w, b, x: line(w, b, line(w, b, x)),
    ),
]


def lines(rng, *batches):
    """Draw lines and batches of inputs, negative ones and such beyond ±1 among them."""
    return [
        {
            "weight": float(rng.uniform(0.5, 3) * rng.choice([-1, 1])),
            "bias": float(rng.uniform(0.5, 3) * rng.choice([-1, 1])),
            "x": [[float(v)] for v in rng.uniform(-4, 4, size)],
        }
        for size in batches
    ]


@pytest.mark.exercise("5-1", after="test_model_holds_one_weight_and_one_bias")
def test_forward_is_the_line_of_its_parameters(submission, rng):
    given = lines(rng, 5, 4, 3, 1)
    forward = submission.probe(predict_with, of="Model")
    one, other = (forward(g["weight"], g["bias"], given[0]["x"]) for g in given[:2])
    text = "Model has no method called forward: that is the one that model(x) calls."
    named = not isinstance(one, str) or one != "no-forward"
    expect(named, "Model has a forward", diagnosis=Diagnosis("no-forward", text))
    claim = "Model's forward gives x * weight + bias, of shape (batch, 1)"
    due = torch.zeros(5, 1)
    expect_close(one, due, claim=claim, subject="Model's forward", rtol=0.0, atol=math.inf)
    text = "forward does not use the model's own parameters: call the layer that __init__ has made."
    expect(
        not same(one, other),
        "the predictions depend on the parameters",
        diagnosis=Diagnosis("parameters-unused", text),
    )
    expect_values(
        forward,
        line,
        given,
        claim=claim,
        mistakes=FORWARD_MISTAKES,
    )


def gradients_through(student, weight, bias, x):
    """Return the derivatives of the summed predictions, weight before bias, or why there can be none."""
    model = student.Model()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(weight if parameter.ndim > 1 else bias)
    switched_on = [parameter.requires_grad for parameter in model.parameters()]
    if switched_on and not any(switched_on):
        return "frozen"
    predicted = model(torch.tensor(x))
    if not getattr(predicted, "requires_grad", False):
        return "detached"
    predicted.sum().backward()
    ordered = sorted(model.parameters(), key=lambda parameter: -parameter.ndim)
    return [None if p.grad is None else p.grad.sum().item() for p in ordered]


NO_GRADIENTS = {
    "detached": "forward cuts its results off from the parameters: leave out .detach(), .data, .item() and "
    "torch.no_grad().",
    "frozen": "Model's parameters have requires_grad switched off, and never learn.",
}


def about_gradients(found):
    """Return what keeps the gradients from the parameters, or None."""
    if isinstance(found, str) and found in NO_GRADIENTS:
        return Diagnosis(found, NO_GRADIENTS[found])
    if not isinstance(found, list) or None not in found:
        return None
    missing = "a parameter"
    if len(found) == 2:
        missing = "the weight" if found[0] is None else "the bias"
    text = (
        f"No gradient reaches {missing} of Model: either forward makes no use of it, or cuts it off by .item(), .data "
        "or .detach(), or its requires_grad is switched off."
    )
    return Diagnosis("unreached", text)


@pytest.mark.exercise("5-1", after="test_forward_is_the_line_of_its_parameters")
def test_gradients_reach_both_parameters(submission, rng):
    claim = "backward() reaches the weight and the bias through Model's forward"
    (given,) = lines(rng, 4)
    found = submission.probe(gradients_through, of="Model")(**given)
    diagnosis = about_gradients(found)
    expect(diagnosis is None, claim, came_back=found, diagnosis=diagnosis)
    expect_close(
        found,
        [sum(v for (v,) in given["x"]), 4.0],
        claim=claim,
        subject="Model",
        rtol=RTOL,
        atol=1e-5,
    )


# --- 5-2 ---------------------------------------------------------------------------------------------------------


def train_a_line(student, start, x, y, optimizer, settings, epochs):
    """Return what the student's `train` gives, and the parameters and gradients that it leaves, for a line of ours."""
    model = torch.nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(start[0])
        model.bias.fill_(start[1])
    moving = getattr(torch.optim, optimizer)(model.parameters(), **settings)
    losses = student.train(model, torch.tensor(x), torch.tensor(y), moving, epochs)
    gradients = [p.grad is not None and bool(p.grad.any()) for p in model.parameters()]
    return losses, [model.weight.item(), model.bias.item()], any(gradients)


def trained(submission, case):
    """Return (losses, [weight, bias], whether gradients are left) after the student's `train`."""
    result = submission.probe(train_a_line, of="train")(**case)
    return expect_parts(result, ["losses", "parameters", "gradients"], subject="train")


SQUARES = nn.MSELoss(reduction="sum")


def replayed(case, fault=None, loss=SQUARES, batch_size=None):
    """Return the run that `case` should have been, or what it comes to with a fault."""
    model = nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(case["start"][0])
        model.bias.fill_(case["start"][1])
    x, y = (torch.tensor(case[name]).split(batch_size or len(case["x"])) for name in ("x", "y"))
    return replay(
        model,
        list(zip(x, y, strict=True)),
        lambda parameters: getattr(torch.optim, case["optimizer"])(parameters, **case["settings"]),
        case["epochs"],
        loss=loss,
        fault=fault,
    )


def root_of_the_squares(predicted, target):
    return SQUARES(predicted, target).sqrt()


def square_of_the_sum(predicted, target):
    return (predicted - target).sum() ** 2


def exchanged(case):
    return replayed({**case, "x": case["y"], "y": case["x"]})


WRONG_RUNS = {
    Fault(
        "absolute-error",
        "sums the absolute errors: square each of them",
    ): partial(replayed, loss=nn.L1Loss(reduction="sum")),
    Fault(
        "absolute-error",
        "takes the mean of the absolute errors: square each of them, and sum",
    ): partial(replayed, loss=nn.L1Loss()),
    Fault(
        "root-taken",
        "takes the root of the sum of squares: leave the root out",
    ): partial(replayed, loss=root_of_the_squares),
    Fault(
        "square-of-sum",
        "squares the sum of the errors, in which some cancel: square each error, then sum",
    ): partial(replayed, loss=square_of_the_sum),
    Fault(
        "exchanged-arguments",
        "predicts x from y: y is what the predictions for x are compared with",
    ): exchanged,
    Fault(
        "step-per-sample",
        "takes a step for each sample: it takes one in each epoch, along the summed loss of all samples",
        losses_matter=False,
    ): partial(replayed, batch_size=1),
    Fault(
        "double-step",
        "takes twice the step: is step() called twice, or the loss or the learning rate doubled?",
    ): partial(replayed, fault=Fault("", "", rate=2.0)),
    Fault(
        "half-step",
        "takes half the step: is the loss or the learning rate halved?",
    ): partial(replayed, fault=Fault("", "", rate=0.5)),
}
"""What else goes wrong in the loop of this lesson, each with the run of a case that it makes."""


def run_with(case, fault):
    return WRONG_RUNS.get(fault, partial(replayed, fault=fault))(case)


def parameters_of(run):
    return [run.parameters["weight"].item(), run.parameters["bias"].item()]


def training(rng, epochs, optimizer="SGD", **settings):
    """Draw a line to be found, six noisy samples of it and a start far from it."""
    x = rng.uniform(-2, 2, 6)
    slope, offset = rng.uniform(2, 4, 2) * rng.choice([-1, 1], 2)
    y = slope * x + offset + rng.normal(0, 0.3, 6)
    return {
        "start": [float(v) for v in rng.uniform(-1, 1, 2)],
        "x": [[float(v)] for v in x],
        "y": [[float(v)] for v in y],
        "optimizer": optimizer,
        "settings": settings or {"lr": float(rng.uniform(0.003, 0.009))},
        "epochs": epochs,
    }


def is_curve(losses):
    """Return whether `losses` are numbers in one row, in whichever form."""
    noted = as_array(losses)
    return noted is not None and noted.ndim == 1 and noted.dtype.kind in "iuf"


def floats(losses):
    return tuple(map(float, as_array(losses)))


def explain_steps(case, losses, parameters, gradients):
    """Return the fault of the loop that left these parameters, judged with its losses if they are numbers."""
    weight, bias = parameters
    held = {"weight": torch.tensor([[float(weight)]]), "bias": torch.tensor([float(bias)])}
    own_rate = Fault(
        "own-optimizer",
        "takes steps at a learning rate of 0.01, whatever that of the optimizer is: either another optimizer takes "
        "them, or the given one's lr is overwritten",
        rate=0.01 / case["settings"]["lr"],
    )
    faults = (*FAULTS, *WRONG_RUNS, own_rate)
    if is_curve(losses):
        observed = Run(floats(losses), held, gradients is True)
        if found := explain_training("train", observed, partial(run_with, case), faults):
            return found

    def without_losses(fault):
        run = run_with(case, fault)
        return Run((), run.parameters, run.gradients)

    faults = [fault for fault in faults if fault.losses_matter]
    return explain_training("train", Run((), held, gradients is True), without_losses, faults)


def expect_parameters(found, due, claim, explain):
    """Expect two finite numbers, weight and bias, near those that are due."""
    miss = mismatch(found, due, rtol=RTOL, atol=1e-5)
    if miss is None:
        return
    plain = as_array(found) is not None and as_array(found).shape == (2,)
    expect(
        False,
        claim,
        came_back=found,
        expected=describe(due),
        diagnosis=explain() if plain else wrong_kind("train", miss),
    )


@pytest.mark.exercise("5-2", weight=2)
def test_parameters_move_by_one_step_per_epoch(submission, rng):
    cases = [training(rng, epochs) for epochs in (1, 5)]
    outcomes = [trained(submission, case) for case in cases]
    for case, (_, parameters, _) in zip(cases, outcomes, strict=True):
        expect_parameters(
            parameters,
            parameters_of(replayed(case)),
            f"after {case['epochs']} epoch{'s' * (case['epochs'] > 1)} of train the parameters are those that "
            "zero_grad(), backward() and step() lead to",
            # a single step shows no sign of gradients that pile up
            lambda: explain_steps(cases[-1], *outcomes[-1]),
        )


def overshooting(rng):
    """Draw a run whose loss rises on the way, as momentum carries the line past its goal."""
    while True:
        case = training(rng, 15, lr=0.01, momentum=0.9)
        losses = replayed(case).losses
        if any(later > 1.1 * sooner for sooner, later in pairwise(losses[:-1])):
            return case


def are_rounded(noted, due):
    """Return whether all losses are right, but end after so few decimals that they are not near enough."""
    return any(
        same(noted, [round(loss, places) for loss in noted], rtol=0.0, atol=1e-9)
        and same(noted, due, rtol=RTOL, atol=0.5 * 10.0**-places)
        for places in range(4)
    )


def explain_losses(losses, due):
    if not is_curve(losses):
        return None
    noted = list(floats(losses))
    if are_rounded(noted, due):
        return Diagnosis("rounded", "train rounds the losses: note each as loss.item() gives it.")
    return explain_curve("train", noted, noted_wrongly("train", noted, due), right=due)


@pytest.mark.exercise("5-2", after="test_parameters_move_by_one_step_per_epoch")
def test_losses_are_one_sum_per_epoch(submission, rng):
    claim = "train returns one loss per epoch: the sum of the squared errors before the step"
    for case in (training(rng, 5), training(rng, 3), overshooting(rng)):
        losses, _, _ = trained(submission, case)
        due = list(replayed(case).losses)
        diagnosis = explain_losses(losses, due)
        right = mismatch(losses, due, rtol=RTOL, atol=LOSS_ATOL) is None
        expect(
            right or diagnosis is None,
            claim,
            came_back=losses,
            expected=describe(due),
            diagnosis=diagnosis,
        )
        expect_close(losses, due, claim=claim, subject="train", rtol=RTOL, atol=LOSS_ATOL)


@pytest.mark.exercise("5-2", after="test_parameters_move_by_one_step_per_epoch")
def test_train_steps_the_optimizer_that_it_is_given(submission, rng):
    for case in (
        training(rng, 4, "Adam", lr=0.05),
        training(rng, 4, "SGD", lr=0.005, momentum=0.9),
    ):
        _, parameters, _ = trained(submission, case)
        rate = case["settings"]["lr"]
        plain = parameters_of(replayed(case | {"optimizer": "SGD", "settings": {"lr": rate}}))
        text = "train descends by itself, whatever optimizer it is given: leave the moving to optimizer.step()."
        own = Diagnosis("own-optimizer", text) if same(parameters, plain, rtol=RTOL) else None
        expect_parameters(
            parameters,
            parameters_of(replayed(case)),
            f"train moves the parameters as {case['optimizer']} does when it is given that optimizer",
            lambda own=own: own,
        )


def lectures_start(rng):
    """Draw a weight and a bias for which the slow direction, along the valley, is always far to go."""
    return [float(rng.uniform(-1, 1)), float(rng.uniform(0.5, 1))]


@pytest.mark.exercise("5-2", after="test_parameters_move_by_one_step_per_epoch")
def test_500_epochs_find_the_line(submission, rng):
    x, y = [1.0, 2.0, 3.0], [2.0, 4.0, 6.0]
    case = {
        "start": lectures_start(rng),
        "x": [[v] for v in x],
        "y": [[v] for v in y],
        "optimizer": "SGD",
        "settings": {"lr": 0.01},
        "epochs": EPOCHS,
    }
    parameters = expect_parts(trained(submission, case)[1], ["weight", "bias"], subject="train")
    weight, bias = (expect_number(v, claim="train leaves finite parameters") for v in parameters)
    expect_below(
        sum((v * weight + bias - due) ** 2 for v, due in zip(x, y, strict=True)),
        FINAL_LOSS,
        claim=f"after {EPOCHS} epochs of SGD at 0.01 on y = 2x the loss is under {FINAL_LOSS.limit}",
    )
    expect_below(
        abs(4 * weight + bias - 8),
        PREDICTION_ERROR,
        claim="the trained model predicts about 8 for x = 4",
    )


# --- 5-3 ---------------------------------------------------------------------------------------------------------

OTHERS = ["Adagrad", "Adam", "Adamax", "ASGD", "RMSprop", "Rprop", "SGD"]
RATE = 0.01


def compare_and_watch(student, x, y, names, epochs, seed, with_ours):
    """Return what compare_optimizers gives, and of each optimizer that took a step its name, its rate, its first
    parameters and how often it stepped.

    `with_ours` gives it a Model and a train that are right, so that a mistake in 5-1 or 5-2 is not counted twice.
    """
    from torch.optim.optimizer import (
        register_optimizer_step_post_hook,
        register_optimizer_step_pre_hook,
    )

    x, y = torch.tensor(x), torch.tensor(y)
    optimizers, runs = [], []

    def place_of(optimizer):
        return [other is optimizer for other in optimizers].index(True)

    def watch(optimizer, _args, _kwargs):
        if any(optimizer is other for other in optimizers):
            return
        optimizers.append(optimizer)  # held, so that no later one takes its place in memory
        group = optimizer.param_groups[0]
        weights = sorted(group["params"], key=lambda p: -p.ndim)
        parameters = torch.cat([p.detach().flatten() for p in weights]).tolist()
        runs.append([type(optimizer).__name__, float(group["lr"]), parameters, 0])

    def count(optimizer, _args, _kwargs):
        runs[place_of(optimizer)][-1] += 1

    def takes_closure():
        """Return whether the student's own train can step LBFGS: ours should not be more than that."""
        spare = torch.nn.Linear(1, 1)
        try:
            student.train(spare, x, y, torch.optim.LBFGS(spare.parameters()), 1)
        except TypeError as error:
            return "closure" not in str(error)
        except Exception:
            return True
        return True

    def train(model, x, y, optimizer, epochs, *_, **__):
        parameters = list(model.parameters())

        def closure():
            loss = ((model(x) - y) ** 2).sum()
            for p, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
                p.grad = gradient
            return loss

        def step():
            if closing:
                return optimizer.step(closure)
            loss = closure()
            optimizer.step()
            return loss

        return [step().item() for _ in range(epochs)]

    ours = {}
    if with_ours:
        closing = takes_closure()
        ours = {"Model": lambda *_, **__: torch.nn.Linear(1, 1), "train": train}
    # none that a student would choose, so that nothing but his own seed makes the starts alike
    torch.manual_seed(seed)
    hooks = [register_optimizer_step_pre_hook(watch), register_optimizer_step_post_hook(count)]
    try:
        with student.replacing(**ours):
            return student.compare_optimizers(x, y, names, epochs), runs
    finally:
        for hook in hooks:
            hook.remove()


def race(rng, names, epochs):
    """Return the arguments of one comparison, on fresh samples, with the names in random order."""
    case = training(rng, epochs)
    return {
        "x": case["x"],
        "y": case["y"],
        "names": [str(n) for n in rng.permutation(names)],
        "epochs": epochs,
        "seed": int(rng.integers(10**6, 2**31)),
    }


NO_CLOSURE = Stop(
    "no-closure",
    "step() was called without a closure, which LBFGS cannot do without: write step(closure).",
    "closure",
)
NO_LOSS = Stop(
    "no-loss-returned",
    "A loss is None: either step() is not given the closure, or the closure has no return, or the loss that it "
    "calculates stays inside it. Take what step(closure) returns.",
    "'NoneType' object has no attribute 'item'|number, not 'NoneType'",
)


def judge_race(submission, given, judge):
    """Let `judge(curves, starts)` judge a comparison with our Model and train, failing that with the student's own."""
    compare = submission.probe(compare_and_watch, of="compare_optimizers")

    def compared(with_ours):
        stops = (NO_CLOSURE, NO_LOSS) if with_ours else ()
        with explaining("compare_optimizers runs to its end", *stops):
            result = compare(**given, with_ours=with_ours)
        curves, seen = expect_parts(
            result, ["losses by name", "runs"], subject="compare_optimizers"
        )
        judge(curves, by_name(seen))

    ours_or_own(compared)


@dataclass(frozen=True)
class Stepped:
    """What was seen of an optimizer: its rate, how often it stepped, and the weight and the bias that it began with,
    unless it moved other parameters than these."""

    rate: float
    steps: int
    start: tuple[float, float] | None


def by_name(runs):
    """Return what was seen of each optimizer, by its name."""
    found = {}
    for run in runs if isinstance(runs, list) else []:
        if not isinstance(run, (tuple, list)) or len(run) != 4:
            continue
        name, rate, start, steps = run
        numbers = as_array([rate, steps, *start]) if isinstance(start, list) else None
        if not isinstance(name, str) or numbers is None or not np.isfinite(numbers).all():
            continue
        line = (float(start[0]), float(start[1])) if numbers.shape == (4,) else None
        if name not in found or found[name].start is None:
            found[name] = Stepped(float(rate), int(steps), line)
    return found


def expect_runs(names, starts):
    """Expect that the optimizers of these names have taken steps, each for a weight and a bias."""
    missing = [name for name in names if name not in starts]
    text = f"torch.optim.{' or '.join(missing)} never took a step: look each class up by its name, and call its step."
    expect(
        not missing,
        "each of the names is an optimizer that takes steps",
        came_back=sorted(starts),
        diagnosis=Diagnosis("wrong-optimizer", text),
    )
    expect(
        all(starts[name].start is not None for name in names),
        "each optimizer moves the weight and the bias of a straight line",
        diagnosis=Diagnosis(
            "wrong-size",
            "The optimizers move other parameters than one weight and one bias: let Model() make each model.",
        ),
    )


def expect_curves(curves, names, epochs):
    """Expect a finite loss for each name and epoch."""
    claim = "compare_optimizers returns a dictionary: for each name its losses, one per epoch"
    single = isinstance(curves, dict) and bool(curves) and all(map(is_number, curves.values()))
    text = "compare_optimizers has a single number for each name: keep the losses of all epochs in a list."
    expect(not single, claim, came_back=curves, diagnosis=Diagnosis("single-loss", text))
    expect_close(
        curves,
        {name: [1.0] * epochs for name in names},
        claim=claim,
        subject="compare_optimizers",
        rtol=0.0,
        atol=math.inf,
    )


@pytest.mark.exercise("5-3")
def test_every_optimizer_asked_for_has_one_loss_per_epoch(submission, rng):
    given = race(rng, rng.choice(OTHERS, 3, replace=False), 6)

    def judge(curves, starts):
        expect_curves(curves, given["names"], given["epochs"])
        expect_runs(given["names"], starts)

    judge_race(submission, given, judge)


def raced(given, name, starts, fault=None, **options):
    """Return the run of one optimizer from where it was seen to start."""
    seen = starts[name]
    case = {"start": seen.start, "optimizer": name, "settings": {"lr": seen.rate}}
    return replayed({**given, **case}, fault, **options)


@pytest.mark.exercise("5-3", weight=2)
def test_all_start_from_the_same_parameters(submission, rng):
    given = race(rng, rng.choice(OTHERS, 4, replace=False), 6)
    claim = "all optimizers start from the same parameters"

    def judge(curves, starts):
        expect_runs(given["names"], starts)
        begun = [starts[name].start for name in given["names"]]
        if all(start == begun[0] for start in begun):
            return
        ended = [parameters_of(raced(given, name, starts)) for name in given["names"][:-1]]
        text = "Each optimizer starts from other random parameters: call torch.manual_seed(0) before each Model()."
        if all(start == begun[1] for start in begun[1:]):
            text = "The first optimizer starts elsewhere than all others: is the seed set after Model(), not before it?"
        diagnosis = Diagnosis("different-start", text)
        if all(same(end, start, rtol=RTOL) for end, start in zip(ended, begun[1:], strict=True)):
            text = "The optimizers share one model: each goes on where the one before has ended. Make one for each."
            diagnosis = Diagnosis("shared-model", text)
        expect(False, claim, came_back=begun, diagnosis=diagnosis)

    judge_race(submission, given, judge)


def last_calls(given, name, starts):
    """Return the loss that the last call of the closure sees in each epoch."""
    seen = []

    def noting(predicted, target):
        loss = nn.functional.mse_loss(predicted, target, reduction="sum")
        seen.append(loss.item())
        return loss

    for epochs in range(1, given["epochs"] + 1):
        raced({**given, "epochs": epochs}, name, starts, loss=noting)
        yield seen[-1]


NO_UPDATE = (
    "never changes the parameters: is backward() missing, or does the closure work on another model than its optimizer "
    "does? A closure looks up model and optimizer only when it is called"
)
RACE_FAULTS = [replace(f, text=NO_UPDATE) if f.id == "no-update" else f for f in FAULTS]


def expect_its_own_curve(curves, given, name, starts):
    """Expect the losses of `name` to be what that optimizer comes to from its start.

    Whether they are noted before or after each step, or by the last call of the closure within it, is all the same.
    """
    noted = floats(curves[name])

    def comes_to(losses):
        return mismatch(list(noted), list(losses), rtol=RTOL, atol=1e-5) is None

    subject = f"compare_optimizers, for {name},"
    right = raced(given, name, starts).losses
    if comes_to(right):
        return
    warmed_up = has_warmed_up(given, name, starts, comes_to)
    shifted = raced(given, name, starts, Fault("", "", loss="after")).losses
    if not warmed_up and (comes_to(shifted) or comes_to(last_calls(given, name, starts))):
        return
    text = f"{name} has taken steps before its first loss is noted: the losses begin where all optimizers start."
    expect(
        False,
        f"the losses of {name} are those of torch.optim.{name}",
        came_back=curves[name],
        expected=describe(list(right)),
        diagnosis=(Diagnosis("steps-before", text) if warmed_up else None)
        or a_shared_list(curves)
        or explain_training(
            subject,
            Run(noted),
            lambda fault: Run(raced(given, name, starts, fault).losses),
            RACE_FAULTS,
        )
        or explain_curve(subject, noted, right=right)
        or a_twin(given, name, starts, noted)
        or a_new_optimizer_each_epoch(given, name, starts, noted),
    )


def has_warmed_up(given, name, starts, comes_to):
    """Return whether the losses are those at the end of a longer run, whose first steps none was noted for."""
    epochs, extra = given["epochs"], starts[name].steps - given["epochs"]
    # some more steps, not any number that student code may make up
    if not 0 < extra <= epochs:
        return False
    return comes_to(raced({**given, "epochs": epochs + extra}, name, starts).losses[extra:])


def a_shared_list(curves):
    """Return that all optimizers have one and the same losses, if they have."""
    first, *others = curves.values()
    # without any step all stay where they start, and are alike for that reason
    moved = not same(first[0], first[-1])
    if not others or not moved or not all(same(first, other) for other in others):
        return None
    text = (
        "All names have the same losses: either one list is put under every name, or they are all those of one "
        "optimizer. Make a list for each."
    )
    return Diagnosis("shared-list", text)


def a_new_optimizer_each_epoch(given, name, starts, noted):
    """Return that the optimizer begins anew in every epoch, if these are its losses."""
    seen, losses = starts[name], []
    for _ in range(given["epochs"]):
        run = raced({**given, "epochs": 1}, name, {name: seen})
        seen = replace(seen, start=parameters_of(run))
        losses += run.losses
    if not same(list(noted), losses, rtol=RTOL):
        return None
    text = f"{name} is made anew in every epoch, and forgets what it has gathered: make each optimizer once."
    return Diagnosis("new-optimizer", text)


def a_twin(given, name, starts, noted):
    """Return that these are another optimizer's losses, if they are."""
    for other in OTHERS:
        if same(list(noted), list(raced(given, other, {other: starts[name]}).losses), rtol=RTOL):
            text = (
                f"The losses of {name} are those of {other}: is a result put under the wrong name?"
            )
            return Diagnosis("wrong-optimizer", text)
    return None


@pytest.mark.exercise(
    "5-3", weight=2, after="test_every_optimizer_asked_for_has_one_loss_per_epoch"
)
def test_each_optimizer_takes_its_own_steps(submission, rng):
    given = race(rng, OTHERS, 20)

    def judge(curves, starts):
        expect_curves(curves, given["names"], given["epochs"])
        expect_runs(given["names"], starts)
        for name in given["names"]:
            expect_its_own_curve(curves, given, name, starts)

    judge_race(submission, given, judge)


@pytest.mark.exercise("5-3", weight=2, after="test_each_optimizer_takes_its_own_steps")
def test_lbfgs_runs_through_its_closure(submission, rng):
    given = race(rng, ["LBFGS", "SGD"], 3)

    def judge(curves, starts):
        noted = curves.get("LBFGS") if isinstance(curves, dict) else None
        text = "LBFGS has a loss for each call of its closure: note one for each epoch, what step(closure) returns."
        expect(
            not (is_curve(noted) and len(noted) > given["epochs"]),
            "LBFGS has one loss for each epoch",
            came_back=noted,
            diagnosis=Diagnosis("loss-per-call", text),
        )
        expect_curves(curves, given["names"], given["epochs"])
        expect_runs(given["names"], starts)
        expect_its_own_curve(curves, given, "LBFGS", starts)

    judge_race(submission, given, judge)


@pytest.mark.exercise("5-3", after="test_lbfgs_runs_through_its_closure")
def test_every_optimizer_has_the_same_learning_rate(submission, rng):
    given = race(rng, ["LBFGS", *rng.choice(OTHERS, 3, replace=False)], 2)
    text = f"Not all optimizers run with lr={RATE}: most of torch's own defaults are other rates."

    def judge(_, starts):
        # an LBFGS that is not there has cost its own test already
        names = [name for name in given["names"] if name != "LBFGS" or name in starts]
        expect_runs(names, starts)
        rates = [starts[name].rate for name in names]
        alike = rates == [RATE] * len(rates)
        expect(
            alike,
            f"each optimizer gets lr={RATE}",
            came_back=rates,
            diagnosis=Diagnosis("other-rate", text),
        )

    judge_race(submission, given, judge)
