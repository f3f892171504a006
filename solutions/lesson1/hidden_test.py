"""The graders of lesson 1: facts about this machine and about others that we pretend it to be, values, fitted lines."""

import platform
import re
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch

from course.judge.closeness import describe, mismatch, same
from course.judge.diagnosis import Diagnosis, Mistake, explain, wrong_kind
from course.judge.expect import expect, expect_close, expect_parts, expect_values
from course.judge.kinds import as_array

# --- 1-1 ---------------------------------------------------------------------------------------------------------

KEYS = ("python", "torch", "device")
EXAMPLE = {"python": "3.12.1", "torch": "2.9.1+cu128", "device": "cpu"}


def look_around(student, scene="", python="", torch_version=""):
    """Return what `environment` says and whether there is a CUDA device; in a scene, what it says on another machine.

    The other machine has these versions ("versions"), a CUDA device ("card"), or a build for CUDA and no such device,
    but Apple's ("no card"); `later` is None if the function cannot cope with the pretence. `texts` are the values
    written in its cell, `named` what the cell names and imports, `elsewhere` the values that the function takes from
    other cells, `asked` how often it asked for the device there, `tried` how often it tried to use one.
    """
    import ast
    import collections
    import importlib.metadata
    import linecache
    import sys

    def say():
        said = student.environment()
        if isinstance(said, dict):
            said = {k: str(v) if isinstance(v, torch.device) else v for k, v in said.items()}
        return said

    seen = {
        "cuda": torch.cuda.is_available(),
        "now": say(),
        "later": None,
        "asked": 0,
        "tried": 0,
        "texts": [],
        "named": [],
        "elsewhere": [],
        "uses": [],
    }
    if not scene:
        return seen

    code = getattr(student.environment, "__code__", None)
    if code is not None:
        seen["uses"] = list(code.co_names)
        # a line for the notebook itself, like %matplotlib, is no Python
        lines = linecache.getlines(code.co_filename)
        lines = [line for line in lines if not line.lstrip().startswith(("%", "!"))]
        try:
            nodes = list(ast.walk(ast.parse("".join(lines))))
        except SyntaxError:
            nodes = []
        constants = [node.value for node in nodes if isinstance(node, ast.Constant)]
        seen["texts"] = [str(value).strip()[:100] for value in constants]
        dotted = [node for node in nodes if isinstance(node, (ast.Attribute, ast.Name))]
        seen["named"] = [ast.unparse(node)[:100] for node in dotted]
        for node in nodes:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                source = getattr(node, "module", None) or ""
                seen["named"] += [f"{source}.{alias.name}"[:100] for alias in node.names]
        own = {
            node.id
            for node in dotted
            if isinstance(getattr(node, "ctx", None), ast.Store) and isinstance(node, ast.Name)
        }
        plain = (str, dict, list, tuple, torch.device)
        seen["elsewhere"] = [
            name
            for name in code.co_names
            if name not in own and isinstance(student._names.get(name), plain)
        ]

    def asking(answer):
        def asked(*_, **__):
            seen["asked"] += 1
            return answer

        return asked

    def trying(original):
        def tried(*arguments, **options):
            seen["tried"] += 1
            return original(*arguments, **options)

        return tried

    found = importlib.metadata.version

    def version(name):
        return torch_version if name == "torch" else found(name)

    if scene == "versions":
        numbers = [int(number) for number in python.split(".")]
        fields = collections.namedtuple("version_info", "major minor micro releaselevel serial")
        pretended = [
            (sys, "version", sys.version.replace(sys.version.split()[0], python, 1)),
            (sys, "version_info", fields(*numbers, "final", 0)),
            (torch, "__version__", type(torch.__version__)(torch_version)),
            (torch.version, "__version__", torch_version),
            (importlib.metadata, "version", version),
        ]
    else:
        here = scene == "card"
        pretended = [
            (torch.cuda, "is_available", asking(here)),
            (torch.cuda, "device_count", asking(int(here))),
            (torch.cuda, "_lazy_init", trying(torch.cuda._lazy_init)),
            (torch.accelerator, "is_available", asking(here)),
            (
                torch.accelerator,
                "current_accelerator",
                asking(torch.device("cuda") if here else None),
            ),
            (torch.backends.cuda, "is_built", lambda: True),
            (torch.version, "cuda", "12.8"),
            (torch.backends.mps, "is_available", lambda: not here),
        ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in pretended]
    # `from torch.cuda import is_available` has put the very same thing under a name of the notebook's
    held = {
        name: new
        for (_, _, old), (_, _, new) in zip(before, pretended, strict=True)
        for name, value in student._names.items()
        if value is old and (callable(old) or isinstance(old, (str, tuple)))
    }
    try:
        for owner, name, new in pretended:
            setattr(owner, name, new)
        with student.replacing(**held):
            seen["later"] = say()
    except Exception:
        # what is only pretended can be looked at, but not used
        seen["later"] = None
    finally:
        for owner, name, old in before:
            setattr(owner, name, old)
    return seen


