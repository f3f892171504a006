"""The graders of lesson 12: text against a table of our own, networks by what they do with parameters of ours."""

import itertools
import string
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from course.faults import StudentFault
from course.judge.closeness import same
from course.judge.curves import explain_curve
from course.judge.diagnosis import Diagnosis, Mistake
from course.judge.expect import (
    expect,
    expect_below,
    expect_close,
    expect_parts,
    expect_values,
)
from course.judge.failure import Failure
from course.judge.kinds import as_array, dtype_of, has_dtype, is_tensor
from course.judge.loop_faults import Fault
from course.judge.loops import Loop
from course.judge.module_faults import FAULTS
from course.judge.module_probes import make_module, set_parameters
from course.judge.modules import (
    expect_any_batch,
    expect_input_kept,
    expect_made,
    expect_module,
    expect_output,
    expect_reached,
    forward,
    trained,
)
from course.judge.stops import Stop, explaining
from course.judge.thresholds import thresholds

LIMITS = thresholds(__file__)


@contextmanager
def in_words_of_the_lesson(words):
    """Say what fails here with other words than the judge's: `words` holds ours for each of its."""
    try:
        yield
    except Failure as failed:
        finding = failed.finding
        for judges, ours in words.items():
            finding = replace(
                finding,
                claim=finding.claim.replace(judges, ours),
                explanation=finding.explanation.replace(judges, ours),
            )
        raise Failure(finding) from None


# --- 12-1 --------------------------------------------------------------------------------------------------------


def letters(rng, count):
    """Draw different letters, in no order that sorting them would give."""
    while True:
        drawn = [str(letter) for letter in rng.permutation(list(string.ascii_lowercase))[:count]]
        if drawn != sorted(drawn):
            return drawn


def texts(rng, as_list=False):
    """Draw texts with vocabularies that know more letters than the text has, and some letters twice in the text.

    The first vocabulary knows one letter as a small and as a capital one, and its text has both.
    """
    drawn = []
    for size, length in ((5, 8), (7, 5), (4, 9)):
        vocabulary = letters(rng, size)
        text = rng.choice(vocabulary[:-1], length)
        if not drawn:
            vocabulary[1] = vocabulary[0].upper()
            text = rng.permutation([*vocabulary[:2], *rng.choice(vocabulary[:-1], length - 2)])
        given = vocabulary if as_list else "".join(vocabulary)
        drawn.append({"text": "".join(map(str, text)), "vocabulary": given})
    return drawn


def rows_of(text, vocabulary):
    """Return the one-hot rows of a text."""
    return torch.tensor([[float(letter == known) for known in vocabulary] for letter in text])


def places_of(text, vocabulary):
    return [list(vocabulary).index(letter) for letter in text]


def rows_at_first_places(text, vocabulary):
    """Return rows in which a character is marked where it comes first in the text, and nowhere else."""
    rows = rows_of(text, vocabulary)
    first = [text.index(letter) == place for place, letter in enumerate(text)]
    return rows * torch.tensor(first)[:, None]


ROW_MISTAKES = [
    Mistake(
        "case-ignored",
        "one_hot takes a capital letter for the small one: leave lower() out, a vocabulary may know both.",
        lambda text, vocabulary: rows_of(text.lower(), vocabulary),
    ),
    Mistake(
        "case-ignored",
        "one_hot takes capital and small letters for the same: leave lower() out, a vocabulary may know both.",
        lambda text, vocabulary: rows_of(text.lower(), [known.lower() for known in vocabulary]),
    ),
    Mistake(
        "first-place-only",
        "one_hot leaves the row of a character empty that has come before: text.index finds its first place only. "
        "Count the rows with enumerate.",
        rows_at_first_places,
    ),
    Mistake(
        "shared-rows",
        "one_hot marks all characters of the text in each row: are all rows one and the same list? [row] * n holds "
        "the same one n times.",
        lambda text, vocabulary: rows_of(text, vocabulary).amax(0).expand(len(text), -1),
    ),
    Mistake(
        "sorted-vocabulary",
        "one_hot sorts the vocabulary: its columns stand in the order in which the vocabulary is given.",
        lambda text, vocabulary: rows_of(text, sorted(vocabulary)),
    ),
    Mistake(
        "places-returned",
        "one_hot returns the places of the characters: make a row of zeros with a 1 at that place of each.",
        places_of,
    ),
    Mistake(
        "places-returned",
        "one_hot writes the place of each character into its row, where a 1 is due.",
        lambda text, vocabulary: rows_of(text, vocabulary) * torch.arange(len(vocabulary)),
    ),
    Mistake(
        "off-by-one",
        "one_hot counts the places from 1: the first character of the vocabulary has the first column.",
        lambda text, vocabulary: rows_of(text, vocabulary).roll(1, dims=1),
    ),
    Mistake(
        "complement",
        "one_hot has ones and zeros exchanged: the 1 stands at the character's own place.",
        lambda text, vocabulary: 1 - rows_of(text, vocabulary),
    ),
    Mistake(
        "transposed",
        "one_hot has a column for each character of the text: make it a row, and a column for each known one.",
        lambda text, vocabulary: rows_of(text, vocabulary).T,
    ),
    Mistake(
        "summed",
        "one_hot adds up the rows of all characters: each keeps a row of its own.",
        lambda text, vocabulary: rows_of(text, vocabulary).sum(0),
    ),
    Mistake(
        "summed",
        "one_hot marks all characters of the text in a single row: each has a row of its own.",
        lambda text, vocabulary: rows_of(text, vocabulary).amax(0),
    ),
    Mistake(
        "always-zero",
        "one_hot leaves all its rows at 0: a 1 belongs at each character's place. (= writes, == compares.)",
        lambda text, vocabulary: torch.zeros(len(text), len(vocabulary)),
    ),
    Mistake(
        "first-only",
        "one_hot fills in the first row only: is the return inside the loop?",
        lambda text, vocabulary: (
            rows_of(text, vocabulary) * (torch.arange(len(text)) == 0)[:, None]
        ),
    ),
]


def expect_columns(found, given, claim):
    """Expect that nothing is wrong with the columns that no formula tells: their number, or whose they are."""
    array = as_array(found)
    if array is None or array.ndim != 2 or array.dtype.kind not in "biuf":
        # what has no order cannot be sorted
        return
    # another dtype is judged by another test
    array = array.astype(np.float32)
    text, vocabulary = given["text"], list(given["vocabulary"])
    seen = (len(text), len(set(text)))
    why = "one_hot has columns for the characters of the text only: one for each of the vocabulary is due."
    expect(
        array.shape != seen or seen[1] == len(vocabulary),
        claim,
        diagnosis=Diagnosis("vocabulary-ignored", why),
    )
    if array.shape != (len(text), len(vocabulary)):
        return
    due = rows_of(text, vocabulary).numpy()
    columns = sorted(map(tuple, array.T.tolist())) == sorted(map(tuple, due.T.tolist()))
    known = any(same(array, mistake.formula(**given)) for mistake in ROW_MISTAKES)
    why = (
        "one_hot's columns stand in another order than the vocabulary's characters: use the vocabulary as it is "
        "given. A set, for one, has no order."
    )
    expect(
        not columns or known or same(array, due),
        claim,
        diagnosis=Diagnosis("other-order", why),
    )


def expect_rows(submission, inputs, claim):
    one_hot = submission.function("one_hot")
    expect_columns(one_hot(*inputs[0].values()), inputs[0], claim)
    expect_values(one_hot, rows_of, inputs, claim=claim, mistakes=ROW_MISTAKES)


@pytest.mark.exercise("12-1", weight=2)
def test_each_character_has_a_row_with_a_one_at_its_place(submission, rng):
    expect_rows(
        submission,
        texts(rng),
        "one_hot has a row for each character of the text, with a 1 in the column of that character",
    )


@pytest.mark.exercise("12-1")
def test_rows_are_a_float32_tensor(submission, rng):
    claim = "one_hot returns a tensor of float32, which is what a network calculates with"
    for given in texts(rng):
        found = submission.call("one_hot", *given.values())
        expect_close(
            found, rows_of(**given), claim=claim, subject="one_hot", rtol=0.0, atol=float("inf")
        )
        text = "one_hot does not return a tensor: make one of it, with torch.tensor or torch.from_numpy."
        expect(is_tensor(found), claim, came_back=found, diagnosis=Diagnosis("no-tensor", text))
        text = f"one_hot's tensor has the dtype {dtype_of(found)}, and float32 is due."
        expect(
            dtype_of(found) == "float32",
            claim,
            came_back=found,
            diagnosis=Diagnosis("other-dtype", text),
        )


def expect_lists_taken(submission, name, other, given, claim):
    """Expect that a function that works for `other` does not stop at `given`, where the vocabulary is a list."""
    try:
        submission.call(name, *given.values())
    except StudentFault as stopped:
        if stopped.fault.kind != "raised":
            raise
        try:
            submission.call(name, *other.values())
        except StudentFault:
            raise stopped from None
        text = (
            f"{name} takes a vocabulary that is a string, but stops where it is a list: use what both have, "
            "such as index, enumerate or a loop."
        )
        expect(False, claim, diagnosis=Diagnosis("string-only", text))


@pytest.mark.exercise("12-1")
def test_vocabulary_may_be_a_list(submission, rng):
    claim = "one_hot and decode take the vocabulary as a list of characters, too"
    strings, lists = texts(rng), texts(rng, as_list=True)
    expect_lists_taken(submission, "one_hot", strings[0], lists[0], claim)
    expect_rows(submission, lists, claim)
    expect_lists_taken(submission, "decode", _places(strings[0]), _places(lists[0]), claim)
    expect_decoded(submission, [_places(given) for given in lists], claim)


def refusal(student, text, vocabulary):
    """Return what one_hot does with a text that holds an unknown character."""
    one_hot = student.one_hot
    try:
        found = one_hot(text, vocabulary)
    except NotImplementedError:
        raise
    except Exception as error:
        return "raised", [kind.__name__ for kind in type(error).__mro__], str(error)
    return "returned", [], found


