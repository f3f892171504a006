"""Self-checks for lesson 11: what a student can see of the graders."""

import math

import pytest
import torch
from torch.nn import functional

from course.judge.closeness import same
from course.judge.expect import expect, expect_below, expect_close, expect_parts
from course.judge.modules import (
    expect_input_kept,
    expect_module,
    expect_output,
    expect_reached,
    forward,
)


def images(*shape):
    torch.manual_seed(0)
    return torch.rand(shape)


def drawn(anatomy):
    """Return parameters that let a gradient through, however a module begins."""
    torch.manual_seed(0)
    return [
        torch.randn(shape) / max(1, math.prod(shape[1:])) ** 0.5
        for shape in dict.fromkeys(anatomy.shapes)
    ]


@pytest.mark.exercise("11-1")
def test_inception_has_seven_convolutions(submission):
    anatomy = expect_module(submission, "InceptionA", 10)
    expect(
        anatomy.parameters == 19104,
        "InceptionA(10) has 19,104 numbers to learn",
        came_back=anatomy.parameters,
        hint="the four branches have one, two, three and one convolution, each with its bias",
    )


@pytest.mark.exercise("11-1")
def test_inception_keeps_height_and_width(submission):
    for channels, shape in ((10, (2, 12, 9)), (3, (1, 5, 5))):
        batch, height, width = shape
        look = forward(submission, "InceptionA", channels, x=images(batch, channels, height, width))
        expect_output(look.output, (batch, 88, height, width), "InceptionA")


def answer_to_a_pixel(student):
    """Return how many pixels of each of the 88 channels react to a single one."""
    torch.manual_seed(0)
    block = student.InceptionA(1)
    dark, lit = torch.zeros(1, 1, 9, 9), torch.zeros(1, 1, 9, 9)
    lit[0, 0, 4, 4] = 1.0
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.fill_(0.1)
        changed = (block(lit) - block(dark)).abs() > 1e-6
    return changed.sum(dim=(2, 3)).flatten()


@pytest.mark.exercise("11-1")
def test_inception_joins_its_branches_in_order(submission):
    expect_close(
        submission.probe(answer_to_a_pixel, of="InceptionA")(),
        torch.tensor([1] * 16 + [25] * 24 + [25] * 24 + [9] * 24),
        claim="one lit pixel changes 1 pixel of the first 16 channels, 25 of the next 48, and 9 of the last 24",
        subject="InceptionA",
        hint="the order is: 1x1, 5x5, double 3x3, pooling; no branch takes the maximum",
    )


def sums_of_a_pixel(student, place):
    """Return what a single pixel adds to each of the 88 channels in all, and the pooling branch of a dark image."""
    block = student.InceptionA(1)
    dark, lit = torch.zeros(1, 1, 9, 9), torch.zeros(1, 1, 9, 9)
    lit[0, 0, place, place] = 1.0
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.fill_(0.1)
        before = block(dark)
        return (block(lit) - before).sum(dim=(2, 3)).flatten(), before[0, 64:]


@pytest.mark.exercise("11-1", after="test_inception_joins_its_branches_in_order")
def test_inception_has_the_right_layers_in_each_branch(submission):
    ask = submission.probe(sums_of_a_pixel, of="InceptionA")
    sums, _ = expect_parts(ask(4), ["sums", "dark"], subject="InceptionA")
    expect_close(
        sums,
        # 0.1 for the 1x1, then 16 channels and 25 pixels, then 16 channels, 9 pixels, 24 channels and 9 pixels
        torch.tensor([0.1] * 16 + [4.0] * 24 + [31.104] * 24 + [0.1] * 24),
        claim="with all parameters at 0.1 a lit pixel adds 0.1 in all to a channel of the 1x1 branch, 4 in the 5x5, "
        "31.104 in the double 3x3 and 0.1 in the pooling branch",
        subject="InceptionA",
        rtol=1e-3,
    )
    sums, dark = expect_parts(ask(0), ["sums", "dark"], subject="InceptionA")
    expect_close(
        sums[64:],
        torch.full((24,), 0.4 / 9),
        claim="with all parameters at 0.1 a lit pixel in a corner adds 0.0444 to a channel of the pooling branch",
        subject="InceptionA",
        hint="it is in four of the averages, and each divides by 9: the zeros of the padding count",
        rtol=1e-3,
    )
    expect_close(
        dark,
        torch.full((24, 9, 9), 0.1),
        claim="with all parameters at 0.1 the pooling branch of a dark image is 0.1 everywhere, at its border as well",
        subject="InceptionA",
        hint="pool first: the bias of the convolution comes after the average"
        if same(dark, functional.avg_pool2d(torch.full((24, 9, 9), 0.1), 3, 1, 1), rtol=1e-3)
        else "",
        rtol=1e-3,
    )


@pytest.mark.exercise("11-1")
def test_gradients_reach_every_branch(submission):
    weights = drawn(expect_module(submission, "InceptionA", 4))
    look = forward(submission, "InceptionA", 4, x=images(3, 4, 6, 6) - 0.5, weights=weights)
    expect_output(look.output, (3, 88, 6, 6), "InceptionA")
    expect_input_kept(look, "InceptionA")
    expect_reached(look, "InceptionA")


@pytest.mark.exercise("11-2")
def test_residual_block_has_two_convolutions(submission):
    anatomy = expect_module(submission, "ResidualBlock", 4)
    expect(
        anatomy.parameters == 296,
        "ResidualBlock(4) has 296 numbers to learn",
        came_back=anatomy.parameters,
        hint="two 3x3 convolutions from 4 to 4 channels, each with its bias",
    )


