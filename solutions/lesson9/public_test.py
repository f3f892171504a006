"""Self-checks for lesson 9: what a student can see of the graders."""

import pytest
import torch

from course.judge.closeness import same
from course.judge.diagnosis import Diagnosis
from course.judge.expect import expect, expect_close, expect_parts
from course.judge.kinds import as_array, is_number


@pytest.mark.exercise("9-1")
def test_softmax_of_three_scores(submission):
    expect_close(
        submission.call("softmax", torch.tensor([2.0, 1.0, 0.1])),
        torch.tensor([0.659001, 0.242433, 0.098566]),
        claim="softmax([2, 1, 0.1]) is about [0.659, 0.242, 0.099]",
        subject="softmax",
        rtol=1e-4,
    )


TWO_ROWS = torch.tensor([[0.0, 0.0], [1.0, 0.0]])


def over_other_axes(z):
    """Return what comes of sums and maxima that are not those of each row, kept beside it."""
    shifted = [z, z - z.amax(-1, keepdim=True), z - z.amax(), z - z.amax(-1)]
    powers = [torch.exp(scores) for scores in shifted]
    sums = [lambda e: e.sum(0), lambda e: e.sum(), lambda e: e.sum(-1)]
    lost = powers[-1] / powers[-1].sum(-1, keepdim=True)
    return [*(e / total(e) for e in powers for total in sums), lost]


@pytest.mark.exercise("9-1")
def test_softmax_of_two_rows(submission):
    found = submission.call("softmax", TWO_ROWS)
    other = any(same(found, wrong, rtol=1e-4) for wrong in over_other_axes(TWO_ROWS))
    expect_close(
        found,
        torch.tensor([[0.5, 0.5], [0.731059, 0.268941]]),
        claim="softmax([[0, 0], [1, 0]]) is [[0.5, 0.5], [0.731, 0.269]]: each row adds up to 1",
        subject="softmax",
        hint="sums and maxima are taken over the last axis, dim=-1, with keepdim=True" * other,
        rtol=1e-4,
    )


def finite(result):
    """Return whether a result holds no nan and nothing infinite, as far as it holds numbers."""
    array = as_array(result)
    return array is None or bool(torch.as_tensor(array).isfinite().all())


@pytest.mark.exercise("9-1")
def test_softmax_survives_large_scores(submission):
    found = submission.call("softmax", torch.tensor([[0.0, 1000.0], [0.0, 0.0]]))
    claim = "softmax([[0, 1000], [0, 0]]) is [[0, 1], [0.5, 0.5]]"
    text = (
        "Either exp(1000), which is infinite, is divided by itself, or a row all of whose exponentials are 0 by its "
        "sum: subtract from each row its own largest score first."
    )
    expect(finite(found), claim, came_back=found, diagnosis=Diagnosis("overflow", text))
    expect_close(found, torch.tensor([[0.0, 1.0], [0.5, 0.5]]), claim=claim, subject="softmax")


@pytest.mark.exercise("9-1")
def test_log_softmax_of_three_scores(submission):
    expect_close(
        submission.call("log_softmax", torch.tensor([[2.0, 1.0, 0.1]])),
        torch.tensor([[-0.417030, -1.417030, -2.317030]]),
        claim="log_softmax([[2, 1, 0.1]]) is about [[-0.417, -1.417, -2.317]]",
        subject="log_softmax",
        rtol=1e-4,
    )


TOO_SMALL = Diagnosis(
    "underflow",
    "Either a probability is rounded to 0, whose logarithm is infinite, or exp(1000) is: simplify the formula first, "
    "and subtract the largest score.",
)


@pytest.mark.exercise("9-1")
def test_log_softmax_of_two_rows(submission):
    expect_close(
        submission.call("log_softmax", TWO_ROWS),
        torch.tensor([[-0.693147, -0.693147], [-0.313262, -1.313262]]),
        claim="log_softmax([[0, 0], [1, 0]]) is [[-0.693, -0.693], [-0.313, -1.313]], each row by itself",
        subject="log_softmax",
        rtol=1e-4,
    )


@pytest.mark.exercise("9-1")
def test_log_softmax_survives_scores_far_apart(submission):
    found = submission.call("log_softmax", torch.tensor([0.0, 1000.0]))
    claim = "log_softmax([0, 1000]) is [-1000, 0]"
    expect(finite(found), claim, came_back=found, diagnosis=TOO_SMALL)
    expect_close(found, torch.tensor([-1000.0, 0.0]), claim=claim, subject="log_softmax")


LOGITS, TARGET = [[2.0, 1.0, 0.1], [0.0, 0.0, 0.0]], [0, 2]


