"""The graders of lesson 9: softmax and cross entropy against torch, a network and its training on digits made anew."""

from functools import cache

import numpy as np
import pytest
import torch
from torch.nn import functional

from course.data import digits
from course.faults import StudentFault
from course.judge.carried import ours_or_own
from course.judge.closeness import same
from course.judge.diagnosis import Diagnosis, Mistake
from course.judge.expect import (
    expect,
    expect_above,
    expect_below,
    expect_close,
    expect_parts,
    expect_values,
)
from course.judge.kinds import dtype_of, is_tensor
from course.judge.loop_faults import Fault
from course.judge.loops import Loop
from course.judge.modules import (
    expect_any_batch,
    expect_input_kept,
    expect_module,
    expect_no_softmax_over_samples,
    expect_output,
    expect_reached,
    expect_same_each_time,
    forward,
    trained,
)
from course.judge.stops import Stop, explaining
from course.judge.thresholds import thresholds

LIMITS = thresholds(__file__)


# --- 9-1 ---------------------------------------------------------------------------------------------------------


CLOSE = {"rtol": 1e-5, "atol": 1e-6}
"""For float64 as well: a student may calculate a part of it in float32."""

FAR = {"rtol": 1e-5, "atol": 1e-3}
"""For scores around 2,000, which in float32 are 1e-4 apart from their neighbours."""


def scores(rng, *shape, scale=1.5, dtype=torch.float32):
    return torch.tensor(rng.normal(0, scale, shape), dtype=dtype)


def powers(z, dim=-1):
    return torch.exp(z - z.amax(dim=dim, keepdim=True))


def rightly(z):
    return torch.softmax(torch.as_tensor(z).double(), dim=-1)


def log_rightly(z):
    return torch.log_softmax(torch.as_tensor(z).double(), dim=-1)


def in_double(formula):
    """Return a formula that takes whatever numbers it is given as float64."""
    return lambda z: formula(z.double())


SOFTMAX_MISTAKES = [
    Mistake(id_, f"softmax {text}", in_double(formula))
    for id_, text, formula in (
        (
            "wrong-axis",
            "makes each column add up to 1: the sum is taken over the last axis, dim=-1.",
            lambda z: torch.softmax(z, dim=0),
        ),
        (
            "whole-sum",
            "divides by the sum of all numbers: each row has a sum of its own, dim=-1.",
            lambda z: torch.exp(z - z.max()) / torch.exp(z - z.max()).sum(),
        ),
        (
            "no-keepdim",
            "divides each number by the sum of another row: keepdim=True keeps the sums in a column beside their rows.",
            lambda z: powers(z) / powers(z).sum(dim=-1),
        ),
        (
            "no-keepdim",
            "divides each number by the sum of another row: keepdim=True keeps the sums in a column beside their rows.",
            lambda z: torch.exp(z) / torch.exp(z).sum(dim=-1),
        ),
        (
            "wrong-axis",
            "subtracts the largest score of each column, which changes the shares of a row: each row's own, dim=-1.",
            lambda z: powers(z, dim=0) / powers(z, dim=0).sum(dim=-1, keepdim=True),
        ),
        (
            "wrong-axis",
            "divides by the sums of the columns: the sum is taken over the last axis, dim=-1.",
            lambda z: powers(z) / powers(z).sum(dim=0),
        ),
        (
            "whole-sum",
            "divides by the sum of all numbers: each row has a sum of its own, dim=-1.",
            lambda z: powers(z) / powers(z).sum(),
        ),
        (
            "mean-for-sum",
            "divides each exponential by their mean: it is divided by their sum.",
            lambda z: powers(z) / powers(z).mean(dim=-1, keepdim=True),
        ),
        (
            "no-keepdim",
            "takes the maximum and the sum of other rows: keepdim=True keeps both in a column beside their rows.",
            lambda z: torch.exp(z - z.amax(-1)) / torch.exp(z - z.amax(-1)).sum(-1),
        ),
        (
            "no-keepdim",
            "subtracts the maximum of another row from each score: keepdim=True keeps the maxima beside their rows.",
            lambda z: torch.exp(z - z.amax(-1)) / torch.exp(z - z.amax(-1)).sum(-1, keepdim=True),
        ),
        (
            "no-exponential",
            "divides the scores themselves by their sum: take exp of each first.",
            lambda z: z / z.sum(dim=-1, keepdim=True),
        ),
        (
            "not-normalised",
            "returns the exponentials as they are: divide them by their sum.",
            torch.exp,
        ),
        (
            "not-normalised",
            "returns the exponentials as they are: divide them by their sum.",
            powers,
        ),
        (
            "sigmoid",
            "is a sigmoid of each score by itself: divide each exponential by the sum of its row.",
            torch.sigmoid,
        ),
        (
            "wrong-sign",
            "gives the smallest score the largest probability: the exponent has the wrong sign.",
            lambda z: torch.softmax(-z, dim=-1),
        ),
        (
            "hard-maximum",
            "gives everything to the largest score: that is no soft maximum.",
            lambda z: functional.one_hot(z.argmax(-1), z.shape[-1]).double(),
        ),
        (
            "other-base",
            "takes powers of 2: exp takes powers of e.",
            lambda z: torch.softmax(z * np.log(2.0), dim=-1),
        ),
        (
            "softmax-twice",
            "is taken twice: the softmax of a softmax is much flatter.",
            lambda z: torch.softmax(torch.softmax(z, dim=-1), dim=-1),
        ),
        (
            "swapped-functions",
            "returns log-probabilities: that is log_softmax.",
            log_rightly,
        ),
        (
            "squashed",
            "divides by the largest exponential instead of their sum.",
            lambda z: torch.exp(z) / torch.exp(z).amax(dim=-1, keepdim=True),
        ),
    )
]

OTHER_LOGARITHMS = {
    "to base 2": torch.log2,
    "to base 10": torch.log10,
    "of 1 plus the sum": torch.log1p,
}

LOG_MISTAKES = [
    Mistake(id_, f"log_softmax {text}", in_double(formula))
    for id_, text, formula in (
        (
            "wrong-axis",
            "sums over the columns: the sum is taken over the last axis, dim=-1.",
            lambda z: torch.log_softmax(z, dim=0),
        ),
        (
            "whole-sum",
            "sums over all numbers: each row has a sum of its own, dim=-1.",
            lambda z: z - torch.logsumexp(z.flatten(), 0),
        ),
        (
            "no-keepdim",
            "takes the sum of another row: keepdim=True keeps the sums in a column beside their rows.",
            lambda z: z - torch.logsumexp(z, dim=-1),
        ),
        (
            "no-keepdim",
            "takes the sum of another row: keepdim=True keeps the sums in a column beside their rows.",
            lambda z: z - z.amax(-1, keepdim=True) - torch.log(powers(z).sum(dim=-1)),
        ),
        (
            "maximum-lost",
            "subtracts the largest score under the sum, but not from the score before it.",
            lambda z: z - torch.log(powers(z).sum(dim=-1, keepdim=True)),
        ),
        (
            "maximum-lost",
            "subtracts the largest score before the sum, but not from the scores in it.",
            lambda z: z - z.amax(-1, keepdim=True) - torch.logsumexp(z, dim=-1, keepdim=True),
        ),
        *(
            (
                "other-logarithm",
                f"takes the logarithm {word} where the natural one of the sum is due, torch.log.",
                lambda z, log=log, shift=shift: (
                    z - shift(z) - log(torch.exp(z - shift(z)).sum(dim=-1, keepdim=True))
                ),
            )
            for word, log in OTHER_LOGARITHMS.items()
            for shift in (lambda z: z.amax(-1, keepdim=True), torch.zeros_like)
        ),
        *(
            (
                "wrong-sign",
                "adds the logarithm of the sum: dividing by the sum means subtracting its logarithm.",
                lambda z, shift=shift: (
                    z - shift(z) + torch.logsumexp(z - shift(z), dim=-1, keepdim=True)
                ),
            )
            for shift in (lambda z: z.amax(-1, keepdim=True), torch.zeros_like)
        ),
        (
            "divided",
            "divides by the logarithm of the sum: the logarithm of a quotient is a difference, so subtract it.",
            lambda z: z / torch.logsumexp(z, dim=-1, keepdim=True),
        ),
        (
            "sum-of-logarithms",
            "adds up logarithms: the logarithm of the sum is due.",
            lambda z: z - z.sum(-1, keepdim=True) + (z.shape[-1] - 1) * z.amax(-1, keepdim=True),
        ),
        (
            "missing-logarithm",
            "subtracts the sum itself: its logarithm is due.",
            lambda z: z - z.amax(-1, keepdim=True) - powers(z).sum(dim=-1, keepdim=True),
        ),
        (
            "missing-logarithm",
            "subtracts the sum itself: its logarithm is due.",
            lambda z: z - torch.exp(z).sum(dim=-1, keepdim=True),
        ),
        (
            "swapped-functions",
            "returns probabilities, without the logarithm: that is softmax.",
            rightly,
        ),
        (
            "wrong-sign",
            "has the wrong sign: a probability is below 1, so its logarithm is below 0.",
            lambda z: -log_rightly(z),
        ),
        (
            "other-logarithm",
            "takes the logarithm to base 10: the natural one, torch.log, is due.",
            lambda z: torch.log10(rightly(z)),
        ),
        (
            "other-logarithm",
            "takes the logarithm to base 2: the natural one, torch.log, is due.",
            lambda z: torch.log2(rightly(z)),
        ),
        (
            "sum-of-logarithms",
            "adds up logarithms: the logarithm of the sum is due.",
            lambda z: z - z.sum(dim=-1, keepdim=True),
        ),
        (
            "sigmoid",
            "is the logarithm of a sigmoid of each score by itself.",
            functional.logsigmoid,
        ),
        (
            "logarithm-inside",
            "takes the softmax of the logarithm: the logarithm comes last.",
            lambda z: torch.softmax(torch.log(z), dim=-1),
        ),
        (
            "softmax-twice",
            "takes the softmax twice.",
            lambda z: torch.log_softmax(torch.softmax(z, dim=-1), dim=-1),
        ),
    )
]