def residual_with(student, weight, bias, x):
    """Return what a ResidualBlock makes of x when its weights and biases are all these."""
    block = student.ResidualBlock(x.shape[1])
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.fill_(weight if parameter.numel() > x.shape[1] else bias)
    return block(x)


@pytest.mark.exercise("11-2")
def test_zero_weights_make_the_residual_block_a_relu(submission):
    x = torch.tensor([[[[1.0, -2.0], [3.0, 0.5]]]])
    expect_close(
        submission.probe(residual_with, of="ResidualBlock")(0.0, 0.0, x),
        torch.tensor([[[[1.0, 0.0], [3.0, 0.5]]]]),
        claim="with all parameters at 0 ResidualBlock returns relu(x)",
        subject="ResidualBlock",
        hint="F(x) is 0 then, so x alone goes through the last ReLU",
    )


@pytest.mark.exercise("11-2")
def test_residual_block_adds_its_input(submission):
    x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    # the first convolution gives 10 everywhere, the second 40
    expect_close(
        submission.probe(residual_with, of="ResidualBlock")(1.0, 0.0, x),
        torch.tensor([[[[41.0, 42.0], [43.0, 44.0]]]]),
        claim="for x = [[1, 2], [3, 4]], weights of 1 and biases of 0 F(x) is 40 everywhere, and x + F(x) 41 to 44",
        subject="ResidualBlock",
    )
    expect_close(
        submission.probe(residual_with, of="ResidualBlock")(1.0, -10.0, x),
        torch.zeros(1, 1, 2, 2),
        claim="with biases of -10 the first convolution gives 0, F(x) is -10 everywhere, and relu(x + F(x)) 0",
        subject="ResidualBlock",
    )


@pytest.mark.exercise("11-2")
def test_residual_block_has_a_relu_between_its_convolutions(submission):
    x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    found = submission.probe(residual_with, of="ResidualBlock")(-1.0, 0.0, x)
    expect_close(
        found,
        x,
        claim="with weights of -1 the first convolution gives -10, the ReLU makes 0 of it, and relu(x + F(x)) is x",
        subject="ResidualBlock",
        hint="a ReLU stands between the convolutions" if same(found, x + 40) else "",
    )


@pytest.mark.exercise("11-2")
def test_residual_block_uses_both_convolutions_and_keeps_its_input(submission):
    weights = drawn(expect_module(submission, "ResidualBlock", 4))
    look = forward(submission, "ResidualBlock", 4, x=images(8, 4, 6, 5) - 0.5, weights=weights)
    expect_output(look.output, (8, 4, 6, 5), "ResidualBlock")
    expect_input_kept(look, "ResidualBlock")
    expect_reached(look, "ResidualBlock")


def inceptions_in(student):
    """Return how many InceptionA are among the layers of an InceptionNet."""
    model = student.InceptionNet()
    return sum(isinstance(layer, student.InceptionA) for layer in model.modules())


@pytest.mark.exercise("11-3")
def test_network_holds_two_inceptions(submission):
    found = submission.probe(inceptions_in, of="InceptionNet")()
    expect(
        type(found) is int and found >= 2,
        "InceptionNet holds two InceptionA",
        came_back=found,
        hint="make two of them in __init__, each assigned to an attribute of its own: a plain list is not noticed",
    )


@pytest.mark.exercise("11-3")
def test_network_keeps_within_its_budget(submission):
    anatomy = expect_module(submission, "InceptionNet")
    expect(
        anatomy.parameters <= 100_000,
        "InceptionNet has at most 100,000 numbers to learn",
        came_back=anatomy.parameters,
    )


@pytest.mark.exercise("11-3")
def test_network_gives_ten_numbers_for_each_image(submission):
    for batch in (5, 1):
        look = forward(submission, "InceptionNet", x=images(batch, 1, 28, 28))
        expect_output(look.output, (batch, 10), "InceptionNet")


def evaluated_twice(student, x):
    """Return what one InceptionNet gives for x the first and the second time, in evaluation mode."""
    model = student.InceptionNet().eval()
    with torch.no_grad():
        return model(x), model(x)


@pytest.mark.exercise("11-3")
def test_network_gives_the_same_each_time(submission):
    result = submission.probe(evaluated_twice, of="InceptionNet")(images(4, 1, 28, 28))
    first, second = expect_parts(result, ["first", "second"], subject="InceptionNet")
    expect(
        same(first, second),
        "in evaluation mode InceptionNet gives the same for the same images each time",
        hint="F.dropout is switched off by training=self.training only",
    )


@pytest.mark.exercise("11-3")
def test_gradients_reach_the_whole_network(submission):
    weights = drawn(expect_module(submission, "InceptionNet"))
    look = forward(submission, "InceptionNet", x=images(8, 1, 28, 28) - 0.5, weights=weights)
    expect_output(look.output, (8, 10), "InceptionNet")
    expect_reached(look, "InceptionNet")


def loss_on_four_images(student, x, y):
    """Return the first loss under 1 that training on x and y comes to, or the last one of 40 steps."""
    torch.manual_seed(0)
    model = student.InceptionNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(40):
        loss = torch.nn.functional.cross_entropy(model(x), y)
        if loss < 1:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


@pytest.mark.exercise("11-3")
def test_network_learns_four_images_by_heart(submission):
    x = torch.zeros(4, 1, 28, 28)
    x[0, 0, :, 12:16] = x[1, 0, 12:16] = x[2, 0, 4:10] = x[3, 0, :, 18:24] = 1.0
    expect_below(
        submission.probe(loss_on_four_images, of="InceptionNet")(x, torch.arange(4)),
        1.0,
        claim="within 40 steps of Adam on four images the loss comes under 1, from about 2.3",
        hint="does the network end with the linear layer, and does each layer get the output of the one before it?",
    )
