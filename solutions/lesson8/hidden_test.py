"""The graders of lesson 8: datasets of our files, loaders and splits by the samples they give, training replayed."""

import gzip
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from course.judge.closeness import same
from course.judge.diagnosis import Diagnosis, Mistake
from course.judge.expect import expect, expect_below, expect_parts, expect_values
from course.judge.failure import Failure
from course.judge.kinds import as_array, dtype_of, has_dtype, is_number, is_sequence
from course.judge.loop_faults import FAULTS, Fault
from course.judge.loops import Loop
from course.judge.stops import Stop, explaining
from course.judge.thresholds import thresholds

LIMITS = thresholds(__file__)

# --- 8-1 ---------------------------------------------------------------------------------------------------------

NAMED = {"features": "The features in dataset[i] are", "label": "The label in dataset[i] is"}
HEADER = "age,sex,bmi,bp,s1,s2,s3,s4,s5,s6,label"


def patients(rng, count):
    """Draw a table of patients, ten features and the label in each row, in four decimals."""
    features = rng.uniform(0.2, 3, (count, 10)) * rng.choice([-1, 1], (count, 10))
    labels = rng.permutation([i % 2 for i in range(count)])
    return [
        [*(round(float(v), 4) for v in row), float(label)]
        for row, label in zip(features, labels, strict=True)
    ]


def packed(table):
    """Return a table as the bytes of a file such as the lesson's own."""
    rows = [",".join([*(f"{v:.4f}" for v in row[:-1]), f"{row[-1]:.0f}"]) for row in table]
    return gzip.compress("\n".join([HEADER, *rows, ""]).encode())


def with_file(student, file, other, ask):
    """Return what `ask` makes of a dataset of `file`, while `other` lies where a notebook finds its own."""
    import contextlib
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        pathlib.Path("diabetes.csv.gz").write_bytes(other)
        path = pathlib.Path(folder, "ward.csv.gz")
        path.write_bytes(file)
        return ask(student.DiabetesDataset(str(path)), path)


def first_items(dataset, count):
    """Return the first `count` items, or as many as there are."""
    items = []
    for index in range(count):
        try:
            items.append(dataset[index])
        except IndexError:
            break
    return items


def read_items(student, file, other, count):
    return with_file(student, file, other, lambda dataset, _: first_items(dataset, count))


def read_two(student, file, other, count):
    """Return the items of a dataset of `file`, after another one of `other` was made, and those of that one."""

    def ask(dataset, path):
        second = student.DiabetesDataset(str(path.with_name("diabetes.csv.gz")))
        return first_items(dataset, count), first_items(second, count)

    return with_file(student, file, other, ask)


def measure_length(student, file, other):
    return with_file(student, file, other, lambda dataset, _: len(dataset))


def count_in_loop(student, file, other, most):
    """Return how many items a `for` loop gives, which is stopped at `most`, or the sort of error that ends it."""

    def ask(dataset, _):
        count = 0
        try:
            for _item in dataset:
                count += 1
                if count >= most:
                    break
        except Exception as error:
            return type(error).__name__
        return count

    return with_file(student, file, other, ask)


def read_after_change(student, file, other, count):
    """Return the items of a dataset whose file was overwritten by `other` after the first, and of one that was not."""

    def ask(dataset, path):
        spare = student.DiabetesDataset(str(path))
        kept = first_items(spare, count)
        first = first_items(dataset, 1)
        path.write_bytes(other)
        return first + first_items(dataset, count)[1:], kept

    return with_file(student, file, other, ask)


def read_specially(student, file, other, start, stop):
    """Return what a slice and a negative index give: a pair (whether it is answered, the answer) each."""

    def tried(dataset, index):
        try:
            found = dataset[index]
            return True, list(found) if isinstance(found, list) else found
        except Exception:
            return False, None

    def ask(dataset, _):
        return tried(dataset, slice(start, stop)), tried(dataset, -1)

    return with_file(student, file, other, ask)


STOPS = (
    Stop(
        "header-as-data",
        "DiabetesDataset takes the first line of the file, which names the columns, for numbers: skip it.",
        "^ValueError: .*age",
    ),
    Stop(
        "not-unzipped",
        "DiabetesDataset reads the file as plain text, but it is compressed: open it with gzip.open, or let np.loadtxt "
        "do so.",
        "^UnicodeDecodeError",
    ),
    Stop(
        "bytes-for-text",
        'DiabetesDataset gets bytes from the file where it goes on with text: gzip.open(path, "rt") gives text.',
        "bytes-like object",
    ),
    Stop(
        "ignored-path",
        "DiabetesDataset does not find its file: it must open the very path that it is given.",
        "^(FileNotFoundError|PermissionError)",
    ),
    Stop("no-len", "DiabetesDataset has no __len__, which len(dataset) calls.", r"has no len\(\)"),
    Stop(
        "no-getitem",
        "DiabetesDataset has no __getitem__, which dataset[i] calls.",
        "not subscriptable",
    ),
)
"""What Python stops a DiabetesDataset at."""


def asked(submission, probe, claim, *args):
    """Return what a probe of DiabetesDataset gives, or name the reason why it gives nothing."""
    helpers = [with_file, first_items]
    with explaining(claim, *STOPS):
        return submission.probe(probe, of="DiabetesDataset", using=helpers)(*args)


def real(value):
    """Return real numbers in whichever form as a float64 array, or None."""
    array = as_array(value)
    return None if array is None or array.dtype.kind not in "biuf" else array.astype(np.float64)