def fixed_axis(name, right):
    return [
        Mistake(
            "fixed-axis",
            f"{name} works along dim={dim} whatever z is: the last axis is dim=-1.",
            lambda z, dim=dim: (torch.softmax if right is rightly else torch.log_softmax)(
                z.double(), dim=dim
            ),
        )
        for dim in (1, 0)
    ]


def naive(z):
    return torch.exp(z) / torch.exp(z).sum(dim=-1, keepdim=True)


def shifted_by(shift):
    """Return the softmax of scores from which `shift` of them is subtracted, as it comes out in float32."""

    def softmax(z):
        e = torch.exp(z - shift(z))
        return e / e.sum(dim=-1, keepdim=True)

    return softmax


by_whole_maximum = shifted_by(torch.max)


OVERFLOW = "overflows: exp(1000) is infinite. Subtract the largest score of each row first."
WHOLE_MAXIMUM = "subtracts the largest of all scores: rows whose own scores are all far smaller come to 0/0 then."
OTHER_SHIFT = (
    "subtracts the {} score of each row, and what is above it overflows: subtract the largest."
)
UNDERFLOW = (
    "takes the logarithm of a probability that is rounded to 0. Simplify first: with the largest score m, "
    "it is z - m - log of the sum of exp(z - m)."
)
KEPT_UP = (
    "keeps probabilities away from 0, by a small number that is added or a lower limit, so that the result is wrong "
    "where one is smaller."
)
CLIPPED = (
    "clips the scores: their differences are lost. Subtract the largest score of each row instead."
)


def clipped(function):
    return [
        lambda z, most=most, least=least: function(z.clamp(least, most))
        for most in (10, 20, 30, 50, 80, 88, 100, 500, 700)
        for least in (-most, None)
    ]


SOFTMAX_UNSTABLE = [
    Mistake(id_, f"softmax {text}", formula)
    for id_, text, formula in (
        ("overflow", OVERFLOW, naive),
        ("global-maximum", WHOLE_MAXIMUM, by_whole_maximum),
        *(
            ("overflow", OTHER_SHIFT.format(word), shifted_by(shift))
            for word, shift in (
                ("smallest", lambda z: z.amin(dim=-1, keepdim=True)),
                ("mean", lambda z: z.mean(dim=-1, keepdim=True)),
            )
        ),
        (
            "overflow",
            "subtracts the largest absolute value of each row: far below it every exponential is 0, and 0/0 is nan. "
            "Subtract the largest score.",
            shifted_by(lambda z: z.abs().amax(dim=-1, keepdim=True)),
        ),
        *(("clipped-scores", CLIPPED, formula) for formula in (*clipped(rightly), *clipped(naive))),
        (
            "nan-replaced",
            "puts another number where nan came out: prevent the overflow instead.",
            lambda z: naive(z).nan_to_num(0.0),
        ),
    )
]
LOG_UNSTABLE = [
    Mistake(id_, f"log_softmax {text}", formula)
    for id_, text, formula in (
        ("overflow", OVERFLOW, lambda z: torch.log(naive(z))),
        ("overflow", OVERFLOW, lambda z: z - torch.log(torch.exp(z).sum(dim=-1, keepdim=True))),
        ("global-maximum", WHOLE_MAXIMUM, lambda z: torch.log(by_whole_maximum(z))),
        (
            "global-maximum",
            WHOLE_MAXIMUM,
            lambda z: z - z.max() - torch.log(torch.exp(z - z.max()).sum(dim=-1, keepdim=True)),
        ),
        ("underflow", UNDERFLOW, lambda z: torch.log(torch.softmax(z, dim=-1))),
        *(
            ("clipped-probability", KEPT_UP, lambda z, small=small: torch.log(rightly(z) + small))
            for small in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-20, 1e-30, 1e-38)
        ),
        *(
            (
                "clipped-probability",
                KEPT_UP,
                lambda z, small=small: rightly(z).clamp(min=small).log(),
            )
            for small in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-20, 1e-30, 1e-38)
        ),
        *(("clipped-scores", CLIPPED, formula) for formula in clipped(log_rightly)),
    )
]


def square_rows(rng):
    """Draw as many rows as columns, so that every way of combining them can be told by its values."""
    return [{"z": scores(rng, n, n)} for n in (4, 3, 5)]


def higher(rng):
    return [{"z": scores(rng, *shape)} for shape in ((2, 3, 4), (4, 2, 3), (3, 2, 2, 5))]


def far_apart(rng):
    """Draw rows far above 0, far below, with large differences, and such rows side by side."""
    return [
        {"z": scores(rng, 3, 4) + torch.tensor([[1000.0], [1300.0], [1700.0]])},
        {"z": scores(rng, 3, 5) + torch.tensor([[2000.0], [0.0], [-2000.0]])},
        {"z": scores(rng, 4, 3, scale=900.0)},
        {"z": scores(rng, 1, 6, scale=1.0) - 1500.0},
    ]


def expect_formula(submission, name, right, inputs, claim, mistakes, within=CLOSE):
    expect_values(
        submission.function(name), right, inputs, claim=claim, mistakes=mistakes, **within
    )


def expect_last_axis(submission, name, right, inputs, claim):
    """Expect the last axis to be meant; where there is no other one, an index out of range tells of a fixed one."""
    text = (
        f"{name} names an axis that z need not have: the last axis is dim=-1, whatever the shape."
    )
    with explaining(claim, Stop("fixed-axis", text, "Dimension out of range|out of bounds")):
        expect_formula(submission, name, right, inputs, claim, fixed_axis(name, right))


@pytest.mark.exercise("9-1", weight=2)
def test_softmax_makes_probabilities_of_each_row(submission, rng):
    expect_formula(
        submission,
        "softmax",
        rightly,
        square_rows(rng),
        "softmax is exp(z), each row divided by its sum",
        SOFTMAX_MISTAKES,
    )