def look(submission, scene="", **versions):
    """Return what `look_around` sees, in a form that holds whatever came back."""
    seen = submission.probe(look_around, of="environment")(scene, **versions)
    return seen if isinstance(seen, dict) and "now" in seen else {"now": seen}


NOT_A_STRING = {
    "python": "python is not a string. platform.python_version() is one; a number such as 3.10 would become 3.1.",
    "torch": "torch is not a string: torch.__version__, with two underscores on either side, is one.",
    "device": 'device is not a string: it is "cuda" or "cpu". True, False or a number of cards only help to choose.',
}


def entries(said):
    """Expect a dictionary with the three keys and a string for each, and return it."""
    claim = 'environment() is a dictionary with the strings "python", "torch" and "device"'
    if not isinstance(said, dict):
        miss = mismatch(said, EXAMPLE)
        assert miss is not None
        expect(False, claim, came_back=said, diagnosis=wrong_kind("environment", miss))
    missing = [key for key in KEYS if key not in said]
    if missing:
        spelled = {str(key).lower().strip() for key in said}
        almost = all(any(key in other for other in spelled) for key in missing)
        text = (
            'The keys are "python", "torch" and "device", spelled exactly so, with small letters.'
            if almost
            else f"environment() has no {' and no '.join(repr(key) for key in missing)} in it."
        )
        diagnosis = Diagnosis("misspelled-key" if almost else "missing-key", text)
        expect(False, claim, came_back=said, diagnosis=diagnosis)
    for key in KEYS:
        if not isinstance(said[key], str):
            diagnosis = Diagnosis("not-a-string", NOT_A_STRING[key])
            expect(False, claim, came_back=said[key], diagnosis=diagnosis)
    return said


def numbers_of(version):
    """Return the numbers that a version begins with: "2.9.1+cu128" gives ["2", "9", "1"]."""
    found = re.match(r"\d+(\.\d+)*", version)
    return found.group().split(".") if found else []


def is_version(said, true):
    """Return whether `said` is this version: as a whole, without its ending, or its first two numbers or more."""
    said = (said.split() or [""])[0]
    numbers = numbers_of(said)
    plain = said == ".".join(numbers)
    return said in (true, true.split("+")[0]) or (
        plain and len(numbers) >= 2 and numbers == numbers_of(true)[: len(numbers)]
    )


def explain_version(said, key, others):
    """Return what else `said` is, in place of the version that is due for `key`."""
    name = {"python": "Python", "torch": "PyTorch"}[key]
    source = {"python": "platform.python_version()", "torch": "torch.__version__"}[key]
    for other, version in others.items():
        if said == version:
            return Diagnosis("other-library", f"{key} holds the version of {other}: take {source}.")
    if "version_info" in said:
        return Diagnosis(
            "version-info",
            f"python is a printed sys.version_info: {source} is just the version.",
        )
    if re.fullmatch(r"\d+", said):
        return Diagnosis(
            "too-coarse",
            f"{key} holds one number: at least the first two are due, with the dot between them.",
        )
    if re.match(r"\D+\s*\d+\.\d+", said):
        return Diagnosis("extra-words", f"{key} begins with words: give the version alone.")
    if len(numbers_of(said)) < 2:
        return Diagnosis("no-version", f"{key} is no version: {source} is one.")
    return Diagnosis(
        "hard-coded",
        f"{key} is a version, but not that of the {name} that ran this notebook: look it up with {source} "
        "instead of writing it down.",
    )


@pytest.mark.exercise("1-1")
def test_environment_has_its_three_entries(submission):
    entries(look(submission)["now"])


def expect_version(submission, key, true, others):
    """Expect the version that the judge runs on: the sandbox has the same interpreter and the same libraries."""
    said = entries(look(submission)["now"])[key]
    expect(
        is_version(said, true),
        f"{key} is the version that the notebook runs on",
        came_back=said,
        expected=true,
        diagnosis=explain_version(said, key, others),
    )


@pytest.mark.exercise("1-1", after="test_environment_has_its_three_entries")
def test_python_is_the_version_that_runs(submission):
    others = {"PyTorch": str(torch.__version__), "the operating system": platform.version()}
    expect_version(submission, "python", platform.python_version(), others)


@pytest.mark.exercise("1-1", after="test_environment_has_its_three_entries")
def test_torch_is_the_version_that_runs(submission):
    others = {"Python": platform.python_version(), "NumPy": np.__version__}
    expect_version(submission, "torch", str(torch.__version__), others)


def names(seen, what):
    """Return the strings that `look_around` has listed."""
    listed = seen.get(what)
    return [text for text in listed if isinstance(text, str)] if isinstance(listed, list) else []


def written_down(said, seen):
    """Return whether what `environment` said stands in its cell, as it is."""
    return said in names(seen, "texts")


LOOKED_UP = {
    "python": r"python_version|version_info|hexversion|python_build|sys\.version",
    "torch": r"__version__|torch.*version|metadata",
    "device": r"cuda\.|available|device_count|accelerator|nvidia",
}
"""What a cell names or holds that asks for a fact, in the function or in a line outside of it."""