def pairs(items, claim, *, enough=1):
    """Expect items that are pairs of numbers, at least `enough` of them, and return their features and labels."""
    expect(isinstance(items, list), claim, came_back=items)
    text = "DiabetesDataset has no items: dataset[0] raises an IndexError."
    expect(len(items) >= enough, claim, diagnosis=Diagnosis("no-items", text))
    parts = [expect_parts(item, ["features", "label"], subject="dataset[i]") for item in items]
    for place, name in enumerate(("features", "label")):
        odd = [part[place] for part in parts if real(part[place]) is None]
        text = f"{NAMED[name]} not made of numbers: convert what the file holds."
        expect(
            not odd,
            claim,
            came_back=odd[0] if odd else None,
            diagnosis=Diagnosis("not-numbers", text),
        )
    return [part[0] for part in parts], [part[1] for part in parts]


def table_of(features, labels, claim):
    """Expect ten features and one label in each item, and return them as (array, array) whatever their shape."""
    rows, marks = [real(v) for v in features], [real(v) for v in labels]
    shapes = {row.shape for row in rows}
    size = rows[0].size
    why = None
    if {row.size for row in rows} == {1} and {mark.size for mark in marks} == {10}:
        why = Diagnosis(
            "swapped-results",
            "dataset[i] is (label, features): it is (features, label), that way round.",
        )
    elif {row.size for row in rows} == {11}:
        why = Diagnosis(
            "label-in-features",
            "The features hold eleven numbers: the last column is the label, leave it out.",
        )
    elif size != 10:
        why = Diagnosis(
            "wrong-columns", f"The features hold {size} numbers: the file has ten for each patient."
        )
    elif shapes != {(10,)}:
        why = Diagnosis(
            "feature-shape",
            f"The features of a patient have the shape {rows[0].shape}: they are ten numbers in a row, (10,).",
        )
    expect(why is None, claim, came_back=features[0], diagnosis=why)
    text = f"The label of a patient holds {marks[0].size} numbers: it is a single one, 0 or 1."
    single = all(mark.size == 1 for mark in marks)
    expect(single, claim, came_back=labels[0], diagnosis=Diagnosis("wrong-label", text))
    # in the precision that is asked for: a mistake may have been made in it, too
    return (
        torch.from_numpy(np.stack(rows)).float(),
        torch.from_numpy(np.concatenate([mark.ravel() for mark in marks])).float(),
    )


def right_table(table):
    numbers = torch.tensor(table, dtype=torch.float64)
    return numbers[:, :-1], numbers[:, -1]


def scaled(how):
    def formula(table):
        features, labels = right_table(table)
        return how(features), labels

    return formula


def header_read(table):
    """Return the table with its header read as numbers, which it is not."""
    features, labels = right_table(table)
    odd = torch.full((1, 10), math.nan, dtype=torch.float64)
    return torch.cat([odd, features[:-1]]), torch.cat([odd[0, :1], labels[:-1]])


def file_mistakes(other):
    """Return what a dataset may make of its file; `other` is the table in the file that it should not read."""
    return [
        Mistake(
            "header-as-data",
            "DiabetesDataset takes the first line of the file, which names the columns, for a patient: skip it.",
            header_read,
        ),
        Mistake(
            "ignored-path",
            "DiabetesDataset reads a file of its own choice: it must open the path that it is given.",
            lambda table: right_table(other[: len(table)]),
        ),
        Mistake(
            "first-missing",
            "DiabetesDataset leaves the first patient out: is a line too many skipped, or 1 added to the index?",
            lambda table: right_table(table[1:]),
        ),
        Mistake(
            "last-missing",
            "DiabetesDataset leaves the last patient out.",
            lambda table: right_table(table[:-1]),
        ),
        Mistake(
            "shifted",
            "dataset[i] is the patient before: the first one has the number 0.",
            lambda table: right_table([table[-1], *table[:-1]]),
        ),
        Mistake(
            "wrong-columns",
            "DiabetesDataset takes the first column for the label: it is the last one.",
            lambda table: right_table([[*row[1:], row[0]] for row in table]),
        ),
        Mistake(
            "wrong-columns",
            "The label is right, but the features begin with the second column, or are moved: they are the first ten.",
            lambda table: right_table([[*row[1:], row[-1]] for row in table]),
        ),
        Mistake(
            "rescaled",
            "DiabetesDataset rescales the features: return them as the file has them.",
            scaled(lambda x: (x - x.mean(0)) / x.std(0)),
        ),
        Mistake(
            "rescaled",
            "DiabetesDataset rescales the features: return them as the file has them.",
            scaled(lambda x: (x - x.mean(0)) / x.std(0, correction=0)),
        ),
        Mistake(
            "rescaled",
            "DiabetesDataset rescales the features: return them as the file has them.",
            scaled(lambda x: (x - x.amin(0)) / (x.amax(0) - x.amin(0))),
        ),
        Mistake(
            "truncated",
            "DiabetesDataset cuts the features down to whole numbers.",
            scaled(torch.trunc),
        ),
        Mistake(
            "always-the-same",
            "dataset[i] is the first patient whatever i is.",
            lambda table: right_table([table[0]] * len(table)),
        ),
    ]


def kind_of_class(student, file, other):
    def ask(dataset, _):
        if isinstance(dataset, torch.utils.data.IterableDataset):
            return "IterableDataset"
        return "Dataset" if isinstance(dataset, torch.utils.data.Dataset) else "another class"

    return with_file(student, file, other, ask)


@pytest.mark.exercise("8-1")
def test_class_is_a_dataset(submission, rng):
    claim = "DiabetesDataset is a torch Dataset"

    file, other = (packed(patients(rng, 9)) for _ in range(2))
    found = asked(submission, kind_of_class, claim, file, other)
    text = "DiabetesDataset is no torch Dataset: begin it with `class DiabetesDataset(Dataset):`."
    if isinstance(found, str) and found == "IterableDataset":
        text = (
            "DiabetesDataset is an IterableDataset, which has no numbered items: make it a Dataset."
        )
    expect(
        isinstance(found, str) and found == "Dataset",
        claim,
        came_back=found,
        diagnosis=Diagnosis("no-dataset", text),
    )