@pytest.mark.exercise("9-1", after="test_softmax_makes_probabilities_of_each_row")
def test_softmax_takes_a_single_row_and_any_batch(submission, rng):
    shapes = ((6, 3), (1, 5), (4,), (7,))
    inputs = [{"z": scores(rng, *shape, dtype=torch.float64)} for shape in shapes]
    expect_last_axis(
        submission,
        "softmax",
        rightly,
        inputs,
        "softmax takes a single row of scores as well as batches, small or large",
    )


@pytest.mark.exercise("9-1", after="test_softmax_makes_probabilities_of_each_row")
def test_softmax_is_over_the_last_axis(submission, rng):
    expect_last_axis(
        submission,
        "softmax",
        rightly,
        higher(rng),
        "softmax adds up to 1 over the last axis, however many there are before it",
    )


@pytest.mark.exercise("9-1", after="test_softmax_makes_probabilities_of_each_row")
def test_softmax_survives_large_scores(submission, rng):
    expect_formula(
        submission,
        "softmax",
        rightly,
        far_apart(rng),
        "softmax stays finite for scores of 1000 and more, and of -1000 and less",
        SOFTMAX_UNSTABLE,
        within=FAR,
    )


@pytest.mark.exercise("9-1", weight=2)
def test_log_softmax_is_the_logarithm_of_the_softmax(submission, rng):
    expect_formula(
        submission,
        "log_softmax",
        log_rightly,
        square_rows(rng),
        "log_softmax is the logarithm of each row's softmax",
        LOG_MISTAKES,
    )


@pytest.mark.exercise("9-1", after="test_log_softmax_is_the_logarithm_of_the_softmax")
def test_log_softmax_is_over_the_last_axis(submission, rng):
    expect_last_axis(
        submission,
        "log_softmax",
        log_rightly,
        [*higher(rng), *({"z": scores(rng, *s, dtype=torch.float64)} for s in ((1, 4), (6,)))],
        "log_softmax is taken over the last axis, however many there are before it",
    )


@pytest.mark.exercise("9-1", after="test_log_softmax_is_the_logarithm_of_the_softmax")
def test_log_softmax_survives_scores_far_apart(submission, rng):
    expect_formula(
        submission,
        "log_softmax",
        log_rightly,
        far_apart(rng),
        "log_softmax stays finite where a probability is far too small for the computer",
        LOG_UNSTABLE,
        within=FAR,
    )


@pytest.mark.exercise("9-1")
def test_integers_are_scores_too(submission, rng):
    inputs = [{"z": torch.tensor(rng.integers(-4, 5, (n, n)))} for n in (4, 5, 3)]
    for name, right, mistakes in (
        ("softmax", rightly, SOFTMAX_MISTAKES),
        ("log_softmax", log_rightly, LOG_MISTAKES),
    ):
        claim = f"{name} takes integers as scores, and returns floats"
        # what cannot be asked at all is told apart from what refuses integers
        submission.call(name, inputs[0]["z"].float())
        try:
            expect_formula(submission, name, right, inputs, claim, mistakes)
        except StudentFault as stopped:
            refused = stopped.fault.kind in ("raised", "unwritten")
            text = f"{name} works for floats only, and stops at integers: make floats of them first, z.float()."
            expect(not refused, claim, diagnosis=Diagnosis("integers-refused", text))
            raise


def call_twice(student, name, given, with_ours):
    """Return what a function gives at first and then again, with ours for what it may build on.

    With it come its arguments as they are after that, and whether one of them has come to require gradients.
    """
    import copy

    with student.replacing(**(our_softmaxes() if with_ours else {})):
        first, again = (
            result.detach().clone() if isinstance(result, torch.Tensor) else copy.copy(result)
            for result in (getattr(student, name)(*given) for _ in range(2))
        )
    return first, again, list(given), any(part.requires_grad for part in given)


def expect_kept(submission, name, given, right):
    """Expect that a function of 9-1 or 9-2 leaves its arguments as they are."""
    builds = name not in ("softmax", "log_softmax")
    ask = submission.probe(call_twice, of=name, using=[our_softmaxes] if builds else [])
    parts = ["result", "second result", "arguments after it", "whether these require gradients"]

    def judge(with_ours):
        result = ask(name, given, with_ours and builds)
        value, again, after, marked = expect_parts(result, parts, subject=name)
        expect_close(
            value,
            torch.zeros_like(right),
            claim=f"{name} returns numbers of the right shape",
            subject=name,
            rtol=0.0,
            atol=float("inf"),
        )
        text = f"{name} changes the tensor that it is given: make a new one, without -= and methods that end in _."
        expect(
            same(after, list(given), rtol=0.0, atol=0.0),
            f"{name} leaves what it is given as it is",
            diagnosis=Diagnosis("input-changed", text),
        )
        text = (
            f"{name} leaves requires_grad switched on in the tensor that it is given, and perhaps a gradient, to which "
            "its next call adds: let autograd work on a copy of its own."
        )
        expect(
            marked is False,
            f"{name} leaves what it is given as it is",
            diagnosis=Diagnosis("input-changed", text),
        )
        text = f"{name} gives another result when it is called again with the same tensors: what does it leave behind?"
        expect(
            same(value, again),
            f"{name} gives the same each time",
            diagnosis=Diagnosis("changing-result", text),
        )

    ours_or_own(judge)


@pytest.mark.exercise("9-1")
def test_scores_stay_as_they_are(submission, rng):
    z = scores(rng, 3, 4)
    for name in ("softmax", "log_softmax"):
        expect_kept(submission, name, [z], z)


# --- 9-2 ---------------------------------------------------------------------------------------------------------


def our_softmaxes():
    """Return what stands in for the student's functions of 9-1, in whichever form they are called.

    What a probe carries along can be found by the code that it asks: so it holds no answer to the exercise itself.
    """

    def of(z, function):
        numbers = torch.as_tensor(z)
        result = function(numbers if numbers.is_floating_point() else numbers.float(), dim=-1)
        return result if isinstance(z, torch.Tensor) else result.numpy()

    return {
        "softmax": lambda z, *_, **__: of(z, torch.softmax),
        "log_softmax": lambda z, *_, **__: of(z, torch.log_softmax),
    }


def answer_of(student, name, logits, target, with_ours):
    """Return what a function of 9-2 gives, with functions of ours for those of 9-1."""
    with student.replacing(**(our_softmaxes() if with_ours else {})):
        return getattr(student, name)(logits, target)


def expect_answers(submission, name, right, inputs, claim, mistakes, within=CLOSE):
    ask = submission.probe(answer_of, of=name, using=[our_softmaxes])

    def judge(with_ours):
        def answer(logits, target):
            return ask(name, logits, target, with_ours)

        answer.__name__ = name
        expect_values(answer, right, inputs, claim=claim, mistakes=mistakes, **within)

    fixed = Stop(
        "fixed-classes",
        f"{name} is made for ten classes: logits.shape[1] says how many there are.",
        r"must match the size of tensor.*\(10\)|\(10\).*must match the size of tensor",
    )
    swapped = Stop(
        "swapped-axes",
        f"{name} looks for a row or a column of the table that there is not: the first index is that of the sample, "
        "the second that of the class, [rows, target], and gather counts along dim=1.",
        "out of bounds|apart from dimension",
    )
    with explaining(claim, fixed, swapped):
        ours_or_own(judge)


def cross_entropy(logits, target):
    return functional.cross_entropy(logits.double(), target)


def gradient_of(loss, logits, target):
    z = logits.double().clone().requires_grad_()
    return torch.autograd.grad(loss(z, target), z)[0]


def cross_entropy_gradient(logits, target):
    return gradient_of(cross_entropy, logits, target)


def one_hot(logits, target):
    return functional.one_hot(target, logits.shape[1]).double()


def binary(logits, target):
    p, t = rightly(logits), one_hot(logits, target)
    return -(t * p.log() + (1 - t) * (1 - p).log())


def logs(logits, target):
    return one_hot(logits, target) * log_rightly(logits)


def of_each(logits, target):
    return functional.cross_entropy(logits.double(), target, reduction="none")


