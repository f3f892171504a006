"""The graders of lesson 2: values against formulas of our own, the fit and the drawing by what they come to."""

import re
from functools import partial

import numpy as np
import pytest
import torch

from course.data import house_prices
from course.faults import StudentFault
from course.judge.closeness import same
from course.judge.diagnosis import Diagnosis, Mistake
from course.judge.expect import expect, expect_below, expect_number, expect_parts, expect_values
from course.judge.failure import Failure
from course.judge.thresholds import thresholds

WEIGHTS = [i / 10 for i in range(41)]


def eighths(rng, *size):
    """Draw multiples of 1/8 that are not 0: losses of these are exact, in float32, too, and in any order of summing."""
    return rng.integers(1, 25, size) / 8 * rng.choice([-1, 1], size)


def several(id_, text, *formulas):
    """Return a mistake that takes several forms."""
    return [Mistake(id_, text, formula) for formula in formulas]


def points(rng, *names, count=12):
    return [dict(zip(names, row, strict=True)) for row in eighths(rng, count, len(names)).tolist()]


# --- 2-1 ---------------------------------------------------------------------------------------------------------


def arrays(rng, *names):
    """Draw inputs of several kinds and shapes; where there are three names, two are x and y, of one shape."""
    shapes = [((5,), ()), ((4,), (4,)), ((3, 1), (4,)), ((2, 3), (3,))]
    given = []
    for make in (np.asarray, torch.tensor):
        for data, weight in shapes:
            drawn = {name: eighths(rng, *(weight if name == "w" else data)) for name in names}
            given.append({k: make(v) if v.ndim else float(v) for k, v in drawn.items()})
    return given


def line(x, w):
    return x * w


def squared(x, y, w):
    return (x * w - y) ** 2


FORWARD_MISTAKES = [
    Mistake("added", "forward adds the weight: multiply the input by it.", lambda x, w: x + w),
    Mistake(
        "power",
        "forward raises the input to the power of the weight: one * multiplies, two make a power.",
        lambda x, w: x**w,
    ),
    Mistake(
        "divided", "forward divides by the weight: multiply the input by it.", lambda x, w: x / w
    ),
]
LOSS_MISTAKES = [
    Mistake(
        "absolute-error",
        "loss is the absolute difference: it is to be squared.",
        lambda x, y, w: abs(x * w - y),
    ),
    *several(
        "missing-square",
        "loss is the difference itself, which can be negative: square it.",
        lambda x, y, w: x * w - y,
        lambda x, y, w: y - x * w,
    ),
    *several(
        "double-for-square",
        "loss is twice the difference: * 2 doubles it, ** 2 squares it.",
        lambda x, y, w: 2 * (x * w - y),
        lambda x, y, w: 2 * (y - x * w),
    ),
    Mistake(
        "squares-apart",
        "loss squares prediction and truth apart: take their difference first, then square it.",
        lambda x, y, w: (x * w) ** 2 - y**2,
    ),
    Mistake(
        "square-of-y-only",
        "loss squares only y: put the whole difference in parentheses.",
        lambda x, y, w: x * w - y**2,
    ),
    Mistake(
        "no-weight",
        "loss leaves the weight out: compare y with the prediction, not with x.",
        lambda x, y, w: (x - y) ** 2,
    ),
    Mistake(
        "swapped-arguments",
        "loss predicts x from y: the prediction is forward(x, w).",
        lambda x, y, w: (y * w - x) ** 2,
    ),
]


@pytest.mark.exercise("2-1")
def test_forward_is_input_times_weight(submission, rng):
    given = [
        {"x": abs(p["x"]), "w": p["w"]} for p in points(rng, "x", "w")
    ]  # x**w is complex where x is negative
    expect_values(submission.function("forward"), line, given, mistakes=FORWARD_MISTAKES)


@pytest.mark.exercise("2-1", after="test_forward_is_input_times_weight")
def test_forward_takes_arrays_and_tensors(submission, rng):
    expect_values(
        submission.function("forward"),
        line,
        arrays(rng, "x", "w"),
        claim="forward works for arrays and tensors, element by element",
        hint="plain x * w needs no loop, no float() and no if",
    )


@pytest.mark.exercise("2-1", after="test_forward_is_input_times_weight")
def test_loss_is_the_squared_difference(submission, rng):
    given = points(rng, "x", "y", "w")
    expect_values(submission.function("loss"), squared, given, mistakes=LOSS_MISTAKES)


@pytest.mark.exercise("2-1", after="test_loss_is_the_squared_difference")
def test_loss_takes_arrays_and_tensors(submission, rng):
    expect_values(
        submission.function("loss"),
        squared,
        arrays(rng, "x", "y", "w"),
        claim="loss works for arrays and tensors and has one value for each element",
        hint="no mean and no sum here: those come in the next exercise",
    )


# --- what exercises owe each other -------------------------------------------------------------------------------