def about_unknown(outcome, kinds, said, stranger, text, known):
    """Return the mistake in dealing with an unknown character of a text; `known` are the known ones.

    The text does not hold the last known one.
    """
    if outcome == "returned":
        array = as_array(said)
        rows = array if array is not None and array.ndim == 2 else None
        first, *_, last = rows_of(known, known)
        if rows is not None and len(rows) < len(text):
            why = "one_hot has no row for an unknown character: raise a ValueError that names it."
            return Diagnosis("unknown-left-out", why)
        of_stranger = rows[text.index(stranger)] if rows is not None else None
        if stranger.lower() == known[0] and same(of_stranger, first):
            why = (
                "one_hot takes a capital letter for the small one: the vocabulary decides which of them is known, so "
                "leave lower() out."
            )
            return Diagnosis("case-ignored", why)
        if rows is not None and any(same(row, last) for row in rows):
            why = (
                "one_hot takes an unknown character for the last one of the vocabulary: that is what the -1 of "
                "find does as a place. Raise a ValueError instead."
            )
            return Diagnosis("find-minus-one", why)
        why = "one_hot passes over an unknown character: raise a ValueError that names it."
        return Diagnosis("unknown-ignored", why)
    if "ValueError" in kinds:
        why = (
            "one_hot's ValueError does not say which character is unknown: put it into the message."
        )
        return Diagnosis("unnamed-character", why)
    why = "one_hot stops at an unknown character, but with another error: raise a ValueError that names it."
    return Diagnosis("other-error", why)


@pytest.mark.exercise("12-1")
def test_unknown_character_is_named_in_a_value_error(submission, rng):
    claim = "one_hot raises a ValueError that holds the character, where the vocabulary does not know it"
    # none that a message might hold anyway
    signs = [str(sign) for sign in rng.permutation(list("§ßéžñ☃µ"))]
    for place, sign in ((0, signs[0]), (3, signs[1]), (5, signs[2]), (2, "")):
        vocabulary = letters(rng, 6)
        stranger = sign or vocabulary[0].upper()
        # all but the last known one
        text = [str(letter) for letter in rng.choice(vocabulary[:-1], 6)]
        text[place] = stranger
        result = submission.probe(refusal, of="one_hot")("".join(text), "".join(vocabulary))
        outcome, kinds, said = expect_parts(result, ["outcome", "kinds", "text"], subject="one_hot")
        outcome = outcome if isinstance(outcome, str) else ""
        kinds = [k for k in kinds if isinstance(k, str)] if isinstance(kinds, list) else []
        named = (
            outcome == "raised"
            and "ValueError" in kinds
            and isinstance(said, str)
            and stranger in said
        )
        expect(
            named, claim, diagnosis=about_unknown(outcome, kinds, said, stranger, text, vocabulary)
        )


def _places(given):
    """Return the arguments with which decode gives this text."""
    places = places_of(given["text"], given["vocabulary"])
    return {"indices": places, "vocabulary": given["vocabulary"]}


def spelled(indices, vocabulary):
    return "".join(vocabulary[int(i)] for i in indices)


def joined_by(between):
    return lambda indices, vocabulary: between.join(vocabulary[int(i)] for i in indices)


DECODE_MISTAKES = [
    Mistake(
        "list-for-string",
        'decode returns a list of characters: join them, "".join(…).',
        lambda indices, vocabulary: list(spelled(indices, vocabulary)),
    ),
    Mistake(
        "list-for-string",
        'decode returns a tuple of characters: join them, "".join(…).',
        lambda indices, vocabulary: tuple(spelled(indices, vocabulary)),
    ),
    *(
        Mistake(
            "joined-with",
            f"decode puts {words} between the characters: join them with an empty string.",
            joined_by(between),
        )
        for between, words in (
            (" ", "spaces"),
            (", ", "commas"),
            (",", "commas"),
            ("\n", "newlines"),
        )
    ),
    Mistake(
        "list-for-string",
        "decode turns a list into a string, brackets and quotes included: join the characters instead.",
        lambda indices, vocabulary: str(list(spelled(indices, vocabulary))),
    ),
    Mistake(
        "sorted-vocabulary",
        "decode sorts the vocabulary: take its characters in the order in which they are given.",
        lambda indices, vocabulary: spelled(indices, sorted(vocabulary)),
    ),
    Mistake(
        "off-by-one",
        "decode counts the places from 1: 0 is the first character of the vocabulary.",
        lambda indices, vocabulary: spelled([int(i) - 1 for i in indices], vocabulary),
    ),
    Mistake(
        "reversed",
        "decode puts the text together from its end: each new character goes behind the others.",
        lambda indices, vocabulary: spelled(indices, vocabulary)[::-1],
    ),
    Mistake(
        "first-only",
        "decode returns the first character only: is the return inside the loop?",
        lambda indices, vocabulary: spelled(indices, vocabulary)[:1],
    ),
    Mistake(
        "last-only",
        "decode returns the last character only: add each one to those before.",
        lambda indices, vocabulary: spelled(indices, vocabulary)[-1:],
    ),
    Mistake(
        "rows-expected",
        "decode gives the first character for every place: the argmax of a single number is 0. It is given the places "
        "themselves, not rows.",
        lambda indices, vocabulary: vocabulary[0] * len(indices),
    ),
    Mistake(
        "repeats-dropped",
        "decode has a character that comes twice in a row once only: leave none out.",
        lambda indices, vocabulary: "".join(
            letter for letter, _ in itertools.groupby(spelled(indices, vocabulary))
        ),
    ),
    Mistake(
        "repeats-dropped",
        "decode has each character once only: a character may come more than once.",
        lambda indices, vocabulary: "".join(dict.fromkeys(spelled(indices, vocabulary))),
    ),
    Mistake(
        "alphabet",
        "decode takes the letters of the alphabet instead of those of the vocabulary.",
        lambda indices, vocabulary: spelled(indices, string.ascii_lowercase),
    ),
    Mistake(
        "places-returned",
        "decode strings the places together, not the characters that stand there.",
        lambda indices, vocabulary: "".join(str(int(i)) for i in indices),
    ),
]


def expect_decoded(submission, inputs, claim):
    expect_values(
        submission.function("decode"), spelled, inputs, claim=claim, mistakes=DECODE_MISTAKES
    )


@pytest.mark.exercise("12-1")
def test_decode_gives_the_text_of_a_list_and_of_a_tensor(submission, rng):
    claim = "decode returns the characters at the given places as one string"
    lists = [_places(given) for given in texts(rng)]
    tensors = [given | {"indices": torch.tensor(given["indices"])} for given in lists]
    works, stops = [], []
    for kind, inputs in (("a list", lists), ("a tensor", tensors)):
        try:
            submission.call("decode", *inputs[0].values())
            works.append((kind, inputs))
        except StudentFault as stopped:
            if stopped.fault.kind != "raised":
                raise
            stops.append((kind, stopped))
    if stops and works:
        ((kind, inputs),) = works
        # a text that is wrong for that kind as well is explained as such
        expect_decoded(submission, inputs, claim)
        text = (
            f"decode works for {kind} of places, but stops at {stops[0][0]}: int(…) makes a plain place of each "
            "element of both."
        )
        expect(False, claim, diagnosis=Diagnosis("one-kind-only", text))
    for _, stopped in stops:
        raise stopped
    expect_decoded(submission, lists, claim)
    for given in tensors:
        # a tensor's elements are equal to no key of a dictionary, and str() of one says "tensor(3)"
        found = submission.call("decode", *given.values())
        text = "decode gives the text of a list of places, but not that of a tensor: int(…) makes a plain place."
        expect(
            found == spelled(**given) if isinstance(found, str) else False,
            claim,
            came_back=found,
            diagnosis=Diagnosis("one-kind-only", text),
        )


# --- 12-2 --------------------------------------------------------------------------------------------------------


def cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


def of_sums(bend):
    return lambda x, h, W, U, b, c: bend(x @ W.T + b + h @ U.T + c)