LOSS_MISTAKES = [
    Mistake(id_, f"cross_entropy {text}", formula)
    for id_, text, formula in (
        (
            "softmax-twice",
            "takes the softmax twice, or hands probabilities to CrossEntropyLoss: it wants the logits themselves.",
            lambda z, t: functional.cross_entropy(rightly(z), t),
        ),
        (
            "nll-of-logits",
            "picks the logits themselves, as NLLLoss does that is given logits: "
            "log_softmax comes first, then the picking.",
            lambda z, t: functional.nll_loss(z.double(), t),
        ),
        (
            "nll-of-probabilities",
            "picks the probabilities, as NLLLoss does that is given probabilities: their logarithm is missing.",
            lambda z, t: functional.nll_loss(rightly(z), t),
        ),
        (
            "sum-for-mean",
            "adds up the losses of the samples: their mean is due.",
            lambda z, t: of_each(z, t).sum(),
        ),
        (
            "mean-over-classes",
            "divides by the number of all logits: the mean is over the samples, not over the classes as well.",
            lambda z, t: of_each(z, t).mean() / z.shape[1],
        ),
        (
            "mean-over-classes",
            "divides by the number of classes: the mean is over the samples.",
            lambda z, t: of_each(z, t).sum() / z.shape[1],
        ),
        (
            "first-row-only",
            "takes every target out of the first row: each row has one target of its own, so index with the rows, too.",
            lambda z, t: -log_rightly(z)[0, t].mean(),
        ),
        (
            "off-by-one",
            "picks the class before the right one: classes are counted from 0, as indices are.",
            lambda z, t: -picked(log_rightly(z), t - 1),
        ),
        (
            "wrong-sign",
            "has the wrong sign: the logarithm of a probability is below 0, so a minus makes it a loss.",
            lambda z, t: -cross_entropy(z, t),
        ),
        (
            "every-target",
            "takes all targets out of every row: each row has one target of its own, so index with the rows, too.",
            lambda z, t: -log_rightly(z)[:, t].mean(),
        ),
        (
            "wrong-axis",
            "takes the softmax over the batch: the classes stand in a row, dim=1.",
            lambda z, t: functional.nll_loss(torch.log_softmax(z.double(), dim=0), t),
        ),
        (
            "binary-cross-entropy",
            "counts the other classes, too, as the binary cross entropy of lesson 6 does: only the right class counts.",
            lambda z, t: binary(z, t).sum(dim=1).mean(),
        ),
        (
            "binary-cross-entropy",
            "counts the other classes, too, as the binary cross entropy of lesson 6 does: only the right class counts.",
            lambda z, t: binary(z, t).mean(),
        ),
        (
            "binary-cross-entropy",
            "uses a sigmoid for each class, as BCEWithLogitsLoss does: the classes exclude each other, so use softmax.",
            lambda z, t: functional.binary_cross_entropy_with_logits(z.double(), one_hot(z, t)),
        ),
        (
            "squared-error",
            "is the squared error of the probabilities: the logarithm is due.",
            lambda z, t: ((rightly(z) - one_hot(z, t)) ** 2).mean(),
        ),
        (
            "squared-error",
            "is the squared error of the probabilities: the logarithm is due.",
            lambda z, t: ((rightly(z) - one_hot(z, t)) ** 2).sum(dim=1).mean(),
        ),
        (
            "other-logarithm",
            "takes the logarithm to base 2: the natural one is due.",
            lambda z, t: cross_entropy(z, t) / np.log(2),
        ),
        (
            "other-logarithm",
            "takes the logarithm to base 10: the natural one is due.",
            lambda z, t: cross_entropy(z, t) / np.log(10),
        ),
        (
            "first-sample-only",
            "counts the first sample only: the mean over all of them is due.",
            lambda z, t: of_each(z, t)[0],
        ),
        (
            "log-of-mean",
            "takes the logarithm of the mean probability: the mean of the logarithms is due.",
            lambda z, t: -torch.log(torch.exp(-of_each(z, t)).mean()),
        ),
        (
            "all-classes",
            "adds up the logarithms of all classes: only the right class counts.",
            lambda z, t: -log_rightly(z).sum(dim=1).mean(),
        ),
        (
            "all-classes",
            "averages the logarithms of all classes: only the right class counts.",
            lambda z, t: -log_rightly(z).mean(),
        ),
        (
            "largest-class",
            "looks at the class with the largest score: the right class is the one that target names.",
            lambda z, t: -log_rightly(z).amax(dim=1).mean(),
        ),
        (
            "entropy",
            "is the entropy of the probabilities, without the target.",
            lambda z, t: -(rightly(z) * log_rightly(z)).sum(dim=1).mean(),
        ),
    )
]


def scaled_gradients(text_of, id_, formula):
    """Return a mistake of the gradient as it is per sample, and divided by the batch size."""
    return [
        (id_, text_of, formula),
        (id_, text_of, lambda z, t: formula(z, t) / len(z)),
    ]


def only_target(z, t):
    return (rightly(z) - 1) * one_hot(z, t)


GRADIENT_MISTAKES = [
    Mistake(id_, f"cross_entropy_gradient {text}", formula)
    for id_, text, formula in (
        (
            "sum-for-mean",
            "is the gradient of the summed losses: for their mean, divide by the number of samples.",
            lambda z, t: rightly(z) - one_hot(z, t),
        ),
        (
            "wrong-sign",
            "has the wrong sign: it is the probabilities minus the target, not the other way round.",
            lambda z, t: (one_hot(z, t) - rightly(z)) / len(z),
        ),
        (
            "mean-over-classes",
            "divides by the number of all logits: the mean is over the samples, not over the classes as well.",
            lambda z, t: (rightly(z) - one_hot(z, t)) / z.numel(),
        ),
        (
            "mean-over-classes",
            "divides by the number of classes: the mean is over the samples.",
            lambda z, t: (rightly(z) - one_hot(z, t)) / z.shape[1],
        ),
        *(
            (
                "reduced-too-far",
                "averages over the samples: each of them has a row of its own, which is divided by their number.",
                lambda z, t, keep=keep: (rightly(z) - one_hot(z, t)).mean(dim=0, keepdim=keep),
            )
            for keep in (False, True)
        ),
        *scaled_gradients(
            "leaves the target out: 1 is subtracted at the right class.",
            "no-target",
            lambda z, t: rightly(z),
        ),
        *scaled_gradients(
            "leaves the softmax out: the target is subtracted from the probabilities, not from the logits.",
            "no-softmax",
            lambda z, t: z.double() - one_hot(z, t),
        ),
        *scaled_gradients(
            "is 0 for all classes but the right one: the others have their probabilities as gradient.",
            "target-only",
            only_target,
        ),
        *scaled_gradients(
            "subtracts the number of the class: subtract 1 at the place of the class, and 0 elsewhere.",
            "index-for-one-hot",
            lambda z, t: rightly(z) - t[:, None],
        ),
        *scaled_gradients(
            "is the derivative with respect to the probabilities, -1/p: the logits are asked for.",
            "of-probabilities",
            lambda z, t: -one_hot(z, t) / rightly(z),
        ),
        *scaled_gradients(
            "is the derivative with respect to the log-probabilities: the logits are asked for.",
            "of-probabilities",
            lambda z, t: -one_hot(z, t),
        ),
        *scaled_gradients(
            "has a factor p (1 - p) too many: the derivative of the softmax is in p - t already.",
            "extra-factor",
            lambda z, t: (rightly(z) - one_hot(z, t)) * rightly(z) * (1 - rightly(z)),
        ),
        *scaled_gradients(
            "takes the softmax over the batch: the classes stand in a row, dim=1.",
            "wrong-axis",
            lambda z, t: torch.softmax(z.double(), dim=0) - one_hot(z, t),
        ),
        *scaled_gradients(
            "uses a sigmoid for each class: the classes exclude each other, so use softmax.",
            "binary-cross-entropy",
            lambda z, t: torch.sigmoid(z.double()) - one_hot(z, t),
        ),
        *scaled_gradients(
            "subtracts every target from every row: each row has one target of its own, so index with the rows, too.",
            "every-target",
            lambda z, t: rightly(z) - one_hot(z, t).amax(dim=0),
        ),
        *scaled_gradients(
            "uses log-probabilities: what is due is the probabilities minus the target.",
            "log-for-probability",
            lambda z, t: log_rightly(z) - one_hot(z, t),
        ),
        *scaled_gradients(
            "adds the target: it is subtracted.",
            "target-added",
            lambda z, t: rightly(z) + one_hot(z, t),
        ),
        (
            "softmax-twice",
            "is that of a softmax taken twice: CrossEntropyLoss takes the logits, not probabilities.",
            lambda z, t: gradient_of(
                lambda z, t: functional.cross_entropy(torch.softmax(z, dim=1), t), z, t
            ),
        ),
    )
]