RESULT, ARGUMENTS = "result", "arguments"


def call(student, name, helped, *arguments):
    """Call the student's `name`, if `helped` with the functions asked for before it replaced by right ones.

    Return the result and the arguments as they are after the call.
    """

    def forward(x, w):
        return x * w

    def loss(x, y, w):
        return (x * w - y) ** 2

    def misses(xs, ys, w):
        return np.asarray(xs, dtype=float) * float(w) - np.asarray(ys, dtype=float)

    def mse(xs, ys, w):
        return float(np.mean(misses(xs, ys, w) ** 2))

    def mae(xs, ys, w):
        return float(np.mean(np.abs(misses(xs, ys, w))))

    def sweep(xs, ys, ws):
        return [mse(xs, ys, w) for w in ws]

    def best_weight(xs, ys, ws):
        return ws[int(np.argmin(sweep(xs, ys, ws)))]

    def rescale(xs, factor):
        return np.asarray(xs, dtype=float) * factor

    helpers = [forward, loss, mse, mae, sweep, best_weight, rescale]
    before = {"mse": 2, "mae": 2, "sweep": 4, "best_weight": 5, "fit_area_price": 7}
    others = {helper.__name__: helper for helper in helpers[: before[name]]} if helped else {}
    with student.replacing(**others):
        result = getattr(student, name)(*arguments)
    return {"result": result, "arguments": list(arguments)}


def asked(submission, name, part, *, helped):
    """Return the student's function `name` as one that returns that part of what `call` returns."""
    probe = submission.probe(call, of=name)

    def function(*arguments):
        evidence = probe(name, helped, *arguments)
        return evidence.get(part) if isinstance(evidence, dict) else None

    function.__name__ = name
    return function


def expect_fairly(submission, name, judge, part=RESULT):
    """Expect `judge` to accept the student's function `name`: as it is, or with right functions to call.

    A mistake in a function before it is not to cost twice. But functions of one's own may be called in ways that suit
    no others, where they return tensors, say.
    """
    try:
        judge(asked(submission, name, part, helped=False))
    except (Failure, StudentFault) as found:
        try:
            judge(asked(submission, name, part, helped=True))
        except StudentFault:
            raise found from None


def expect_fair_values(submission, name, right, inputs, **options):
    """Expect the values of `right` from the student's function `name`, in that way."""
    judge = partial(expect_values, right=right, inputs=inputs, **options)
    expect_fairly(submission, name, judge)


# --- 2-2 ---------------------------------------------------------------------------------------------------------


def misses(xs, ys, w):
    return np.array(xs) * w - np.array(ys)


def mean_squared(xs, ys, w):
    return float(np.mean(misses(xs, ys, w) ** 2))


def mean_absolute(xs, ys, w):
    return float(np.mean(np.abs(misses(xs, ys, w))))


def samples(rng):
    """Draw lists of several lengths; some weights miss on both sides, so that misses could cancel."""
    return [
        {"xs": eighths(rng, n).tolist(), "ys": eighths(rng, n).tolist(), "w": float(eighths(rng))}
        for n in (2, 3, 4, 5, 7, 8)
    ]


def shared_mistakes(name, of_miss):
    """Return the mistakes of both means, whose loss of one sample is `of_miss(difference)`."""

    def losses(xs, ys, w):
        return of_miss(misses(xs, ys, w))

    return [
        *several(
            "first-sample-only",
            f"{name} looks at the first sample only: is the return inside the loop?",
            lambda *g: losses(*g)[0],
            lambda *g: losses(*g)[0] / len(g[0]),
        ),
        *several(
            "last-sample-only",
            f"{name} keeps the last sample only: add the losses up (total += …, not total = …).",
            lambda *g: losses(*g)[-1],
            lambda *g: losses(*g)[-1] / len(g[0]),
        ),
        *several(
            "first-missing",
            f"{name} leaves the first sample out: places in a list begin at 0, range(len(xs)).",
            lambda *g: losses(*g)[1:].sum() / len(g[0]),
            lambda *g: losses(*g)[1:].mean(),
        ),
        *several(
            "last-missing",
            f"{name} leaves the last sample out: range(len(xs)) ends with it, range(len(xs) - 1) before it.",
            lambda *g: losses(*g)[:-1].sum() / len(g[0]),
            lambda *g: losses(*g)[:-1].mean(),
        ),
        Mistake(
            "fixed-count",
            f"{name} divides by 3 whatever the number of samples: divide by len(xs).",
            lambda *g: losses(*g).sum() / 3,
        ),
        Mistake(
            "median",
            f"{name} is the median of the losses: take the mean.",
            lambda *g: float(np.median(losses(*g))),
        ),
        Mistake(
            "largest-loss",
            f"{name} is the largest of the losses: take the mean.",
            lambda *g: losses(*g).max(),
        ),
        Mistake(
            "no-weight",
            f"{name} leaves the weight out: the prediction is x times w.",
            lambda xs, ys, w: losses(xs, ys, 1.0).mean(),
        ),
        *several(
            "mean-difference",
            f"{name} averages the differences, so that too high and too low cancel.",
            lambda *g: misses(*g).mean(),
            lambda *g: -misses(*g).mean(),
        ),
    ]


