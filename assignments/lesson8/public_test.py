"""Self-checks for lesson 8: what a student can see of the graders."""

import gzip
import math
from collections import Counter

import numpy as np
import pytest
import torch

from course.judge.closeness import kind_of, same
from course.judge.diagnosis import Diagnosis
from course.judge.expect import expect, expect_close, expect_parts, expect_values
from course.judge.kinds import as_array, dtype_of, has_dtype

# --- 8-1: a file of three patients -------------------------------------------------------------------------------

FILE = """\
age,sex,bmi,bp,s1,s2,s3,s4,s5,s6,label
0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1.0,0
1.1,1.2,1.3,1.4,1.5,1.6,1.7,1.8,1.9,2.0,1
-0.1,-0.2,-0.3,-0.4,-0.5,-0.6,-0.7,-0.8,-0.9,-1.0,1
"""
FEATURES = [
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
    [1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0],
    [-0.1, -0.2, -0.3, -0.4, -0.5, -0.6, -0.7, -0.8, -0.9, -1.0],
]
LABELS = [0.0, 1.0, 1.0]


def with_file(student, file, ask):
    """Return what `ask` makes of a dataset of a file of ours, and of the file's path."""
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "three.csv.gz")
        path.write_bytes(file)
        return ask(student.DiabetesDataset(str(path)), path)


def length(student, file):
    return with_file(student, file, lambda dataset, _: len(dataset))


def items(student, file):
    return with_file(student, file, lambda dataset, _: [dataset[i] for i in range(3)])


def items_in_loop(student, file):
    """Return how many items a `for` loop gives; ten are enough to know that it does not end."""

    def ask(dataset, _):
        count = 0
        for _item in dataset:
            count += 1
            if count == 10:
                break
        return count

    return with_file(student, file, ask)


def items_without_file(student, file):
    """Return the last two items after the file is gone."""

    def ask(dataset, path):
        dataset[0]
        path.unlink()
        try:
            return [dataset[1], dataset[2]]
        except FileNotFoundError:
            return "the file is opened again"

    return with_file(student, file, ask)


def two_in_a_slice(student, file):
    """Return the shapes of the two parts that dataset[0:2] has, or that it is refused."""

    def ask(dataset, _):
        try:
            found = dataset[0:2]
        except Exception:
            return "refused"
        if isinstance(found, list) and all(isinstance(item, (list, tuple)) for item in found):
            parts = zip(*found, strict=True)
            found = [torch.stack([torch.as_tensor(v) for v in part]) for part in parts]
        return [list(getattr(part, "shape", ())) for part in found]

    return with_file(student, file, ask)


def items_of_two(student, file):
    """Return two items of a dataset and two of another one, whose file has the patients in reverse order."""
    import gzip

    def ask(dataset, path):
        header, *lines = gzip.decompress(file).splitlines(keepends=True)
        second = path.with_name("reversed.csv.gz")
        second.write_bytes(gzip.compress(b"".join([header, *reversed(lines)])))
        other = student.DiabetesDataset(str(second))
        return [dataset[0], dataset[1]], [other[0], other[1]]

    return with_file(student, file, ask)


def ask(submission, probe):
    return submission.probe(probe, of="DiabetesDataset", using=[with_file])(
        gzip.compress(FILE.encode())
    )


def features_and_labels(submission):
    found = ask(submission, items)
    expect(isinstance(found, list), "dataset[i] is a pair (features, label)", came_back=found)
    parts = [expect_parts(item, ["features", "label"], subject="dataset[i]") for item in found]
    return [features for features, _ in parts], [label for _, label in parts]


@pytest.mark.exercise("8-1")
def test_length_is_the_number_of_patients(submission):
    found = ask(submission, length)
    hints = {
        4: "the first line of the file is no patient",
        11: "that is the number of columns: count the lines",
        442: "that is the length of the lesson's file: count the patients in the file that is given",
    }
    expect_close(
        found,
        3,
        claim="the length of a dataset of three patients is 3",
        subject="len(dataset)",
        hint=hints.get(found, "") if type(found) is int else "",
    )