def batch(rng, samples, classes, dtype=torch.float32, scale=1.5):
    """Draw logits and targets, of which at least two are different where there are two."""
    target = torch.tensor(rng.integers(0, classes, samples))
    if samples > 1:
        target[1] = (target[0] + 1) % classes
    return {"logits": scores(rng, samples, classes, dtype=dtype, scale=scale), "target": target}


def far_batches(rng):
    """Draw batches with logits of 1000 and more, and right classes that are taken for impossible."""
    return [
        {**batch(rng, 4, 3), "logits": scores(rng, 4, 3, scale=900.0)},
        {
            **batch(rng, 5, 4),
            "logits": scores(rng, 5, 4) + torch.tensor([[2000.0]] + [[-2000.0]] * 4),
        },
        {**batch(rng, 3, 5), "logits": scores(rng, 3, 5, scale=2000.0)},
        {
            "logits": torch.tensor([[0.0, float(rng.uniform(1000, 2000))]]),
            "target": torch.tensor([0]),
        },
    ]


LOSS_UNSTABLE = [
    Mistake(id_, f"cross_entropy {text}", formula)
    for id_, text, formula in (
        ("overflow", OVERFLOW, lambda z, t: -picked(naive(z).log(), t)),
        (
            "overflow",
            OVERFLOW,
            lambda z, t: -picked(z - torch.exp(z).sum(dim=1, keepdim=True).log(), t),
        ),
        ("overflow", OVERFLOW, lambda z, t: -(naive(z).log() * one_hot(z, t)).sum(dim=1).mean()),
        ("underflow", UNDERFLOW, lambda z, t: -picked(torch.softmax(z, dim=1).log(), t)),
        (
            "zero-times-infinity",
            "multiplies 0 by the infinite logarithm of a probability that is rounded to 0, and 0 times infinity is "
            "nan: pick the right class, and take log_softmax.",
            lambda z, t: -(torch.softmax(z, dim=1).log() * one_hot(z, t)).sum(dim=1).mean(),
        ),
        *(
            ("clipped-probability", KEPT_UP, lambda z, t, e=e: -picked((rightly(z) + e).log(), t))
            for e in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-20, 1e-30, 1e-38)
        ),
        *(
            (
                "clipped-probability",
                KEPT_UP,
                lambda z, t, e=e: -picked(rightly(z).clamp(e).log(), t),
            )
            for e in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-20, 1e-30, 1e-38)
        ),
    )
]


def picked(log_p, target):
    return log_p[torch.arange(len(target)), target].mean()


@pytest.mark.exercise("9-2", weight=2)
def test_cross_entropy_is_the_mean_of_minus_log_p(submission, rng):
    expect_answers(
        submission,
        "cross_entropy",
        cross_entropy,
        [batch(rng, n, c) for n, c in ((6, 4), (5, 3), (8, 10), (4, 7))],
        "cross_entropy is the mean over the samples of -log p of the right class",
        LOSS_MISTAKES,
    )


@pytest.mark.exercise("9-2", after="test_cross_entropy_is_the_mean_of_minus_log_p")
def test_cross_entropy_takes_any_batch(submission, rng):
    sizes = ((1, 5), (1, 2), (30, 10), (3, 3))
    expect_answers(
        submission,
        "cross_entropy",
        cross_entropy,
        [batch(rng, n, c, dtype=torch.float64) for n, c in sizes],
        "cross_entropy takes any number of samples and classes, a single sample, too",
        LOSS_MISTAKES,
    )


@pytest.mark.exercise("9-2", after="test_cross_entropy_is_the_mean_of_minus_log_p")
def test_cross_entropy_survives_logits_far_apart(submission, rng):
    expect_answers(
        submission,
        "cross_entropy",
        cross_entropy,
        far_batches(rng),
        "cross_entropy stays finite where the right class has next to no probability",
        LOSS_UNSTABLE,
        within=FAR,
    )


@pytest.mark.exercise("9-2", weight=2)
def test_gradient_is_probabilities_minus_target(submission, rng):
    expect_answers(
        submission,
        "cross_entropy_gradient",
        cross_entropy_gradient,
        [batch(rng, n, c) for n, c in ((6, 4), (5, 3), (8, 10), (4, 7))],
        "cross_entropy_gradient is what autograd finds for the mean loss",
        GRADIENT_MISTAKES,
    )


@pytest.mark.exercise("9-2", after="test_gradient_is_probabilities_minus_target")
def test_gradient_takes_any_batch(submission, rng):
    sizes = ((1, 5), (30, 10), (3, 3), (2, 2))
    expect_answers(
        submission,
        "cross_entropy_gradient",
        cross_entropy_gradient,
        [batch(rng, n, c, dtype=torch.float64) for n, c in sizes],
        "cross_entropy_gradient takes any number of samples and classes, a single sample, too",
        GRADIENT_MISTAKES,
    )


@pytest.mark.exercise("9-2", after="test_gradient_is_probabilities_minus_target")
def test_gradient_survives_logits_far_apart(submission, rng):
    def overflowing(logits, target):
        return (naive(logits) - one_hot(logits, target)) / len(target)

    expect_answers(
        submission,
        "cross_entropy_gradient",
        cross_entropy_gradient,
        far_batches(rng),
        "cross_entropy_gradient stays finite for logits of 1000 and more",
        [Mistake("overflow", f"cross_entropy_gradient {OVERFLOW}", overflowing)],
        within=FAR,
    )


@pytest.mark.exercise("9-2")
def test_logits_and_targets_stay_as_they_are(submission, rng):
    given = batch(rng, 4, 3)
    logits, target = given["logits"], given["target"]
    for name, right in (("cross_entropy", torch.tensor(0.0)), ("cross_entropy_gradient", logits)):
        expect_kept(submission, name, [logits, target], right)


def our_functions():
    """Return what stands in for the student's functions of 9-1 and 9-2, in whichever form they are called."""

    def like(given, result):
        return result if isinstance(given, torch.Tensor) else result.numpy()

    def floats(z):
        z = torch.as_tensor(z)
        return z if z.is_floating_point() else z.float()

    def softmax(z, *_, **__):
        return like(z, torch.softmax(floats(z), dim=-1))

    def log_softmax(z, *_, **__):
        return like(z, torch.log_softmax(floats(z), dim=-1))

    def cross_entropy(logits, target, *args, **kwargs):
        target = torch.as_tensor(target)
        return torch.nn.functional.cross_entropy(floats(logits), target, *args, **kwargs)

    def cross_entropy_gradient(logits, target, *_, **__):
        with torch.enable_grad():
            z = floats(logits).detach().clone().requires_grad_()
            loss = torch.nn.functional.cross_entropy(z, torch.as_tensor(target))
            return like(logits, torch.autograd.grad(loss, z)[0])

    return {
        "softmax": softmax,
        "log_softmax": log_softmax,
        "cross_entropy": cross_entropy,
        "cross_entropy_gradient": cross_entropy_gradient,
    }


# --- digits, for 9-3 and 9-4 ---------------------------------------------------------------------------------------


@cache
def scans():
    """Return the images and labels of the scans that students train with, and of those that they test with."""
    known, unseen = digits(), digits(train=False)
    return [torch.from_numpy(array) for array in (*known, *unseen)]