def asks(seen, key):
    """Return whether the function's cell asks for this fact at all, or takes something from a cell that may do so."""
    words = [*names(seen, "named"), *names(seen, "texts")]
    asked = any(re.search(LOOKED_UP[key], word) for word in words)
    return asked or bool(names(seen, "elsewhere"))


@pytest.mark.exercise("1-1", after="test_environment_has_its_three_entries")
def test_versions_are_looked_up_and_not_written_down(submission, rng):
    python = f"3.{rng.integers(50, 80)}.{rng.integers(50, 80)}"
    torch_version = f"{rng.integers(5, 9)}.{rng.integers(50, 80)}.{rng.integers(0, 9)}+pretended"
    seen = look(submission, "versions", python=python, torch_version=torch_version)
    now, later = entries(seen["now"]), seen.get("later")
    for key, true in (("python", python), ("torch", torch_version)):
        follows = isinstance(later, dict) and is_version(str(later.get(key)), true)
        diagnosis = Diagnosis(
            "hard-coded",
            f"{key} stands in the code as it is today, and would be wrong on another machine: look it up.",
        )
        expect(
            follows or (asks(seen, key) and not written_down(now[key], seen)),
            f"{key} is true on a machine with other versions, too",
            came_back=now[key],
            diagnosis=diagnosis,
        )


def kind_of_device(said):
    """Return "cuda" for "cuda" and "cuda:0", "cpu" for "cpu", and otherwise None."""
    found = re.fullmatch(r"(cpu|cuda)(:\d+)?", said)
    return found.group(1) if found else None


def count(seen, what):
    value = seen.get(what)
    return value if type(value) is int else 0


def device_of(seen):
    """Return "cuda" or "cpu", as `environment` said in a scene, or None."""
    later = seen.get("later")
    said = later.get("device") if isinstance(later, dict) else None
    return kind_of_device(said) if isinstance(said, str) else None


def misnamed(said):
    """Return why `said` is the name of no device that is due, or None."""
    if kind_of_device(said) is not None:
        return None
    if re.fullmatch(r"mps(:\d+)?", said):
        return Diagnosis(
            "other-card",
            'device is "mps", Apple\'s graphics card, where there is one: here only "cuda" counts, and without it '
            '"cpu" is due.',
        )
    if re.search(r"cpu|cuda|gpu|mps|true|false", said, re.IGNORECASE):
        return Diagnosis(
            "device-spelling",
            'device is to be spelled as PyTorch spells it: "cuda" or "cpu".',
        )
    return Diagnosis(
        "no-device",
        'device names no device of PyTorch: it is "cuda" or "cpu", whatever make the processor is.',
    )


NOT_CALLED = Diagnosis(
    "not-called",
    "is_available is a function, and a function itself counts as true: call it, with parentheses.",
)


def not_called(seen):
    return "is_available" in names(seen, "uses") and not count(seen, "asked")


def answer_unused(seen):
    """Return what to say where the function asked for a card, though it came to nothing; None if it never asked."""
    if not count(seen, "asked"):
        return None
    if "device_count" in names(seen, "uses"):
        return Diagnosis(
            "answer-unused",
            "The function counts the cards, but a single one makes no difference: one card is enough for it to be "
            '"cuda". Or just ask torch.cuda.is_available().',
        )
    return Diagnosis(
        "answer-unused",
        "The function asks for a card, but its answer makes no difference. is_available() is True or False, never a "
        "string or None.",
    )


def explain_device(said, submission):
    """Return why `environment` names a device that is not there, or none at all."""
    if found := misnamed(said):
        return found
    card, no_card = (look(submission, scene) for scene in ("card", "no card"))
    if not_called(card):
        return NOT_CALLED
    if (device_of(card), device_of(no_card)) == ("cpu", "cuda"):
        return Diagnosis(
            "inverted",
            'The two devices are exchanged: "cuda" belongs to is_available() being true.',
        )
    if device_of(card) == device_of(no_card) and (found := answer_unused(card)):
        return found
    return Diagnosis(
        "hard-coded",
        f"device is always {kind_of_device(said)!r}: ask torch.cuda.is_available() whenever the function is called.",
    )


@pytest.mark.exercise("1-1", after="test_environment_has_its_three_entries")
def test_device_is_one_that_pytorch_can_use(submission):
    seen = look(submission)
    said = entries(seen["now"])["device"]
    # the sandbox may hide a card that the judge sees; one that the judge does not see is not there
    due = "cuda" if seen.get("cuda") is True and torch.cuda.is_available() else "cpu"
    if kind_of_device(said) != due:
        expect(
            False,
            'device is "cuda" if PyTorch can use a CUDA graphics card, else "cpu"',
            came_back=said,
            expected=due,
            diagnosis=explain_device(said, submission),
        )


@pytest.mark.exercise("1-1", weight=2, after="test_device_is_one_that_pytorch_can_use")
def test_device_follows_the_machine(submission):
    for scene, due, claim in (
        (
            "card",
            "cuda",
            'device is "cuda" on a machine where PyTorch can use a CUDA graphics card',
        ),
        (
            "no card",
            "cpu",
            'device is "cpu" where PyTorch is built for CUDA, but finds no graphics card',
        ),
    ):
        seen = look(submission, scene)
        now = entries(seen["now"])["device"]
        if not isinstance(seen.get("later"), dict) or device_of(seen) == due:
            continue
        said = seen["later"].get("device")
        expect(
            isinstance(said, str) and said == now and excused(seen),
            claim,
            came_back=said,
            diagnosis=explain_other_machine(now, said if isinstance(said, str) else "", due, seen),
        )