@pytest.mark.exercise("8-1", weight=6)
def test_items_are_the_features_and_the_label_of_each_patient(submission, rng):
    claim = "dataset[i] holds the ten features and the label of patient i of the file that is given"
    other = patients(rng, 30)

    def items_of(table):
        items = asked(submission, read_items, claim, packed(table), packed(other), len(table))
        return table_of(*pairs(items, claim), claim)

    items_of.__name__ = "DiabetesDataset"
    try:
        expect_values(
            items_of,
            right_table,
            [{"table": patients(rng, count)} for count in (14, 23, 9)],
            claim=claim,
            mistakes=file_mistakes(other),
            rtol=1e-5,
        )
    except Failure as failed:
        if failed.finding.diagnosis.endswith("shape"):
            # where each is as large as the one before it, it may be that one
            expect_own_tables(submission, rng)
        raise


def expect_own_tables(submission, rng):
    """Expect that two datasets at a time give the patients of their own files."""
    claim = "each dataset holds the patients of its own file, also where there are two of them"
    tables = [patients(rng, 9) for _ in range(2)]
    result = asked(submission, read_two, claim, *map(packed, tables), 9)
    first, second = expect_parts(result, ["items", "items"], subject="DiabetesDataset")
    text = (
        "Two datasets of different files give the same patients: keep the table in the object, as self.…, neither in "
        "the class nor in a variable outside."
    )
    shared = bool(first) and same(first, second, rtol=1e-5)
    expect(not shared, claim, diagnosis=Diagnosis("shared-table", text))


@pytest.mark.exercise("8-1")
def test_each_dataset_has_a_table_of_its_own(submission, rng):
    expect_own_tables(submission, rng)


@pytest.mark.exercise("8-1", weight=5)
def test_all_numbers_are_float32(submission, rng):
    # a DataLoader makes tensors of arrays
    claim = (
        "the features and the label in dataset[i] are float32 tensors, or NumPy arrays of float32"
    )
    file, other = (packed(patients(rng, 9)) for _ in range(2))
    features, labels = pairs(asked(submission, read_items, claim, file, other, 9), claim)
    for name, values in (("features", features), ("label", labels)):
        for value in values:
            text = f"{NAMED[name]} no tensor: use torch.from_numpy or torch.tensor."
            is_tensor = has_dtype(value)
            why = Diagnosis("no-tensor", text)
            expect(is_tensor, claim, came_back=value, diagnosis=None if is_tensor else why)
            kind = dtype_of(value)
            text = (
                f"{NAMED[name]} {kind}, as NumPy and Python would have it: a network's layers want float32."
                if kind == "float64"
                else f"{NAMED[name]} {kind}: the loss and the layers want float32."
            )
            why = Diagnosis("float64" if kind == "float64" else "wrong-dtype", text)
            expect(kind == "float32", claim, came_back=value, diagnosis=why)


@pytest.mark.exercise("8-1", weight=5)
def test_label_has_one_dimension(submission, rng):
    claim = "the label in dataset[i] has the shape (1,)"
    file, other = (packed(patients(rng, 9)) for _ in range(2))
    _, labels = pairs(asked(submission, read_items, claim, file, other, 9), claim)
    for label in labels:
        shape = as_array(label).shape
        text = (
            f"The label in dataset[i] has the shape {shape}, and it needs (1,): else the labels of a batch do not "
            "have the shape of its predictions, (batch, 1)."
        )
        expect(shape == (1,), claim, came_back=label, diagnosis=Diagnosis("label-shape", text))


@pytest.mark.exercise("8-1", weight=2)
def test_length_is_the_number_of_patients(submission, rng):
    claim = "len(dataset) is the number of patients in the file"
    for rows in (26, 15):
        file, other = packed(patients(rng, rows)), packed(patients(rng, 33))
        found = asked(submission, measure_length, claim, file, other)
        others = {
            rows + 1: ("header-counted", "len(dataset) is 1 too large: the header is no patient."),
            rows - 1: ("one-too-few", "len(dataset) is 1 too small."),
            11: ("columns-counted", "len(dataset) is the number of columns, not of patients."),
            10: ("columns-counted", "len(dataset) is the number of features, not of patients."),
            33: ("ignored-path", "len(dataset) is that of another file than the one given."),
            442: ("fixed-length", "len(dataset) is 442 whatever the file holds: count."),
            11 * rows: ("numbers-counted", "len(dataset) counts all numbers, not the patients."),
            10 * rows: ("numbers-counted", "len(dataset) counts all numbers, not the patients."),
        }
        number = type(found) is int
        why = others.get(found) if number else None
        expect(
            number and found == rows,
            claim,
            came_back=found,
            diagnosis=Diagnosis(*why) if why else None,
        )


@pytest.mark.exercise("8-1", weight=5)
def test_a_loop_over_it_ends_after_the_last_patient(submission, rng):
    claim = "a `for` loop over the dataset gives each patient once, and ends"
    rows = 12
    file, other = packed(patients(rng, rows)), packed(patients(rng, 30))
    found = asked(submission, count_in_loop, claim, file, other, rows + 5)
    why = None
    if type(found) is int and found >= rows + 5:
        why = Diagnosis(
            "endless",
            "A loop over the dataset does not end: beyond the last patient dataset[i] must raise an IndexError.",
        )
    elif type(found) is int and found == rows + 1:
        why = Diagnosis(
            "one-too-many", "A loop over the dataset gives one item more than there are patients."
        )
    elif type(found) is int and found == rows - 1:
        why = Diagnosis(
            "one-too-few", "A loop over the dataset gives one item less than there are patients."
        )
    elif isinstance(found, str):
        why = Diagnosis(
            "no-index-error",
            "A loop over the dataset ends with an error: beyond the last patient dataset[i] must raise an "
            "IndexError, no other one.",
        )
    expect(type(found) is int and found == rows, claim, came_back=found, diagnosis=why)