CELL_MISTAKES = [
    Mistake(
        "no-activation",
        "rnn_cell returns the sum itself: send it through tanh.",
        of_sums(lambda z: z),
    ),
    Mistake(
        "other-activation",
        "rnn_cell ends in a sigmoid: this cell has tanh.",
        of_sums(torch.sigmoid),
    ),
    Mistake(
        "other-activation",
        "rnn_cell ends in a ReLU: this cell has tanh.",
        of_sums(torch.relu),
    ),
    Mistake(
        "missing-bias",
        "rnn_cell leaves the bias b_hh out: both biases are added.",
        lambda x, h, W, U, b, c: torch.tanh(x @ W.T + b + h @ U.T),
    ),
    Mistake(
        "missing-bias",
        "rnn_cell leaves the bias b_ih out: both biases are added.",
        lambda x, h, W, U, b, c: torch.tanh(x @ W.T + h @ U.T + c),
    ),
    Mistake(
        "missing-bias",
        "rnn_cell leaves both biases out: add b_ih and b_hh.",
        lambda x, h, W, U, b, c: torch.tanh(x @ W.T + h @ U.T),
    ),
    Mistake(
        "missing-bias",
        "rnn_cell adds the bias b_ih twice, and b_hh not at all.",
        lambda x, h, W, U, b, c: torch.tanh(x @ W.T + h @ U.T + 2 * b),
    ),
    Mistake(
        "missing-bias",
        "rnn_cell adds the bias b_hh twice, and b_ih not at all.",
        lambda x, h, W, U, b, c: torch.tanh(x @ W.T + h @ U.T + 2 * c),
    ),
    Mistake(
        "hidden-ignored",
        "rnn_cell does not use h: the new state comes from the input and the last state together.",
        lambda x, h, W, U, b, c: torch.tanh(x @ W.T + b),
    ),
    Mistake(
        "hidden-ignored",
        "rnn_cell does not use h: the new state comes from the input and the last state together.",
        lambda x, h, W, U, b, c: torch.tanh(x @ W.T + b + c),
    ),
    Mistake(
        "input-ignored",
        "rnn_cell does not use x: the new state comes from the input and the last state together.",
        lambda x, h, W, U, b, c: torch.tanh(h @ U.T + c),
    ),
    Mistake(
        "two-activations",
        "rnn_cell sends the two products through tanh one by one: add them first, then one tanh.",
        lambda x, h, W, U, b, c: torch.tanh(x @ W.T + b) + torch.tanh(h @ U.T + c),
    ),
    Mistake(
        "product-for-sum",
        "rnn_cell multiplies what comes from the input by what comes from the state: add them.",
        lambda x, h, W, U, b, c: torch.tanh((x @ W.T + b) * (h @ U.T + c)),
    ),
    Mistake(
        "state-added",
        "rnn_cell adds the last state itself to the result: it comes in through W_hh alone.",
        lambda x, h, W, U, b, c: h + cell(x, h, W, U, b, c),
    ),
]
SQUARE_MISTAKES = [
    Mistake(
        "swapped-weights",
        "rnn_cell has W_ih and W_hh exchanged: W_ih belongs to the input x, W_hh to the hidden state h.",
        lambda x, h, W, U, b, c: torch.tanh(x @ U.T + h @ W.T + b + c),
    ),
    Mistake(
        "transposed-weight",
        "rnn_cell multiplies x by W_ih as it is stored, (hidden, features): transpose it.",
        lambda x, h, W, U, b, c: torch.tanh(x @ W + h @ U.T + b + c),
    ),
    Mistake(
        "transposed-weight",
        "rnn_cell multiplies h by W_hh as it is stored, (outputs, inputs): transpose it.",
        lambda x, h, W, U, b, c: torch.tanh(x @ W.T + h @ U + b + c),
    ),
    Mistake(
        "transposed-weight",
        "rnn_cell multiplies by the weights as they are stored, (outputs, inputs): transpose both.",
        lambda x, h, W, U, b, c: torch.tanh(x @ W + h @ U + b + c),
    ),
    Mistake(
        "samples-in-columns",
        "rnn_cell multiplies the weights by x and h, as for samples in columns; here they are rows: x @ W_ih.T.",
        lambda x, h, W, U, b, c: torch.tanh(W @ x + U @ h + b + c),
    ),
    Mistake(
        "elementwise",
        "rnn_cell multiplies element by element: `*` is not the matrix product, `@` is.",
        lambda x, h, W, U, b, c: torch.tanh(x * W + h * U + b + c),
    ),
]
"""What works at all only where all sizes are the same."""