def asks_for_the_build(seen):
    uses = names(seen, "uses")
    return "is_built" in uses or ("version" in uses and "cuda" in uses)


def excused(seen):
    """Return whether an answer may be right that does not follow our pretence.

    It may have tried a real computation on a card that is none, or may have asked before, in a line outside of the
    function. Either names both devices, and does not go by what we pretend.
    """
    both = written_down("cpu", seen) and any(written_down(c, seen) for c in ("cuda", "cuda:0"))
    if not both or not_called(seen) or asks_for_the_build(seen):
        return False
    return count(seen, "tried") > 0 or (not count(seen, "asked") and asks(seen, "device"))


def explain_other_machine(now, said, due, seen):
    if found := misnamed(said):
        return found
    if not_called(seen):
        return NOT_CALLED
    if due == "cpu" and (said != now or asks_for_the_build(seen)):
        return Diagnosis(
            "built-for-cuda",
            "device goes by whether PyTorch is built for CUDA. A card may still be missing: ask "
            "torch.cuda.is_available().",
        )
    if written_down(now, seen) and not count(seen, "asked"):
        return Diagnosis(
            "hard-coded",
            f"device is always {now!r}, which stands in the code: ask torch.cuda.is_available() whenever the function "
            "is called.",
        )
    return answer_unused(seen) or Diagnosis(
        "other-question",
        "device does not depend on whether there is a card. A tensor's device, say, only tells where that tensor lies: "
        "ask torch.cuda.is_available().",
    )


# --- 1-2 ---------------------------------------------------------------------------------------------------------


def rule(data):
    return 2 * data + 1


def several(id_, text, *formulas):
    """Return a mistake that takes several forms."""
    return [Mistake(id_, text, formula) for formula in formulas]


RULE_MISTAKES = [
    Mistake("no-intercept", "apply_rule leaves out the + 1.", lambda data: 2 * data),
    Mistake("minus-one", "apply_rule takes 1 away: it is to be added.", lambda data: 2 * data - 1),
    Mistake(
        "parentheses",
        "apply_rule adds the 1 first and doubles the sum: double the data, then add 1.",
        lambda data: 2 * (data + 1),
    ),
    Mistake(
        "swapped-numbers",
        "apply_rule has the 2 and the 1 in each other's place.",
        lambda data: data + 2,
    ),
    Mistake(
        "square",
        "apply_rule squares the data: ** makes a power, a single * multiplies.",
        lambda data: data**2 + 1,
    ),
    Mistake(
        "power",
        "apply_rule raises 2 to a power: ** makes a power, a single * multiplies.",
        lambda data: 2.0**data + 1,
    ),
    Mistake("added", "apply_rule adds the 2: multiply by it.", lambda data: data + 2 + 1),
    *several(
        "whole-numbers",
        "apply_rule rounds the data to whole numbers first: leave out int() and round().",
        lambda data: 2 * int(data) + 1,
        lambda data: 2 * round(data) + 1,
    ),
    Mistake(
        "inverse-rule",
        "apply_rule goes from the answer back to the data: (data - 1) / 2. Go the other way.",
        lambda data: (data - 1) / 2,
    ),
]


def expect_data_used(apply_rule):
    """Expect answers that are not one and the same array each time: that its shape is wrong, too, can wait."""
    first, *others = (apply_rule(value) for value in (-1.5, 0.25, 3))
    array = as_array(first)
    several = array is not None and array.ndim > 0 and array.size > 0
    text = "Your apply_rule is the same on all 3 inputs: it does not depend on its inputs."
    expect(
        not (several and all(same(first, other) for other in others)),
        "apply_rule calculates with the data that it is given",
        came_back=first,
        diagnosis=Diagnosis("always-the-same", text),
    )


@pytest.mark.exercise("1-2", weight=2)
def test_rule_holds_for_numbers(submission, rng):
    expect_data_used(submission.function("apply_rule"))
    drawn = [*(rng.integers(-80, 80, 8) / 8).tolist(), *rng.integers(-50, 50, 3).tolist(), 0]
    expect_values(
        submission.function("apply_rule"),
        rule,
        [{"data": value} for value in drawn],
        claim="apply_rule(x) is 2 x + 1 for numbers",
        mistakes=RULE_MISTAKES,
    )


def boxes(rng):
    """Draw arrays and tensors of several shapes; multiples of 1/8, so that the answers are exact."""
    return [
        {"data": make(rng.integers(-80, 80, shape) / 8)}
        for make in (np.asarray, torch.as_tensor, lambda drawn: torch.as_tensor(drawn).float())
        for shape in ((6,), (2, 3), (1,), (2, 2, 2))
    ]