@pytest.mark.exercise("8-1")
def test_file_is_not_read_again_for_each_item(submission, rng):
    claim = "the file is read once, when the dataset is made, and not for each item"
    tables = [patients(rng, 10) for _ in range(2)]
    files = [packed(table) for table in tables]
    text = (
        "DiabetesDataset reads the file again for each item, which takes hundreds of times longer: read it in "
        "__init__, and keep the numbers."
    )
    again = Diagnosis("reads-per-item", text)
    result = asked(submission, read_after_change, claim, *files, 10)
    after, kept = expect_parts(result, ["items", "items"], subject="DiabetesDataset")
    features, labels = pairs(after, claim, enough=2)
    others = pairs(kept, claim, enough=2)
    expect(
        same([features, labels], [*others], rtol=1e-6),
        claim,
        came_back=after,
        diagnosis=again,
    )


@pytest.mark.exercise("8-1", after="test_items_are_the_features_and_the_label_of_each_patient")
def test_slices_and_negative_numbers_are_right_or_refused(submission, rng):
    claim = "a slice and the index -1 give what they give for a list, or an error"
    table = patients(rng, 12)
    result = asked(submission, read_specially, claim, packed(table), packed(table[::-1]), 2, 6)
    expect_parts(result, ["slice", "index -1"], subject="DiabetesDataset")
    (answered, part), (answered_last, last) = (
        expect_parts(found, ["answered", "answer"], subject="DiabetesDataset") for found in result
    )
    text = "dataset[-1] is answered, but not by the last patient: leave it to the tensor, or raise an IndexError."
    expect(
        answered_last is False or holds(last, *right_table(table[-1:])),
        claim,
        came_back=last,
        diagnosis=Diagnosis("wrong-negative", text),
    )
    text = "A slice of the dataset is answered, but wrongly: leave it to the tensor, or raise a TypeError."
    expect(
        answered is False or holds(part, *right_table(table[2:6])),
        claim,
        came_back=part,
        diagnosis=Diagnosis("wrong-slice", text),
    )


def holds(found, features, labels):
    """Return whether a pair of tables, or a list of pairs, holds these patients."""
    if not is_sequence(found) or not found:
        return False
    if isinstance(found, list) and all(is_sequence(item) and len(item) == 2 for item in found):
        found = [[item[place] for item in found] for place in (0, 1)]
    if len(found) != 2:
        return False
    x, y = real(found[0]), real(found[1])
    if x is None or y is None or x.size != features.numel() or y.size != labels.numel():
        return False
    return same(x.ravel(), features.ravel().numpy(), rtol=1e-5) and same(
        y.ravel(), labels.numpy(), rtol=1e-5
    )


# --- 8-2 ---------------------------------------------------------------------------------------------------------


def load(student, numbers, batch_size, shuffle, workers, epochs):
    """Return the loader's kind, its number of workers and the batches of some epochs, for numbers and their doubles."""
    import itertools

    pairs = torch.utils.data.TensorDataset(numbers, 2 * numbers)
    loader = student.make_loader(pairs, batch_size, shuffle, workers)
    if not isinstance(loader, torch.utils.data.DataLoader):
        return type(loader).__name__, 0, []
    most = len(numbers) + 5
    batches = [[list(batch) for batch in itertools.islice(loader, most)] for _ in range(epochs)]
    return "DataLoader", loader.num_workers, batches


LOADER_CLAIM = "make_loader returns a torch DataLoader of the dataset"


def loaded(submission, count, batch_size, shuffle, workers=0, epochs=1):
    """Return (number of workers, epochs) of a loader: an epoch is a list of batches, a batch a list of numbers."""
    numbers = torch.arange(count, dtype=torch.float32)
    by_place = Stop(
        "wrong-place",
        "make_loader gives DataLoader its arguments by their places, and the fourth of them is not the number of "
        "workers: name them, num_workers=num_workers.",
        "sampler option|'int' object is not iterable",
    )
    special = Stop(
        "not-general",
        "make_loader works for some datasets only: give the dataset to DataLoader as it is.",
        "'TensorDataset' object",
    )
    with explaining(LOADER_CLAIM, by_place, special):
        result = submission.probe(load, of="make_loader")(
            numbers, batch_size, shuffle, workers, epochs
        )
    kind, used, found = expect_parts(result, ["kind", "workers", "batches"], subject="make_loader")
    why = "make_loader returns no DataLoader."
    known = {
        "NoneType": ("forgot-return", "make_loader returns None: is there a return?"),
        "list": (
            "list-returned",
            "make_loader returns a list: return the DataLoader itself, "
            "which gives new batches each time one goes through it.",
        ),
        "_SingleProcessDataLoaderIter": (
            "iterator-returned",
            "make_loader returns an iterator, which can be used "
            "once only: return the DataLoader itself.",
        ),
        "generator": (
            "iterator-returned",
            "make_loader returns a generator, which can be used once only: return a DataLoader.",
        ),
    }
    known["_MultiProcessingDataLoaderIter"] = known["_SingleProcessDataLoaderIter"]
    named = isinstance(kind, str)
    told = known.get(kind, ("no-loader", why)) if named else ("no-loader", why)
    expect(named and kind == "DataLoader", LOADER_CLAIM, diagnosis=Diagnosis(*told))
    expect(isinstance(found, list) and len(found) == epochs, LOADER_CLAIM, came_back=found)
    return used, [numbers_of(epoch) for epoch in found]


def numbers_of(epoch):
    """Expect batches of (numbers, doubles), and return the numbers of each as a list of whole ones."""
    claim = "each batch holds the features of its samples, and their labels in the same order"
    expect(isinstance(epoch, list), claim, came_back=epoch)
    batches = []
    for batch in epoch:
        first, second = expect_parts(batch, ["features", "labels"], subject="a batch")
        x, y = real(first), real(second)
        plain = x is not None and y is not None and x.ndim == 1 and x.shape == y.shape
        expect(plain and bool((2 * x == y).all()), claim, came_back=first)
        batches.append(x.tolist())
    return batches


