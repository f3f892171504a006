"""Self-checks for lesson 7: what a student can see of the graders."""

import math

import numpy as np
import pytest
import torch

from course.judge.closeness import same
from course.judge.expect import expect, expect_close, expect_parts
from course.judge.kinds import as_array

X = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
W = [[0.1, 1.0], [0.2, 0.0], [0.3, -1.0]]
B = [0.5, 10.0]


def expect_wide_forward(submission, of):
    expect_close(
        submission.call("wide_forward", of(X), of(W), of(B)),
        np.array([[1.9, 8.0], [3.7, 8.0]]),
        claim="wide_forward gives two outputs for each of two samples, [[1.9, 8], [3.7, 8]]",
        subject="wide_forward",
        hint="the matrix product is @, b is added to each row, and both work for NumPy arrays as well as for tensors",
        rtol=1e-5,
        atol=1e-5,
    )
    expect_close(
        submission.call("wide_forward", of(X), of(W)[:, :1], of(B)[:1]),
        np.array([[1.9], [3.7]]),
        claim="with the first output alone wide_forward gives [[1.9], [3.7]], still one row for each sample",
        subject="wide_forward",
        rtol=1e-5,
        atol=1e-5,
    )


@pytest.mark.exercise("7-1")
def test_wide_forward_of_arrays(submission):
    expect_wide_forward(submission, np.array)


@pytest.mark.exercise("7-1")
def test_wide_forward_of_tensors(submission):
    expect_wide_forward(submission, torch.tensor)


@pytest.mark.exercise("7-1")
def test_one_number_is_a_bias_for_all_outputs(submission):
    expect_close(
        submission.call("wide_forward", np.array(X), np.array(W), 1.0),
        np.array([[2.4, -1.0], [4.2, -1.0]]),
        claim="with a bias of 1.0 for all outputs wide_forward gives [[2.4, -1], [4.2, -1]]",
        subject="wide_forward",
    )


def shapes_of_parameters(student, name, *settings):
    settings = [torch.relu if setting == "relu" else setting for setting in settings]
    model = getattr(student, name)(*settings)
    layers = [part for part in model.modules() if not isinstance(part, torch.nn.PReLU)]
    return sorted(sorted(p.shape) for part in layers for p in part.parameters(recurse=False))


def predictions(student, name, settings, x):
    settings = [torch.relu if setting == "relu" else setting for setting in settings]
    torch.manual_seed(0)
    model = getattr(student, name)(*settings).eval()
    with torch.no_grad():
        return model(x)


def expect_probabilities(submission, name, settings, batch):
    x = torch.linspace(-2, 2, 10 * batch).reshape(batch, 10)
    predicted = submission.probe(predictions, of=name)(name, settings, x)
    expect_close(
        predicted,
        torch.full((batch, 1), 0.5),
        claim=f"{name} gives a number for each of {batch} samples, of shape ({batch}, 1)",
        subject=f"{name}'s forward",
        atol=math.inf,
    )
    expect(
        same(predicted, torch.full((batch, 1), 0.5), rtol=0.0, atol=0.5),
        "each of the numbers is between 0 and 1",
        came_back=predicted,
        hint="does a sigmoid come last?",
    )


@pytest.mark.exercise("7-2")
def test_model_has_three_layers(submission):
    found = submission.probe(shapes_of_parameters, of="Model")("Model")
    expect(
        found == [[1], [1, 4], [4], [4, 6], [6], [6, 10]],
        "Model() has six parameters: a weight and a bias of each layer, 10 -> 6 -> 4 -> 1",
        came_back=found,
        hint="" if found else "is each layer assigned to self in __init__, and not kept in a list?",
    )


@pytest.mark.exercise("7-2")
def test_model_gives_probabilities(submission):
    for batch in (5, 1):
        expect_probabilities(submission, "Model", [], batch)


NOT_A_SIGMOID = (
    "a sigmoid comes last: a yes or no is 0 or 1, and a softmax over a single output always 1"
)


def between(student, x):
    """Return what a new Model with large weights makes of both samples of x, and of the one half-way between them."""
    torch.manual_seed(0)
    model = student.Model().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
        return model(torch.cat([x, x.mean(0, keepdim=True)]))