@pytest.mark.exercise("1-2", after="test_rule_holds_for_numbers")
def test_rule_holds_for_arrays_and_tensors(submission, rng):
    expect_values(
        submission.function("apply_rule"),
        rule,
        boxes(rng),
        claim="apply_rule gives one answer for each number of an array or a tensor, in its shape",
        hint="plain arithmetic works on all numbers at once: no loop, no float(), no if",
    )


def apply_and_look(student, data):
    """Return the answers of `apply_rule`, and the data as they are after it."""
    answers = student.apply_rule(data)
    return [answers, data]


@pytest.mark.exercise("1-2", after="test_rule_holds_for_arrays_and_tensors")
def test_data_stays_as_it_is(submission, rng):
    claim = "apply_rule leaves the data that it is given as they are"
    text = (
        "apply_rule writes into the data of its caller: *=, += and functions ending in _ change an array or a tensor "
        "in place. Make a new one: data * 2."
    )
    for given in boxes(rng):
        data = given["data"]
        looked = submission.probe(apply_and_look, of="apply_rule")(data)
        answers, after = expect_parts(looked, ["answers", "data"], subject="apply_rule")
        expect_close(answers, rule(data), claim="apply_rule gives 2 x + 1", subject="apply_rule")
        expect(same(after, data), claim, diagnosis=Diagnosis("input-changed", text))


# --- 1-3 ---------------------------------------------------------------------------------------------------------


def numbers(values):
    return np.asarray(values, dtype=float)


def through(x, y, slope):
    """Return the line of this slope through the middle of the points."""
    return slope, y.mean() - slope * x.mean()


def least_squares(data, answers):
    x, y = numbers(data), numbers(answers)
    dx, dy = x - x.mean(), y - y.mean()
    slope, intercept = through(x, y, (dx @ dy) / (dx @ dx))
    return float(slope), float(intercept)


def of_arrays(method):
    """Return `method(x, y)` as a function of data and answers in any form; a division by zero is no answer."""

    def formula(data, answers):
        slope, intercept = method(numbers(data), numbers(answers))
        return float(slope), float(intercept)

    return formula


def through_two(i, j):
    """Return the method of drawing a line through the points i and j."""

    def method(x, y):
        slope = (y[j] - y[i]) / (x[j] - x[i])
        return slope, y[i] - slope * x[i]

    return method


def through_extremes(x, y):
    return through_two(int(x.argmin()), int(x.argmax()))(x, y)


def of_ranges(x, y):
    slope = (y.max() - y.min()) / (x.max() - x.min())
    return slope, y[0] - slope * x[0]


def steps(x, y):
    return [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(zip(x, y, strict=True))]


def sorted_steps(x, y):
    order = x.argsort(kind="stable")
    return steps(x[order], y[order])


def with_some_intercept(slope):
    """Return the lines of this slope through the middle of the points, and through the first of them."""
    return [
        lambda x, y: through(x, y, slope(x, y)),
        lambda x, y: (slope(x, y), y[0] - slope(x, y) * x[0]),
    ]


def best_slope(x, y):
    return np.polyfit(x, y, 1)[0]


def standard(x, ddof=0):
    return (x - x.mean()) / x.std(ddof=ddof)


def covariance(x, y):
    return ((x - x.mean()) * (y - y.mean())).mean()


def around_medians(x, y):
    dx, dy = x - np.median(x), y - np.median(y)
    slope = (dx @ dy) / (dx @ dx)
    return slope, np.median(y) - slope * np.median(x)


def mistakes_of(id_, text, *methods):
    return several(id_, text, *map(of_arrays, methods))


FAR_FROM_BEST = [
    *mistakes_of(
        "two-points",
        "find_rule draws the line through the first two points: every other point is ignored, and each of the two may "
        "be far off. Let all points have a say.",
        through_two(0, 1),
        through_two(1, 0),
    ),
    *mistakes_of(
        "two-points",
        "find_rule draws the line through the first and the last point and ignores all others, though each of "
        "the two may be far off. Let all points have a say.",
        through_two(0, -1),
        through_two(-1, 0),
        lambda x, y: through(x, y, through_two(0, -1)(x, y)[0]),
        lambda x, y: through(x, y, through_two(0, 1)(x, y)[0]),
    ),
    *mistakes_of(
        "two-points",
        "find_rule draws the line through the last two points and ignores all others. Let all points have a say.",
        through_two(-2, -1),
        through_two(-1, -2),
    ),
    *mistakes_of(
        "two-points",
        "find_rule draws the line through the points with the smallest and the largest data and ignores all others. "
        "Let all points have a say.",
        through_extremes,
        lambda x, y: through_two(int(x.argmax()), int(x.argmin()))(x, y),
        lambda x, y: through(x, y, through_extremes(x, y)[0]),
    ),
    *mistakes_of(
        "mean-of-slopes",
        "find_rule averages the slopes from point to point: where two points lie close together, noise makes their "
        "slope enormous. Sum up products and squares first, and divide once.",
        *with_some_intercept(lambda x, y: np.mean(steps(x, y))),
        *with_some_intercept(lambda x, y: np.mean(sorted_steps(x, y))),
    ),
    *mistakes_of(
        "intercept-of-one-point",
        "The slope is right, but the intercept is taken from the first point alone: the line goes through the middle, "
        "mean(answers) - slope * mean(data).",
        lambda x, y: (best_slope(x, y), y[0] - best_slope(x, y) * x[0]),
    ),
    *mistakes_of(
        "inverse-fit",
        "find_rule fits the data by the answers and turns that line around: with noise that is another line, which is "
        "too steep. Divide by the sum of squares of the data, not of the answers.",
        lambda x, y: through(x, y, 1 / best_slope(y, x)),
    ),
    *mistakes_of(
        "ratio-of-spreads",
        "find_rule divides the spread of the answers by that of the data, noise and all, which makes the line too "
        "steep. The sum of the products belongs on top.",
        lambda x, y: through(x, y, np.sign(covariance(x, y)) * y.std() / x.std()),
    ),
]