MSE_MISTAKES = [
    Mistake(
        "absolute-error",
        "mse is the mean absolute error: square the differences instead of dropping their signs.",
        mean_absolute,
    ),
    Mistake(
        "square-of-mean",
        "mse averages the differences, which cancel, and then squares: square each, then average.",
        lambda *g: misses(*g).mean() ** 2,
    ),
    *shared_mistakes("mse", np.square),
]
MAE_MISTAKES = [
    Mistake(
        "squared-error",
        "mae is the mean squared error: leave out the square and take the absolute value.",
        mean_squared,
    ),
    Mistake(
        "root-of-mean",
        "mae is the root of the mean squared error: average the absolute differences.",
        lambda *g: mean_squared(*g) ** 0.5,
    ),
    Mistake(
        "absolute-of-mean",
        "mae averages the differences, which cancel, and drops the sign last: drop each sign first.",
        lambda *g: abs(misses(*g).mean()),
    ),
    *shared_mistakes("mae", np.abs),
]


@pytest.mark.exercise("2-2")
def test_mse_is_the_mean_squared_error(submission, rng):
    expect_fair_values(submission, "mse", mean_squared, samples(rng), mistakes=MSE_MISTAKES)


@pytest.mark.exercise("2-2")
def test_mae_is_the_mean_absolute_error(submission, rng):
    expect_fair_values(submission, "mae", mean_absolute, samples(rng), mistakes=MAE_MISTAKES)


# --- 2-3 ---------------------------------------------------------------------------------------------------------


def swept(xs, ys, ws):
    return [mean_squared(xs, ys, w) for w in ws]


def best(xs, ys, ws):
    losses = swept(xs, ys, ws)
    return ws[losses.index(min(losses))]


def clear_cut(given):
    """Return whether one weight is best beyond doubt, not by the absolute error too, and neither first nor last."""
    xs, ys, ws = given.values()
    losses = swept(xs, ys, ws)
    smallest, second = sorted(losses)[:2]
    at = losses.index(smallest)
    by_absolute = int(np.argmin([mean_absolute(xs, ys, w) for w in ws]))
    return second > 1.02 * smallest and at not in (0, len(ws) - 1, by_absolute)


def fresh_sweep(rng, weights):
    """Draw samples of a line, the first of them wild, and as many weights in no order."""
    while True:
        xs, noise = eighths(rng, 6), eighths(rng, 6) / 2
        noise[0] *= 6
        ys = xs * float(eighths(rng)) + noise
        ws = rng.choice(np.arange(-24, 25) / 8, weights, replace=False)
        given = {"xs": xs.tolist(), "ys": ys.tolist(), "ws": ws.tolist()}
        if clear_cut(given):
            return given


def sweeps(rng):
    return [fresh_sweep(rng, weights) for weights in (5, 6, 8, 9, 12)]


def best_at_an_end(given, end):
    """Return the sweep with its weights turned round so far that the best comes first, or last."""
    ws = given["ws"]
    at = ws.index(best(**given)) + (end == "last")
    return {**given, "ws": ws[at:] + ws[:at]}


@pytest.mark.exercise("2-3")
def test_sweep_gives_the_error_of_each_weight(submission, rng):
    expect_fair_values(
        submission,
        "sweep",
        swept,
        sweeps(rng),
        claim="sweep returns the mean squared error of each weight, in the order of ws",
        mistakes=[
            Mistake(
                "pairs",
                "sweep returns pairs of weight and error: return the errors alone.",
                lambda *g: list(zip(g[2], swept(*g), strict=True)),
            ),
            Mistake(
                "smallest-only",
                "sweep returns the smallest error alone: return all of them.",
                lambda *g: min(swept(*g)),
            ),
            Mistake(
                "returns-input",
                "sweep returns the weights: return the error of each.",
                lambda xs, ys, ws: ws,
            ),
            *several(
                "first-only",
                "sweep returns after the first weight: put the return behind the loop.",
                lambda *g: swept(*g)[0],
                lambda *g: swept(*g)[:1],
            ),
            *several(
                "last-only",
                "sweep keeps the error of the last weight only: append each to one list.",
                lambda *g: swept(*g)[-1],
                lambda *g: swept(*g)[-1:],
            ),
            Mistake(
                "sorted-weights",
                "sweep sorts the weights first, with sorted() or .sort(): leave them in the order that they have.",
                lambda xs, ys, ws: swept(xs, ys, sorted(ws)),
            ),
            *several(
                "mean-difference",
                "sweep averages the differences, so that too high and too low cancel: square each.",
                lambda xs, ys, ws: [misses(xs, ys, w).mean() for w in ws],
                lambda xs, ys, ws: [-misses(xs, ys, w).mean() for w in ws],
            ),
            Mistake(
                "mean-absolute",
                "sweep returns mean absolute errors: return the mean squared ones.",
                lambda xs, ys, ws: [mean_absolute(xs, ys, w) for w in ws],
            ),
        ],
    )