@pytest.mark.exercise("9-2")
def test_cross_entropy_of_one_sample(submission):
    found = submission.call("cross_entropy", torch.tensor(LOGITS[:1]), torch.tensor([0]))
    claim = "cross_entropy([[2, 1, 0.1]], [0]) is about 0.4170"
    text = "cross_entropy returns a loss for each sample: their mean is due, a single number."
    expect(
        not same(found, [0.417030], rtol=1e-4),
        claim,
        came_back=found,
        diagnosis=Diagnosis("not-reduced", text),
    )
    expect_close(
        found,
        0.417030,
        claim=claim,
        subject="cross_entropy",
        hint="0.8021 is what a second softmax makes of it" * same(found, 0.802121, rtol=1e-4),
        rtol=1e-4,
    )


@pytest.mark.exercise("9-2")
def test_cross_entropy_of_two_samples(submission):
    expect_close(
        submission.call("cross_entropy", torch.tensor(LOGITS), torch.tensor(TARGET)),
        0.757821,
        claim="with a second sample, three equal logits, it is the mean of 0.4170 and 1.0986, about 0.7578",
        subject="cross_entropy",
        rtol=1e-4,
    )


@pytest.mark.exercise("9-2")
def test_cross_entropy_survives_logits_far_apart(submission):
    near, found = (
        submission.call("cross_entropy", torch.tensor([*LOGITS[1:], row]), torch.tensor([2, 0]))
        for row in ([2.0, 1.0, 0.1], [0.0, 1000.0, 0.0])
    )
    claim = "cross_entropy([[0, 0, 0], [0, 1000, 0]], [2, 0]) is about 500.5: no probability is too small for it"
    expect(finite(found), claim, came_back=found, diagnosis=TOO_SMALL)
    # half of what the logarithms of 1e-5 and of the smallest numbers come to
    kept_up = same(near, 0.757821, rtol=1e-4) and is_number(found) and 5 < float(found) < 55
    hint = (
        "a small number that is added, or a lower limit, takes the place of a smaller probability"
    )
    expect_close(
        found,
        500.5493,
        claim=claim,
        subject="cross_entropy",
        hint=hint * kept_up,
        rtol=1e-4,
    )


@pytest.mark.exercise("9-2")
def test_gradient_of_two_samples(submission):
    expect_close(
        submission.call("cross_entropy_gradient", torch.tensor(LOGITS), torch.tensor(TARGET)),
        torch.tensor([[-0.170499, 0.121216, 0.049283], [0.166667, 0.166667, -0.333333]]),
        claim="for these two samples the gradient is [[-0.171, 0.121, 0.049], [0.167, 0.167, -0.333]]",
        subject="cross_entropy_gradient",
        hint="probabilities minus the one-hot target, and the loss is a mean over the samples",
        rtol=1e-4,
    )


def parameters_of(student):
    model = student.Net()
    return isinstance(model, torch.nn.Module) and [list(p.shape) for p in model.parameters()]


@pytest.mark.exercise("9-3")
def test_net_has_layers_from_784_to_10(submission):
    shapes = submission.probe(parameters_of, of="Net")()
    sizes = [size for shape in shapes for size in shape] if isinstance(shapes, list) else []
    expect(
        784 in sizes and 10 in sizes and len(shapes) > 2,
        "Net() is an nn.Module whose layers lead from 784 over at least one hidden layer to 10",
        hint="assign each layer to self in __init__, after super().__init__()",
        came_back=sizes,
    )


def logits(student, x):
    torch.manual_seed(0)
    model = student.Net().eval()
    with torch.no_grad():
        return model(x)


@pytest.mark.exercise("9-3")
def test_net_gives_ten_logits_for_each_image(submission):
    for batch in (5, 1):
        images = torch.linspace(0, 1, batch * 784).reshape(batch, 1, 28, 28)
        expect_close(
            submission.probe(logits, of="Net")(images),
            torch.zeros(batch, 10),
            claim=f"Net gives a tensor of shape ({batch}, 10) for {batch} image{'s' * (batch > 1)}",
            subject="Net's forward",
            hint="x.flatten(1) leaves the batch alone",
            rtol=0.0,
            atol=float("inf"),
        )


def logits_twice(student, x):
    model = student.Net().eval()
    with torch.no_grad():
        return model(x.clone()), model(x.clone())


@pytest.mark.exercise("9-3")
def test_evaluation_is_the_same_each_time(submission):
    x = torch.linspace(0, 1, 3 * 784).reshape(3, 1, 28, 28)
    result = submission.probe(logits_twice, of="Net")(x)
    first, second = expect_parts(result, ["first", "second"], subject="Net")
    expect(
        same(first, second),
        "in evaluation mode Net gives the same logits for the same images each time",
        hint="is there a dropout that is never switched off, or does forward make a layer?",
    )


@pytest.mark.exercise("9-3")
def test_net_ends_without_a_softmax(submission):
    x = torch.linspace(-3, 3, 4 * 784).reshape(4, 1, 28, 28)
    outputs = submission.probe(logits, of="Net")(x)
    sums = outputs.sum(dim=1) if isinstance(outputs, torch.Tensor) and outputs.ndim == 2 else None
    expect(
        sums is not None and not same(sums, torch.ones(4), rtol=1e-3),
        "what Net returns are logits: they do not add up to 1",
        hint="leave the softmax out: CrossEntropyLoss has one inside",
    )