MEDIANS = mistakes_of(
    "median",
    "find_rule takes medians for means: the line of least squares goes through the means.",
    around_medians,
    lambda x, y: through(x, y, around_medians(x, y)[0]),
)

SLOPE_MISTAKES = [
    *mistakes_of(
        "hard-coded",
        "find_rule returns 2 and 1 whatever it is given: find the rule of these data and answers.",
        lambda x, y: (2.0, 1.0),
    ),
    *mistakes_of(
        "swapped-results",
        "find_rule returns the intercept first: the slope comes first.",
        lambda x, y: least_squares(x, y)[::-1],
    ),
    *mistakes_of(
        "swapped-arguments",
        "find_rule has data and answers exchanged: it finds the rule from the answers back to the data.",
        lambda x, y: least_squares(y, x),
    ),
    *mistakes_of(
        "through-origin",
        "find_rule finds a line through 0: take the means away from data and answers before you multiply.",
        lambda x, y: ((x @ y) / (x @ x), 0.0),
        lambda x, y: through(x, y, (x @ y) / (x @ x)),
        lambda x, y: (y.mean() / x.mean(), 0.0),
        lambda x, y: ((y / x).mean(), 0.0),
        lambda x, y: through(x, y, (y / x).mean()),
        lambda x, y: through(x, y, y.mean() / x.mean()),
    ),
    *mistakes_of(
        "half-centred",
        "The sum below is one of squares of the data themselves: take their mean away before you square.",
        lambda x, y: through(x, y, covariance(x, y) / (x**2).mean()),
    ),
    *mistakes_of(
        "covariance",
        "The slope is only the upper sum, or its mean: divide it by the sum of the squares below.",
        lambda x, y: through(x, y, covariance(x, y)),
        lambda x, y: through(x, y, covariance(x, y) * len(x)),
        lambda x, y: through(x, y, covariance(x, y) * len(x) / (len(x) - 1)),
    ),
    *mistakes_of(
        "mixed-counts",
        "The slope is off by n / (n - 1) or (n - 1) / n: one of the sums is divided by n - 1, as np.cov does, "
        "the other by n, as np.var does.",
        lambda x, y: through(x, y, best_slope(x, y) * len(x) / (len(x) - 1)),
        lambda x, y: through(x, y, best_slope(x, y) * (len(x) - 1) / len(x)),
    ),
    *mistakes_of(
        "mean-for-sum",
        "The slope is a mean divided by a sum, or the other way round: it is off by the number of points.",
        lambda x, y: through(x, y, best_slope(x, y) * len(x)),
        lambda x, y: through(x, y, best_slope(x, y) / len(x)),
    ),
    *mistakes_of(
        "correlation",
        "The slope is the correlation, which is between -1 and 1: it has to be multiplied by the spread of the answers "
        "over that of the data.",
        lambda x, y: through(x, y, covariance(x, y) / (x.std() * y.std())),
    ),
    *mistakes_of(
        "no-root",
        "The slope is divided by the spread (standard deviation) of the data: divide by its square, the variance.",
        lambda x, y: through(x, y, covariance(x, y) / x.std()),
        lambda x, y: through(x, y, covariance(x, y) * len(x) / (len(x) - 1) / x.std(ddof=1)),
    ),
    *mistakes_of(
        "divided-by-answers",
        "The sum below is that of the answers' squares: it is the data's.",
        lambda x, y: through(x, y, covariance(x, y) / y.var()),
    ),
    *mistakes_of(
        "steps-of-one",
        "find_rule subtracts one answer from the next and calls it the slope: the data do not go up by 1. Divide by "
        "how much they change.",
        lambda x, y: (y[1] - y[0], y[0] - (y[1] - y[0]) * x[0]),
        lambda x, y: (y[1] - y[0], y[0]),
        lambda x, y: through(x, y, np.diff(y).mean()),
    ),
    *mistakes_of(
        "sign-of-slope",
        "The slope is a quotient of two ranges, the largest minus the smallest, and never negative.",
        of_ranges,
        lambda x, y: through(x, y, of_ranges(x, y)[0]),
        lambda x, y: through(x, y, y.std() / x.std()),
    ),
    *mistakes_of(
        "intercept-is-mean",
        "The intercept is the mean of the answers: subtract slope times the mean of the data.",
        lambda x, y: (best_slope(x, y), y.mean()),
    ),
    *mistakes_of(
        "intercept-sign",
        "The intercept has the wrong sign: it is the mean of the answers minus slope times the mean of the data.",
        lambda x, y: (best_slope(x, y), best_slope(x, y) * x.mean() - y.mean()),
    ),
    *mistakes_of(
        "intercept-plus",
        "The intercept adds slope times the mean of the data: subtract it.",
        lambda x, y: (best_slope(x, y), y.mean() + best_slope(x, y) * x.mean()),
    ),
    *mistakes_of(
        "means-exchanged",
        "The intercept has the two means exchanged: slope times the mean of the data is taken from the mean of the "
        "answers.",
        lambda x, y: (best_slope(x, y), x.mean() - best_slope(x, y) * y.mean()),
    ),
    *mistakes_of(
        "intercept-without-slope",
        "The intercept is the difference of the two means: multiply the mean of the data by the slope first.",
        lambda x, y: (best_slope(x, y), y.mean() - x.mean()),
    ),
    *mistakes_of(
        "intercept-is-first-answer",
        "The intercept is an answer, one that stands first or is the smallest: it is where the line is at 0, and 0 "
        "need not be among the data.",
        lambda x, y: (best_slope(x, y), y[0]),
        lambda x, y: (best_slope(x, y), y.min()),
        lambda x, y: (best_slope(x, y), y[x.argmin()]),
        lambda x, y: (through_two(0, 1)(x, y)[0], y[0]),
    ),
    *mistakes_of(
        "whole-numbers",
        "find_rule rounds, or tries whole numbers only: slope and intercept may be any numbers.",
        lambda x, y: tuple(map(round, least_squares(x, y))),
        lambda x, y: tuple(map(int, least_squares(x, y))),
    ),
    *mistakes_of(
        "whole-numbers",
        "find_rule cuts data or answers to whole numbers: keep their decimals, dtype=float.",
        lambda x, y: least_squares(np.trunc(x), np.trunc(y)),
        lambda x, y: least_squares(np.trunc(x), y),
        lambda x, y: least_squares(x, np.trunc(y)),
    ),
    *mistakes_of(
        "sorted-apart",
        "find_rule sorts data and answers apart: the first of the one belongs to the first of the other.",
        lambda x, y: least_squares(np.sort(x), np.sort(y)),
        lambda x, y: least_squares(np.sort(x), y),
        lambda x, y: least_squares(x, np.sort(y)),
    ),
    *mistakes_of(
        "standardised",
        "find_rule makes the data (and perhaps the answers) standard first, mean 0 and spread 1, and returns the line "
        "through these: slope and intercept are due for the data as they are.",
        lambda x, y: least_squares(standard(x), y),
        lambda x, y: least_squares(standard(x), standard(y)),
        lambda x, y: least_squares(standard(x, ddof=1), y),
        lambda x, y: least_squares(standard(x, ddof=1), standard(y, ddof=1)),
    ),
    *MEDIANS,
    *FAR_FROM_BEST,
]