def call_and_watch(student, name, given, strange):
    """Return what a function gives, the recurrent layers of torch that it uses, what it is given as it is then.

    With `strange` it finds another rnn_cell, so that a mistake in its own is not counted again; how often that is
    called is returned as well.
    """
    from torch.overrides import TorchFunctionMode

    used, calls = [], []

    class Watch(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            called = getattr(function, "__name__", "")
            if called.startswith(("rnn_", "gru", "lstm", "quantized_rnn")):
                used.append(called)
            return function(*args, **(kwargs or {}))

    def another_cell(x, h, W_ih, W_hh, b_ih, b_hh):
        calls.append(1)
        told = W_ih.sum() - 0.5 * W_hh.sum() + b_ih.mean() - 0.3 * b_hh.mean()
        return torch.cos(1.3 * h + 0.7 * x.sum(-1, keepdim=True) + told)

    function = getattr(student, name)
    with Watch(), student.replacing(**({"rnn_cell": another_cell} if strange else {})):
        found = function(*given)
    return found, sorted(set(used)), list(given), len(calls)


def strange_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    """Return what the rnn_cell gives that is put in the place of the student's."""
    told = W_ih.sum() - 0.5 * W_hh.sum() + b_ih.mean() - 0.3 * b_hh.mean()
    return torch.cos(1.3 * h + 0.7 * x.sum(-1, keepdim=True) + told)


def watched(submission, name, given, *, strange=False):
    """Return (what came back, whether the arguments stayed, how often a strange cell was called), made by hand."""
    result = submission.probe(call_and_watch, of=name)(name, list(given.values()), strange)
    parts = ["result", "layers used", "arguments after it", "calls"]
    found, used, after, calls = expect_parts(result, parts, subject=name)
    text = (
        f"{name} leaves the work to a recurrent layer of torch: here it is to be written by hand."
    )
    by_hand = isinstance(used, list) and not used
    expect(by_hand, f"{name} is written by hand", diagnosis=Diagnosis("not-by-hand", text))
    kept = same(after, list(given.values()), rtol=0.0, atol=0.0)
    return found, kept, calls if type(calls) is int else 0


def by_hand(submission, name, **options):
    """Return the student's function, which is refused where it uses torch's recurrent layers."""
    names = ["x" if name == "rnn_cell" else "xs", "h", "W_ih", "W_hh", "b_ih", "b_hh"]

    def function(*given):
        found = watched(submission, name, dict(zip(names, given, strict=True)), **options)[0]
        outputs = found[0] if isinstance(found, (tuple, list)) and found else None
        listed = isinstance(outputs, (tuple, list)) and any(map(is_tensor, outputs))
        text = f"{name} returns its outputs as a list with an entry for each step: stack them to one tensor."
        claim = "the outputs are one tensor"
        expect(not listed, claim, diagnosis=Diagnosis("outputs-in-list", text))
        return found

    function.__name__ = name
    return function


def weights(rng, features, hidden):
    """Draw the weights of a cell, none of them near 0."""

    def drawn(*shape, largest):
        size = rng.uniform(0.3 * largest, largest, shape)
        return torch.tensor(size * rng.choice([-1, 1], shape))

    return {
        "W_ih": drawn(hidden, features, largest=1.2 / features**0.5),
        "W_hh": drawn(hidden, hidden, largest=1.2 / hidden**0.5),
        "b_ih": drawn(hidden, largest=0.5),
        "b_hh": drawn(hidden, largest=0.5),
    }


def step(rng, batch, features, hidden):
    x, h = rng.normal(size=(batch, features)), rng.uniform(-0.9, 0.9, (batch, hidden))
    return {"x": torch.tensor(x), "h": torch.tensor(h)} | weights(rng, features, hidden)


def walk(rng, batch, steps, features, hidden):
    xs, h0 = rng.normal(size=(batch, steps, features)), rng.uniform(-0.9, 0.9, (batch, hidden))
    return {"xs": torch.tensor(xs), "h0": torch.tensor(h0)} | weights(rng, features, hidden)


@pytest.mark.exercise("12-2", weight=2)
def test_cell_adds_input_and_state_and_takes_tanh(submission, rng):
    # square, so that every order can be told by its values
    expect_values(
        by_hand(submission, "rnn_cell"),
        cell,
        [step(rng, n, n, n) for n in (4, 3, 5)],
        claim="rnn_cell is tanh(W_ih x + b_ih + W_hh h + b_hh) for each sequence of the batch",
        mistakes=[*CELL_MISTAKES, *SQUARE_MISTAKES],
    )


@pytest.mark.exercise("12-2")
def test_cell_takes_any_batch_features_and_hidden_size(submission, rng):
    expect_values(
        by_hand(submission, "rnn_cell"),
        cell,
        [step(rng, *sizes) for sizes in ((3, 5, 2), (1, 4, 6), (7, 1, 3), (2, 6, 1))],
        claim="rnn_cell gives each sequence its new state, of shape (batch, hidden)",
        mistakes=CELL_MISTAKES,
    )


def walked(xs, h0, *given, of=cell, order=None, carried=True):
    """Return (outputs, last state); by keyword, what an rnn with a fault gives.

    `of`: the cell. `order`: in which the steps are taken. `carried`: whether the state is handed on.
    """
    h, outputs = h0, []
    for t in order(xs.shape[1]) if order else range(xs.shape[1]):
        new = of(xs[:, t], h if carried else h0, *given)
        h = new
        outputs.append(new)
    return torch.stack(outputs, 1), h


def torchs(xs, h0, W_ih, W_hh, b_ih, b_hh):
    """Return (outputs, last state) of nn.RNN with these weights."""
    layer = torch.nn.RNN(W_ih.shape[1], W_ih.shape[0], batch_first=True).to(xs)
    with torch.no_grad():
        for parameter, given in zip(layer.parameters(), (W_ih, W_hh, b_ih, b_hh), strict=True):
            parameter.copy_(given)
        outputs, last = layer(xs, h0[None])
    return outputs, last[0]


def last_of_all(change):
    """Return what an rnn gives that hands its outputs through `change`, with the last state as it should be."""
    return lambda of, given: (change(walked(*given, of=of)[0]), walked(*given, of=of)[1])


def mixed(of, given):
    """Return what an rnn gives that takes the first dimension for the steps."""
    xs, h0, *rest = given
    outputs, h = walked(xs.transpose(0, 1), h0[:1].expand(xs.shape[1], -1), *rest, of=of)
    return outputs.transpose(0, 1), h


def started(change):
    return lambda of, given: walked(given[0], change(given[1]), *given[2:], of=of)


def with_start(of, given):
    outputs, h = walked(*given, of=of)
    return torch.cat([given[1][:, None], outputs], 1), h


def late(of, given):
    """Return the states before each step instead of those after it."""
    outputs, h = walked(*given, of=of)
    return torch.cat([given[1][:, None], outputs[:, :-1]], 1), h


def swapped_weights(of, given):
    xs, h0, W, U, b, c = given
    return walked(xs, h0, U, W, b, c, of=of)


def without_bias(of, given):
    return walked(*given[:4], *(torch.zeros_like(b) for b in given[4:]), of=of)


WALK_FAULTS = [
    (
        "state-not-carried",
        "rnn starts every step from h0: hand the new state on to the next step.",
        lambda of, given: walked(*given, of=of, carried=False),
    ),
    (
        "h0-ignored",
        "rnn starts from 0, whatever h0 is: start from h0.",
        started(torch.zeros_like),
    ),
    (
        "h0-ignored",
        "rnn starts from 1, whatever h0 is: start from h0.",
        started(torch.ones_like),
    ),
    (
        "wrong-axis",
        "rnn stacks its outputs along the first dimension, (steps, batch, hidden): use torch.stack(outputs, dim=1).",
        last_of_all(lambda outputs: outputs.transpose(0, 1)),
    ),
    (
        "wrong-axis",
        "rnn stacks its outputs along the last dimension, (batch, hidden, steps): use torch.stack(outputs, dim=1).",
        last_of_all(lambda outputs: outputs.transpose(1, 2)),
    ),
    (
        "wrong-axis",
        "rnn joins its outputs end to end: torch.stack gives the steps a dimension of their own, torch.cat does not.",
        last_of_all(lambda outputs: torch.cat(list(outputs.unbind(1)), 0)),
    ),
    (
        "wrong-axis",
        "rnn joins its outputs end to end: torch.stack gives the steps a dimension of their own, torch.cat does not.",
        last_of_all(lambda outputs: torch.cat(list(outputs.unbind(1)), 1)),
    ),
    (
        "wrong-axis",
        "rnn reshapes (steps, batch, hidden) into (batch, steps, hidden), which mixes them up: use "
        "torch.stack(outputs, dim=1).",
        last_of_all(lambda o: o.transpose(0, 1).reshape(o.shape)),
    ),
    (
        "last-only",
        "rnn's outputs are the last state only: the states after all steps are due.",
        last_of_all(lambda outputs: outputs[:, -1]),
    ),
    (
        "last-only",
        "rnn's outputs are the last state only: the states after all steps are due.",
        last_of_all(lambda outputs: outputs[:, -1:]),
    ),
    (
        "last-only",
        "rnn's outputs are all the last state: is the same tensor put into the list at every step?",
        last_of_all(lambda outputs: outputs[:, -1:].expand_as(outputs)),
    ),
    (
        "first-step-missing",
        "rnn leaves the first step out: begin with xs[:, 0].",
        lambda of, given: walked(*given, of=of, order=lambda n: range(1, n)),
    ),
    (
        "last-step-missing",
        "rnn leaves the last step out: go through all steps of xs.",
        lambda of, given: walked(*given, of=of, order=lambda n: range(n - 1)),
    ),
    (
        "input-ignored",
        "rnn takes the input of the first step at every step: it is xs[:, t] at step t.",
        lambda of, given: walked(*given, of=of, order=lambda n: [0] * n),
    ),
    (
        "return-inside-loop",
        "rnn stops after the first step: is the return inside the loop?",
        lambda of, given: walked(*given, of=of, order=lambda n: range(1)),
    ),
    (
        "batch-and-steps-mixed",
        "rnn takes as many steps as there are sequences: len(xs) is the size of the batch, and there are xs.shape[1] "
        "steps.",
        lambda of, given: walked(*given, of=of, order=lambda n: range(min(n, len(given[0])))),
    ),
    (
        "reversed",
        "rnn walks from the last step to the first.",
        lambda of, given: walked(*given, of=of, order=lambda n: range(n - 1, -1, -1)),
    ),
    (
        "start-included",
        "rnn puts h0 before the outputs: they begin with the state after the first step.",
        with_start,
    ),
    (
        "state-before",
        "rnn notes the state before each step: the one after it is due.",
        late,
    ),
    (
        "one-of-several",
        "rnn returns its outputs alone: return the last state as well, outputs and h.",
        lambda of, given: walked(*given, of=of)[0],
    ),
    (
        "one-of-several",
        "rnn returns the last state alone: return the outputs of all steps as well, outputs and h.",
        lambda of, given: walked(*given, of=of)[1],
    ),
    (
        "swapped-results",
        "rnn returns the last state before the outputs: the outputs come first.",
        lambda of, given: walked(*given, of=of)[::-1],
    ),
    (
        "start-returned",
        "rnn returns h0 as its second result: the state after the last step is due.",
        lambda of, given: (walked(*given, of=of)[0], given[1]),
    ),
    (
        "batch-and-steps-mixed",
        "rnn's second result is outputs[-1], which is the last sequence of the batch: outputs[:, -1] is the last step.",
        lambda of, given: (walked(*given, of=of)[0], walked(*given, of=of)[0][-1]),
    ),
    (
        "extra-dimension",
        "rnn's last state has a dimension for the layers, as torch's has: here it is (batch, hidden).",
        lambda of, given: (walked(*given, of=of)[0], walked(*given, of=of)[1][None]),
    ),
    (
        "batch-and-steps-mixed",
        "rnn takes the first dimension of xs for the steps: xs is (batch, steps, features), so use xs[:, t].",
        lambda of, given: walked(given[0].transpose(0, 1), *given[1:], of=of),
    ),
    (
        "batch-and-steps-mixed",
        "rnn takes the first dimension of xs for the steps: xs is (batch, steps, features), so use xs[:, t].",
        lambda of, given: (
            walked(given[0].transpose(0, 1), *given[1:], of=of)[0].transpose(0, 1),
            walked(given[0].transpose(0, 1), *given[1:], of=of)[1],
        ),
    ),
    ("swapped-weights", "rnn hands W_ih and W_hh on in the wrong order.", swapped_weights),
    (
        "swapped-arguments",
        "rnn hands the state to rnn_cell before the input: the input comes first.",
        lambda of, given: walked(*given, of=lambda x, h, *weights: of(h, x, *weights)),
    ),
    ("missing-bias", "rnn does without the biases: hand them on, too.", without_bias),
]


def walk_mistakes(of):
    """Return the mistakes that an rnn can make around this cell."""
    return [
        Mistake(id_, text, lambda *given, make=make: make(of, given))
        for id_, text, make in WALK_FAULTS
    ]


def inside(mistake):
    """Return a cell's mistake as one that shows in the whole walk."""

    def formula(*given):
        return walked(*given, of=mistake.formula)

    text = mistake.text.replace("rnn_cell", "rnn", 1)
    return Mistake(mistake.id, text, formula)


INSIDE = [inside(mistake) for mistake in [*CELL_MISTAKES, *SQUARE_MISTAKES]]


def expect_walks(submission, right, inputs, claim, mistakes, **options):
    with in_words_of_the_lesson(
        {"rnn (at [0])": "rnn's tensor of outputs", "rnn (at [1])": "rnn's h"}
    ):
        expect_values(
            by_hand(submission, "rnn", **options), right, inputs, claim=claim, mistakes=mistakes
        )


@pytest.mark.exercise("12-2", weight=2, after="test_cell_adds_input_and_state_and_takes_tanh")
def test_rnn_agrees_with_torchs_own_at_every_step(submission, rng):
    expect_walks(
        submission,
        torchs,
        # sizes that are all the same first: with them every mistake goes through
        [walk(rng, 4, 4, 4, 4), *(walk(rng, *sizes) for sizes in ((3, 6, 2, 5), (1, 9, 4, 3)))],
        "rnn gives the states that nn.RNN with the same weights has, after every step, and the last one",
        [*walk_mistakes(cell), *INSIDE],
    )


@pytest.mark.exercise("12-2", weight=2)
def test_rnn_hands_the_state_from_step_to_step(submission, rng):
    """Whatever the cell does: ours takes the place of the student's, where rnn calls it."""
    square = [walk(rng, n, n, n, n) for n in (4, 3)]
    others = [walk(rng, *sizes) for sizes in ((3, 6, 2, 5), (5, 2, 4, 3), (2, 1, 3, 4))]
    _, _, calls = watched(submission, "rnn", square[0], strange=True)
    of = strange_cell if calls else cell

    def judge(inputs):
        expect_walks(
            submission,
            lambda xs, h0, W_ih, W_hh, b_ih, b_hh: walked(xs, h0, W_ih, W_hh, b_ih, b_hh, of=of),
            inputs,
            "rnn takes the steps one after the other, each from the state of the one before, the first from h0",
            [*walk_mistakes(of), *([] if calls else INSIDE)],
            strange=True,
        )

    try:
        judge([*square, *others])
    except StudentFault:
        # what stops at other sizes is explained by what it makes of those that are all the same
        judge(square)
        raise


@pytest.mark.exercise("12-2")
def test_dtype_is_kept_and_nothing_given_is_changed(submission, rng):
    claim = "rnn_cell and rnn leave what they are given as it is, and calculate in its dtype"
    for name, given in (("rnn_cell", step(rng, 3, 4, 2)), ("rnn", walk(rng, 3, 5, 4, 2))):
        found, kept, _ = watched(submission, name, given)
        whole = found if name == "rnn" else (found,)
        parts = expect_parts(whole, ["outputs", "h"][: 2 if name == "rnn" else 1], subject=name)
        text = f"{name} changes a tensor that it is given: make a new one, without += and the like."
        expect(kept, claim, diagnosis=Diagnosis("input-changed", text))
        for part in parts:
            due = given["h"] if name == "rnn_cell" else given["h0"]
            numbers = as_array(part) is not None and has_dtype(part)
            expect(numbers, claim, came_back=part)
            text = (
                f"{name} returns {dtype_of(part)} where it is given float64: make new tensors with the dtype of the "
                "old ones, as in torch.zeros(…, dtype=h0.dtype)."
            )
            expect(
                dtype_of(part) == dtype_of(due),
                claim,
                came_back=part,
                diagnosis=Diagnosis("other-dtype", text),
            )


# --- recurrent networks with parameters of ours, for 12-3 and 12-4 -----------------------------------------------


def sizes(rng, *layers):
    """Draw settings for networks with so many layers: all sizes of one are different, so that each shape is told.

    So is one class too many.
    """
    drawn = []
    while len(drawn) < len(layers):
        classes, inputs, hidden = (int(n) for n in rng.permutation([3, 4, 5, 6, 7, 8])[:3])
        if classes + 1 not in (inputs, hidden):
            drawn.append((classes, inputs, hidden, layers[len(drawn)]))
    return drawn


def recurrent_shapes(inputs, hidden, layers):
    """Return the shapes of nn.RNN's parameters."""
    return [
        shape
        for layer in range(layers)
        for shape in ((hidden, hidden if layer else inputs), (hidden, hidden), (hidden,), (hidden,))
    ]


def due_layers(name, classes, inputs, hidden, layers):
    """Return the shapes of each layer's parameters."""
    table = [[(classes, inputs)]] if name == "EmbeddingRNN" else []
    recurrent = [recurrent_shapes(hidden if n else inputs, hidden, 1) for n in range(layers)]
    return [*table, *recurrent, [(classes, hidden), (classes,)]]


def due_shapes(name, *settings):
    return [shape for layer in due_layers(name, *settings) for shape in layer]


def upright(shapes):
    """Return how often each shape is there, whichever way round a matrix is stored."""
    return Counter(tuple(sorted(shape)) for shape in shapes)


def one_bias_each(shapes, hidden, layers):
    """Return the shapes with one bias for each layer instead of two, which come to the same."""
    return upright(shapes) - Counter({(hidden,): layers})


def are_whole_layers(shapes, layers):
    """Return whether parameters of these shapes make up one or more of `layers`, each the shapes of its own."""
    some = itertools.chain.from_iterable(
        itertools.combinations(layers, count) for count in range(1, len(layers) + 1)
    )
    return any(shapes == upright(itertools.chain.from_iterable(each)) for each in some)


def other_sizes(name, classes, inputs, hidden, layers):
    """Yield (id, text, shapes) of networks that have all their layers, but with sizes of other things."""
    embedded = name == "EmbeddingRNN"
    size = "embedding_size" if embedded else "input_size"
    table = [(classes, inputs)] * embedded

    def core(inputs, hidden):
        return recurrent_shapes(inputs, hidden, layers)

    def head(hidden, classes):
        return [(classes, hidden), (classes,)]

    text = (
        f"{name} has {size} and hidden_size exchanged: look at the order of __init__'s arguments, and of nn.RNN's, "
        f"nn.RNN({size}, hidden_size, num_layers)"
    )
    for wide in (table, [(classes, hidden)] * embedded):
        for width in (inputs, hidden):
            yield "swapped-sizes", text, wide + core(hidden, inputs) + head(width, classes)
    text = f"{name}'s nn.RNN takes num_classes numbers at each step: there are {size} of them"
    if embedded:
        text += ", the numbers of a row. nn.Embedding is given num_classes first, and embedding_size after it"
    yield "wrong-size", text, table + core(classes, hidden) + head(hidden, classes)
    if embedded:
        text = (
            f"{name}'s embedding has a row too many: there are num_classes places, and padding has none of its own, it "
            "is 0"
        )
        yield (
            "wrong-size",
            text,
            [(classes + 1, inputs), *core(inputs, hidden), *head(hidden, classes)],
        )
        text = f"{name}'s embedding has rows of hidden_size numbers: embedding_size are due"
        yield "wrong-size", text, [(classes, hidden), *core(hidden, hidden), *head(hidden, classes)]
    text = f"{name} is made for num_classes + 1 characters: num_classes are all there are"
    yield "wrong-size", text, due_shapes(name, classes + 1, inputs, hidden, layers)
    text = f"{name}'s head gives {size} numbers for each step: num_classes are due, a logit for each character"
    yield "wrong-size", text, table + core(inputs, hidden) + head(hidden, inputs)
    text = f"{name}'s head takes {size} numbers: the states that it is given have hidden_size"
    yield "wrong-size", text, table + core(inputs, hidden) + head(inputs, classes)
    text = (
        f"{name} has the sizes of another order of its arguments: they come as num_classes, {size}, hidden_size, "
        "num_layers"
    )
    for order in itertools.permutations((classes, inputs, hidden, layers)):
        yield "argument-order", text, due_shapes(name, *order)


def about_parameters(name, found, classes, inputs, hidden, layers):
    """Return what is wrong with parameters of these shapes, as far as it can be told."""
    seen, due = upright(found), upright(due_shapes(name, classes, inputs, hidden, layers))
    core = upright(recurrent_shapes(inputs, hidden, layers))
    lectures = upright(recurrent_shapes(inputs, classes, layers))
    table = due - core - upright([(classes, hidden), (classes,)])
    head = "one linear layer, from hidden_size to num_classes, makes the logits"
    if seen in (core + table, lectures + table, lectures):
        text = (
            f"{name} has no head among its parameters: {head}, and is assigned to an attribute in __init__. What tanh "
            "returns is no logit, it stays between -1 and 1."
        )
        return Diagnosis("no-head", text)
    if table and seen == upright(due_shapes("RNN", classes, classes, hidden, layers)):
        text = f"{name} has no embedding: nn.Embedding(num_classes, embedding_size) gives each place its row."
        return Diagnosis("no-embedding", text)
    if table and seen == due - table:
        text = f"{name} has no embedding among its parameters: assign nn.Embedding to an attribute."
        return Diagnosis("no-embedding", text)
    for other in {1, layers - 1, layers + 1, 2} - {layers, 0}:
        if seen == upright(due_shapes(name, classes, inputs, hidden, other)):
            text = f"{name} has {other} recurrent layer{'s' * (other > 1)} where num_layers is {layers}: hand it on."
            return Diagnosis("layers-ignored", text)
    for id_, text, shapes in other_sizes(name, classes, inputs, hidden, layers):
        if seen == upright(shapes):
            return Diagnosis(id_, f"{text}.")
    if any(hidden * gates in shape for shape in seen for gates in (3, 4) if len(shape) == 1):
        text = f"{name} uses a GRU or an LSTM, which have other parameters: a plain nn.RNN is asked for."
        return Diagnosis("gated-cell", text)
    if (min(2 * hidden, classes), max(2 * hidden, classes)) in seen:
        text = f"{name} reads in both directions: predicting the next character it would see the answer."
        return Diagnosis("bidirectional", text)
    if (hidden, hidden) not in seen and tuple(sorted((hidden, inputs))) in seen:
        text = (
            f"{name} hands nothing from a step to the next: weights from hidden_size to hidden_size are missing. Use "
            "nn.RNN where a linear layer stands."
        )
        return Diagnosis("no-recurrence", text)
    if all(seen[shape] <= due[shape] for shape in seen):
        without = {shape for shape in due - seen if len(shape) > 1}
        if not without:
            text = f"{name} lacks a bias: leave those of nn.RNN and nn.Linear switched on."
            return Diagnosis("no-bias", text)
        if are_whole_layers(due - seen, due_layers(name, classes, inputs, hidden, layers)):
            text = (
                f"{name} has {sum(seen.values())} registered parameters, {sum(due.values())} are due: assign each "
                "layer itself to an attribute in __init__. Layers made in forward, or kept in a plain list, are not "
                "noticed."
            )
            return Diagnosis("unregistered", text)
    if all(seen[shape] >= due[shape] for shape in due):
        text = f"{name} has more parameters than its layers need: {sum(seen.values())}, not {sum(due.values())}."
        return Diagnosis("extra-parameters", text)
    text = f"{name}'s parameters are not those of layers of the kinds and sizes that are asked for."
    return Diagnosis("wrong-size", text)


def expect_parameters(submission, name, settings, claim):
    """Expect the parameters of a plain recurrent network; return how many biases a layer has, one or two."""
    classes, inputs, hidden, layers = settings
    shapes = expect_module(submission, name, *settings).shapes
    due = due_shapes(name, *settings)
    seen = upright(shapes)
    single = seen == one_bias_each(due, hidden, layers)
    right = single or seen == upright(due)
    expect(
        right,
        claim,
        came_back=list(shapes),
        diagnosis=None if right else about_parameters(name, shapes, *settings),
    )
    return 1 if single else 2


def parameters(rng, name, classes, inputs, hidden, layers):
    """Draw the parameters: one tensor for each shape, so that the order of layers and of biases is free."""

    def drawn(*shape, scale):
        return torch.tensor(rng.normal(0, scale, shape), dtype=torch.float32)

    # of full strength, so that what came first is still there at the end
    turned = torch.linalg.qr(drawn(hidden, hidden, scale=1.0).double()).Q.float()
    weights = [
        drawn(hidden, inputs, scale=0.7),
        1.1 * turned,
        drawn(hidden, scale=0.2),
        drawn(classes, hidden, scale=1.0),
        drawn(classes, scale=0.5),
    ]
    return [*weights, drawn(classes, inputs, scale=1.0)] if name == "EmbeddingRNN" else weights


def inputs_for(rng, name, batch, steps, settings):
    classes, inputs, _, _ = settings
    if name == "EmbeddingRNN":
        return torch.tensor(rng.integers(0, classes, (batch, steps)))
    return torch.tensor(rng.normal(size=(batch, steps, inputs)), dtype=torch.float32)


def network(
    settings,
    biases,
    weights,
    x,
    *,
    bend=torch.tanh,
    memory=True,
    start=0.0,
    between=None,
    axes=(0, 1),
):
    """Return the logits of a recurrent network; by keyword, those of one with a fault.

    `bend`: what ends each cell. `memory`: whether the state is handed on. `start`: what it is at first. `between`: what
    the head's input goes through. `axes`: which dimensions are the batch and the steps.
    """
    W, U, b, V, c, *table = (w.double() for w in weights)
    states = (table[0][x] if table else x.double()).permute(*axes, 2)
    for layer in range(settings[3]):
        outputs, h = [], torch.full((len(states), len(U)), start, dtype=W.dtype, device=x.device)
        for t in range(states.shape[1]):
            from_input = states[:, t] @ (U if layer else W).T
            h = bend(from_input + biases * b + (h @ U.T if memory else 0.0))
            outputs.append(h)
        states = torch.stack(outputs, 1)
    states = states.permute(*axes, 2)
    return (between(states) if between else states) @ V.T + c


def scores(logits):
    """Return log-probabilities, so that these are as good as logits."""
    return logits.log_softmax(-1)


def right_scores(settings, biases, weights, x):
    return scores(network(settings, biases, weights, x))


def faulty(change=None, **fault):
    """Return the scores of a network with a fault, its logits handed through `change`."""

    def formula(*given):
        logits = network(*given, **fault)
        return scores(change(logits) if change else logits)

    return formula


def last_states(settings, biases, weights, x):
    """Return the scores where the head is given the last state of each layer, (layers, batch, classes)."""
    each = [network((*settings[:3], n + 1), biases, weights, x)[:, -1] for n in range(settings[3])]
    return scores(torch.stack(each))


def reshaped(axes):
    """Return the scores of a network whose input is reshaped to (steps, batch), and its output back again.

    `axes`: which of these it takes for the batch and the steps.
    """

    def formula(settings, biases, weights, x):
        batch, steps, *features = x.shape
        mixed = x.reshape(steps, batch, *features)
        logits = network(settings, biases, weights, mixed, axes=axes)
        return scores(logits.reshape(batch, steps, -1))

    return formula


def network_mistakes(name):
    """Return the mistakes that the forward of a recurrent network can make."""
    told = [
        (
            "batch-first",
            "takes the first dimension for the steps and the second for the batch: make nn.RNN with batch_first=True",
            faulty(axes=(1, 0)),
        ),
        (
            "batch-first",
            "exchanges the batch and the steps of x for an nn.RNN that is made with batch_first=True and wants the "
            "batch first: leave the transpose out",
            faulty(lambda z: z.transpose(0, 1), axes=(1, 0)),
        ),
        *(
            (
                "view-for-transpose",
                "reshapes x where two dimensions are to be exchanged, which mixes up the sequences: transpose(0, 1) "
                "exchanges them, and with batch_first=True nothing has to be",
                reshaped(axes),
            )
            for axes in ((1, 0), (0, 1))
        ),
        (
            "other-start",
            "starts from a hidden state of 1: it is 0 at the start, as in nn.RNN where it is given none",
            faulty(start=1.0),
        ),
        (
            "no-memory",
            "takes each step for itself: hand the whole sequence to nn.RNN, or the state on to the next step",
            faulty(memory=False),
        ),
        (
            "softmax",
            "ends in a softmax: the cross entropy wants logits and takes the softmax itself",
            faulty(lambda z: z.softmax(-1)),
        ),
        (
            "softmax",
            "ends in a softmax over the steps: the cross entropy wants logits, without a softmax",
            faulty(lambda z: z.softmax(1)),
        ),
        (
            "activation-at-end",
            "sends the logits through tanh: they may be as large as they like",
            faulty(torch.tanh),
        ),
        (
            "activation-at-end",
            "sends the logits through a ReLU: they may be negative",
            faulty(torch.relu),
        ),
        (
            "activation-at-end",
            "sends the logits through a sigmoid: they may be as large as they like",
            faulty(torch.sigmoid),
        ),
        (
            "extra-activation",
            "puts a ReLU before the head: the states have been through tanh, and the head takes them as they are",
            faulty(between=torch.relu),
        ),
        (
            "extra-activation",
            "puts another tanh before the head, which takes the states as they are",
            faulty(between=torch.tanh),
        ),
        (
            "other-activation",
            "has ReLU in its cells: leave nn.RNN's tanh as it is",
            faulty(bend=torch.relu),
        ),
        (
            "last-only",
            "returns the logits of the last step only: those of every step are due",
            faulty(lambda z: z[:, -1]),
        ),
        (
            "last-only",
            "returns the logits of the last step only: those of every step are due",
            faulty(lambda z: z[:, -1:]),
        ),
        (
            "last-only",
            "says of every step what it says of the last one: each has logits of its own, from its own state",
            faulty(lambda z: z[:, -1:].expand_as(z)),
        ),
        (
            "last-only",
            "gives the head the last states, nn.RNN's second result: those of every step, the first one, are due",
            last_states,
        ),
        (
            "flattened",
            "returns the logits of all sequences in one: keep the shape (batch, steps, num_classes)",
            faulty(lambda z: z.flatten(0, 1)),
        ),
        (
            "wrong-axis",
            "returns the shape (batch, num_classes, steps): the logits of a step stand in the last dimension",
            lambda *given: right_scores(*given).transpose(1, 2),
        ),
        (
            "wrong-axis",
            "returns the shape (steps, batch, num_classes): the batch comes first",
            lambda *given: right_scores(*given).transpose(0, 1),
        ),
    ]
    return [Mistake(id_, f"{name} {said}.", formula) for id_, said, formula in told]


def stops_of(name):
    """Return what torch stops a recurrent network at."""
    return (
        Stop(
            "wrong-state",
            f"{name} gives nn.RNN a first state of another shape than (num_layers, batch, hidden_size), which it has "
            "with batch_first as well: leave it out, and nn.RNN starts from 0.",
            "Expected hidden size",
        ),
        Stop(
            "state-into-head",
            f"{name} hands on all that nn.RNN returns, a tuple of outputs and last states: the head takes the outputs "
            "alone.",
            "must be Tensor, not tuple",
        ),
        Stop(
            "sizes-do-not-fit",
            f"{name} hands nn.RNN steps of another size than it was made for.",
            "input_size. Expected",
        ),
        Stop(
            "sizes-do-not-fit",
            f"{name} has an embedding with too few rows: it needs one for each of num_classes places.",
            "index out of range in self",
        ),
    )


@contextmanager
def explained(submission, rng, name):
    """Say what torch's words mean where a network stops; where it fails, look first whether chance decides."""
    with explaining(f"{name} works on its input", *stops_of(name)):
        try:
            yield
        except Failure:
            expect_nothing_left_to_chance(submission, rng, name)
            raise


def three_times(student, name, settings, weights, x):
    """Return what one network says of the same input three times, the last time with other random numbers."""
    torch.manual_seed(0)
    model = make_module(student, name, settings)
    if isinstance(model, str):
        return model, model, model
    model = model.to(x.device).eval()
    set_parameters(model, weights)
    found = []
    with torch.no_grad():
        for seed in (1, 1, 2):
            torch.manual_seed(seed)
            found.append(model(x))
    return found


def thrice(submission, name, settings, x, weights=()):
    ask = submission.probe(three_times, of=name, using=[make_module, set_parameters])
    found = ask(name, settings, list(weights), x)
    outputs = expect_parts(found, ["first", "second", "third"], subject=name)
    expect_made(outputs[0], name)
    return outputs


def depends_on_chance(submission, rng, name, settings, weights=()):
    """Return whether random numbers make a difference to what a network in evaluation mode says."""
    x = inputs_for(rng, name, 4, 6, settings)
    try:
        first, second, third = thrice(submission, name, settings, x, weights)
    except StudentFault:
        return False
    # what changes from call to call anyway is a state that is kept
    return same(first, second) and not same(first, third)


def expect_nothing_left_to_chance(submission, rng, name):
    """Expect that a network in evaluation mode gives the same for the same input each time."""
    several, one = sizes(rng, 2, 1)
    if not depends_on_chance(submission, rng, name, several):
        return
    # without weights from state to state it makes no difference where a sequence starts
    deaf = [torch.zeros(one[2], one[2])]
    start = depends_on_chance(submission, rng, name, one)
    start = start and not depends_on_chance(submission, rng, name, one, deaf)
    found = (
        Diagnosis(
            "random-start",
            f"{name} starts from random hidden states: nn.RNN starts from 0 where it is given none.",
        )
        if start
        else Diagnosis("dropout-in-evaluation", FAULTS["dropout-in-evaluation"].format(name=name))
    )
    claim = f"in evaluation mode {name} gives the same for the same input each time"
    expect(False, claim, diagnosis=found)


def expect_network(submission, rng, name, claim):
    """Expect the logits of a recurrent network with parameters of ours, for one layer and for several."""
    cases = []
    for settings, (batch, steps) in zip(
        sizes(rng, 1, 2, 3), ((4, 9), (3, 10), (5, 11)), strict=True
    ):
        cases.append(
            {
                "settings": settings,
                "biases": expect_parameters(submission, name, settings, claim),
                "weights": parameters(rng, name, *settings),
                "x": inputs_for(rng, name, batch, steps, settings),
            }
        )

    def logits(settings, _, weights, x):
        output = forward(submission, name, *settings, x=x, weights=weights).output
        shape = (*x.shape[:2], settings[0])
        if isinstance(output, (tuple, list)):
            expect_output(output, shape, name)
        array = as_array(output)
        plain = is_tensor(output) and array is not None and array.dtype.kind == "f" and array.ndim
        if plain and array.shape == (shape[0], shape[2], shape[1]):
            # the classes in the middle
            return output.double().log_softmax(1).float()
        # in the precision that it was calculated in
        return scores(output.double()).float() if plain else output

    logits.__name__ = name
    with explained(submission, rng, name):
        expect_values(
            logits,
            right_scores,
            cases,
            claim=claim,
            mistakes=network_mistakes(name),
            rtol=1e-3,
            atol=1e-4,
        )


def expect_any_size(submission, rng, name):
    """Expect the same for any number of sequences, and for any number of steps."""
    with explained(submission, rng, name):
        _expect_any_size(submission, rng, name)


def _expect_any_size(submission, rng, name):
    (settings,) = sizes(rng, 2)
    weights = parameters(rng, name, *settings)
    claim = f"{name} takes any number of sequences and of steps"
    whole = inputs_for(rng, name, 6, 12, settings)

    def logits(x):
        look = forward(submission, name, *settings, x=x, weights=weights)
        return expect_output(look.output, (*x.shape[:2], settings[0]), name)

    try:
        together = logits(whole)
    except StudentFault as stopped:
        if stopped.fault.kind != "raised":
            raise
        for shape, id_, what in (
            ((1, 12), "fixed-batch", "a batch of one sequence"),
            ((6, 6), "fixed-length", "sequences of six steps"),
            ((1, 6), "fixed-shape", "one sequence of six steps"),
        ):
            try:
                logits(whole[: shape[0], : shape[1]])
            except (StudentFault, AssertionError):
                continue
            text = f"{name} works for {what}, but not for others: leave the sizes of x free, as in x.shape[0]."
            expect(False, claim, diagnosis=Diagnosis(id_, text))
        raise
    expect_any_batch(submission, name, *settings, x=whole, shape=(12, settings[0]), weights=weights)
    for steps in (1, 5):
        text = f"{name} works for 12 steps, but not for {steps}: leave the number of steps free."
        fixed = Diagnosis("fixed-length", text)
        try:
            short = logits(whole[:, :steps])
        except StudentFault as stopped:
            expect(stopped.fault.kind != "raised", claim, diagnosis=fixed)
            raise
        text = (
            f"{name}'s output for a step depends on the steps after it: what it says there may come from that step and "
            "those before it alone."
        )
        expect(
            same(short, together[:, :steps], rtol=1e-3, atol=1e-4),
            claim,
            diagnosis=Diagnosis("sees-the-future", text),
        )


def expect_fresh_starts(submission, rng, name):
    """Expect that every sequence starts from a hidden state of 0, and that forward leaves its input as it is."""
    claim = f"{name} starts every sequence from a hidden state of 0"
    (settings,) = sizes(rng, 2)
    x = inputs_for(rng, name, 4, 6, settings)
    with explained(submission, rng, name):
        outputs = [
            expect_output(output, (4, 6, settings[0]), name)
            for output in thrice(submission, name, settings, x)
        ]
    text = (
        f"{name} remembers the sequences of its last call: let each call of forward start from a hidden state of 0, "
        "as nn.RNN does where it is given none."
    )
    expect(same(*outputs[:2]), claim, diagnosis=Diagnosis("state-kept", text))
    expect_nothing_left_to_chance(submission, rng, name)
    look = forward(submission, name, *settings, x=x, weights=parameters(rng, name, *settings))
    expect_output(look.output, (4, 6, settings[0]), name)
    expect_input_kept(look, name)


def reach_of_the_end(student, name, settings, x):
    """Return whether a gradient gets from the output of the last step back to the first step, or "detached".

    Without a gradient to the input, as in an embedding, the row tells that the first step looks up and no other does.
    """
    torch.manual_seed(0)
    model = getattr(student, name)(*settings).eval()
    rows = x.clone().requires_grad_() if x.is_floating_point() else x
    output = model(rows)
    if not isinstance(output, torch.Tensor) or not output.requires_grad:
        return "detached"
    (output[:, -1] * torch.linspace(0.5, 1.5, output.shape[-1])).sum().backward()
    if rows is not x:
        return rows.grad is not None and bool(rows.grad[:, 0].any())
    tables = [p for p in model.parameters() if sorted(p.shape) == sorted(settings[:2])]
    rows = [p.grad if p.shape[0] == settings[0] else p.grad.T for p in tables if p.grad is not None]
    return any(bool(row[x[0, 0]].any()) for row in rows)


def first_alone(x, place):
    """Return `x` with this place at the first step and at no other; there are three places at least."""
    others = x.where(x != place, (place + 1) % 3)
    return torch.cat([torch.full_like(x[:, :1], place), others[:, 1:]], 1)


def expect_gradients(submission, rng, name):
    """Expect that a gradient reaches every parameter, and from the last step the first."""
    (settings,) = sizes(rng, 2)
    # every row of the embedding is looked up
    x = inputs_for(rng, name, 30, 8, settings)
    look = forward(submission, name, *settings, x=x, weights=parameters(rng, name, *settings))
    expect_output(look.output, (30, 8, settings[0]), name)
    expect_reached(look, name)
    starts = [x[:, :4]]
    if name == "EmbeddingRNN":
        starts = [first_alone(starts[0], place) for place in range(settings[0])]
    probe = submission.probe(reach_of_the_end, of=name)
    reached = [probe(name, settings, start) is True for start in starts]
    text = (
        f"In {name} no gradient gets from a step to those before it: the state is detached on its way, and what is "
        "worth remembering cannot be learnt."
    )
    claim = f"the gradient of {name}'s last step gets back to the first one"
    expect(any(reached), claim, diagnosis=Diagnosis("truncated", text))
    text = (
        f"The row of place {reached.index(False) if False in reached else 0} gets no gradient, so that it is never "
        "learnt: leave padding_idx out of nn.Embedding, for the place that fills words up is a character as well."
    )
    expect(all(reached), claim, diagnosis=Diagnosis("padding-row", text))


# --- words to be spelled, for 12-3 and 12-4 ----------------------------------------------------------------------

CLASSES = 5


def without_memory(words):
    """Return the least cross entropy per character that can be had from the last character alone."""
    pairs = Counter(pair for word in words for pair in itertools.pairwise(word))
    before = Counter()
    for (first, _), count in pairs.items():
        before[first] += count
    total = sum(pairs.values())
    surprise = [
        count * torch.log(torch.tensor(before[a] / count)) for (a, _), count in pairs.items()
    ]
    return float(sum(surprise)) / total


def told_by_last(count, words):
    """Return whether so many last characters of what was read, or all from the start, tell what comes next."""
    told = {}
    for word in words:
        for n in range(1, len(word)):
            # from the start on, a state tells that it is the start
            seen = (n <= count, *word[max(n - count, 0) : n])
            if told.setdefault(seen, word[n]) != word[n]:
                return False
    return True


def words_to_learn(rng, *lengths):
    """Draw words, as places: the last character does not tell what comes next, the last two do.

    A longer memory would take training that is longer, and sometimes fails.
    """
    while True:
        words = [[int(n) for n in rng.integers(0, CLASSES, length)] for length in lengths]
        if told_by_last(2, words) and without_memory(words) > 0.35:
            return words


def padded(words):
    """Return inputs and targets of words, padded with 0 and -100."""
    steps = max(map(len, words)) - 1
    x = torch.zeros(len(words), steps, dtype=torch.int64)
    y = torch.full((len(words), steps), -100)
    for row, word in enumerate(words):
        x[row, : len(word) - 1] = torch.tensor(word[:-1])
        y[row, : len(word) - 1] = torch.tensor(word[1:])
    return x, y


def about_start(submission, name, settings, x):
    """Return what is wrong with the parameters that a new network starts from, as far as its logits tell it."""
    found = as_array(forward(submission, name, *settings, x=x).output)
    alike = found is not None and found.size and bool((found == found.flat[0]).all())
    text = (
        f"{name} starts with weights that are all the same, so that its units do the same for ever: leave the random "
        "ones that torch's layers start from."
    )
    return Diagnosis("same-start", text) if alike else None


STARTS = 2


def expect_spelled(submission, rng, name, settings, x, y, limit, **training):
    """Expect that training brings the cross entropy below the limit, with the right character at every step.

    The better of two starts counts: one in a thousand comes to rest too early.
    """
    outputs = trained(
        submission, name, *settings, rng=rng, x=x, y=y, unseen=x, starts=STARTS, **training
    )
    found = []
    for output in outputs:
        logits = expect_output(output, (*y.shape, settings[0]), name)
        found.append(functional.cross_entropy(logits.flatten(0, 1), y.flatten()).item())
    loss = min(found)
    expect_below(
        loss,
        limit,
        claim=f"{name} learns fresh words: after training the cross entropy per character is below {limit.limit:g}",
        hint="is the hidden state carried from step to step, and can the logits be as large as they like?",
        diagnosis=None if limit.holds(loss) else about_start(submission, name, settings, x),
    )
    spelled_by = outputs[found.index(loss)].argmax(-1)
    right = (spelled_by == y) | (y == -100)
    expect(bool(right.all()), f"{name} spells fresh words after training")


# --- 12-3 --------------------------------------------------------------------------------------------------------


@pytest.mark.exercise("12-3")
def test_parameters_are_those_of_recurrent_layers_and_a_head(submission, rng):
    for settings in sizes(rng, 2, 1, 3):
        claim = f"RNN has the parameters of an nn.RNN with {settings[3]} layer{'s' * (settings[3] > 1)} and of a head"
        expect_parameters(submission, "RNN", settings, claim)


@pytest.mark.exercise(
    "12-3", weight=2, after="test_parameters_are_those_of_recurrent_layers_and_a_head"
)
def test_hidden_state_is_carried_through_all_steps(submission, rng):
    expect_network(
        submission,
        rng,
        "RNN",
        "RNN gives the logits of every step, which depend on that step and on all before it",
    )


@pytest.mark.exercise("12-3")
def test_any_number_of_sequences_and_steps(submission, rng):
    expect_any_size(submission, rng, "RNN")


@pytest.mark.exercise("12-3")
def test_every_sequence_starts_afresh(submission, rng):
    expect_fresh_starts(submission, rng, "RNN")


@pytest.mark.exercise("12-3", after="test_hidden_state_is_carried_through_all_steps")
def test_gradients_reach_every_parameter(submission, rng):
    expect_gradients(submission, rng, "RNN")


@pytest.mark.exercise("12-3", weight=2, after="test_hidden_state_is_carried_through_all_steps")
def test_training_teaches_it_to_spell(submission, rng):
    x, y = padded(words_to_learn(rng, 8))
    expect_spelled(
        submission,
        rng,
        "RNN",
        (CLASSES, CLASSES, 10, 1),
        functional.one_hot(x, CLASSES).float(),
        y,
        LIMITS["loss on a word"],
        epochs=45,
        batch_size=1,
        lr=0.05,
    )


# --- 12-4 --------------------------------------------------------------------------------------------------------


@pytest.mark.exercise("12-4")
def test_parameters_are_those_of_embedding_recurrent_layers_and_head(submission, rng):
    for settings in sizes(rng, 2, 1, 3):
        claim = (
            "EmbeddingRNN has the parameters of an nn.Embedding, an nn.RNN with "
            f"{settings[3]} layer{'s' * (settings[3] > 1)}, and a head"
        )
        expect_parameters(submission, "EmbeddingRNN", settings, claim)


@pytest.mark.exercise(
    "12-4", weight=2, after="test_parameters_are_those_of_embedding_recurrent_layers_and_head"
)
def test_places_become_logits_of_every_step(submission, rng):
    expect_network(
        submission,
        rng,
        "EmbeddingRNN",
        "EmbeddingRNN gives the logits of every step, which depend on the characters up to there",
    )


@pytest.mark.exercise("12-4")
def test_any_number_of_words_of_any_length(submission, rng):
    expect_any_size(submission, rng, "EmbeddingRNN")


@pytest.mark.exercise("12-4")
def test_every_word_starts_afresh(submission, rng):
    expect_fresh_starts(submission, rng, "EmbeddingRNN")


@pytest.mark.exercise("12-4", after="test_places_become_logits_of_every_step")
def test_gradients_reach_the_embedding_too(submission, rng):
    expect_gradients(submission, rng, "EmbeddingRNN")


@pytest.mark.exercise("12-4", weight=2, after="test_places_become_logits_of_every_step")
def test_training_teaches_it_to_spell_words_of_any_length(submission, rng):
    x, y = padded(words_to_learn(rng, 7, 4, 6))
    expect_spelled(
        submission,
        rng,
        "EmbeddingRNN",
        (CLASSES, 4, 12, 1),
        x,
        y,
        LIMITS["loss on several words"],
        epochs=60,
        batch_size=len(x),
        lr=0.03,
    )


def make_model():
    """Return a model that predicts the next character from the last one alone; it is for `train` to be tried on."""
    return torch.nn.Sequential(torch.nn.Embedding(6, 4), torch.nn.Linear(4, 6))


def per_character(logits, y):
    return functional.cross_entropy(logits.flatten(0, 1), y.flatten())


def all_characters(logits, y):
    return functional.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum")


def each_word(logits, y):
    return torch.stack(
        [functional.cross_entropy(rows, due) for rows, due in zip(logits, y, strict=True)]
    )


def each_step(logits, y):
    return each_word(logits.transpose(0, 1), y.transpose(0, 1))


def through_softmax(logits, y):
    return per_character(logits.softmax(-1), y)


def wrong_loss(id_, text, of):
    return Fault(id_, text), of


WRONG_LOSSES = [
    wrong_loss(
        "sum-for-mean",
        "adds up the losses of all characters: their mean is asked for",
        all_characters,
    ),
    wrong_loss(
        "sum-for-mean",
        "adds up the losses of the steps: the mean over all characters is asked for",
        lambda logits, y: each_step(logits, y).sum(),
    ),
    wrong_loss(
        "sum-for-mean",
        "adds up the losses of the words: the mean over all characters is asked for",
        lambda logits, y: each_word(logits, y).sum(),
    ),
    wrong_loss(
        "sum-for-mean",
        "adds up the losses of all characters and divides by the number of words: the mean over all characters is "
        "asked for",
        lambda logits, y: all_characters(logits, y) / len(y),
    ),
    wrong_loss(
        "zero-left-out",
        "leaves the characters out whose place is 0, as if they were padding: only a target of -100 does not count",
        lambda logits, y: per_character(logits, y.where(y > 0, -100)),
    ),
    wrong_loss(
        "shifted-targets",
        "shifts the targets by a step: y holds the next character of each step already",
        lambda logits, y: per_character(logits[:, :-1], y[:, 1:]),
    ),
    wrong_loss(
        "no-softmax",
        "takes the nll_loss of the logits, which is for log-probabilities: the cross entropy takes logits",
        lambda logits, y: functional.nll_loss(logits.flatten(0, 1), y.flatten()),
    ),
    wrong_loss(
        "padding-counted",
        "counts padding as if the first character of the vocabulary were due there: leave a target of -100 out",
        lambda logits, y: per_character(logits, y.clamp(min=0)),
    ),
    wrong_loss(
        "padding-in-mean",
        "divides the sum of the losses by all places, padding included: divide by those that count",
        lambda logits, y: all_characters(logits, y) / y.numel(),
    ),
    wrong_loss(
        "mean-of-means",
        "takes the mean of each word and then the mean of these: every character counts the same, so that a long "
        "word counts more than a short one",
        lambda logits, y: each_word(logits, y).mean(),
    ),
    wrong_loss(
        "mean-of-means",
        "takes the mean of each step and then the mean of these: every character counts the same",
        lambda logits, y: each_step(logits, y).mean(),
    ),
    wrong_loss(
        "softmax-twice",
        "applies a softmax before the cross entropy, which takes one itself: hand it the logits",
        through_softmax,
    ),
    wrong_loss(
        "softmax-twice",
        "applies a softmax over the steps before the cross entropy, which takes one itself: hand it the logits",
        lambda logits, y: per_character(logits.softmax(1), y),
    ),
    wrong_loss(
        "view-for-transpose",
        "reshapes (batch, steps, classes) into (batch, classes, steps), which mixes up the logits: flatten batch and "
        "steps, or exchange the dimensions with transpose(1, 2)",
        lambda logits, y: functional.cross_entropy(
            logits.reshape(len(logits), logits.shape[2], -1), y
        ),
    ),
    wrong_loss(
        "mixed-up",
        "flattens logits and targets in different orders, so that they do not belong together any more",
        lambda logits, y: per_character(logits.transpose(0, 1), y),
    ),
    wrong_loss(
        "mixed-up",
        "flattens the targets step by step and the logits word by word, so that they do not belong together any more",
        lambda logits, y: per_character(logits, y.T),
    ),
    wrong_loss(
        "last-step-only",
        "takes the loss of the last step only: every step has a target",
        lambda logits, y: functional.cross_entropy(logits[:, -1], y[:, -1]),
    ),
    wrong_loss(
        "first-word-only",
        "takes the loss of the first word of the batch only",
        lambda logits, y: functional.cross_entropy(logits[0], y[0]),
    ),
]

TRAIN = Loop(
    model=make_model, loss=per_character, batches=False, wrong_losses=WRONG_LOSSES, rtol=1e-3
)


def lesson_of(rng, *lengths):
    """Draw a batch of words of these lengths from six characters, in random order."""
    words = [[int(n) for n in rng.integers(0, 6, length)] for length in rng.permutation(lengths)]
    return padded(words)


TRAIN_STOPS = (
    Stop(
        "padding-number",
        "Your train tells the cross entropy to leave out another number than -100: leave ignore_index alone, it is "
        "-100 by itself.",
        "Target -100 is out of bounds",
    ),
    Stop(
        "not-flattened",
        "Your train hands the cross entropy logits of shape (batch, steps, classes), and it takes the second dimension "
        "for the classes: flatten batch and steps of logits and targets, or use transpose(1, 2).",
        "Expected target size",
    ),
    Stop(
        "fixed-size",
        "Your train reshapes the logits to a fixed size that does not suit every model and batch: flatten(0, 1) suits "
        "all.",
        "is invalid for input of size",
    ),
)
"""What torch stops a training loop at."""


def clipped(case, norm):
    """Return the parameters that a run leads to where gradients are cut off at this norm."""
    model = make_model()
    model.load_state_dict(case.start)
    optimizer = getattr(torch.optim, case.optimizer)(model.parameters(), **case.settings)
    for _ in range(case.epochs):
        optimizer.zero_grad()
        per_character(model(case.x), case.y).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), norm)
        optimizer.step()
    return {name: parameter.detach() for name, parameter in model.named_parameters()}


