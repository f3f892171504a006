"""Wrong answers are explained by the mistake that makes them, and by no other."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course.judge.closeness import mismatch
from course.judge.diagnosis import Diagnosis, Mistake, explain, wrong_kind
from course.judge.mismatches import SENTENCES

Formula = Callable[..., Any]
BIAS = "the derivative of the bias does not contain x"


def diagnose(
    right: Formula, wrong: Formula, *, points: int = 6, make: Formula | None = None, **options: Any
) -> Diagnosis | None:
    """Explain `wrong` by its answers to random arguments, as a grader does."""
    rng = np.random.default_rng(points)
    names = list(inspect.signature(right).parameters)
    inputs = [
        make(rng, i) if make else {name: float(rng.uniform(-3, 3)) for name in names}
        for i in range(points)
    ]
    actual, expected = ([f(*case.values()) for case in inputs] for f in (wrong, right))
    return explain("answer", inputs, actual, expected, **options)


def error(x: float, y: float, w1: float, w2: float, b: float) -> float:
    return x * x * w2 + x * w1 + b - y


def gradient(x: float, y: float, w: float) -> float:
    return 2 * x * (x * w - y)


def gradient_b(x: float, y: float, w1: float, w2: float, b: float) -> float:
    return 2 * error(x, y, w1, w2, b)


def gradient_w1(x: float, y: float, w1: float, w2: float, b: float) -> float:
    return 2 * x * error(x, y, w1, w2, b)


def gradient_w2(x: float, y: float, w1: float, w2: float, b: float) -> float:
    return 2 * x * x * error(x, y, w1, w2, b)


def loss(x: float, y: float, w: float) -> float:
    return (x * w - y) ** 2


@pytest.mark.parametrize(
    ("right", "wrong", "id", "words"),
    [
        (gradient, lambda x, y, w: -gradient(x, y, w), "wrong-sign", "wrong sign"),
        (gradient, lambda x, y, w: x * (x * w - y), "constant-factor", "half"),
        (gradient, lambda x, y, w: 4 * x * (x * w - y), "constant-factor", "2 times"),
        (gradient, lambda x, y, w: 1.7 * gradient(x, y, w), "constant-factor", "about 1.7"),
        (gradient, lambda x, y, w: x * gradient(x, y, w), "extra-factor", "is x times"),
        (gradient, lambda x, y, w: x * y * gradient(x, y, w), "extra-factor", "is x·y times"),
        (gradient, lambda x, y, w: x * w - y, "missing-factor", "divided by 2·x"),
        (gradient, lambda x, y, w: 2 * w * (x * w - y), "wrong-factor", "w stands where x belongs"),
        (gradient_b, gradient_w1, "extra-factor", "is x times"),
        (gradient_b, gradient_w2, "extra-factor", "is x² times"),
        (gradient_w2, gradient_b, "missing-factor", "divided by x²"),
        (gradient_w2, lambda x, *a: gradient_w2(x, *a) / x, "missing-factor", "needs the factor x"),
        (gradient_w2, lambda x, *a: gradient_w2(x, *a) * 2 / x, "wrong-factor", "2 stands where x"),
        (gradient_w2, lambda x, *a: -gradient_w2(x, *a) / x, "wrong-factor", "-1 stands where x"),
        (gradient_w1, lambda *a: gradient_w1(*a) + 3, "constant-offset", "too large"),
        (gradient_w1, lambda x, *a: gradient_w1(x, *a) + x, "extra-term", "plus x"),
        (gradient_w1, lambda x, *a: gradient_w1(x, *a) - x, "missing-term", "minus x"),
        (gradient, lambda x, y, w: 7.0, "always-the-same", "does not depend"),
        (gradient, lambda x, y, w: 0.0, "always-zero", "is 0"),
        (gradient, lambda x, y, w: w, "returns-input", "is w itself"),
        (gradient, lambda x, y, w: abs(gradient(x, y, w)), "absolute-value", "absolute"),
        (gradient, lambda x, y, w: max(gradient(x, y, w), 0.0), "clipped", "negative"),
        (gradient, lambda x, y, w: round(gradient(x, y, w), 2), "rounded", "2 decimals"),
        (gradient, lambda x, y, w: int(gradient(x, y, w)), "rounded", "whole numbers"),
        (loss, lambda x, y, w: x * w - y, "missing-square", "square is missing"),
        (loss, lambda x, y, w: abs(x * w - y), "square-root", "square root"),
        (loss, lambda x, y, w: loss(x, y, w) ** 2, "square", "square of"),
        (lambda x, w: abs(x * w), lambda x, w: x * w, "missing-absolute-value", "absolute value"),
        (lambda z: 1 / (1 + np.exp(-z)), lambda z: 1 / (1 + np.exp(z)), "complement", "1 minus"),
        (lambda z: np.exp(z), lambda z: z, "returns-input", "is z itself"),
        (lambda x, y: x * x + y * y, lambda x, y: np.log(x * x + y * y), "logarithm", "logarithm"),
        (lambda x, y: x - 2 * y, lambda x, y: np.exp(x - 2 * y), "exponential", "exp of"),
        (lambda x, y: x - 2 * y, lambda x, y: 1 / (x - 2 * y), "reciprocal", "1 divided"),
        (lambda n, k: int(n * 9) - 1, lambda n, k: int(n * 9), "off-by-one", "1 too large"),
    ],
)
def test_wrong_formula_is_named(right: Formula, wrong: Formula, id: str, words: str) -> None:
    found = diagnose(right, wrong)
    assert found is not None and found.id == id
    assert words in found.text
    assert "on all 6 inputs" in found.text
    assert diagnose(right, right) is None


@pytest.mark.parametrize("id_wrong", [lambda e: 1.3 * e, lambda e: e + 1, lambda e: -e, np.abs])
def test_a_mistake_that_fails_to_explain_one_input_is_not_told(id_wrong: Formula) -> None:
    calls = iter(range(6))

    def mostly(x: float, y: float, w: float) -> float:
        value = float(id_wrong(gradient(x, y, w)))
        return value + 0.01 if next(calls) == 3 else value

    assert diagnose(gradient, mostly) is None


def test_the_variable_of_a_derivative_is_named() -> None:
    wrong = diagnose(gradient_b, lambda *a: 2 * a[0] * gradient_b(*a), wrt="b")
    assert wrong == Diagnosis(
        "extra-factor",
        "Your answer is 2·x times the right one on all 6 inputs: "
        "the derivative with respect to b does not contain that x.",
    )
    missing = diagnose(gradient_w1, gradient_b, wrt="w1")
    assert missing is not None
    assert "the derivative with respect to w1 needs the factor x" in missing.text


def test_the_authors_reason_is_told_instead() -> None:
    found = diagnose(gradient_b, gradient_w1, wrt="b", because={"x": BIAS + "."})
    assert found is not None and found.text.endswith(f": {BIAS}.")


def test_nothing_is_told_where_two_inputs_explain_it_alike() -> None:
    def make(rng: np.random.Generator, i: int) -> dict[str, float]:
        return {"x": i + 1.0, "y": 2.0 * (i + 1), "w": float(rng.uniform(3, 5))}

    assert diagnose(gradient, lambda x, y, w: y * gradient(x, y, w), make=make) is None


def test_too_few_inputs_prove_nothing() -> None:
    assert diagnose(gradient, lambda x, y, w: 2 * gradient(x, y, w), points=2) is None


def test_the_authors_mistakes_come_first_and_must_fit_everywhere() -> None:
    mistakes = (
        Mistake("no-y", "y is forgotten.", lambda x, y, w: 2 * x * x * w),
        Mistake("divides", "divides by 0.", lambda x, y, w: x / 0.0),
        Mistake("twice", "The 2 is there twice.", lambda x, y, w: 4 * x * (x * w - y)),
    )
    found = diagnose(gradient, lambda x, y, w: 4 * x * (x * w - y), mistakes=mistakes)
    assert found == Diagnosis("twice", "The 2 is there twice.")
    found = diagnose(gradient, lambda x, y, w: 2 * x * x * w, mistakes=mistakes)
    assert found == Diagnosis("no-y", "y is forgotten.")


def test_a_mistake_that_gives_the_right_answers_explains_nothing() -> None:
    same = Mistake("same", "never", gradient)
    assert diagnose(gradient, gradient, mistakes=(same,)) is None
    assert diagnose(gradient, lambda x, y, w: x + y * w * w, mistakes=(same,)) is None


def test_a_mistake_that_cannot_be_worked_out_is_not_the_one() -> None:
    def multiply(x: torch.Tensor) -> torch.Tensor:
        return x @ torch.ones(5, 5)

    inputs = [{"x": torch.full((2, 2), float(n))} for n in range(1, 4)]
    due = [given["x"] for given in inputs]
    mistakes = (Mistake("product", "a product too many", multiply),)
    diagnosis = explain("f", inputs, [-x for x in due], due, mistakes=mistakes)
    assert diagnosis is not None and diagnosis.id == "wrong-sign"


def test_an_overflowing_mistake_is_recognised_by_its_nan() -> None:
    def softmax(z: Any) -> Any:
        shifted = np.exp(z - z.max())
        return shifted / shifted.sum()

    def naive(z: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.exp(z) / np.exp(z).sum()

    mistakes = (Mistake("overflow", "exp overflows.", naive),)
    found = diagnose(
        softmax, naive, mistakes=mistakes, make=lambda rng, i: {"z": np.array([0.0, 1000.0 * i])}
    )
    assert found == Diagnosis("overflow", "exp overflows.")


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        (lambda x, y, w: gradient(y, x, w), "swapped-arguments"),
        (lambda x, y, w: gradient(x, 0.0, w), "ignored-argument"),
        (lambda x, y, w: gradient(x, y, 1.0), "ignored-argument"),
        (lambda x, y, w: gradient(x, -y, w), "negated-argument"),
    ],
)
def test_other_arguments_are_found_with_a_reference(wrong: Formula, id: str) -> None:
    found = diagnose(gradient, wrong, reference=gradient)
    assert found is not None and found.id == id
    assert diagnose(gradient, lambda x, y, w: wrong(x, y, w) + 0.1 * x, reference=gradient) is None


def lists(rng: np.random.Generator, i: int) -> dict[str, Any]:
    return {"xs": rng.normal(size=3 + i).tolist(), "w": float(rng.uniform(1, 2))}


def mean_square(xs: Any, w: float) -> float:
    return float(np.mean((np.array(xs) * w) ** 2))


@pytest.mark.parametrize(
    ("scale", "id"),
    [
        (lambda n: n, "sum-for-mean"),
        (lambda n: n / (n - 1), "n-minus-one"),
        (lambda n: 2.0, "constant-factor"),
        (lambda n: n * n, None),
    ],
)
def test_sums_and_means_are_told_apart(scale: Formula, id: str | None) -> None:
    found = diagnose(mean_square, lambda xs, w: scale(len(xs)) * mean_square(xs, w), make=lists)
    assert (found.id if found else None) == id


def test_mean_for_sum_is_named() -> None:
    found = diagnose(lambda xs, w: len(xs) * mean_square(xs, w), mean_square, make=lists)
    assert found is not None and found.id == "mean-for-sum"


def matrices(rng: np.random.Generator, i: int) -> dict[str, Any]:
    return {"X": rng.normal(size=(4 + i, 3)), "W": rng.normal(size=(3, 3)), "b": rng.normal(size=3)}


def forward(X: Any, W: Any, b: Any) -> Any:
    return X @ W + b


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        (lambda X, W, b: forward(X, W, b).T, "transposed"),
        (lambda X, W, b: forward(X, W, b).ravel(), "flattened"),
        (lambda X, W, b: forward(X, W, b)[None], "extra-dimension"),
        (lambda X, W, b: forward(X, W, b)[::-1], "reversed"),
        (lambda X, W, b: np.roll(forward(X, W, b), 1, 0), "shifted"),
        (lambda X, W, b: np.roll(forward(X, W, b), -1, 0), "shifted"),
        (lambda X, W, b: np.vstack([0 * b, forward(X, W, b)[:-1]]), "shifted"),
        (lambda X, W, b: forward(X, W, b)[:-1], "last-missing"),
        (lambda X, W, b: forward(X, W, b)[1:], "first-missing"),
        (lambda X, W, b: np.vstack([forward(X, W, b), b]), "one-too-many"),
        (lambda X, W, b: np.sort(forward(X, W, b), 0), "sorted"),
        (lambda X, W, b: np.cumsum(forward(X, W, b), 0), "accumulated"),
        (lambda X, W, b: forward(X, W, b).sum(1), "reduced-too-far"),
        (lambda X, W, b: forward(X, W, b).mean(), "reduced-too-far"),
        (lambda X, W, b: X @ W.T + b, "transposed-argument"),
        (lambda X, W, b: X @ W, "ignored-argument"),
        (lambda X, W, b: X @ W - b, "negated-argument"),
        (lambda X, W, b: torch.tensor(forward(X, W, b)).float() * 2, "constant-factor"),
        (lambda X, W, b: np.tanh(forward(X, W, b)), None),
        (lambda X, W, b: forward(X, W, b)[1:-1], None),
    ],
)
def test_misplaced_numbers_are_named(wrong: Formula, id: str | None) -> None:
    found = diagnose(forward, wrong, make=matrices, reference=forward)
    assert (found.id if found else None) == id


def column_means(X: Any, W: Any, b: Any) -> Any:
    return X.mean(0)


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        (lambda X, W, b: X.mean(1), "wrong-axis"),
        (lambda X, W, b: X.sum(1), "wrong-axis"),
        (lambda X, W, b: X.sum(0), "sum-for-mean"),
        (lambda X, W, b: X.mean(0, keepdims=True), "extra-dimension"),
        (lambda X, W, b: X.std(1), None),
    ],
)
def test_the_axis_of_a_reduction_is_told(wrong: Formula, id: str | None) -> None:
    found = diagnose(column_means, wrong, make=matrices)
    assert (found.id if found else None) == id


def test_a_column_against_a_row_is_named() -> None:
    make: Formula = lambda rng, i: {"p": rng.normal(size=4 + i), "y": rng.normal(size=4 + i)}
    found = diagnose(lambda p, y: p - y, lambda p, y: p[:, None] - y, make=make)
    assert found is not None and found.id == "broadcast"


def test_squares_that_are_not_averaged_are_named() -> None:
    found = diagnose(mean_square, lambda xs, w: ((np.array(xs) * w) ** 2).tolist(), make=lists)
    assert found is not None and found.id == "not-reduced"


def graph(x: float, y: float, w: float) -> dict[str, float]:
    return {"error": x * w - y, "d_error": 2 * (x * w - y), "d_w": gradient(x, y, w)}


def test_the_wrong_part_of_a_dictionary_is_named() -> None:
    found = diagnose(graph, lambda x, y, w: {**graph(x, y, w), "d_w": x * gradient(x, y, w)})
    assert found is not None and found.id == "extra-factor"
    assert found.text.startswith("Your answer['d_w'] is x times")


def test_exchanged_results_are_named() -> None:
    found = diagnose(
        graph,
        lambda x, y, w: graph(x, y, w) | {"d_error": gradient(x, y, w), "d_w": 2 * (x * w - y)},
    )
    assert found is not None and found.id == "swapped-results"
    found = diagnose(lambda x, y: (x, y), lambda x, y: (y, x))
    assert found is not None and found.id == "swapped-results"


def test_nine_wrong_formulas_are_told_apart_on_five_points() -> None:
    wrong = {
        "2 * error": lambda x, y, w: 2 * (x * w - y),
        "error": lambda x, y, w: x * w - y,
        "x * error": lambda x, y, w: x * (x * w - y),
        "4": lambda x, y, w: 4 * x * (x * w - y),
        "sign": lambda x, y, w: 2 * x * (y - x * w),
        "x twice": lambda x, y, w: 2 * x * x * (x * w - y),
        "w for x": lambda x, y, w: 2 * w * (x * w - y),
        "y for x": lambda x, y, w: 2 * y * (x * w - y),
        "constant": lambda x, y, w: 1.0,
    }
    texts = {diagnose(gradient, formula, points=5) for formula in wrong.values()}
    assert None not in texts and len(texts) == len(wrong)


def test_large_arrays_are_looked_through_in_part_and_then_as_a_whole() -> None:
    def make(rng: np.random.Generator, i: int) -> dict[str, Any]:
        return {name: rng.normal(size=20_000 + i) for name in "xyw"}

    def nearly(x: Any, y: Any, w: Any) -> Any:
        value = x * gradient(x, y, w)
        value[1] += 1.0
        return value

    found = diagnose(gradient, lambda x, y, w: x * gradient(x, y, w), points=2, make=make)
    assert found is not None and found.id == "extra-factor"
    assert diagnose(gradient, nearly, points=2, make=make) is None


numbers = st.floats(-50, 50).map(lambda x: round(x, 3))


@settings(max_examples=50)
@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=8), st.data())
def test_right_answers_are_never_explained(points: list[Any], data: Any) -> None:
    inputs = [dict(zip("xyw", p, strict=True)) for p in points]
    expected = [gradient(*p) for p in points]
    kinds: list[Formula] = [float, np.float64, torch.tensor, np.array]
    actual = [data.draw(st.sampled_from(kinds))(e) for e in expected]
    assert explain("f", inputs, actual, expected, wrt="w", reference=gradient) is None


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.integers(3, 9), st.sampled_from([1e-3, 0.1, 1.0, 100.0]))
def test_random_answers_are_never_explained(seed: int, points: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    noisy: Formula = lambda x, y, w: gradient(x, y, w) + rng.normal() * spread
    assert diagnose(gradient, noisy, points=points, reference=gradient, wrt="w") is None


def test_a_missing_answer_is_our_fault() -> None:
    with pytest.raises(ValueError, match="input"):
        explain("f", [{"x": 1.0}], [], [1.0])


def test_an_answer_that_is_far_too_long_is_not_looked_through() -> None:
    inputs = [{"x": float(x)} for x in range(1, 6)]
    due = [2.0 * given["x"] for given in inputs]
    mistakes = [Mistake("copies", "It copies.", lambda x: [2.0 * x] * length)]
    for length, id in ((1_000, "copies"), (1_001, None)):
        actual = [[value] * length for value in due]
        found = explain("f", inputs, actual, due, mistakes=mistakes)
        assert (found.id if found else None) == id


def test_a_wrong_kind_is_said_without_values() -> None:
    found = mismatch(None, 17.25)
    assert found is not None
    assert wrong_kind("gradient", found) == Diagnosis(
        "forgot-return", "gradient returned None: is there a return on every way through it?"
    )


@pytest.mark.parametrize("id", SENTENCES)
def test_every_sentence_can_be_said(id: str) -> None:
    said = SENTENCES[id].format(name="f", came_back="A", expected="B")
    assert "{" not in said.replace("{'name': value}", "") and said.startswith("f ")


def test_number_here_and_array_there_breaks_no_rule() -> None:
    def wrong(x: float) -> Any:
        return x if x < 0 else np.array([1.0, 2.0, 3.0])

    assert diagnose(lambda x: 2 * x, wrong, points=8) is None