# 6,000 drawn sets of exact points, the error of slope and intercept relative to 1 + |right|, median and worst:
# formulas in float32 centred 1e-7 and 3e-6, by torch.linalg.lstsq 1e-7 and 8e-6, uncentred or by an inverse matrix 2e-7
# and 4e-5. 90 sets of them by gradient descent of 10,000 steps: 5e-15 and 4e-9.
EXACT = 3e-4


def exact_points(rng, count, *, whole=False):
    """Draw a rule and `count` points on it in no order, far enough apart and not around 0."""
    if whole:
        slope, intercept = (int(v) for v in rng.integers(2, 9, 2) * rng.choice([-1, 1], 2))
        x = rng.choice(np.arange(-6, 20), count, replace=False)
    else:
        slope, intercept = rng.uniform(0.6, 5, 2) * rng.choice([-1, 1], 2)
        x = rng.uniform(-3, 8, count)
        while np.ptp(x) < 3 or abs(x[1] - x[0]) < 0.5 or abs(x[-1] - x[0]) < 0.5:
            x = rng.uniform(-3, 8, count)
    return x, slope * x + intercept


expect_line = partial(expect_values, right=least_squares, rtol=EXACT, atol=EXACT)


@pytest.mark.exercise("1-3", weight=2)
def test_rules_are_found_exactly_where_the_answers_are_exact(submission, rng):
    given = [exact_points(rng, count) for count in (5, 2, 3, 9, 30, 4)]
    expect_line(
        submission.function("find_rule"),
        inputs=[{"data": x.tolist(), "answers": y.tolist()} for x, y in given],
        claim="find_rule finds slope and intercept of points on a line",
        mistakes=SLOPE_MISTAKES,
    )


