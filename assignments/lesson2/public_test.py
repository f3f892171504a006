"""Self-checks for lesson 2: what a student can see of the graders."""

import numpy as np
import pytest
import torch

from course.data import house_prices
from course.judge.expect import expect, expect_below, expect_close, expect_number, expect_parts

XS, YS = [1.0, 2.0, 3.0], [2.0, 4.0, 6.0]
WEIGHTS = [i / 10 for i in range(41)]


@pytest.mark.exercise("2-1")
def test_forward(submission):
    expect_close(submission.call("forward", 3.0, 2.0), 6.0, claim="forward(3.0, 2.0) is 6.0")
    expect_close(
        submission.call("forward", np.array(XS), 0.5),
        np.array([0.5, 1.0, 1.5]),
        claim="forward takes an array of inputs",
    )
    expect_close(
        submission.call("forward", np.array([[1.0], [2.0]]), np.array([0.5, 1.0, 1.5])),
        np.array([[0.5, 1.0, 1.5], [1.0, 2.0, 3.0]]),
        claim="forward broadcasts arrays of inputs and weights",
    )


@pytest.mark.exercise("2-1")
def test_loss(submission):
    expect_close(submission.call("loss", 3.0, 6.0, 1.0), 9.0, claim="loss(3.0, 6.0, 1.0) is 9.0")
    expect_close(submission.call("loss", 2.0, 5.0, 3.0), 1.0, claim="loss(2.0, 5.0, 3.0) is 1.0")
    expect_close(
        submission.call("loss", torch.tensor(XS), torch.tensor(YS), 1.0),
        torch.tensor([1.0, 4.0, 9.0]),
        claim="loss has one value for each element of a tensor",
    )


@pytest.mark.exercise("2-2")
def test_mse(submission):
    for w, right in [(0.0, 56 / 3), (1.0, 14 / 3), (2.0, 0.0)]:
        expect_close(
            submission.call("mse", XS, YS, w),
            right,
            claim=f"the mean squared error of {w} is {right:.4g}",
        )
    expect_close(
        submission.call("mse", [1.0, -1.0], [1.0, 3.0], 2.0),
        13.0,
        claim="mse takes any number of samples",
    )


@pytest.mark.exercise("2-2")
def test_mae(submission):
    for w, right in [(0.0, 4.0), (1.0, 2.0), (3.0, 2.0)]:
        expect_close(
            submission.call("mae", XS, YS, w),
            right,
            claim=f"the mean absolute error of {w} is {right}",
        )
    expect_close(
        submission.call("mae", [1.0, -1.0], [1.0, 3.0], 2.0),
        3.0,
        claim="mae takes any number of samples",
    )


@pytest.mark.exercise("2-3")
def test_sweep(submission):
    expect_close(
        submission.call("sweep", [1.0, 2.0], [2.0, 4.0], [3.0, 2.0, 0.0]),
        [2.5, 0.0, 10.0],
        claim="sweep returns the error of each weight, in the order of ws",
    )


@pytest.mark.exercise("2-3")
def test_best_weight(submission):
    for ws, right, claim in [
        (WEIGHTS, 2.0, "of 0.0, 0.1 … 4.0 the best weight is 2.0"),
        ([5.0, 1.5, -1.0], 1.5, "best_weight takes weights in any order"),
        ([1.5, 5.0, -1.0], 1.5, "the first of ws may be the best"),
        ([5.0, -1.0, 1.5], 1.5, "the last of ws may be the best"),
        (
            [0.0, 3.0, 1.0],
            3.0,
            "3.0 and 1.0 are equally good: best_weight returns the first of them in ws",
        ),
    ]:
        expect_close(submission.call("best_weight", XS, YS, ws), right, claim=claim)


def rescale_and_look(student, xs):
    """Return what `rescale` gives for a tenth, and the values that it was given as they are after it."""
    result = student.rescale(xs, 0.1)
    return [result, xs]