def first_valley(xs, ys, ws):
    """Walk along the weights for as long as the error falls."""
    losses = swept(xs, ys, ws)
    at = next((i for i in range(1, len(ws)) if losses[i] >= losses[i - 1]), len(ws))
    return ws[at - 1]


def sorted_weights(xs, ys, ws):
    return sorted(ws)[int(np.argmin(swept(xs, ys, ws)))]


def most_negative(xs, ys, ws):
    return ws[int(np.argmin([misses(xs, ys, w).sum() for w in ws]))]


def beginning_with(weight, error):
    """Return a search that has this weight and this smallest error to begin with."""

    def search(xs, ys, ws):
        found = min(swept(xs, ys, ws)) < error
        return best(xs, ys, ws) if found else ws[0] if weight == "first" else weight

    return search


SEARCHES = [
    beginning_with(weight, error)
    for weight in (None, 0.0, 1.0, -1.0, "first")
    for error in (0.0, 1.0, 100.0, 1e3, 1e4, 1e5, 999999.0, 1e6, 1e9)
]
NOTHING_FOUND = (
    "Where all errors are large, no weight is found: the smallest error so far must not begin at "
    "0 or at some other number. Begin with float('inf'), or with the error of the first weight."
)
BEST_MISTAKES = [
    Mistake(
        "index-for-weight",
        "best_weight returns a place in the list: return the weight that stands there.",
        lambda *g: int(np.argmin(swept(*g))),
    ),
    Mistake(
        "loss-for-weight",
        "best_weight returns the smallest error: return the weight that has it.",
        lambda *g: min(swept(*g)),
    ),
    *several(
        "weight-and-loss",
        "best_weight returns the weight and its error: return the weight alone.",
        lambda *g: [best(*g), min(swept(*g))],
        lambda *g: [min(swept(*g)), best(*g)],
    ),
    Mistake(
        "largest-loss",
        "best_weight returns the weight with the largest error: the smallest is best.",
        lambda *g: g[2][int(np.argmax(swept(*g)))],
    ),
    Mistake(
        "stops-early",
        "best_weight stops where the error first grows: try all weights, they have no order.",
        first_valley,
    ),
    Mistake(
        "sorted-weights",
        "best_weight sorts the weights but not their errors: leave them in their order.",
        sorted_weights,
    ),
    Mistake(
        "not-in-ws",
        "best_weight calculates the best weight of all: return the best of those in ws.",
        lambda xs, ys, ws: float(np.dot(xs, ys) / np.dot(xs, xs)),
    ),
    Mistake(
        "own-weights",
        "best_weight tries weights of its own, 0.0 to 4.0: try those in ws.",
        lambda xs, ys, ws: best(xs, ys, WEIGHTS),
    ),
    Mistake(
        "returns-last",
        "best_weight returns the last weight whatever its error is.",
        lambda xs, ys, ws: ws[-1],
    ),
    Mistake(
        "returns-first",
        "best_weight returns the first weight whatever its error is.",
        lambda xs, ys, ws: ws[0],
    ),
    Mistake(
        "smallest-weight",
        "best_weight returns the smallest weight: compare the errors, not the weights.",
        lambda xs, ys, ws: min(ws),
    ),
    Mistake(
        "signed-error",
        "best_weight goes by sums of differences, its own or those of sweep, and the most negative wins: use mse.",
        most_negative,
    ),
    Mistake(
        "mean-absolute",
        "best_weight compares mean absolute errors, its own or those of sweep: compare the mean squared ones.",
        lambda xs, ys, ws: ws[int(np.argmin([mean_absolute(xs, ys, w) for w in ws]))],
    ),
    Mistake(
        "first-missing",
        "best_weight never looks at the first of ws: either the loop is to begin with it, or the best so far.",
        lambda xs, ys, ws: best(xs, ys, ws[1:]),
    ),
    Mistake(
        "last-missing",
        "best_weight never looks at the last of ws: range(len(ws)) ends with its place, range(len(ws) - 1) before it.",
        lambda xs, ys, ws: best(xs, ys, ws[:-1]),
    ),
    *several("initial-loss", NOTHING_FOUND, *SEARCHES),
]


@pytest.mark.exercise("2-3", weight=2)
def test_best_weight_has_the_smallest_error(submission, rng):
    lecture = {"xs": [1.0, 2.0, 3.0], "ys": [2.0, 4.0, 6.0], "ws": WEIGHTS}
    at_the_ends = [best_at_an_end(fresh_sweep(rng, 7), end) for end in ("first", "last")]
    expect_fair_values(
        submission,
        "best_weight",
        best,
        [*sweeps(rng), *sweeps(rng), *at_the_ends, lecture],
        claim="best_weight returns the weight of ws with the smallest mean squared error",
        mistakes=BEST_MISTAKES,
    )