def in_order(count, batch_size):
    return [list(range(count))[i : i + batch_size] for i in range(0, count, batch_size)]


def about_batches(epoch, count, batch_size):
    """Return what is wrong with the batches of an epoch, in whichever order their samples are, or None."""
    sizes = [len(batch) for batch in epoch]
    due = [len(batch) for batch in in_order(count, batch_size)]
    seen = sorted(v for batch in epoch for v in batch)
    if sizes == due and seen == list(range(count)):
        return None
    if sizes == due and set(seen) < set(range(count)):
        return Diagnosis(
            "with-replacement",
            "Some samples come twice in an epoch, and others not at all: each is due once.",
        )
    if sizes == due[:-1] and due[-1] < batch_size:
        return Diagnosis(
            "last-batch-dropped",
            "The last batch is dropped because it is not full: no sample is to be left out.",
        )
    if len(sizes) > 1 and max(sizes) != batch_size:
        return Diagnosis(
            "ignored-batch-size",
            f"The batches hold {max(sizes)} samples, whatever batch_size is asked for.",
        )
    if len(sizes) == 1 and sizes[0] == count:
        return Diagnosis(
            "ignored-batch-size",
            "All samples are in a single batch: is batch_size handed on, and the dataset as it is, not dataset[:]?",
        )
    return Diagnosis("wrong-batches", "An epoch does not give each sample once, in full batches.")


@pytest.mark.exercise("8-2", weight=2)
def test_without_shuffling_the_batches_follow_the_dataset(submission, rng):
    claim = "without shuffling an epoch gives all samples in order, batch_size at a time, the rest in a smaller batch"
    for count, size in [(23, 5), (12, 4), (9, 7), (6, 6), (5, 9)]:
        for epoch in loaded(submission, count, size, False, epochs=2)[1]:
            why = about_batches(epoch, count, size)
            text = "make_loader shuffles although shuffle is False."
            if why is None and epoch != in_order(count, size):
                why = Diagnosis("always-shuffled", text)
            expect(why is None, claim, came_back=epoch, diagnosis=why)


@pytest.mark.exercise("8-2", weight=4)
def test_shuffling_draws_a_new_order_for_each_epoch(submission, rng):
    claim = "with shuffling each epoch gives all samples once, in an order of its own"
    count = int(rng.integers(60, 90))
    orders = []
    for epoch in loaded(submission, count, 8, True, epochs=3)[1]:
        why = about_batches(epoch, count, 8)
        expect(why is None, claim, came_back=epoch, diagnosis=why)
        orders.append([v for batch in epoch for v in batch])
    text = "make_loader never shuffles: pass shuffle on to DataLoader."
    never = any(order == sorted(order) for order in orders)
    expect(not never, claim, diagnosis=Diagnosis("never-shuffled", text))
    text = "make_loader shuffles once, and gives every epoch that same order: let DataLoader draw a new one each time."
    again = orders[0] == orders[1] or orders[1] == orders[2]
    expect(not again, claim, diagnosis=Diagnosis("shuffled-once", text))
    text = (
        "make_loader shuffles the batches, but each holds the same samples again: shuffle samples."
    )
    groups = [{frozenset(order[i : i + 8]) for i in range(0, count, 8)} for order in orders]
    expect(groups[0] != groups[1], claim, diagnosis=Diagnosis("batches-shuffled", text))


@pytest.mark.exercise("8-2", weight=2)
def test_as_many_workers_fetch_as_are_asked_for(submission, rng):
    claim = "num_workers processes fetch the samples, and each sample still comes once"
    count = 6 * int(rng.integers(3, 6))
    for workers in (2, 0):
        used, (epoch,) = loaded(submission, count, 6, False, workers)
        shown = f"{used} workers" if type(used) is int else "other workers"
        text = f"make_loader uses {shown}, whatever num_workers is: pass it on to DataLoader."
        expect(
            type(used) is int and used == workers,
            claim,
            came_back=used,
            diagnosis=Diagnosis("ignored-workers", text),
        )
        seen = sorted(v for batch in epoch for v in batch)
        text = "An epoch does not give each sample once."
        expect(
            seen == list(range(count)),
            claim,
            came_back=epoch,
            diagnosis=Diagnosis("wrong-batches", text),
        )


def batch_count(n, batch_size, drop_last):
    return n // batch_size if drop_last else math.ceil(n / batch_size)