def expect_steps(submission, cases):
    """Expect the parameters that one step an epoch leads to; the last case has the most epochs."""
    try:
        with explaining("train works on its batch", *TRAIN_STOPS):
            TRAIN.expect_steps(submission, cases)
    except Failure as failed:
        if failed.finding.diagnosis:
            raise
        left = TRAIN.trained(submission, cases[-1]).parameters
        text = "Your train cuts the gradients off before each step, as clip_grad_norm_ does: take them as they are."
        expect(
            not any(
                same(left, clipped(cases[-1], norm), rtol=TRAIN.rtol, atol=TRAIN.atol)
                for norm in (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
            ),
            failed.finding.claim,
            diagnosis=Diagnosis("clipped-gradients", text),
        )
        raise


def expect_losses(submission, cases):
    """Expect the mean over all characters for each epoch; the first case has at least three."""
    try:
        with in_words_of_the_lesson({"over the samples": "over the characters that count"}):
            TRAIN.expect_losses(submission, cases)
    except Failure as failed:
        if failed.finding.diagnosis:
            raise
        due = np.array(TRAIN.replay(cases[0]).losses)
        perplexity = Mistake(
            "perplexity",
            "Your train returns the perplexity, the exponential of the loss: return the loss itself.",
            lambda: np.exp(due),
        )
        losses = TRAIN.trained(submission, cases[0]).losses
        found = explain_curve("train", losses, [perplexity], right=due)
        expect(found is None, failed.finding.claim, came_back=losses, diagnosis=found)
        raise


@pytest.mark.exercise("12-4", weight=2)
def test_train_takes_one_step_an_epoch(submission, rng):
    rate = float(rng.uniform(0.3, 0.6))
    cases = [
        TRAIN.case(rng, *lesson_of(rng, 7, 7, 7), epochs=1, lr=rate),
        TRAIN.case(rng, *lesson_of(rng, 8, 8, 3, 5), epochs=5, lr=rate),
    ]
    expect_steps(submission, cases)


@pytest.mark.exercise("12-4", after="test_train_takes_one_step_an_epoch")
def test_padding_does_not_count(submission, rng):
    rate = float(rng.uniform(0.3, 0.6))
    cases = [
        TRAIN.case(rng, *lesson_of(rng, *lengths), epochs=4, lr=rate)
        for lengths in ((9, 3, 2), (2, 7), (5, 9, 4, 9))
    ]
    expect_steps(submission, cases)


@pytest.mark.exercise("12-4", after="test_train_takes_one_step_an_epoch")
def test_losses_are_means_per_character(submission, rng):
    rate = float(rng.uniform(0.3, 0.6))
    cases = [
        TRAIN.case(rng, *lesson_of(rng, *lengths), epochs=epochs, lr=rate)
        for lengths, epochs in (((8, 5, 3), 5), ((4, 4), 3))
    ]
    expect_losses(submission, cases)


@pytest.mark.exercise("12-4", after="test_train_takes_one_step_an_epoch")
def test_train_steps_the_optimizer_that_it_is_given(submission, rng):
    x, y = lesson_of(rng, 8, 5, 3)
    TRAIN.expect_given_optimizer(
        submission,
        [
            TRAIN.case(rng, x, y, epochs=4, optimizer="Adam", lr=0.05),
            TRAIN.case(rng, x, y, epochs=4, lr=0.3, momentum=0.9),
        ],
    )