@pytest.mark.exercise("2-3", after="test_best_weight_has_the_smallest_error")
def test_best_weight_is_found_however_large_the_errors(submission, rng):
    def far(size):
        xs, slope = eighths(rng, 3), size * float(rng.uniform(1, 2))
        return {"xs": xs.tolist(), "ys": (xs * slope).tolist(), "ws": [1.0, 4.0, 9.0, 7.0]}

    expect_fair_values(
        submission,
        "best_weight",
        best,
        [far(size) for size in (1e3, 1e4, 1e5, 1e6)],
        claim="best_weight finds the best weight, however large the errors are",
        mistakes=several("initial-loss", NOTHING_FOUND, *SEARCHES),
    )


def tied(rng, larger_first):
    """Draw samples of a line, and weights of which the two nearest to its own lie equally far on either side."""
    xs, slope, apart = eighths(rng, 4), int(rng.integers(-16, 17)) / 8, int(rng.integers(1, 6)) / 8
    pair = [slope + apart, slope - apart] if larger_first else [slope - apart, slope + apart]
    others = [slope + 7 / 8, slope - 6 / 8]
    ws = [others[0], pair[0], others[1], pair[1]]
    return {"xs": xs.tolist(), "ys": (xs * slope).tolist(), "ws": ws}


@pytest.mark.exercise("2-3", after="test_best_weight_has_the_smallest_error")
def test_of_equally_good_weights_the_first_is_best(submission, rng):
    expect_fair_values(
        submission,
        "best_weight",
        best,
        [tied(rng, larger_first) for larger_first in (True, False, True, False)],
        claim="of equally good weights, best_weight returns the first in ws",
        mistakes=[
            Mistake(
                "last-of-ties",
                "Of equally good weights the last is returned: compare with <, not with <=.",
                lambda xs, ys, ws: best(xs, ys, ws[::-1]),
            ),
            Mistake(
                "smallest-of-ties",
                "Of equally good weights the smallest is returned: min of (error, weight) pairs compares the weights "
                "where the errors are equal, and sorting, be it the pairs or the weights, puts it first.",
                lambda xs, ys, ws: best(xs, ys, sorted(ws)),
            ),
            Mistake(
                "largest-of-ties",
                "Of equally good weights the largest is returned: only the errors are to be compared.",
                lambda xs, ys, ws: best(xs, ys, sorted(ws, reverse=True)),
            ),
        ],
    )


# --- 2-4 ---------------------------------------------------------------------------------------------------------

# The error of a fit over the variance of the prices, 5,000 draws of each town, as its worst (and 99.9 %): a factor of
# 1/1000 or mean price over mean area 0.06 (0.05), 1/max 0.07 (0.05), 1/100 0.24 (0.18), 1/mean 0.35 (0.16), 1/median
# 0.37 (0.34), 1/std 0.46 (0.39), so that towns are drawn anew where it fails. Without rescaling at least 2.1, the
# mean price 1. No fixed (factor, w) is the best of a sweep and good enough in both towns in more than 1 of 1,000 draws.
SHARE_OF_VARIANCE = thresholds(__file__)["share of the variance"]
TOWNS = ((1700, 1800), (3900, 4000))


def scaled(xs, factor):
    return (np.asarray(xs) * factor).tolist()


def feature_lists(rng):
    """Draw features in lists and in arrays, of several lengths; their products are exact, in float32, too."""

    def feature(count):
        return rng.integers(8, 800, count) / 8, int(rng.integers(1, 15)) / 16

    drawn = [feature(count) for count in (3, 4, 6, 5, 3, 7)]
    return [{"xs": xs if i % 2 else xs.tolist(), "factor": f} for i, (xs, f) in enumerate(drawn)]


RESCALE_MISTAKES = [
    Mistake(
        "divided",
        "rescale divides by the factor: multiply by it.",
        lambda xs, factor: (np.asarray(xs) / factor).tolist(),
    ),
    Mistake(
        "added",
        "rescale adds the factor: multiply by it.",
        lambda xs, factor: (np.asarray(xs) + factor).tolist(),
    ),
    Mistake(
        "ignored-argument",
        "rescale divides by the largest value and leaves the factor out: multiply by the factor.",
        lambda xs, factor: (np.asarray(xs) / max(xs)).tolist(),
    ),
    Mistake(
        "returns-input",
        "rescale returns the values as they were: multiply each by the factor.",
        lambda xs, factor: xs,
    ),
    *several(
        "moved",
        "rescale moves the values as well, by their smallest one or their mean: only multiply each by the factor.",
        lambda xs, factor: ((np.asarray(xs) - min(xs)) / np.ptp(xs)).tolist(),
        lambda xs, factor: (factor * (np.asarray(xs) - min(xs)) / np.ptp(xs)).tolist(),
        lambda xs, factor: ((np.asarray(xs) - np.mean(xs)) / np.std(xs)).tolist(),
        lambda xs, factor: (factor * (np.asarray(xs) - np.mean(xs)) / np.std(xs)).tolist(),
    ),
    *several(
        "first-only",
        "rescale returns after the first value: put the return behind the loop.",
        lambda xs, factor: xs[0] * factor,
        lambda xs, factor: scaled(xs, factor)[:1],
    ),
]