@pytest.mark.exercise("8-1")
def test_items_are_features_and_label(submission):
    features, labels = features_and_labels(submission)
    claim = "the features are the first ten columns of the file"
    numbers = as_array(features)
    text = "The features are nan where words were read as numbers: skip the first line, which names the columns."
    expect(
        numbers is None or numbers.dtype.kind != "f" or not np.isnan(numbers).any(),
        claim,
        diagnosis=Diagnosis("header-as-data", text),
    )
    expect_close(
        features,
        FEATURES,
        claim=claim,
        subject="the row of features in dataset[i]",
        hint="skip the first line of the file, and leave the last column out",
        rtol=1e-5,
    )
    expect_close(
        [as_array(label).size if as_array(label) is not None else 0 for label in labels],
        [1, 1, 1],
        claim="the label is a single number",
        subject="the label in dataset[i]",
    )
    expect_close(
        [float(as_array(label).real.ravel()[0]) for label in labels],
        LABELS,
        claim="the labels are the last column of the file: 0, 1 and 1",
        subject="the label in dataset[i]",
    )


@pytest.mark.exercise("8-1")
def test_two_datasets_have_a_table_each(submission):
    parts = expect_parts(ask(submission, items_of_two), ["items", "items"], subject="two datasets")
    text = (
        "Both datasets have the same patients, though their files have not: keep the table in the object, as self.…, "
        "neither in the class nor in a variable outside."
    )
    expect(
        not same(*parts, rtol=1e-5),
        "two datasets of different files have patients of their own",
        diagnosis=Diagnosis("shared-table", text),
    )


@pytest.mark.exercise("8-1")
def test_features_and_label_are_tensors_or_arrays_of_float32(submission):
    features, labels = features_and_labels(submission)
    for values, claim, shape, hint in (
        (
            features,
            "the features in dataset[i] are a tensor (or a NumPy array) of ten float32 numbers, of shape (10,)",
            (10,),
            "choose the type when you read the file",
        ),
        (
            labels,
            "the label in dataset[i] is a tensor (or a NumPy array) of one float32 number, of shape (1,)",
            (1,),
            "choose the type when you read the file, and keep the labels as a column",
        ),
    ):
        for value in values:
            held = has_dtype(value) and dtype_of(value) == "float32" and value.shape == shape
            text = f"It is {kind_of(value)}."
            if has_dtype(value):
                text = (
                    f"It has the shape {tuple(value.shape)}, and its numbers are {dtype_of(value)}."
                )
            expect(held, claim, diagnosis=Diagnosis("wrong-kind", text), hint=hint)


@pytest.mark.exercise("8-1")
def test_a_loop_over_the_dataset_ends(submission):
    found = ask(submission, items_in_loop)
    expect_close(
        found,
        3,
        claim="a `for` loop over the dataset gives three items, and ends",
        subject="a loop over the dataset",
        hint="beyond the last patient dataset[i] must raise an IndexError" if found == 10 else "",
    )


@pytest.mark.exercise("8-1")
def test_file_is_read_once(submission):
    found = ask(submission, items_without_file)
    expect(
        isinstance(found, list) and len(found) == 2 and all(item is not None for item in found),
        "the items can be asked for when the file is gone",
        came_back=found,
        hint="read the file in __init__, and keep the numbers",
    )


@pytest.mark.exercise("8-1")
def test_slice_is_right_or_refused(submission):
    found = ask(submission, two_in_a_slice)
    cut = isinstance(found, list) and any(shape[:1] == [1] for shape in found)
    expect(
        found in ("refused", [[2, 10], [2, 1]]),
        "dataset[0:2] is features of shape (2, 10) and labels of shape (2, 1), or an error",
        came_back=found,
        hint="with a slice, row[:-1] leaves out a row: write row[..., :-1], or keep features and labels apart"
        if cut
        else "",
    )


