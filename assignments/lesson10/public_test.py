"""Self-checks for lesson 10: what a student can see of the graders."""

import math

import pytest
import torch

from course.judge.closeness import same
from course.judge.expect import expect, expect_close, expect_parts


@pytest.mark.exercise("10-1")
def test_output_size_of_a_row_of_seven(submission):
    # where one of these is wrong, those above it are right
    for settings, due, hint in (
        ((3, 1, 0, 1), 5, "count the moves, and add 1 for the place where the kernel starts"),
        ((3, 2, 0, 1), 3, "divide the room to move by the stride, then add 1"),
        ((2, 2, 0, 1), 3, "round down: a last move that finds too little room is not made"),
        ((3, 2, 1, 1), 4, "the padding is added at both ends"),
        ((3, 1, 0, 2), 3, "a kernel with gaps spans more pixels"),
    ):
        expect_close(
            submission.call("output_size", 7, *settings),
            due,
            claim=f"output_size(7, {', '.join(map(str, settings))}) is {due}",
            subject="output_size",
            hint=hint,
        )


IMAGE = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]
KERNEL = [[0.0, 1.0], [2.0, 3.0]]


def expect_convolution(submission, stride, padding, due, hint="", image=IMAGE, kernel=KERNEL):
    example = "the example" if image is IMAGE else f"{image} and {kernel}"
    expect_close(
        submission.call("conv2d", torch.tensor(image), torch.tensor(kernel), stride, padding),
        torch.tensor(due),
        claim=f"conv2d of {example} with stride {stride} and padding {padding} is {due}",
        subject="conv2d",
        hint=hint,
    )


@pytest.mark.exercise("10-1")
def test_conv2d_of_the_example(submission):
    hint = "multiply each weight by the pixel beneath it, and do not turn the kernel around"
    expect_convolution(submission, 1, 0, [[25.0, 31.0], [43.0, 49.0]], hint)


@pytest.mark.exercise("10-1")
def test_conv2d_with_stride_and_padding(submission):
    hint = "zeros on every side, then a step of two pixels, downwards and to the right"
    expect_convolution(submission, 2, 1, [[3.0, 13.0], [25.0, 49.0]], hint)


@pytest.mark.exercise("10-1")
def test_conv2d_of_what_is_not_square(submission):
    image, kernel = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[1.0, 10.0]]
    due = [[21.0, 32.0], [54.0, 65.0]]
    expect_convolution(submission, 1, 0, due, image=image, kernel=kernel)


@pytest.mark.exercise("10-1")
def test_conv2d_adds_zeros_on_every_side(submission):
    expect_convolution(submission, 1, 1, [[3.0, 2.0], [1.0, 0.0]], image=[[1.0]])


@pytest.mark.exercise("10-1")
def test_max_pool2d_of_the_example(submission):
    image = [
        [1.0, 2.0, 5.0, 6.0],
        [3.0, 4.0, 7.0, 8.0],
        [-1.0, -2.0, 0.0, 0.0],
        [-3.0, -4.0, 0.0, 9.0],
    ]
    expect_close(
        submission.call("max_pool2d", torch.tensor(image), 2),
        torch.tensor([[4.0, 8.0], [-1.0, 9.0]]),
        claim="max_pool2d of the example with a size of 2 is [[4, 8], [-1, 9]]",
        subject="max_pool2d",
    )
    expect_close(
        submission.call("max_pool2d", torch.tensor(IMAGE), 2),
        torch.tensor([[5.0]]),
        claim="max_pool2d of 3 x 3 pixels with a size of 2 has one square: the last row and column are dropped",
        subject="max_pool2d",
    )
    expect_close(
        submission.call("max_pool2d", torch.tensor(IMAGE), 3),
        torch.tensor([[9.0]]),
        claim="max_pool2d of 3 x 3 pixels with a size of 3 is their largest number, [[9]]",
        subject="max_pool2d",
    )


def ready_made(student, name, given):
    """Return the names of the ready-made convolutions and poolings that the student's function calls."""
    import sys

    from torch.overrides import TorchFunctionMode

    met = set()

    class Watch(TorchFunctionMode):
        def __torch_function__(self, operation, types, args=(), kwargs=None):
            word = str(getattr(operation, "__name__", ""))
            if "conv" in word or "pool" in word:
                met.add(f"torch's {word}")
            return operation(*args, **(kwargs or {}))

    def follow(frame, event, _):
        module = frame.f_globals.get("__name__", "") if event == "call" else ""
        if isinstance(module, str) and module.startswith(("scipy.signal", "scipy.ndimage")):
            met.add("SciPy's")

    with Watch():
        before = sys.getprofile()
        sys.setprofile(follow)
        try:
            getattr(student, name)(*given)
        finally:
            sys.setprofile(before)
    return sorted(met)