@pytest.mark.exercise("2-4")
def test_rescale_multiplies_every_value(submission, rng):
    expect_values(
        submission.function("rescale"),
        scaled,
        feature_lists(rng),
        claim="rescale returns each value times the factor, for a list and for an array",
        mistakes=RESCALE_MISTAKES,
    )


def rescale_twice(student, xs, factor):
    """Return what two calls gave, and the values as they are after them."""
    first = student.rescale(xs, factor)
    again = student.rescale(xs, factor)
    return [first, again, xs]


def after_two_calls(in_place, copied):
    """Return what `rescale_twice` gives if `in_place(xs)` is written into, and returned or a copy of it."""

    def called(xs, factor):
        once, twice = scaled(xs, factor), scaled(xs, factor**2)
        if not in_place(xs):
            return [once, once, list(xs)]
        return [once if copied else twice, twice, twice]

    return called


@pytest.mark.exercise("2-4", after="test_rescale_multiplies_every_value")
def test_rescale_leaves_its_input_alone(submission, rng):
    expect_values(
        submission.probe(rescale_twice, of="rescale"),
        lambda xs, factor: [scaled(xs, factor), scaled(xs, factor), list(xs)],
        feature_lists(rng),
        claim="after rescale, xs is what it was",
        mistakes=several(
            "modified-input",
            "The list or array that was given is changed: make a new one, instead of writing into it "
            "(xs[i] = …, xs *= …).",
            *(
                after_two_calls(in_place, copied)
                for in_place in (
                    lambda xs: True,
                    lambda xs: isinstance(xs, np.ndarray),
                    lambda xs: isinstance(xs, list),
                )
                for copied in (False, True)
            ),
        ),
    )


def cut(xs, factor):
    return np.trunc(scaled(xs, factor)).tolist()


@pytest.mark.exercise("2-4", after="test_rescale_leaves_its_input_alone")
def test_rescale_takes_whole_numbers(submission, rng):
    drawn = [rng.integers(3, 400, count) for count in (3, 5, 4, 6)]
    expect_values(
        submission.function("rescale"),
        scaled,
        [{"xs": xs if i % 2 else xs.tolist(), "factor": 1 / 64} for i, xs in enumerate(drawn)],
        claim="rescale returns each value times the factor, for whole numbers, too",
        mistakes=several(
            "whole-numbers",
            "rescale cuts its results to whole numbers where the values are whole: an array of whole numbers, such as "
            "zeros_like(xs) or a copy of xs, has no room for decimals. Make it with dtype=float.",
            cut,
            lambda xs, factor: (cut if isinstance(xs, np.ndarray) else scaled)(xs, factor),
        ),
    )


def town(rng, lowest, highest):
    """Draw areas and prices for which each of the usual factors is good enough."""
    while True:
        rate = float(rng.uniform(lowest, highest))
        area, price = house_prices(seed=int(rng.integers(2**32)), price_per_square_metre=rate)
        # the coarsest of them: one town in 2,500 has too wide a spread of areas for it
        factor = 1 / area.std()
        least = min(squared_error(area, price, factor, w) for w in WEIGHTS)
        if SHARE_OF_VARIANCE.holds(least / float(np.var(price))):
            return area, price


def in_weights(w):
    return any(same(w, weight) for weight in WEIGHTS)


def squared_error(area, price, factor, w):
    with np.errstate(all="ignore"):
        return float(np.mean((area * factor * w - price) ** 2))