@pytest.mark.exercise("7-2")
def test_model_is_more_than_a_single_layer(submission):
    found = submission.probe(between, of="Model")(torch.linspace(-2, 2, 20).reshape(2, 10))
    claim = "Model gives a number for each of 3 samples"
    expect_close(found, torch.zeros(3, 1), claim=claim, subject="Model's forward", atol=math.inf)
    logits = torch.logit(torch.as_tensor(as_array(found)).double().flatten(), eps=1e-12)
    expect(
        bool(logits[0] != logits[1]),
        "Model tells samples apart",
        came_back=found,
        hint=NOT_A_SIGMOID,
    )
    expect(
        abs(logits[:2].mean() - logits[2]).item() > 1e-3,
        "Model has activations between its layers: without them the three together are a single linear one",
        hint="what comes out of each of the first two layers goes through an activation, such as torch.relu",
    )


def mixed(student, x):
    """Return what a Model makes of x with a last bias of -50; and with large weights, before and after mixing outputs.

    The second output of the first layer is added to the first one, and the second layer takes it away again; then the
    same with the second and the third.
    """
    torch.manual_seed(0)
    model = student.Model().eval()
    parts = [part for part in model.modules() if not isinstance(part, torch.nn.PReLU)]
    with torch.no_grad():
        named = {}
        for p in (p for part in parts for p in part.parameters(recurse=False)):
            upright = p.T if p.ndim == 2 and p.shape[0] > p.shape[1] else p
            named[tuple(upright.shape)] = upright
        named[(1,)].sub_(50)
        found = [model(x)]
        for p in named.values():
            p.normal_()
        found.append(model(x))
        for before, outputs, after in ((10, 6, 4), (6, 4, 1)):
            weight, bias, following = (
                named[outputs, before],
                named[(outputs,)],
                named[after, outputs],
            )
            weight[0] += weight[1]
            bias[0] += bias[1]
            following[:, 1] -= following[:, 0]
            found.append(model(x))
    return found


@pytest.mark.exercise("7-2", after="test_model_has_three_layers")
def test_model_has_two_activations_and_one_sigmoid(submission):
    result = submission.probe(mixed, of="Model")(torch.sin(torch.arange(400.0)).reshape(40, 10))
    low, *found = expect_parts(result, ["low", "large", "first", "second"], subject="Model")
    for predicted in (low, *found):
        claim = "Model gives a number for each of 40 samples"
        due = torch.zeros(40, 1)
        expect_close(predicted, due, claim=claim, subject="Model's forward", atol=math.inf)
    expect(
        bool((np.asarray(as_array(low)) < 0.4).all()),
        "with a last bias of -50 Model's predictions are near to 0",
        hint="the output of the last layer goes through one sigmoid, and through nothing else",
    )
    plain = np.asarray(as_array(found[0]))
    expect(len(np.unique(plain)) > 2, "Model tells samples apart", hint=NOT_A_SIGMOID)
    for place, before, after in zip(("first", "second"), found[:-1], found[1:], strict=True):
        # mixing changes nothing where the next layer sees the outputs as they are
        expect(
            not same(before, after, rtol=0.0, atol=1e-4),
            f"an activation stands behind the {place} layer",
            hint=f"what comes out of the {place} layer goes through an activation, such as torch.relu",
        )


@pytest.mark.exercise("7-3")
def test_deep_model_has_depth_layers(submission):
    expect(
        submission.probe(shapes_of_parameters, of="DeepModel")("DeepModel", 4, 5, "relu")
        == [[1], [1, 5], [5], [5], [5], [5, 5], [5, 5], [5, 10]],
        "DeepModel(4, 5, torch.relu) has the layers 10 -> 5, 5 -> 5, 5 -> 5 and 5 -> 1",
        hint="depth counts all linear layers, and width is the size between them; a plain list hides layers, and one "
        "layer used twice is a single one",
    )


@pytest.mark.exercise("7-3")
def test_deep_model_gives_probabilities(submission):
    expect_probabilities(submission, "DeepModel", [12, 6, "relu"], 3)