# --- 8-2: ten numbers --------------------------------------------------------------------------------------------


def batches(student, batch_size, shuffle, workers):
    """Return the loader's kind and workers, and two epochs of it, for the numbers 0 to 9."""
    numbers = torch.utils.data.TensorDataset(torch.arange(10.0))
    loader = student.make_loader(numbers, batch_size, shuffle, workers)
    if not isinstance(loader, torch.utils.data.DataLoader):
        return type(loader).__name__, 0, [], []
    epochs = [[batch[0].tolist() for batch in loader] for _ in range(2)]
    return "DataLoader", loader.num_workers, *epochs


def load(submission, batch_size, shuffle, workers=0):
    result = submission.probe(batches, of="make_loader")(batch_size, shuffle, workers)
    kind, used, first, second = expect_parts(
        result, ["kind", "workers", "epoch", "epoch"], subject="make_loader"
    )
    expect(
        isinstance(kind, str) and kind == "DataLoader",
        "make_loader returns a DataLoader",
        came_back=kind,
    )
    return used, first, second


@pytest.mark.exercise("8-2")
def test_batches_come_in_order_without_shuffling(submission):
    _, first, second = load(submission, 4, False)
    for epoch in (first, second):
        expect(
            len(epoch) == 3,
            "10 numbers in batches of 4 make three batches, the last of them smaller",
            came_back=epoch,
            hint="drop_last=True leaves the last one out" * (len(epoch) == 2),
        )
        expect_close(
            epoch,
            [[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0]],
            claim="with batch_size=4 and without shuffling the numbers 0 to 9 make three batches, in order",
            subject="make_loader",
        )


@pytest.mark.exercise("8-2")
def test_shuffling_gives_each_epoch_an_order_of_its_own(submission):
    epochs = load(submission, 2, True)[1:]
    flat = [[v for batch in epoch for v in batch] for epoch in epochs]
    for epoch in flat:
        expect(
            sorted(epoch) == list(range(10)),
            "with shuffling each of the numbers 0 to 9 comes once in an epoch",
            came_back=epoch,
        )
    expect(
        flat[0] != flat[1],
        "with shuffling two epochs have different orders",
        came_back=flat[0],
        hint="pass shuffle on to DataLoader",
    )


@pytest.mark.exercise("8-2")
def test_two_workers_give_the_same_batches(submission):
    used, epoch, _ = load(submission, 5, False, 2)
    expect_close(
        used, 2, claim="with num_workers=2 the loader has two workers", subject="the loader"
    )
    expect_close(
        epoch,
        [[0.0, 1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0, 9.0]],
        claim="two workers give the same batches as none",
        subject="make_loader",
    )