@pytest.mark.exercise("10-1")
def test_both_are_written_by_hand(submission):
    image, kernel = torch.tensor(IMAGE), torch.tensor(KERNEL)
    for name, given in (("conv2d", (image, kernel, 1, 0)), ("max_pool2d", (image, 2))):
        met = submission.probe(ready_made, of=name)(name, given)
        expect(
            met == [],
            f"{name} is written by hand",
            came_back=", ".join(map(str, met)) if isinstance(met, list) else met,
            expected="no ready-made convolution or pooling",
            hint="loops, slices, products, sums and maxima are all that it takes",
        )


def count_of_parameters(student):
    return sum(p.numel() for p in student.Net().parameters())


@pytest.mark.exercise("10-2")
def test_net_has_parameters_of_its_own(submission):
    found = submission.probe(count_of_parameters, of="Net")()
    expect(
        type(found) is int and 0 < found < 100_000,
        "Net() has parameters, and fewer than 100,000 numbers in them",
        came_back=found,
        hint="is Net an nn.Module, and is each layer assigned to self in __init__?",
    )


def operations_of(student, x):
    """Return the sizes of the kernels that Net's convolutions have, and how often it pools and calls linear layers."""
    from torch.overrides import TorchFunctionMode

    kernels, counts = [], {"pooling": 0, "linear": 0}
    linear = "linear", "matmul", "__matmul__", "mm", "addmm", "einsum", "bilinear"

    class Watch(TorchFunctionMode):
        def __torch_function__(self, operation, types, args=(), kwargs=None):
            word = str(getattr(operation, "__name__", ""))
            if "conv" in word:
                given = [*args, *(kwargs or {}).values()]
                tensors = [part for part in given if isinstance(part, torch.Tensor)]
                kernels.extend(list(weight.shape[2:]) for weight in tensors[1:2])
            counts["pooling"] += "pool" in word or word in ("amax", "max", "mean")
            counts["linear"] += word in linear
            return operation(*args, **(kwargs or {}))

    model = student.Net().eval()
    with torch.no_grad(), Watch():
        model(x)
    return kernels, counts["pooling"], counts["linear"]


@pytest.mark.exercise("10-2")
def test_net_has_two_convolutions_pooling_and_one_linear_layer(submission):
    result = submission.probe(operations_of, of="Net")(torch.zeros(3, 1, 28, 28))
    parts = ["kernels", "poolings", "linear layers"]
    kernels, poolings, linear = expect_parts(result, parts, subject="Net")
    expect(
        kernels == [[5, 5], [5, 5]],
        "Net makes two convolutions, with kernels of 5 x 5",
        came_back=kernels,
        hint=""
        if len(kernels) == 2
        else "give each of them the whole batch, and call both in forward",
    )
    expect(
        poolings > 0,
        "Net pools",
        came_back=poolings,
        hint="nn.MaxPool2d(2) halves height and width",
    )
    expect(linear == 1, "Net has a single linear layer, at the end", came_back=linear)


def outputs_of(student, x):
    torch.manual_seed(0)
    model = student.Net().eval()
    with torch.no_grad():
        return model(x)


@pytest.mark.exercise("10-2")
def test_net_gives_ten_outputs_for_each_picture(submission):
    x = torch.linspace(0, 1, 3 * 784).reshape(3, 1, 28, 28)
    for batch in (3, 1):
        outputs = submission.probe(outputs_of, of="Net")(x[:batch])
        expect_close(
            outputs,
            torch.zeros(batch, 10),
            claim=f"Net gives ten numbers for each of {batch} pictures: the shape is ({batch}, 10)",
            subject="Net's forward",
            rtol=0.0,
            atol=math.inf,
        )
        total = torch.as_tensor(outputs).double().sum(1)
        expect(
            not same(total, torch.ones(batch), rtol=1e-4),
            "Net returns logits or log-probabilities: no softmax at the end",
        )


def train_twice(student, x, y):
    """Return the losses of two epochs for a model of zeros, and its bias afterwards."""
    model = torch.nn.Linear(1, 2)
    with torch.no_grad():
        model.weight.fill_(0.0)
        model.bias.fill_(0.0)
    pairs = torch.utils.data.TensorDataset(x, y)
    loader = torch.utils.data.DataLoader(pairs, batch_size=2)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    modes = []

    def note_mode(module, inputs, outputs):
        if outputs.requires_grad:  # a measurement on the way is no training
            modes.append(module.training)

    model.register_forward_hook(note_mode)
    model.eval()
    losses = student.train(model, loader, optimizer, 2)
    return losses, model.bias.detach(), all(modes)