COUNT_MISTAKES = [
    Mistake(
        "always-dropped",
        "iterations_per_epoch drops the incomplete batch even if drop_last is False: round up then.",
        lambda n, batch_size, drop_last: n // batch_size,
    ),
    Mistake(
        "never-dropped",
        "iterations_per_epoch counts the incomplete batch even if drop_last is True: round down then.",
        lambda n, batch_size, drop_last: math.ceil(n / batch_size),
    ),
    Mistake(
        "inverted",
        "iterations_per_epoch takes drop_last the wrong way round: True means that the incomplete batch goes.",
        lambda n, batch_size, drop_last: batch_count(n, batch_size, not drop_last),
    ),
    Mistake(
        "one-too-many",
        "iterations_per_epoch always adds 1 for an incomplete batch, even if there is none.",
        lambda n, batch_size, drop_last: n // batch_size + (not drop_last),
    ),
    Mistake(
        "one-too-many",
        "iterations_per_epoch always adds 1, even if there is no incomplete batch or it is dropped.",
        lambda n, batch_size, drop_last: n // batch_size + 1,
    ),
    Mistake(
        "not-whole",
        "iterations_per_epoch returns n / batch_size, which is no whole number: round it up or down.",
        lambda n, batch_size, drop_last: n / batch_size,
    ),
    Mistake(
        "not-whole",
        "iterations_per_epoch does not round up: without drop_last n / batch_size is no whole number.",
        lambda n, batch_size, drop_last: n // batch_size if drop_last else n / batch_size,
    ),
    Mistake(
        "nearest",
        "iterations_per_epoch rounds to the nearest number: an incomplete batch counts however small it is, or not at "
        "all.",
        lambda n, batch_size, drop_last: round(n / batch_size),
    ),
    Mistake(
        "nearest",
        "iterations_per_epoch rounds to the nearest number: without drop_last an incomplete batch counts however "
        "small it is.",
        lambda n, batch_size, drop_last: n // batch_size if drop_last else round(n / batch_size),
    ),
    Mistake(
        "remainder",
        "iterations_per_epoch returns how many samples are left over, n % batch_size: the batches are to be counted.",
        lambda n, batch_size, drop_last: n % batch_size,
    ),
    Mistake(
        "samples-counted",
        "iterations_per_epoch counts samples: how many batches do they make?",
        lambda n, batch_size, drop_last: n - n % batch_size if drop_last else n,
    ),
    Mistake(
        "one-too-few",
        "iterations_per_epoch leaves one batch out when all of them are full.",
        lambda n, batch_size, drop_last: (
            (n - 1) // batch_size if drop_last else batch_count(n, batch_size, False)
        ),
    ),
]


def sizes(rng, *, rest):
    """Draw numbers of samples and batch sizes, with an incomplete last batch or without."""
    found = []
    for full in (3, 8, 1, 12, 0) if rest else (3, 8, 1, 12):
        size = int(rng.integers(6, 40))
        # both less than half a batch and more
        left = int(rng.integers(1, 3)) if full % 2 else size - int(rng.integers(1, 3))
        found.append((full * size + (left if rest else 0), size))
    return [
        {"n": n, "batch_size": size, "drop_last": drop}
        for n, size in found
        for drop in (False, True)
    ]


@pytest.mark.exercise("8-2", weight=2)
def test_incomplete_batches_are_counted_or_dropped(submission, rng):
    expect_values(
        submission.function("iterations_per_epoch"),
        batch_count,
        sizes(rng, rest=True),
        claim="iterations_per_epoch counts an incomplete last batch, unless drop_last is True",
        mistakes=COUNT_MISTAKES,
    )


@pytest.mark.exercise("8-2")
def test_full_batches_are_counted(submission, rng):
    expect_values(
        submission.function("iterations_per_epoch"),
        batch_count,
        sizes(rng, rest=False),
        claim="iterations_per_epoch is n / batch_size where all batches are full",
        mistakes=COUNT_MISTAKES,
    )


# --- 8-3 ---------------------------------------------------------------------------------------------------------


def small_network():
    return torch.nn.Sequential(
        torch.nn.Linear(10, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1), torch.nn.Sigmoid()
    )


def squared(predicted, target):
    return functional.mse_loss(predicted, target)


def absolute(predicted, target):
    return functional.l1_loss(predicted, target)


def of_logits(predicted, target):
    return functional.binary_cross_entropy_with_logits(predicted, target)


CLASSES = Fault(
    "wrong-loss",
    "uses CrossEntropyLoss, a softmax over the outputs: with a single one that is always 1, and nothing is learnt. "
    "The loss is BCELoss",
)
LOOP = Loop(
    model=small_network,
    loss=nn.BCELoss(),
    # the likeliest of those that leave the model as it was
    faults=[CLASSES, *FAULTS],
    wrong_losses=[
        (CLASSES, functional.cross_entropy),
        (
            Fault(
                "sigmoid-twice",
                "uses BCEWithLogitsLoss, which takes a sigmoid of its own: the model ends in one, so use BCELoss",
            ),
            of_logits,
        ),
        (
            Fault("wrong-loss", "uses the squared error: the loss is the binary cross entropy"),
            squared,
        ),
        (
            Fault("wrong-loss", "uses the absolute error: the loss is the binary cross entropy"),
            absolute,
        ),
    ],
)


def made_up(rng, count, weights):
    """Draw samples whose labels depend on a weighted sum of their features, nearly always."""
    x = rng.normal(size=(count, 10))
    y = (x @ weights + rng.logistic(0, 0.25, count)) > 0
    return (
        torch.tensor(x, dtype=torch.float32),
        torch.tensor(y[:, None], dtype=torch.float32),
    )


def direction(rng):
    weights = rng.normal(size=10)
    return 2 * weights / (weights**2).sum() ** 0.5


def cases(rng, *epochs, **settings):
    """Draw runs on 18 to 23 samples in batches of 8, so that the last one is smaller."""
    settings = settings or {"lr": 0.3}
    found = []
    for count, samples in zip(epochs, rng.permutation(range(18, 24)), strict=False):
        x, y = made_up(rng, int(samples), direction(rng))
        case = LOOP.case(rng, x, y, epochs=count, batch_size=8, **settings)
        # far from one half in both directions: who keeps predictions away from 0 and 1 is to be seen
        start = case.start | {"2.weight": 6 * case.start["2.weight"]}
        found.append(replace(case, start=start))
    return found


def rising(rng):
    """Draw a run whose losses are low and rise, for those who stop at either."""
    return LOOP.uphill(*cases(rng, 3), after=3)


@pytest.mark.exercise("8-3", weight=3)
def test_each_batch_moves_the_parameters_once_per_epoch(submission, rng):
    given = cases(rng, 1, 4)
    claim = "train takes the loss of the predictions, model(x), and the labels"
    swapped = Stop(
        "swapped-arguments",
        "train hands the labels to the loss first: first come the predictions, then the labels.",
        "all elements of target",
    )
    shapes = Stop(
        "other-shape",
        "train compares predictions and labels of different shapes: both are (batch, 1), so leave out squeeze(), "
        "flatten() and the like, or use it on both.",
        "Using a target size",
    )
    with explaining(claim, swapped, shapes):
        LOOP.expect_steps(submission, given)