def redrawn(rng, images):
    """Return every image turned by up to 10 degrees, moved, resized, lightened and with noise of its own."""
    count = len(images)
    angle = torch.tensor(np.radians(rng.uniform(-10, 10, count)))
    size = torch.tensor(rng.uniform(0.92, 1.08, count))
    moved = torch.tensor(rng.uniform(-1.5, 1.5, (2, count)) / 14)
    cos, sin = size * torch.cos(angle), size * torch.sin(angle)
    rows = [torch.stack(row, 1) for row in ((cos, -sin, moved[0]), (sin, cos, moved[1]))]
    grid = functional.affine_grid(torch.stack(rows, 1).float(), images.shape, align_corners=False)
    turned = functional.grid_sample(images, grid, align_corners=False)
    light = torch.tensor(rng.uniform(0.7, 1.0, (count, 1, 1, 1)), dtype=torch.float32)
    noise = torch.tensor(rng.normal(0, 0.05, images.shape), dtype=torch.float32)
    return (turned * light + noise).clamp(0, 1)


def fresh_digits(rng):
    """Draw (x, y, unseen, labels): digits that nobody has had, each class under a number of its own.

    Who knows the scans by heart knows neither these images nor which number stands for which digit.
    """
    images, labels, unseen, their_labels = scans()
    number = torch.tensor(rng.permutation(10))
    return redrawn(rng, images), number[labels], redrawn(rng, unseen), number[their_labels]


def share_right(logits, labels):
    return (logits.argmax(dim=1) == labels).double().mean().item()


# --- 9-3 ---------------------------------------------------------------------------------------------------------


def weights_for(rng, anatomy):
    """Draw parameters for every shape that a model has, so that its outputs are of all sizes and signs."""
    drawn = []
    for shape in sorted(set(anatomy.shapes)):
        size = 1.5 / max(shape) ** 0.5 if len(shape) > 1 else 0.3
        drawn.append(torch.tensor(rng.normal(0, size, shape), dtype=torch.float32))
    return drawn


def noise(rng, count):
    return torch.tensor(rng.normal(0, 1, (count, 1, 28, 28)), dtype=torch.float32)


def centred(logits):
    """Return logits and log-probabilities alike: only the differences of a row count."""
    return logits - logits.mean(dim=1, keepdim=True)


@pytest.mark.exercise("9-3")
def test_layers_lead_from_784_pixels_to_10_classes(submission):
    anatomy = expect_module(submission, "Net")
    claim = "Net has linear layers, 784 -> … -> 10, and at least one size between"
    matrices = [shape for shape in anatomy.shapes if len(shape) == 2]
    shown = [tuple(sorted(shape)) for shape in matrices]
    text = (
        "No layer that Net makes in __init__ takes 784 numbers, one for each of the 28 * 28 pixels."
    )
    wrong_size = Diagnosis("wrong-size", text)
    expect(any(784 in s for s in shown), claim, came_back=shown, diagnosis=wrong_size)
    text = "No layer that Net makes in __init__ gives 10 numbers, one for each digit."
    wrong_size = Diagnosis("wrong-size", text)
    expect(any(10 in s for s in shown), claim, came_back=shown, diagnosis=wrong_size)
    text = "Net has a single linear layer: put at least one hidden layer between the pixels and the classes."
    single = Diagnosis("single-layer", text)
    expect(len(matrices) > 1, claim, came_back=shown, diagnosis=single)


@pytest.mark.exercise("9-3")
def test_any_number_of_images_gives_10_logits_each(submission, rng):
    claim = "Net returns ten logits for each image"
    output = forward(submission, "Net", x=noise(rng, 64).abs()).output
    text = "Net returns the class itself: return the ten logits. Which of them is the largest is asked later."
    expect(
        not (is_tensor(output) and dtype_of(output) == "int64"),
        claim,
        came_back=output,
        diagnosis=Diagnosis("classes-returned", text),
    )
    outputs = expect_output(output, (64, 10), "Net")
    expect_no_softmax_over_samples(outputs, "Net")
    expect_same_each_time(submission, "Net", x=noise(rng, 64).abs())
    expect_any_batch(submission, "Net", x=noise(rng, 64).abs(), shape=(10,))


def explain_end(outputs):
    """Return what comes after the last layer though nothing should, if it can be told."""
    if (outputs == outputs[0]).all():
        text = "Net returns the same for every image: its layers are to work on x."
        return Diagnosis("input-ignored", text)
    sums = outputs.exp().sum(dim=1)
    if torch.allclose(sums, torch.ones_like(sums), atol=1e-4):
        return None  # log-probabilities
    lowest, highest = outputs.min().item(), outputs.max().item()
    if same(outputs.sum(dim=1), torch.ones(len(outputs)), rtol=1e-3) and lowest >= 0:
        text = (
            "Net ends in a softmax: return the logits as they are. CrossEntropyLoss takes the softmax itself, "
            "and taken twice it keeps the loss above 1.46."
        )
        return Diagnosis("softmax", text)
    sums = (-outputs).exp().sum(dim=1)
    if torch.allclose(sums, torch.ones_like(sums), atol=1e-4):
        return Diagnosis(
            "wrong-sign", "Net returns minus the log-probabilities: leave out the minus."
        )
    if not (outputs != 0).any() or (lowest < 0 and highest > 1):
        return None
    if lowest >= 0 and (outputs == 0).any():
        return Diagnosis(
            "activation-at-end",
            "Net ends in a ReLU, which makes every negative logit 0: after the last layer there is nothing.",
        )
    if lowest >= 0 and highest <= 1:
        return Diagnosis(
            "activation-at-end",
            "Net ends in a sigmoid: ten classes of which one is right need no sigmoid. Return the logits as they are.",
        )
    if lowest >= -1 and highest <= 1 and lowest < -0.9 and highest > 0.9:
        return Diagnosis(
            "activation-at-end",
            "Net ends in a tanh, which keeps every logit between -1 and 1: after the last layer there is nothing.",
        )
    return None


@pytest.mark.exercise("9-3", weight=2, after="test_any_number_of_images_gives_10_logits_each")
def test_activations_stand_between_the_layers_and_none_at_the_end(submission, rng):
    weights = weights_for(rng, expect_module(submission, "Net"))
    # as pixels are: an activation that does nothing to these does nothing
    x = 2 * noise(rng, 64).abs()
    first, second = x[:32], x[32:]
    outputs = [
        expect_output(
            forward(submission, "Net", x=part, weights=weights).output, (len(part), 10), "Net"
        )
        for part in (x, (first + second) / 2)
    ]
    claim = "Net ends with logits, and its layers have activations between them"
    diagnosis = explain_end(outputs[0])
    expect(diagnosis is None, claim, diagnosis=diagnosis)
    ends, middle = centred(outputs[0]), centred(outputs[1])
    bend = (ends[:32] + ends[32:]) / 2 - middle
    text = (
        "Net has no activation between its layers: linear layers in a row are a single one. (A ReLU of the pixels "
        "changes nothing, as none of them is below 0.)"
    )
    expect(
        bool(bend.abs().max() > 1e-3 * ends.abs().max()),
        claim,
        diagnosis=Diagnosis("no-activation", text),
    )


@pytest.mark.exercise("9-3", after="test_any_number_of_images_gives_10_logits_each")
def test_every_pixel_counts(submission, rng):
    weights = weights_for(rng, expect_module(submission, "Net"))
    # one image, and for each pixel the same with more ink there and nowhere else
    more = torch.cat([torch.zeros(1, 784), 5 * torch.eye(784)]).reshape(-1, 1, 28, 28)
    dots = more + noise(rng, 1).abs()
    look = forward(submission, "Net", x=dots, weights=weights)
    outputs = expect_output(look.output, (785, 10), "Net")
    unseen = (outputs[1:] == outputs[0]).all(dim=1).sum().item()
    text = f"{unseen} of the 784 pixels make no difference to what Net returns: its layers must be given all of them."
    expect(unseen == 0, "each of the 784 pixels counts", diagnosis=Diagnosis("pixels-unused", text))