@pytest.mark.exercise("10-3")
def test_two_epochs_of_training(submission):
    x, y = torch.zeros(3, 1), torch.tensor([0, 0, 1])
    result = submission.probe(train_twice, of="train")(x, y)
    losses, bias, training = expect_parts(result, ["losses", "bias", "mode"], subject="train")
    expect(
        not same(losses, [0.0], rtol=0.0, atol=math.inf),
        "train returns two losses for two epochs",
        came_back=losses,
        hint="is the return inside the loop over the epochs? It comes after it",
    )
    expect(training is True, "train uses the model in training mode", hint="call model.train()")
    expect_close(
        bias,
        torch.tensor([-0.3, 0.3]),
        claim="two epochs of two batches, with labels 0, 0 and 1, lead from a bias of [0, 0] to about [-0.3, 0.3]",
        subject="train",
        hint="each batch needs zero_grad(), backward() and step()",
        rtol=1e-3,
    )
    measured_after_each_step = [0.3717, 0.4006]
    if not same(losses, measured_after_each_step, rtol=1e-3):
        expect_close(
            losses,
            [0.8999, 1.0161],
            claim="train returns one loss for each epoch, the mean over its three samples: about 0.900 and 1.016",
            subject="train",
            hint="the batches have 2 samples and 1: multiply each loss by the number of its samples",
            rtol=1e-3,
        )


def evaluate_zeros(student, x, y):
    """Return what evaluate says of a model whose outputs are 0, 1 and 0 for every sample, and how it uses the model."""
    model = torch.nn.Linear(1, 3)
    with torch.no_grad():
        model.weight.fill_(0.0)
        model.bias.copy_(torch.tensor([0.0, 1.0, 0.0]))
    calls = []
    model.register_forward_hook(
        lambda module, _, outputs: calls.append((module.training, outputs.requires_grad))
    )
    pairs = torch.utils.data.TensorDataset(x, y)
    found = student.evaluate(model, torch.utils.data.DataLoader(pairs, batch_size=2))
    training, gradients = ([call[place] for call in calls] for place in (0, 1))
    frozen = not all(p.requires_grad for p in model.parameters())
    return found, any(training), any(gradients), frozen


def evaluation(submission):
    x, y = torch.zeros(3, 1), torch.tensor([1, 0, 1])
    result = submission.probe(evaluate_zeros, of="evaluate")(x, y)
    parts = ["result", "training mode", "gradients", "requires_grad"]
    return expect_parts(result, parts, subject="evaluate")


@pytest.mark.exercise("10-3")
def test_evaluate_weighs_every_sample_alike(submission):
    found = evaluation(submission)[0]
    loss, accuracy = expect_parts(found, ["loss", "accuracy"], subject="evaluate")
    # log(2 + e) for each sample, less 1 where the class is 1
    expect_close(
        loss,
        math.log(2 + math.e) - 2 / 3,
        claim="outputs of 0, 1 and 0 for classes 1, 0 and 1 have a mean cross entropy of about 0.885",
        subject="evaluate (loss)",
        rtol=1e-4,
    )
    hints = {
        200 / 3: "a share from 0 to 1 is asked for, not percent: leave out the 100",
        2.0: "that is how many were right: divide by the number of samples",
        1.0: "the last batch is short: divide by the number of samples, not by the number of batches",
        0.75: "the last batch is short: count the right answers of all batches, and divide once",
    }
    expect_close(
        accuracy,
        2 / 3,
        claim="two of the three samples are recognised: the accuracy is 2/3, about 0.667",
        subject="evaluate (accuracy)",
        hint=next((hint for value, hint in hints.items() if same(accuracy, value, rtol=1e-2)), ""),
        rtol=1e-4,
    )


@pytest.mark.exercise("10-3")
def test_evaluate_only_measures(submission):
    _, training, gradients, frozen = evaluation(submission)
    expect(
        training is False,
        "evaluate uses a model in evaluation mode that comes in training mode",
        hint="call model.eval(), with parentheses, before the first batch",
    )
    expect(
        frozen is False,
        "after evaluate the model's parameters can be trained as before",
        hint="leave requires_grad as it is: `with torch.no_grad():` does what is asked for",
    )
    expect(
        gradients is False,
        "evaluate calls the model without gradients",
        hint="put the loop under `with torch.no_grad():`; without `with` it has no effect",
    )