@pytest.mark.exercise("9-3", after="test_net_gives_ten_logits_for_each_image")
def test_activations_stand_between_the_layers_and_none_at_the_end(submission):
    # far from 0, where every activation bends
    across = 20 * torch.linspace(0, 1, 784).reshape(1, 1, 28, 28)
    down = across.transpose(2, 3)
    outputs = submission.probe(logits, of="Net")(torch.cat([across, down, (across + down) / 2]))
    claim = "Net has an activation between its layers, and none after the last one"
    expect(isinstance(outputs, torch.Tensor) and outputs.shape == (3, 10), claim)
    expect(
        bool((outputs <= 0).all() or (outputs != 0).all()),
        claim,
        hint="a ReLU at the end makes every negative logit 0: return what the last layer gives",
    )
    # log-probabilities are accepted as well: they are logits less a number for each image
    ends, middle = (part - part.mean(dim=1, keepdim=True) for part in (outputs[:2], outputs[2:]))
    expect(
        bool((ends.mean(dim=0) - middle[0]).abs().max() >= 1e-3 * ends.abs().max()),
        claim,
        hint="the logits of an image halfway between two are halfway between theirs: linear layers in a row are one",
    )


def train_a_little(student, x, y, epochs):
    model = torch.nn.Linear(2, 3)
    with torch.no_grad():
        model.weight.zero_()
        model.bias.zero_()
    data = torch.utils.data.TensorDataset(x, y)
    loader = torch.utils.data.DataLoader(data, batch_size=2)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    losses = student.train(model, loader, optimizer, epochs)
    return losses, model.bias.detach()


@pytest.mark.exercise("9-4")
def test_train_takes_a_step_for_each_batch(submission):
    x, y = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), torch.tensor([0, 1, 1])
    result = submission.probe(train_a_little, of="train")(x, y, 1)
    losses, bias = expect_parts(result, ["losses", "bias"], subject="train")
    expect_close(
        bias,
        torch.tensor([-0.255652, 0.744348, -0.488696]),
        claim="after one epoch of two batches the bias is about [-0.256, 0.744, -0.489]",
        subject="train",
        hint="for each batch: the cross entropy of model(x), zero_grad(), backward(), step()",
        rtol=1e-3,
    )
    # the mean of the batches' means, and their sum divided by the number of samples
    alike = any(same(losses, [wrong], rtol=1e-3) for wrong in (0.980304, 0.653536))
    hint = "the first batch has two samples, the second one: multiply each mean by the size of its batch"
    expect_close(
        losses,
        [1.019740],
        claim="the loss of that epoch, the mean over its three samples, is about 1.020",
        subject="train",
        hint=hint * alike,
        rtol=1e-3,
    )


@pytest.mark.exercise("9-4")
def test_train_returns_a_loss_for_each_epoch(submission):
    x, y = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), torch.tensor([0, 1, 1])
    result = submission.probe(train_a_little, of="train")(x, y, 3)
    losses, _ = expect_parts(result, ["losses", "bias"], subject="train")
    first, second = 1.019740, 0.730475
    text = (
        "In the second loss the first epoch is counted as well: set the sum and the number of samples to 0 at the "
        "beginning of each epoch."
    )
    for carried in (first + second, (first + second) / 2):
        begun = isinstance(losses, (list, tuple)) and same(
            list(losses[:2]), [first, carried], rtol=1e-3
        )
        expect(
            not begun,
            "train returns the loss of each epoch by itself",
            came_back=losses,
            diagnosis=Diagnosis("accumulated-losses", text),
        )
    expect_close(
        losses,
        [0.0, 0.0, 0.0],
        claim="train returns a list of three losses for three epochs",
        subject="train",
        hint="append one loss at the end of each epoch, and return after the last one, outside both loops",
        rtol=0.0,
        atol=float("inf"),
    )


def accuracy_of_four(student, x, y):
    model = torch.nn.Identity()
    return student.accuracy(model, x, y)


@pytest.mark.exercise("9-4")
def test_three_of_four_right_answers(submission):
    # in this order an argmax over all scores, whose place is 3, is no one's class
    x = torch.tensor([[0.3, 0.2, 0.9], [2.0, 1.0, 0.1], [1.5, 1.6, -4.0], [0.0, -1.0, -2.0]])
    share = submission.probe(accuracy_of_four, of="accuracy")(x, torch.tensor([2, 0, 0, 0]))
    hint = ""
    if same(share, 75.0):
        hint = "a share from 0 to 1 is asked for, not percent: leave out the 100"
    elif same(share, 3.0):
        hint = "that is how many were right: divide by the number of samples"
    expect_close(
        share,
        0.75,
        claim="with three right answers of four the accuracy is 0.75",
        subject="accuracy",
        hint=hint,
        rtol=1e-6,
    )