@pytest.mark.exercise("9-3", after="test_any_number_of_images_gives_10_logits_each")
def test_gradients_reach_every_parameter(submission, rng):
    weights = weights_for(rng, expect_module(submission, "Net"))
    look = forward(submission, "Net", x=noise(rng, 32), weights=weights)
    expect_output(look.output, (32, 10), "Net")
    expect_reached(look, "Net")


@pytest.mark.exercise("9-3", after="test_any_number_of_images_gives_10_logits_each")
def test_images_stay_as_they_are(submission, rng):
    look = forward(submission, "Net", x=noise(rng, 5).abs())
    expect_output(look.output, (5, 10), "Net")
    expect_input_kept(look, "Net")


def constant_layers(student):
    """Return how many layers of a new Net have the same number in all places of their weight."""
    matrices = [p.detach() for p in student.Net().parameters() if p.ndim == 2]
    return sum(bool((p == p[:1, :1]).all()) for p in matrices if p.numel() > 1)


def explain_net(submission, unseen):
    """Return why a Net has learnt little, if it can be told; `unseen` are digits with their pixels in place."""
    untrained = forward(submission, "Net", x=unseen).output
    if share_right(expect_output(untrained, (len(unseen), 10), "Net"), scans()[3]) > 0.5:
        text = "Net numbers the digits as the public data do, though it was trained on others: it knows them by heart."
        return Diagnosis("learnt-elsewhere", text)
    constant = submission.probe(constant_layers, of="Net")()
    if type(constant) is int and constant > 0:
        text = (
            "Net sets all weights of a layer to the same number, so its units do the same for ever: "
            "leave the random values that nn.Linear starts from."
        )
        return Diagnosis("same-start", text)
    shapes = expect_module(submission, "Net").shapes
    narrow = min((min(shape) for shape in shapes if len(shape) == 2), default=10)
    text = f"Net sends all that it knows of an image through a layer of {narrow}: make its hidden layers wider."
    return Diagnosis("too-narrow", text) if narrow < 8 else None


NET = {"epochs": 6, "batch_size": 32, "lr": 0.003}


@pytest.mark.exercise(
    "9-3", weight=2, after="test_activations_stand_between_the_layers_and_none_at_the_end"
)
def test_training_makes_net_read_digits_that_it_never_had(submission, rng):
    images, y, unseen, labels = fresh_digits(rng)
    # linear layers learn as well from pixels in any other order; who looks images up does not find these
    order = torch.tensor(rng.permutation(784))
    x, shuffled = (part.flatten(1)[:, order].view_as(part) for part in (images, unseen))
    # a narrow network has unlucky starts: one lucky one is enough
    for _ in range(LIMITS["Net's loss"].starts):
        (output,) = trained(submission, "Net", rng=rng, x=x, y=y, unseen=shuffled, **NET)
        logits = expect_output(output, (len(unseen), 10), "Net")
        loss = functional.cross_entropy(logits, labels).item()
        share = share_right(logits, labels)
        learnt = LIMITS["Net's loss"].holds(loss) and LIMITS["Net's accuracy"].holds(share)
        if learnt:
            break
    advice = {
        "hint": "is every hidden layer wide enough, and random at the start, and does nothing follow the last?",
        "diagnosis": None if learnt else explain_net(submission, unseen),
    }
    expect_below(
        loss,
        LIMITS["Net's loss"],
        claim="after six epochs of Adam, Net's loss on new digits is far below that of a guess",
        **advice,
    )
    expect_above(
        share,
        LIMITS["Net's accuracy"],
        claim="after six epochs of Adam, Net reads most of the digits that it never had",
        **advice,
    )


# --- 9-4 ---------------------------------------------------------------------------------------------------------


def small_model():
    return torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(784, 6), torch.nn.Tanh(), torch.nn.Linear(6, 5)
    )


def digit_model():
    return torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(784, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)
    )


def squares(logits, target):
    return functional.mse_loss(functional.softmax(logits, dim=1), one_hot(logits, target).float())


def binary_loss(logits, target):
    return functional.binary_cross_entropy_with_logits(logits, one_hot(logits, target).float())


WRONG_LOSSES = (
    (
        Fault(
            "softmax-twice",
            "takes the softmax twice: CrossEntropyLoss wants the logits, not probabilities",
        ),
        lambda z, t: functional.cross_entropy(functional.softmax(z, dim=1), t),
    ),
    (
        Fault(
            "nll-of-logits",
            "gives logits to NLLLoss, which wants log-probabilities: CrossEntropyLoss takes logits",
        ),
        functional.nll_loss,
    ),
    (
        Fault(
            "nll-of-probabilities",
            "gives probabilities to NLLLoss, which wants their logarithms: CrossEntropyLoss takes the logits",
        ),
        lambda z, t: functional.nll_loss(functional.softmax(z, dim=1), t),
    ),
    (
        Fault(
            "wrong-axis",
            "takes the softmax over the batch: the classes stand in a row, dim=1",
        ),
        lambda z, t: functional.nll_loss(functional.log_softmax(z, dim=0), t),
    ),
    (
        Fault("squared-error", "uses the squared error: the loss is the cross entropy"),
        squares,
    ),
    (
        Fault(
            "binary-cross-entropy",
            "uses the binary cross entropy, a sigmoid for each class: the loss is the cross entropy over all classes",
        ),
        binary_loss,
    ),
)


def loop_of(model):
    return Loop(
        model=model,
        loss=torch.nn.CrossEntropyLoss(),
        wrong_losses=WRONG_LOSSES,
        ours=our_functions,
    )


LOOP, DIGITS = loop_of(small_model), loop_of(digit_model)


def small_case(rng, epochs, samples=22, batch_size=6, **settings):
    """Draw a run whose last batch is smaller, and whose batches differ in how hard they are.

    The rate is small: at 0.2 the steps overshoot, and what was rounding at first is another walk four epochs later.
    """
    x = torch.tensor(rng.uniform(0, 1, (samples, 1, 28, 28)), dtype=torch.float32)
    y = torch.tensor(rng.integers(0, 5, samples))
    return LOOP.case(rng, x, y, epochs=epochs, batch_size=batch_size, **({"lr": 0.05} | settings))


def rising_case(rng):
    """Draw a run whose losses are low and rise, for those who stop at either."""
    return LOOP.uphill(small_case(rng, 3, lr=0.03), after=40)


@pytest.mark.exercise("9-4", weight=2)
def test_train_takes_one_step_for_each_batch(submission, rng):
    LOOP.expect_steps(submission, [small_case(rng, epochs) for epochs in (1, 4)])


@pytest.mark.exercise("9-4", after="test_train_takes_one_step_for_each_batch")
def test_loss_of_an_epoch_is_the_mean_over_its_samples(submission, rng):
    cases = [small_case(rng, 4), small_case(rng, 3, samples=9, batch_size=8), rising_case(rng)]
    LOOP.expect_losses(submission, cases)


@pytest.mark.exercise("9-4", after="test_train_takes_one_step_for_each_batch")
def test_train_steps_the_optimizer_that_it_is_given(submission, rng):
    cases = [
        # with a large eps: where a gradient is 0 but for rounding, Adam would make a full step of it
        small_case(rng, 3, optimizer="Adam", lr=0.02, eps=0.01),
        small_case(rng, 3, optimizer="SGD", lr=0.02, momentum=0.9),
        rising_case(rng),
    ]
    LOOP.expect_given_optimizer(submission, cases)


@pytest.mark.exercise("9-4", weight=2, after="test_train_takes_one_step_for_each_batch")
def test_trained_model_reads_digits_that_it_never_had(submission, rng):
    x, y, unseen, labels = fresh_digits(rng)
    case = DIGITS.case(rng, x, y, epochs=4, batch_size=32, optimizer="Adam", lr=0.0005)
    model = DIGITS.outcome(case, DIGITS.trained(submission, case))
    with torch.no_grad():
        logits = model(unseen)
    expect_below(
        functional.cross_entropy(logits, labels).item(),
        LIMITS["final loss"],
        claim="after four epochs of Adam the loss on digits that the model never had is low",
    )
    expect_above(
        share_right(logits, labels),
        LIMITS["accuracy"],
        claim="after four epochs of Adam the model reads most of the digits that it never had",
    )