def explain_fit(area, price, factor, w):
    """Return the mistake that makes a fit so bad, or one that the numbers point to."""
    due = SHARE_OF_VARIANCE.limit * float(np.var(price))
    errors = [squared_error(area, price, factor, v) for v in WEIGHTS]
    unscaled = WEIGHTS[int(np.argmin([squared_error(area, price, 1.0, v) for v in WEIGHTS]))]
    found = {
        "not-rescaled": (
            factor == 1.0,
            "The factor is 1, so that nothing is rescaled: choose one that makes the areas as large as the prices.",
        ),
        "divided": (
            factor != 0 and squared_error(area, price, 1 / factor, w) < due,
            "The fit is good where the area is divided by the factor: return the number that it is multiplied by.",
        ),
        "swept-unscaled": (
            same(w, unscaled) and min(errors) < due,
            "The factor is fine, but w is the best for the area as it was. Either the sweep is over that and not over "
            "the rescaled area, or price is rescaled as well, or w does not come from the sweep.",
        ),
        "too-small": (
            int(np.argmin(errors)) == len(WEIGHTS) - 1,
            "The factor is too small: the best weight lies beyond the largest of ws.",
        ),
        "too-coarse": (
            factor > 0 and int(np.argmin(errors)) <= 1,
            "The factor is too large: the best weight is so small that it falls between the first two of ws.",
        ),
        "not-the-best": (
            min(errors) < due,
            "The factor is fine, but w is not the best of ws for the rescaled area.",
        ),
    }
    return next((Diagnosis(id_, text) for id_, (held, text) in found.items() if held), None)


def expect_good_fit(function, area, price):
    result = function(area, price, WEIGHTS)
    parts = expect_parts(result, ["factor", "w"], subject="fit_area_price")
    factor, w = (expect_number(p, claim="fit_area_price returns two numbers") for p in parts)
    swapped = in_weights(factor) and not in_weights(w)
    expect(
        in_weights(w),
        "the weight that fit_area_price returns is one of ws",
        came_back=w,
        diagnosis=Diagnosis(
            "swapped-results", "fit_area_price returns (w, factor): the factor comes first."
        )
        if swapped
        else Diagnosis("not-in-ws", "The weight is none of ws: return the best of those."),
    )
    reached = squared_error(area, price, factor, w)
    expect_below(
        reached / float(np.var(price)),
        SHARE_OF_VARIANCE,
        claim=f"the mean squared error is less than {SHARE_OF_VARIANCE.limit} times the variance of the prices",
        diagnosis=explain_fit(area, price, factor, w),
    )
    expect(
        reached <= 1.0001 * min(squared_error(area, price, factor, v) for v in WEIGHTS),
        "the weight is the best of ws for the rescaled area",
        came_back=w,
        diagnosis=Diagnosis(
            "not-the-best", "The fit is good, but another of ws is better for the rescaled area."
        ),
    )


@pytest.mark.exercise("2-4", weight=2)
def test_fit_is_good_in_any_town(submission, rng):
    for prices in TOWNS:
        houses = town(rng, *prices)
        expect_fairly(
            submission, "fit_area_price", lambda fit, houses=houses: expect_good_fit(fit, *houses)
        )


def expect_unchanged(arguments_after, area, price):
    text = "fit_area_price changes the array that it was given: area *= … writes into it."
    expect(
        same(arguments_after(area, price, WEIGHTS), [area, price, WEIGHTS]),
        "after fit_area_price, the areas and prices are what they were",
        diagnosis=Diagnosis("modified-input", text),
    )


@pytest.mark.exercise("2-4", after="test_fit_is_good_in_any_town")
def test_fit_leaves_the_houses_alone(submission, rng):
    houses = town(rng, *TOWNS[1])
    expect_fairly(submission, "fit_area_price", lambda fit: expect_good_fit(fit, *houses))
    expect_fairly(
        submission, "fit_area_price", lambda after: expect_unchanged(after, *houses), part=ARGUMENTS
    )


# --- 2-5 ---------------------------------------------------------------------------------------------------------


def draw(student, ws, losses):
    """Call the student's `plot_cost` on a clean sheet and return the lines and labels of what it gave."""
    import matplotlib.pyplot as plt

    before = set(plt.get_fignums())
    plt.figure()  # what earlier cells drew is not to count
    try:
        axes = student.plot_cost(ws, losses)
        if not hasattr(axes, "get_lines"):
            return {"returned": axes}
        lines = [
            np.array(line.get_data(orig=False), dtype=float).tolist()
            for line in axes.get_lines()
            if line.get_linestyle() != "None"
        ]
        return {"lines": lines, "labels": [str(axes.get_xlabel()), str(axes.get_ylabel())]}
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)


NOT_AXES = {
    "NoneType": Diagnosis("forgot-return", "plot_cost returns None: return the axes at its end."),
    **{
        kind: Diagnosis("not-axes", f"plot_cost returns {words}")
        for kind, words in {
            "module": "plt itself: return the axes, which plt.subplots() or plt.gca() gives.",
            "Figure": "the figure: return the axes in it.",
            "list": "what plot gave, a list of lines: return the axes that they are in.",
            "tuple": "several things: return the axes alone.",
        }.items()
    },
}