@pytest.mark.exercise("8-2")
def test_iterations_per_epoch(submission):
    expect_values(
        submission.function("iterations_per_epoch"),
        lambda n, batch_size, drop_last: -(-n // batch_size) if not drop_last else n // batch_size,
        [
            {"n": n, "batch_size": size, "drop_last": drop}
            for n, size in [(442, 32), (10, 4), (10, 5), (3, 8)]
            for drop in (False, True)
        ],
        claim="442 samples in batches of 32 make 14 iterations, or 13 if the incomplete one is dropped",
    )


# --- 8-3: a model of two weights ---------------------------------------------------------------------------------


def train_from(student, weight, x, y, batch_size, lr, epochs):
    """Train one layer and a sigmoid; return the losses, how often the optimizer's step was called, and the weight."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 1, bias=False), torch.nn.Sigmoid())
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([weight]))
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    steps = []
    optimizer.register_step_post_hook(lambda *_: steps.append(1))
    pairs = torch.utils.data.TensorDataset(x, y)
    loader = torch.utils.data.DataLoader(pairs, batch_size=batch_size)
    losses = student.train(model, loader, optimizer, epochs)
    return losses, len(steps), model[0].weight.detach()


X = torch.tensor([[3.0, 4.0], [1.0, 0.0], [0.0, 1.0], [2.0, 2.0], [1.0, 1.0]])
Y = torch.tensor([[1.0], [0.0], [0.0], [1.0], [0.0]])


def train(submission, *settings, x=X, y=Y, weight=(0.0, 0.0)):
    result = submission.probe(train_from, of="train")(list(weight), x, y, *settings)
    return expect_parts(result, ["losses", "steps", "weight"], subject="train")


@pytest.mark.exercise("8-3")
def test_each_batch_is_a_step(submission):
    _, steps, _ = train(submission, 2, 0.1, 3)
    expect_close(
        steps,
        9,
        claim="5 samples in batches of 2 are three steps an epoch, and nine in three epochs",
        subject="the number of calls of optimizer.step()",
    )


@pytest.mark.exercise("8-3")
def test_a_step_follows_the_gradient_of_its_batch(submission):
    _, _, weight = train(submission, 5, 1.0, 1)
    # every prediction is 0.5, so that the gradient is the mean of (0.5 - y) x
    expect_close(
        weight,
        -((0.5 - Y) * X).mean(dim=0, keepdim=True),
        claim="from zeros, one step with all samples and lr=1 leads to the weight [0.3, 0.4]",
        subject="the weight after train",
        rtol=1e-4,
    )


@pytest.mark.exercise("8-3")
def test_second_batch_has_a_gradient_of_its_own(submission):
    # the first batch is about the first weight only, and the second about the other one: each is at 0 when its own
    # batch comes, where every prediction is 0.5 and the gradient the mean of (0.5 - y) x
    x = torch.tensor([[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [0.0, 4.0]])
    y = torch.tensor([[1.0], [1.0], [1.0], [0.0]])
    _, _, weight = train(submission, 3, 1.0, 1, x=x, y=y)
    claim = "where the second batch says nothing about the first weight, its step leaves it alone: [1, -2]"
    text = (
        "The gradient of the first batch is still there when the second one makes its step: call "
        "optimizer.zero_grad(), with parentheses, for each batch."
    )
    expect(
        not same(weight, [[2.0, -2.0]], rtol=1e-4),
        claim,
        came_back=[2.0, -2.0],
        expected="the weights [1, -2]",
        diagnosis=Diagnosis("no-zero-grad", text),
    )
    text = (
        "The batch of three moves its weight three times too far: backward() starts from the mean loss of a batch, "
        "neither from a sum nor from what is multiplied by the number of samples for the epoch's loss."
    )
    expect(
        not same(weight, [[3.0, -2.0]], rtol=1e-4),
        claim,
        came_back=[3.0, -2.0],
        expected="the weights [1, -2]",
        diagnosis=Diagnosis("sum-for-mean", text),
    )
    expect_close(weight, [[1.0, -2.0]], claim=claim, subject="the weight after train", rtol=1e-4)


@pytest.mark.exercise("8-3")
def test_short_last_batch_counts_less(submission):
    # with this weight the model says 0.75 of two samples with label 1, and 0.25 of a third one
    x, y = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]]), torch.ones(3, 1)
    losses, _, _ = train(submission, 2, 0.0, 2, x=x, y=y, weight=(math.log(3), 0.0))
    full, short = -math.log(0.75), -math.log(0.25)
    mean = (2 * full + short) / 3
    claim = (
        f"a batch of 2 samples with a loss of {full:.3f} and one of a single sample with {short:.3f} make a loss of "
        f"{mean:.3f}, in each of two epochs"
    )
    text = (
        "That is the mean of the batches, in which the short one counts as much as the full one: multiply each loss by "
        "its number of samples."
    )
    expect(
        not same(losses, [(full + short) / 2] * 2, rtol=1e-4),
        claim,
        came_back=losses,
        expected=f"{mean:.3f} for each epoch",
        diagnosis=Diagnosis("batch-means", text),
    )
    expect_close(losses, [mean] * 2, claim=claim, subject="train", rtol=1e-4)


@pytest.mark.exercise("8-3")
def test_loss_of_a_model_that_says_one_half(submission):
    losses, _, _ = train(submission, 2, 0.0, 3)
    short = isinstance(losses, (list, tuple)) and len(losses) == 1
    expect_close(
        losses,
        [0.6931472] * 3,
        claim="for a model that always says 0.5, and lr=0, each of three losses is log 2, about 0.693",
        subject="train",
        hint="one loss for each epoch: `return` comes after the last one" if short else "",
        rtol=1e-4,
    )


@pytest.mark.exercise("8-3")
def test_each_epoch_begins_anew(submission):
    # a single sample: the model says 0.5 of it, then the sigmoid of 0.5
    losses, _, _ = train(submission, 1, 1.0, 2, x=torch.tensor([[1.0, 0.0]]), y=torch.ones(1, 1))
    first, second = math.log(2), math.log(1 + math.exp(-0.5))
    claim = f"where one step lowers the loss from {first:.3f} to {second:.3f}, these are the losses of two epochs"
    text = (
        "In the second loss the first epoch is counted as well: set the sum and the number of samples to 0 at the "
        "beginning of each epoch."
    )
    for carried in (first + second, (first + second) / 2):
        expect(
            not same(losses, [first, carried], rtol=1e-4),
            claim,
            came_back=losses,
            diagnosis=Diagnosis("accumulated-losses", text),
        )


# --- 8-4: twenty numbers -----------------------------------------------------------------------------------------


def parts(student, count, fraction, seed, before):
    """Return what the two parts of a split of the numbers from 0 on hold, with the shared generators set before."""
    import random

    random.seed(before)
    np.random.seed(before)
    torch.manual_seed(before)
    found = student.split([float(v) for v in range(count)], fraction, seed)
    if not isinstance(found, (list, tuple)):
        return found
    return [[part[i] for i in range(len(part))] for part in found]


def split(submission, count, fraction, seed, before=0):
    result = submission.probe(parts, of="split")(count, fraction, seed, before)
    return expect_parts(result, ["first", "second"], subject="split")


@pytest.mark.exercise("8-4")
def test_each_number_is_in_one_part(submission):
    first, second = split(submission, 20, 0.8, 0)
    expect(
        isinstance(first, list) and isinstance(second, list),
        "split returns two datasets",
        came_back=first,
    )
    times = Counter(map(str, first + second))
    due = [str(float(v)) for v in range(20)]
    found = [f"{v} is there {times[v]} times" for v in due if times[v] != 1]
    expect(
        times == Counter(due),
        "each of 20 numbers is in one of the two parts, and in one only",
        came_back=[first, second],
        hint=found[0] if found else "the parts hold more than the dataset does",
    )
    expect(
        abs(len(first) - 16) <= 1,
        "with fraction=0.8 the first part has about 16 of 20 numbers",
        came_back=len(first),
    )


@pytest.mark.exercise("8-4")
def test_same_seed_gives_the_same_parts(submission):
    one, again = (split(submission, 20, 0.5, 1, before) for before in (1, 2))
    other = split(submission, 20, 0.5, 2, 1)
    text = (
        "split(…, seed=1), called twice, put other numbers into the parts, or in another order: let the draw depend on "
        "nothing but the seed, by a generator that is seeded with it."
    )
    expect(
        one == again, "the same seed gives the same parts", diagnosis=Diagnosis("unseeded", text)
    )
    text = "The seeds 1 and 2 gave the very same parts: seed the generator with the given one, and draw from it."
    expect(
        one != other, "another seed gives other parts", diagnosis=Diagnosis("ignored-seed", text)
    )