@pytest.mark.exercise("2-4")
def test_rescale(submission):
    for xs, kind in (
        ([100.0, 250.0], "a list"),
        (np.array([30.0, 10.0, 5.0]), "an array"),
        ([15, 40], "a list of whole numbers"),
        (np.array([12, 7, 5]), "an array of whole numbers"),
    ):
        result, after = submission.probe(rescale_and_look, of="rescale")(xs)
        expect_close(
            result,
            [x * 0.1 for x in xs],
            claim=f"rescale gives each value of {kind} times the factor",
        )
        expect_close(
            after,
            xs,
            claim=f"rescale leaves {kind} as it was",
            hint="make a new one instead of writing into xs",
        )


@pytest.mark.exercise("2-4")
def test_fit_area_price(submission):
    for rate in (2000.0, 3500.0):
        area, price = house_prices(seed=1, price_per_square_metre=rate)
        result = submission.call("fit_area_price", area, price, WEIGHTS)
        factor, w = expect_parts(result, ["factor", "w"], subject="fit_area_price")
        factor, w = (
            expect_number(v, claim="fit_area_price returns two numbers") for v in (factor, w)
        )
        expect(any(abs(w - v) < 1e-6 for v in WEIGHTS), "the weight is one of ws", came_back=w)
        expect_below(
            float(np.mean((area * factor * w - price) ** 2)),
            0.4 * float(np.var(price)),
            claim="the mean squared error is less than 0.4 times the variance of the prices",
            hint="the prediction is area * factor * w",
        )


def fit_and_look(student, area, price, ws):
    """Return areas and prices as they are after `fit_area_price`."""
    student.fit_area_price(area, price, ws)
    return [area, price]


@pytest.mark.exercise("2-4", after="test_rescale")
def test_fit_leaves_the_houses_alone(submission):
    houses = list(house_prices(seed=1))
    expect_close(
        submission.probe(fit_and_look, of="fit_area_price")(*houses, WEIGHTS),
        houses,
        claim="fit_area_price leaves areas and prices as they were",
        hint="area *= … writes into the array of the caller; area * … makes a new one",
    )


def look_at_plot(student, ws, losses):
    """Return the lines and labels of the Axes that `plot_cost` gives."""
    import matplotlib.pyplot as plt

    before = set(plt.get_fignums())
    plt.figure()
    try:
        axes = student.plot_cost(ws, losses)
        if not hasattr(axes, "get_lines"):
            return None
        lines = [
            np.array(line.get_data(), dtype=float).tolist()
            for line in axes.get_lines()
            if line.get_linestyle() != "None"
        ]
        return [lines, axes.get_xlabel(), axes.get_ylabel()]
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)


@pytest.mark.exercise("2-5")
def test_plot_cost(submission):
    ws, losses = [1.0, 2.0, 4.0], [5.0, 0.5, 7.0]
    seen = submission.probe(look_at_plot, of="plot_cost")(ws, losses)
    expect(
        seen is not None, "plot_cost returns the Axes that it drew in", hint="end with return axes"
    )
    lines, along_x, along_y = seen
    expect(
        len(lines) > 0,
        "plot_cost draws a line",
        hint="axes.plot(ws, losses) draws one; marks alone are none",
    )
    expect(
        any(len(xs) > 1 for xs, _ in lines),
        "the line goes through all points",
        hint="each line has one point only: give plot all of ws and losses at once",
    )
    expect_close(
        [ws, losses] if [ws, losses] in lines else lines[0],
        [ws, losses],
        claim="the line has the weights along x and the losses along y",
    )
    expect(bool(along_x), "the x axis has a label", hint='axes.set_xlabel("w")')
    expect(bool(along_y), "the y axis has a label", hint='axes.set_ylabel("loss")')
    expect(
        [along_x, along_y] != ["loss", "w"],
        "the weights are named along x, the losses along y",
        hint="the two labels stand in each other's place",
    )