@pytest.mark.exercise("8-3", weight=2, after="test_each_batch_moves_the_parameters_once_per_epoch")
def test_losses_are_the_means_over_all_samples(submission, rng):
    LOOP.expect_losses(submission, [*cases(rng, 4, 3), rising(rng)])


def count_passes(student, x, y, epochs):
    """Return how often the student's loop goes through the loader that it is given."""

    class Counted(torch.utils.data.DataLoader):
        passes = 0

        def __iter__(self):
            self.passes += 1
            return super().__iter__()

    model = small_network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = Counted(torch.utils.data.TensorDataset(x, y), batch_size=8, shuffle=True)
    student.train(model, loader, optimizer, epochs)
    return loader.passes


@pytest.mark.exercise("8-3", after="test_each_batch_moves_the_parameters_once_per_epoch")
def test_each_epoch_asks_the_loader_for_its_batches(submission, rng):
    claim = "train goes through the loader in each epoch"
    ask = submission.probe(count_passes, of="train", using=[small_network])
    passes = ask(*made_up(rng, 22, direction(rng)), 3)
    text = (
        "train goes through the loader once and keeps the batches, so that every epoch has the same ones in the same "
        "order, even if the loader shuffles: go through the loader in each epoch."
    )
    expect(
        type(passes) is int and passes >= 3,
        claim,
        came_back=passes,
        diagnosis=Diagnosis("batches-kept", text),
    )


@pytest.mark.exercise("8-3", after="test_each_batch_moves_the_parameters_once_per_epoch")
def test_train_steps_the_optimizer_that_it_is_given(submission, rng):
    adam = cases(rng, 3, optimizer="Adam", lr=0.03)
    momentum = cases(rng, 3, optimizer="SGD", lr=0.2, momentum=0.9)
    LOOP.expect_given_optimizer(submission, [*adam, *momentum, rising(rng)])


@pytest.mark.exercise("8-3", after="test_each_batch_moves_the_parameters_once_per_epoch")
def test_trained_model_does_well_on_samples_it_has_not_seen(submission, rng):
    weights = direction(rng)
    x, y = made_up(rng, 400, weights)
    case = LOOP.case(rng, x, y, epochs=4, batch_size=16, optimizer="Adam", lr=0.01)
    model = LOOP.outcome(case, LOOP.trained(submission, case))
    unseen, labels = made_up(rng, 1000, weights)
    with torch.no_grad():
        loss = nn.BCELoss()(model(unseen), labels).item()
    expect_below(
        loss,
        LIMITS["loss on unseen samples"],
        claim="after 4 epochs the model's loss on samples that it has not seen is low",
        hint="the best constant prediction has a loss of about 0.693",
    )


# --- 8-4 ---------------------------------------------------------------------------------------------------------


def divide(student, numbers, fraction, seed, before):
    """Return the items of each part of a split of numbers and their doubles, with the shared generators set before."""
    import random

    random.seed(before)
    np.random.seed(before)
    torch.manual_seed(before)
    pairs = torch.utils.data.TensorDataset(numbers, 2 * numbers)
    parts = student.split(pairs, fraction, seed)
    if not isinstance(parts, (list, tuple)):
        return parts
    found = []
    for part in parts:
        if isinstance(part, torch.utils.data.DataLoader):
            found.append("DataLoader")
        elif not hasattr(part, "__len__") or not hasattr(part, "__getitem__"):
            found.append(type(part).__name__)
        else:
            items = [part[i] for i in range(min(len(part), len(numbers) + 5))]
            found.append(together(items))
    return found


def together(items):
    """Return items that are pairs of numbers as one tensor, a row for each: it travels as a whole. Others stay."""
    pairs = [
        isinstance(item, tuple)
        and len(item) == 2
        and all(isinstance(v, torch.Tensor) and v.ndim == 0 for v in item)
        for item in items
    ]
    if items and all(pairs):
        return torch.stack([torch.stack(item) for item in items])
    return [list(item) if isinstance(item, tuple) else item for item in items]


def parts_of(submission, count, fraction, seed, before=0):
    """Return the two parts of a split of `count` samples, each a list of sample numbers."""
    claim = "split returns two datasets that hold samples of the one it is given"
    numbers = torch.arange(count, dtype=torch.float32)
    special = Stop(
        "not-general",
        "split works for some datasets only: use nothing of a dataset but its length and its items, or leave that to "
        "Subset.",
        "'TensorDataset' object",
    )
    with explaining(claim, special):
        result = submission.probe(divide, of="split", using=[together])(
            numbers, fraction, seed, before
        )
    parts = expect_parts(result, ["first", "second"], subject="split")
    return [sample_numbers(part, claim) for part in parts]


def sample_numbers(part, claim):
    """Expect the items of a part to be samples, and return their numbers."""
    if isinstance(part, str):
        text = f"split returns a {part} as one of its parts: it returns two datasets, with a length and items."
        expect(False, claim, came_back=part, diagnosis=Diagnosis("no-dataset", text))
    if isinstance(part, torch.Tensor) and part.ndim == 2:
        if part.shape[1] == 2 and bool((2 * part[:, 0] == part[:, 1]).all()):
            return part[:, 0].tolist()
        part = part.tolist()
    expect(isinstance(part, list), claim, came_back=part)
    text = "split returns the numbers of the samples: return datasets, Subset(dataset, numbers)."
    indices = bool(part) and all(is_number(item) for item in part)
    expect(not indices, claim, came_back=part, diagnosis=Diagnosis("indices-returned", text))
    found = []
    for item in part:
        x, y = expect_parts(item, ["features", "label"], subject="an item of a part")
        one, two = real(x), real(y)
        plain = one is not None and two is not None and one.shape == two.shape == ()
        text = "The items of the parts are not those of the dataset: return them as they are."
        expect(
            plain and float(2 * one) == float(two),
            claim,
            came_back=item,
            diagnosis=Diagnosis("changed-items", text),
        )
        found.append(float(one))
    return found