@pytest.mark.exercise("1-3", after="test_rules_are_found_exactly_where_the_answers_are_exact")
def test_data_may_be_arrays_tensors_and_whole_numbers(submission, rng):
    for words, make, whole in [
        ("lists of whole numbers", np.ndarray.tolist, True),
        ("arrays", np.asarray, False),
        ("arrays of whole numbers", np.asarray, True),
        ("tensors", torch.tensor, False),
        ("tensors of whole numbers", torch.tensor, True),
    ]:
        given = [exact_points(rng, count, whole=whole) for count in (3, 8, 5)]
        expect_line(
            submission.function("find_rule"),
            inputs=[{"data": make(x), "answers": make(y)} for x, y in given],
            claim=f"find_rule takes {words}",
            mistakes=SLOPE_MISTAKES,
            hint="begin with np.asarray(…, dtype=float) or torch.as_tensor(…, dtype=torch.float64)",
        )


@pytest.mark.exercise("1-3", after="test_rules_are_found_exactly_where_the_answers_are_exact")
def test_data_may_hold_a_value_twice(submission, rng):
    def twice(at, copy, count):
        x, _ = exact_points(rng, count)
        slope, intercept = rng.uniform(1, 5, 2)
        x[copy] = x[at]
        return {"data": x.tolist(), "answers": (slope * x + intercept).tolist()}

    expect_line(
        submission.function("find_rule"),
        inputs=[twice(0, 1, 5), twice(0, -1, 6), twice(-2, -1, 6), twice(2, 4, 8)],
        claim="find_rule finds the rule where a value occurs twice in the data",
        hint="never divide by the difference of two single points: it may be 0",
    )


# By how much the mean squared error of a line is above the smallest possible, in parts of that, for 300 draws of 200
# points with as much noise as signal, median and worst: least squares, in float32, too, under 1e-6; honest estimators
# of other kinds 0.001 and 0.016 (means of two halves), 0.002 and 0.027 (Theil-Sen), 0.004 and 0.039 (least absolute
# deviations). Points are drawn anew, some seven times, until every short cut is above 0.10; the mean answer for all
# is above 0.63. Gradient descent cut short may pass here: exact answers tell it.
NOISE_ALLOWED, CLEARLY_MORE = 0.05, 0.10


def excess(x, y, line):
    """Return by how much the mean squared error of `line` is above the smallest possible, in parts of that."""

    def error(slope, intercept):
        return float(np.mean((slope * x + intercept - y) ** 2))

    with np.errstate(all="ignore"):
        return error(*line) / error(*least_squares(x, y)) - 1


def noisy_points(rng, count):
    """Draw points with much noise, through which every short cut leads to a line that is clearly worse."""
    while True:
        slope, intercept = rng.uniform(1, 3, 2) * rng.choice([-1, 1], 2)
        x = rng.uniform(-3, 8, count)
        y = slope * x + intercept + rng.normal(0, abs(slope) * x.std(), count)
        if all(excess(x, y, m.formula(x, y)) > CLEARLY_MORE for m in FAR_FROM_BEST):
            return x, y


@pytest.mark.exercise(
    "1-3", weight=2, after="test_rules_are_found_exactly_where_the_answers_are_exact"
)
def test_through_noise_the_line_is_as_good_as_the_best(submission, rng):
    find_rule = submission.function("find_rule")
    points = [noisy_points(rng, count) for count in (180, 200, 220)]
    given = [{"data": x.tolist(), "answers": y.tolist()} for x, y in points]
    due = [least_squares(**g) for g in given]
    found = [find_rule(**g) for g in given]
    for (x, y), line, right in zip(points, found, due, strict=True):
        # two numbers first
        expect_close(
            line,
            right,
            claim="find_rule returns (slope, intercept)",
            subject="find_rule",
            rtol=0.0,
            atol=1e300,
        )
        expect(
            excess(x, y, [float(v) for v in line]) < NOISE_ALLOWED,
            "through noisy points, the mean squared error of the line is within 5 % of the smallest possible",
            came_back=line,
            expected=describe(right),
            diagnosis=explain("find_rule", given, found, due, mistakes=SLOPE_MISTAKES),
            hint="the line of least squares lets every point have a say",
        )


def line_of_each_once(x, y):
    """Return the line through the points that differ."""
    return least_squares(*zip(*dict.fromkeys(zip(x, y, strict=True)), strict=True))


REPEATED = mistakes_of(
    "repeated-points",
    "find_rule takes a point that comes twice as one, as a set or a dictionary of points would: each ride counts.",
    line_of_each_once,
)


def repeated_points(rng, count):
    """Draw points on no line, of which one comes three times and pulls the line towards it."""
    while True:
        x, _ = exact_points(rng, count)
        y = rng.uniform(-8, 8, count)
        x, y = np.append(x, [x[0]] * 2), np.append(y, [y[0]] * 2)
        order = rng.permutation(count + 2)
        x, y = x[order], y[order]
        if all(excess(x, y, m.formula(x, y)) > CLEARLY_MORE for m in (*REPEATED, *MEDIANS)):
            return {"data": x.tolist(), "answers": y.tolist()}


@pytest.mark.exercise("1-3", after="test_through_noise_the_line_is_as_good_as_the_best")
def test_a_point_that_comes_again_counts_again(submission, rng):
    expect_line(
        submission.function("find_rule"),
        inputs=[repeated_points(rng, count) for count in (4, 5, 7)],
        claim="find_rule finds the line of least squares where a point comes more than once",
        mistakes=[*REPEATED, *SLOPE_MISTAKES],
    )