def accuracy_of(student, weight, x, y):
    """Return the student's accuracy for a model of ours, and the model's weight as it is after that."""
    ours = our_functions()
    model = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    )
    with torch.no_grad():
        model[1].weight.copy_(weight)
    model = model.to(x.device)
    with student.replacing(softmax=ours["softmax"], log_softmax=ours["log_softmax"]):
        found = student.accuracy(model, x, y)
    return found, model[1].weight


def measured(submission, weight, x, y):
    result = submission.probe(accuracy_of, of="accuracy", using=[our_functions])(weight, x, y)
    return expect_parts(result, ["accuracy", "weight after it"], subject="accuracy")


def logits_of(weight, x):
    return x.flatten(1) @ weight.T


def share_of(pick):
    return lambda weight, x, y: (pick(logits_of(weight, x)) == y).double().mean().item()


ACCURACY_MISTAKES = [
    Mistake(id_, f"accuracy {text}", formula)
    for id_, text, formula in (
        (
            "percent",
            "is in percent: a share between 0 and 1 is asked for.",
            lambda w, x, y: 100 * accurate(w, x, y),
        ),
        (
            "count",
            "is the number of right answers: divide it by the number of samples.",
            lambda w, x, y: len(y) * accurate(w, x, y),
        ),
        (
            "error-rate",
            "is the share of wrong answers: that of the right ones is asked for.",
            lambda w, x, y: 1 - accurate(w, x, y),
        ),
        (
            "wrong-axis",
            "looks for the largest score of a column: each sample's scores stand in a row, argmax(dim=1).",
            lambda w, x, y: same_start(logits_of(w, x).argmax(dim=0), y),
        ),
        (
            "smallest-score",
            "takes the class with the smallest score: argmax finds the largest.",
            share_of(lambda z: z.argmin(dim=1)),
        ),
        (
            "broadcast",
            "compares every answer with every target: predictions of shape (n, 1) meet targets of shape (n,).",
            lambda w, x, y: (
                (logits_of(w, x).argmax(dim=1, keepdim=True) == y).double().mean().item()
            ),
        ),
        (
            "broadcast",
            "compares every answer with every target: predictions of shape (n, 1) meet targets of shape (n,).",
            lambda w, x, y: (
                (logits_of(w, x).argmax(dim=1, keepdim=True) == y).double().sum().item() / len(y)
            ),
        ),
        (
            "values-for-classes",
            "compares the largest scores with the targets: argmax tells where they stand.",
            share_of(lambda z: z.amax(dim=1)),
        ),
        (
            "values-for-classes",
            "compares scores, rounded, with the targets: argmax tells which class they stand for.",
            share_of(lambda z: z.amax(dim=1).round()),
        ),
        (
            "divided-by-classes",
            "divides by the number of classes: divide by the number of samples.",
            lambda w, x, y: accurate(w, x, y) * len(y) / len(w),
        ),
        (
            "values-for-classes",
            "compares scores, cut down to whole numbers, with the targets: argmax tells which class they stand for.",
            share_of(lambda z: z.amax(dim=1).trunc()),
        ),
        (
            "no-axis",
            "looks for the largest of all scores: each sample has its own, argmax(dim=1).",
            share_of(torch.argmax),
        ),
        (
            "mean-over-classes",
            "divides by the number of all logits: divide by the number of samples.",
            lambda w, x, y: accurate(w, x, y) / len(w),
        ),
        (
            "off-by-one",
            "counts classes from 1: argmax and the targets both count from 0.",
            share_of(lambda z: z.argmax(dim=1) + 1),
        ),
        (
            "cut-to-integer",
            "is 1 where all answers are right, and else 0: either it is cut down to a whole number, by // or int(), or "
            "it asks whether all of them are right. Their share is due.",
            lambda w, x, y: float(int(accurate(w, x, y))),
        ),
        (
            "rounded",
            "is rounded to whole percents: return it as it is.",
            lambda w, x, y: round(accurate(w, x, y), 2),
        ),
        (
            "probability-for-share",
            "averages the probability of the right class: count the right answers.",
            lambda w, x, y: torch.exp(-of_each(logits_of(w, x), y)).mean().item(),
        ),
        (
            "sure-answers-only",
            "counts an answer only if its probability is above one half: the largest is the answer, however small.",
            lambda w, x, y: (
                ((rightly(logits_of(w, x)) > 0.5) & (one_hot(w.T, y) > 0)).double().sum().item()
                / len(y)
            ),
        ),
        (
            "first-batch-only",
            "looks at the first samples only.",
            lambda w, x, y: accurate(w, x[:64], y[:64]),
        ),
    )
]


def same_start(found, y):
    return (
        (found[: len(y)] == y[: len(found)]).double().mean().item()
        if len(found) == len(y)
        else -1.0
    )


def accurate(weight, x, y):
    return share_of(lambda z: z.argmax(dim=1))(weight, x, y)


def answers(rng, samples, classes, right):
    """Draw a model, samples and targets, so many of which it gets right."""
    weight = torch.tensor(rng.normal(0, 0.05, (classes, 784)), dtype=torch.float32)
    x = torch.tensor(rng.normal(0, 1, (samples, 1, 28, 28)), dtype=torch.float32)
    # the first sample has the largest score of all, and is right if one is: an argmax over everything shows there
    x[0] *= 1.1 * logits_of(weight, x).max() / logits_of(weight, x)[0].max()
    y = logits_of(weight, x).argmax(dim=1)
    wrong = torch.tensor(
        1 + rng.permutation(samples - 1)[: samples - right] if right else range(samples)
    )
    y[wrong] = (y[wrong] + torch.tensor(rng.integers(1, classes, len(wrong)))) % classes
    return {"weight": weight, "x": x, "y": y}


@pytest.mark.exercise("9-4", weight=2)
def test_accuracy_is_the_share_of_right_answers(submission, rng):
    def measure(weight, x, y):
        return measured(submission, weight, x, y)[0]

    measure.__name__ = "accuracy"
    sizes = ((10, 10), (10, 10), (7, 7), (130, 10), (90, 4), (33, 10))
    # the last has them all right: accuracies that are cut down show there
    inputs = [answers(rng, n, c, int(rng.integers(n // 3, n - 1))) for n, c in sizes]
    inputs.append(answers(rng, 12, 10, 12))
    claim = "accuracy is the share of the samples whose largest score is that of the right class"
    swapped = Stop(
        "wrong-axis",
        "accuracy compares as many answers as there are classes with as many targets as there are samples: the scores "
        "of a sample stand in a row, argmax(dim=1).",
        "must match the size",
    )
    with explaining(claim, swapped):
        expect_values(measure, accurate, inputs, claim=claim, mistakes=ACCURACY_MISTAKES, **CLOSE)


@pytest.mark.exercise("9-4", after="test_accuracy_is_the_share_of_right_answers")
def test_accuracy_may_be_0_or_1_and_of_one_sample(submission, rng):
    for samples, right in ((1, 1), (1, 0), (12, 12), (12, 0)):
        given = answers(rng, samples, 10, right)
        expect_close(
            measured(submission, **given)[0],
            right / samples,
            claim=f"accuracy is {right // samples} where {'all' if right else 'none'} of {samples} are right",
            subject="accuracy",
            rtol=1e-5,
            atol=1e-6,
        )


@pytest.mark.exercise("9-4")
def test_accuracy_leaves_the_model_as_it_is(submission, rng):
    given = answers(rng, 20, 10, 13)
    value, after = measured(submission, **given)
    expect_close(
        value, 0.5, claim="accuracy returns one number", subject="accuracy", rtol=0.0, atol=np.inf
    )
    text = "accuracy changes the model's parameters: it is to measure, not to train."
    kept = same(after, given["weight"], rtol=0.0, atol=0.0)
    expect(kept, "accuracy trains nothing", diagnosis=Diagnosis("trains", text))