def zero_layers_with(student, x):
    """Return what a DeepModel of 3 layers gives with weights of 0 and biases of 1, and activations of our own."""
    seen = []

    def activation(z):
        seen.append(list(z.shape))
        return z

    model = student.DeepModel(3, 4, activation)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(float(parameter.ndim == 1))
    return model(x), seen


@pytest.mark.exercise("7-3")
def test_activation_is_used_between_the_layers(submission):
    x = torch.ones(2, 10)
    result = submission.probe(zero_layers_with, of="DeepModel")(x)
    predicted, seen = expect_parts(result, ["predictions", "calls"], subject="DeepModel")
    expect(
        seen == [[2, 4], [2, 4]],
        "with 3 layers the activation is called twice: after the first and after the second",
        came_back=seen,
    )
    expect(
        same(predicted, torch.full((2, 1), 0.7310586)),
        "with weights of 0 and a last bias of 1 the prediction is sigmoid(1), about 0.731",
        came_back=predicted,
    )


def norms_of_zeros(student, x, y):
    model = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Sigmoid())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    return student.gradient_norms(model, x, y)


@pytest.mark.exercise("7-4")
def test_norm_of_one_layer(submission):
    x, y = torch.tensor([[3.0, 4.0]]), torch.tensor([[1.0]])
    expect_close(
        submission.probe(norms_of_zeros, of="gradient_norms")(x, y),
        [2.5],
        claim="for one layer of zeros, x = [[3, 4]] and y = [[1]], gradient_norms is [2.5]",
        subject="gradient_norms",
        hint="the norm is the root of the sum of all squares of the weight's gradient; biases have no number",
        rtol=1e-5,
    )


def norms_of_two(student, x, y):
    first, last = torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 1)
    with torch.no_grad():
        first.weight.copy_(torch.eye(2))
        last.weight.copy_(torch.tensor([[1.6, -1.2]]))
        last.bias.zero_()
    model = torch.nn.Sequential(torch.nn.Sequential(first), last, torch.nn.Sigmoid())
    return student.gradient_norms(model, x, y)


# By hand: both scores are 0, both predictions 0.5, the slopes of the mean loss -0.5 / 2 and 0.5 / 2. So the last
# gradient is -0.25 * (3, 4) + 0.25 * (-3, -4), and the first one's two rows are 1.6 and -1.2 times that.
@pytest.mark.exercise("7-4")
def test_norms_of_two_layers(submission):
    x, y = torch.tensor([[3.0, 4.0], [-3.0, -4.0]]), torch.tensor([[1.0], [0.0]])
    expect_close(
        submission.probe(norms_of_two, of="gradient_norms")(x, y),
        [5.0, 2.5],
        claim="for two layers, the first without a bias and kept deeper in the model, gradient_norms is [5, 2.5]",
        subject="gradient_norms",
        hint="the input layer comes first, each layer has one number, and the loss is the mean over the samples",
        rtol=1e-5,
    )


def norms_twice(student, x, y):
    layers = [torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1), torch.nn.Sigmoid()]
    torch.manual_seed(0)
    model = torch.nn.Sequential(*layers)
    for parameter in model.parameters():
        torch.nn.init.constant_(parameter, 0.5)
    return [student.gradient_norms(model, x, y) for _ in range(2)]


@pytest.mark.exercise("7-4")
def test_measuring_twice_gives_the_same(submission):
    x, y = torch.tensor([[3.0, 4.0], [0.0, 1.0]]), torch.tensor([[1.0], [0.0]])
    result = submission.probe(norms_twice, of="gradient_norms")(x, y)
    first, second = expect_parts(result, ["first time", "second time"], subject="two measurements")
    expect_close(
        first,
        [1.0, 1.0],
        claim="gradient_norms returns one number for each of two layers",
        subject="gradient_norms",
        rtol=0.0,
        atol=float("inf"),
    )
    expect(
        same(first, second, rtol=1e-5),
        "gradient_norms gives the same the second time",
        hint="gradients that were there before must not count, and no parameter may change",
    )