@pytest.mark.exercise("8-4", weight=3)
def test_parts_have_no_sample_in_common(submission, rng):
    claim = "no sample is in both parts of a split, or twice in one"
    for count, fraction in [(40, 0.7), (23, 0.3), (61, 0.9)]:
        first, second = parts_of(submission, count, fraction, int(rng.integers(1000)))
        both = set(first) & set(second)
        text = (
            f"{len(both)} of {count} samples are in both parts: draw all of them once, then divide."
        )
        expect(not both, claim, diagnosis=Diagnosis("overlap", text))
        twice = len(first) + len(second) - len(set(first)) - len(set(second))
        text = "Some samples are twice in one part: draw without putting back."
        expect(not twice, claim, diagnosis=Diagnosis("with-replacement", text))
        text = "One of the parts is empty."
        expect(bool(first) and bool(second), claim, diagnosis=Diagnosis("empty-part", text))


@pytest.mark.exercise("8-4", weight=3)
def test_every_sample_is_in_one_of_the_parts(submission, rng):
    claim = "each sample is in one part of a split or in the other"
    for count, fraction in [(40, 0.7), (23, 0.3), (61, 0.9)]:
        first, second = parts_of(submission, count, fraction, int(rng.integers(1000)))
        lost = set(range(count)) - set(first) - set(second)
        text = (
            f"{len(lost)} of {count} samples are in neither part: the second one begins exactly where the first "
            "ends, and is all that is left."
        )
        expect(not lost, claim, diagnosis=Diagnosis("incomplete", text))


@pytest.mark.exercise("8-4")
def test_first_part_has_the_fraction_that_is_asked_for(submission, rng):
    claim = "the first part holds `fraction` of the samples, rounded up or down"
    outcomes = []
    for count, fraction in [(40, 0.7), (23, 0.3), (61, 0.9), (50, 0.2)]:
        first, second = parts_of(submission, count, fraction, int(rng.integers(1000)))
        outcomes.append((len(first), len(second), count * fraction, count))
    right = all(abs(first - due) < 1 + 1e-9 for first, _, due, _ in outcomes)
    why = None
    if all(abs(second - due) < 1 + 1e-9 for _, second, due, _ in outcomes):
        text = "split exchanges the parts: the first one holds `fraction` of the samples."
        why = Diagnosis("swapped-results", text)
    elif len({round(first / count, 1) for first, _, _, count in outcomes}) == 1:
        share = outcomes[0][0] / outcomes[0][3]
        text = f"The first part holds {share:.0%} of the samples, whatever fraction is asked for."
        why = Diagnosis("ignored-fraction", text)
    expect(right, claim, came_back=[first for first, *_ in outcomes], diagnosis=why)


@pytest.mark.exercise("8-4", weight=3)
def test_same_seed_gives_the_same_parts(submission, rng):
    claim = "the same seed gives the same two parts, whatever was drawn before"
    for seed in (int(v) for v in rng.integers(10_000, size=2)):
        once, again = (parts_of(submission, 40, 0.7, seed, before) for before in (1, 2))
        expect(all(once), claim, diagnosis=Diagnosis("empty-part", "One of the parts is empty."))
        text = (
            "The same seed does not give the same parts: the draw must depend on the seed alone, by a generator of "
            "its own that is seeded with it."
        )
        expect(
            [set(part) for part in once] == [set(part) for part in again],
            claim,
            diagnosis=Diagnosis("unseeded", text),
        )
        text = "The same seed gives the same samples, but in another order: let the order depend on the seed, too."
        expect(once == again, claim, diagnosis=Diagnosis("other-order", text))


@pytest.mark.exercise("8-4", weight=5)
def test_samples_are_drawn_at_random(submission, rng):
    claim = "the samples of the parts are drawn at random, others for each seed"
    seeds = [int(v) for v in rng.choice(10_000, size=4, replace=False)]
    # nor is a seed of which only the last digits count
    seeds = [seeds[0], seeds[0] + 10_000, *seeds[2:]]
    # a draw that passes over the seed is judged by the test above: it starts from somewhere else each time
    drawn = [tuple(sorted(parts_of(submission, 40, 0.7, seed, seed)[0])) for seed in seeds]
    expect(all(drawn), claim, diagnosis=Diagnosis("empty-part", "One of the parts is empty."))
    ends = (tuple(range(len(drawn[0]))), tuple(range(40 - len(drawn[0]), 40)))
    text = (
        "The first part holds the first samples or the last ones, as they stand in the dataset: draw from all samples, "
        "or in a sorted file the parts are of different kinds."
    )
    expect(not all(part in ends for part in drawn), claim, diagnosis=Diagnosis("not-random", text))
    text = (
        "The first part holds neighbours: only where they begin is drawn. Draw each sample by itself, or in a sorted "
        "file the parts are of different kinds."
    )
    # at the end of the dataset they may go on at its beginning
    gaps = [sum((v + 1) % 40 not in part for v in part) for part in drawn]
    expect(max(gaps) > 1, claim, diagnosis=Diagnosis("not-random", text))
    text = (
        "split gives the same parts for every seed: seed the generator with the one that is given."
    )
    expect(len(set(drawn)) > 1, claim, diagnosis=Diagnosis("ignored-seed", text))
    text = "Some seeds give the same parts: seed a generator with the seed as it is, and draw each sample from it."
    expect(len(set(drawn)) == 4, claim, diagnosis=Diagnosis("ignored-seed", text))