def drawn(submission, ws, losses):
    """Return the lines and labels of the Axes that `plot_cost` gave."""
    evidence = submission.probe(draw, of="plot_cost")(ws, losses)
    evidence = evidence if isinstance(evidence, dict) else {}
    lines, labels = evidence.get("lines"), evidence.get("labels")
    returned = evidence.get("returned")
    kind = getattr(returned, "type_name", type(returned).__name__)
    expect(
        isinstance(lines, list) and isinstance(labels, list) and len(labels) == 2,
        "plot_cost returns the Axes that it drew in",
        came_back=returned,
        diagnosis=NOT_AXES.get(kind),
    )
    expect(
        len(lines) > 0,
        "plot_cost draws a line",
        diagnosis=Diagnosis(
            "no-line",
            "There is no line in the axes that plot_cost returns: plot draws one. Scatter and bar do not, nor does "
            'plot with marks alone, such as "o".',
        ),
    )
    return lines, labels


def cost_curve(rng):
    """Draw weights, and losses in their order that are those of no parabola."""
    ws = np.sort(rng.choice(np.arange(-40, 60) / 8, int(rng.integers(6, 15)), replace=False))
    return {"ws": ws.tolist(), "losses": (rng.integers(8, 240, len(ws)) / 8).tolist()}


ONE_POINT = Diagnosis(
    "one-point-lines",
    "Each line has one point only, which shows nothing: give plot all of ws and losses at once, outside of any loop.",
)


@pytest.mark.exercise("2-5", weight=2)
def test_line_goes_through_every_weight_and_loss(submission, rng):
    def plot_cost(ws, losses):
        lines, _ = drawn(submission, ws, losses)
        expect(
            any(not has_points(line, 1) for line in lines),
            "the line goes through each weight and its loss",
            diagnosis=ONE_POINT,
        )
        # a mark at the lowest point, say, is another line, and welcome
        return next((line for line in lines if same(line, [ws, losses])), lines[0])

    expect_values(
        plot_cost,
        lambda ws, losses: [ws, losses],
        [cost_curve(rng) for _ in range(3)],
        claim="the line goes through each weight and its loss",
        mistakes=[
            Mistake(
                "swapped-axes",
                "The weights belong along x, the losses along y: they are exchanged.",
                lambda ws, losses: [losses, ws],
            ),
            Mistake(
                "no-weights",
                "The losses are drawn against their place in the list: plot(ws, losses), with the weights first.",
                lambda ws, losses: [list(range(len(ws))), losses],
            ),
            Mistake(
                "no-losses",
                "The line shows the weights, not the losses.",
                lambda ws, losses: [list(range(len(ws))), ws],
            ),
            Mistake(
                "no-losses",
                "The line shows the weights, not the losses.",
                lambda ws, losses: [ws, ws],
            ),
            Mistake(
                "sorted",
                "The losses are sorted: draw each above its own weight.",
                lambda ws, losses: [ws, sorted(losses)],
            ),
            Mistake(
                "own-weights",
                "The line is drawn over other weights than those given.",
                lambda ws, losses: [WEIGHTS[: len(ws)], losses],
            ),
            Mistake(
                "last-missing",
                "The last weight is not drawn.",
                lambda ws, losses: [ws[:-1], losses[:-1]],
            ),
            Mistake(
                "first-missing",
                "The first weight is not drawn.",
                lambda ws, losses: [ws[1:], losses[1:]],
            ),
            Mistake(
                "logarithm",
                "The logarithm of the losses is drawn: draw the losses themselves.",
                lambda ws, losses: [ws, np.log(losses).tolist()],
            ),
        ],
    )


def has_points(line, count):
    return isinstance(line, list) and [len(v) for v in line if isinstance(v, list)] == [count] * 2


def speaks_of_weights(label):
    return re.search(r"\bw\b|weight", label.lower()) is not None


def speaks_of_losses(label):
    return re.search(r"loss|cost|error|\bmse\b", label.lower()) is not None


@pytest.mark.exercise("2-5")
def test_axes_are_labelled(submission, rng):
    given = cost_curve(rng)
    lines, labels = drawn(submission, **given)
    expect(
        any(has_points(line, len(given["ws"])) for line in lines),
        "plot_cost draws a line with a point for each weight",
        diagnosis=ONE_POINT if all(has_points(line, 1) for line in lines) else None,
        hint="pass ws and losses to plot as they are",
    )
    along_x, along_y = (str(label) for label in labels)
    swapped = speaks_of_losses(along_x) and speaks_of_weights(along_y)
    for label, right, word, setter in [
        (along_x, speaks_of_weights, "w", "set_xlabel"),
        (along_y, speaks_of_losses, "loss", "set_ylabel"),
    ]:
        axis = setter[4]
        if swapped:
            diagnosis = Diagnosis(
                "swapped-labels", "The labels are exchanged: w runs along x, the loss along y."
            )
        elif not label:
            diagnosis = Diagnosis(
                "missing-label", f"The {axis} axis has no label: axes.{setter}(…) gives it one."
            )
        else:
            diagnosis = Diagnosis(
                "wrong-label", f"The label of the {axis} axis does not say what runs along it."
            )
        expect(
            right(label) and not swapped,
            f'the {axis} axis is labelled "{word}"',
            came_back=label,
            diagnosis=diagnosis,
        )
