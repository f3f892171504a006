"""Self-checks for lesson 11: what a student can see of the graders."""

import pytest
import torch

from course.judge.expect import expect, expect_close
from course.judge.modules import expect_module, expect_output, expect_reached, forward


def images(*shape):
    torch.manual_seed(0)
    return torch.rand(shape)


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


@pytest.mark.exercise("11-1")
def test_gradients_reach_every_branch(submission):
    look = forward(submission, "InceptionA", 4, x=images(3, 4, 6, 6))
    expect_output(look.output, (3, 88, 6, 6), "InceptionA")
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


def losses_on_four_images(student, x, y):
    torch.manual_seed(0)
    model = student.InceptionNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    losses = []
    for _ in range(20):
        loss = torch.nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.exercise("11-3")
def test_network_learns_four_images_by_heart(submission):
    x = torch.zeros(4, 1, 28, 28)
    x[0, 0, :, 12:16] = x[1, 0, 12:16] = x[2, 0, 4:10] = x[3, 0, :, 18:24] = 1.0
    losses = submission.probe(losses_on_four_images, of="InceptionNet")(x, torch.arange(4))
    expect_close(
        losses,
        [0.0] * 20,
        claim="20 steps of Adam on four images give 20 losses",
        subject="InceptionNet",
        rtol=0.0,
        atol=float("inf"),
    )
    expect(
        losses[-1] < 1.0,
        "20 steps of Adam on four images bring the loss under 1, from about 2.3",
        came_back=losses[-1],
        hint="does the network end with the linear layer, and does each layer get the output of the one before it?",
    )
