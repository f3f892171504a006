"""A module is judged by what it is made of, what it returns and what it learns; each fault has its sentence."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch

from course.faults import StudentFault
from course.judge.failure import Failure
from course.judge.modules import (
    expect_any_batch,
    expect_input_kept,
    expect_module,
    expect_no_softmax_over_samples,
    expect_output,
    expect_reached,
    expect_same_each_time,
    forward,
    trained,
)
from course.submission import LocalSubmission

IMAGES = torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(0))
NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(1, 4, 5)
        self.linear = nn.Linear(4 * 36, 10)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.convolution(x)), 4)
        return self.linear(x.flatten(1))
"""


def submission(changed: str = "") -> LocalSubmission:
    """Return a submission that holds NET, and below it a class of its own."""
    return LocalSubmission.of_cells([NET, changed])


def net_with(forward_body: str) -> LocalSubmission:
    return submission(
        f"class Net(Net):\n    def forward(self, x):\n        y = super().forward(x)\n        {forward_body}"
    )


def diagnosis_of(judge: Callable[[], object]) -> str:
    with pytest.raises(Failure) as caught:
        judge()
    assert caught.value.finding.explanation.count("{") == 0
    return caught.value.finding.diagnosis


def test_anatomy_tells_layers_and_their_settings() -> None:
    anatomy = expect_module(submission(), "Net")
    assert anatomy.shapes == ((4, 1, 5, 5), (4,), (10, 144), (10,))
    assert anatomy.parameters == 100 + 4 + 1440 + 10
    (convolution,) = anatomy.of_kind("Conv2d")
    assert convolution.settings["kernel_size"] == (5, 5)
    assert [layer.kind for layer in anatomy.layers] == ["Conv2d", "Linear"]


MAKING = {
    "no-super-init": "class Net(nn.Module):\n    def __init__(self):\n        self.layer = nn.Linear(1, 1)",
    "no-module": "class Net:\n    pass",
    "arguments": "class Net(nn.Module):\n    def __init__(self, size):\n        super().__init__()",
    "unregistered": "class Net(nn.Module):\n    def forward(self, x):\n        return x",
    "half-precision": "class Net(Net):\n    def __init__(self):\n        super().__init__()\n        self.half()",
    "other-dtype": "class Net(Net):\n    def __init__(self):\n        super().__init__()\n        self.double()",
    "odd-sizes": "class Net(Net):\n    def __init__(self):\n        super().__init__()\n"
    "        self.vast = nn.Parameter(torch.zeros(1).expand(10**6, 10**6))",
    "frozen": "class Net(Net):\n    def __init__(self):\n        super().__init__()\n"
    "        self.requires_grad_(False)",
}


@pytest.mark.parametrize("fault", MAKING)
def test_module_that_is_made_wrongly_is_explained(fault: str) -> None:
    changed = submission(MAKING[fault])
    assert diagnosis_of(lambda: expect_module(changed, "Net")) == fault


def test_function_among_the_settings_is_a_function_of_torch() -> None:
    bent = submission(
        "class Bent(Net):\n    def __init__(self, bend):\n        super().__init__()\n        self.bend = bend\n"
        "    def forward(self, x):\n        return self.bend(super().forward(x))"
    )
    look = forward(bent, "Bent", "relu", x=IMAGES)
    assert expect_output(look.output, (8, 10), "Bent").min() == 0.0


@pytest.mark.parametrize(
    ("body", "takes"), [("bend()", "takes-class"), ("nn.Sequential(bend)", "takes-module")]
)
def test_activation_taken_in_another_form_is_explained(body: str, takes: str) -> None:
    bent = submission(
        f"class Bent(Net):\n    def __init__(self, bend):\n        super().__init__()\n        {body}"
    )
    assert diagnosis_of(lambda: expect_module(bent, "Bent", "relu")) == takes


OUTPUTS = {
    "half-precision": "return y.half()",
    "several-returned": "return y, y",
    "no-tensor": "return y.detach().numpy()",
    "forgot-return": "pass",
    "nan": "return y * float('nan')",
}


@pytest.mark.parametrize("fault", OUTPUTS)
def test_output_that_is_no_plain_tensor_is_explained(fault: str) -> None:
    look = forward(net_with(OUTPUTS[fault]), "Net", x=IMAGES)
    assert diagnosis_of(lambda: expect_output(look.output, (8, 10), "Net")) == fault


RAISING = {
    "needs-cuda": "return y + torch.zeros(10, device='cuda')",
    "sizes-do-not-fit": "return self.linear(x)",
    "other-dtype": "return self.linear.double()(x.flatten(1)[:, :144])",
    "module-for-result": "return self.linear(nn.ReLU(x))",
    "float-indices": "return nn.functional.embedding(x, self.linear.weight)",
}


@pytest.mark.parametrize("fault", RAISING)
def test_words_of_torch_are_explained(fault: str) -> None:
    if fault == "needs-cuda" and torch.cuda.is_available():
        pytest.skip("this machine has a GPU to give")
    with pytest.raises(Failure) as caught:
        forward(net_with(RAISING[fault]), "Net", x=IMAGES)
    assert caught.value.finding.diagnosis == fault
    assert "cell 1" in caught.value.finding.came_back


def test_missing_forward_is_explained() -> None:
    bare = submission(
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.layer = nn.Linear(1, 1)"
    )
    assert diagnosis_of(lambda: forward(bare, "Net", x=IMAGES)) == "no-forward"


def test_exception_of_the_students_own_stays_a_fault() -> None:
    with pytest.raises(StudentFault, match="ZeroDivisionError"):
        forward(net_with("return y / (1 // 0)"), "Net", x=IMAGES)


def test_weights_are_set_by_their_shape() -> None:
    weights = [torch.zeros(10, 144), torch.arange(10.0)]
    look = forward(submission(), "Net", x=IMAGES, weights=weights)
    assert torch.equal(look.output, torch.arange(10.0).expand(8, 10))


def test_same_module_answers_every_call() -> None:
    asked = submission()
    assert torch.equal(
        forward(asked, "Net", x=IMAGES).output, forward(asked, "Net", x=IMAGES).output
    )


def test_input_is_kept_by_a_right_module_only() -> None:
    expect_input_kept(forward(submission(), "Net", x=IMAGES), "Net")
    look = forward(net_with("x *= 2; return y"), "Net", x=IMAGES)
    assert diagnosis_of(lambda: expect_input_kept(look, "Net")) == "input-changed"


@pytest.mark.parametrize(
    ("body", "fault"),
    [("return y.detach()", "detached"), ("return self.linear(torch.ones(8, 144))", "unreached")],
)
def test_gradient_that_does_not_arrive_is_explained(body: str, fault: str) -> None:
    expect_reached(forward(submission(), "Net", x=IMAGES), "Net")
    look = forward(net_with(body), "Net", x=IMAGES)
    assert diagnosis_of(lambda: expect_reached(look, "Net")) == fault


def test_softmax_at_the_end_still_lets_gradients_through() -> None:
    expect_reached(forward(net_with("return torch.softmax(y, 1)"), "Net", x=IMAGES), "Net")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("return y.view(8, 10)", "fixed-batch"),
        ("return y.squeeze()", "squeezed"),
        ("return y - y.mean(0)", "batch-dependent"),
        ("return (y - y.mean(0)) / y.std(0, correction=0)", "batch-averaged"),
    ],
)
def test_module_for_one_batch_only_is_explained(body: str, fault: str) -> None:
    expect_any_batch(submission(), "Net", x=IMAGES, shape=(10,))
    assert diagnosis_of(lambda: expect_any_batch(net_with(body), "Net", x=IMAGES, shape=(10,))) == (
        fault
    )


def test_right_module_gives_the_same_each_time() -> None:
    expect_same_each_time(
        net_with("return nn.functional.dropout(y, 0.5, self.training)"), "Net", x=IMAGES
    )


@pytest.mark.parametrize(
    "body",
    [
        "return nn.functional.dropout(y, 0.5)",
        "return y + nn.Linear(10, 10)(y)",
        "return y + torch.rand(1)",
    ],
)
def test_chance_in_evaluation_mode_is_explained(body: str) -> None:
    changed = net_with(body)
    found = diagnosis_of(lambda: expect_same_each_time(changed, "Net", x=IMAGES))
    assert found == "dropout-in-evaluation"


def test_parameters_can_be_set_for_the_same_each_time() -> None:
    # a layer that gives 0 hides a dropout after it
    changed = net_with("return nn.functional.dropout(y, 0.5)")
    silent = [torch.zeros(10, 144), torch.zeros(10)]
    expect_same_each_time(changed, "Net", x=IMAGES, weights=silent)


def test_softmax_over_the_samples_is_told_from_one_over_the_classes() -> None:
    logits = torch.randn(6, 10, generator=torch.Generator().manual_seed(1)).double()
    for right in (logits, logits.log_softmax(1)):
        expect_no_softmax_over_samples(right, "Net")
    for wrong in (logits.log_softmax(0), logits.softmax(0)):
        assert diagnosis_of(partial(expect_no_softmax_over_samples, wrong, "Net")) == "wrong-axis"


def test_training_learns_what_it_is_shown() -> None:
    labels = torch.arange(8)
    outputs = trained(
        submission(),
        "Net",
        rng=np.random.default_rng(0),
        x=IMAGES,
        y=labels,
        unseen=IMAGES,
        epochs=40,
        batch_size=4,
        lr=0.01,
        starts=2,
    )
    assert len(outputs) == 2
    for output in outputs:
        assert torch.equal(expect_output(output, (8, 10), "Net").argmax(1), labels)


def test_classes_of_minus_100_do_not_count() -> None:
    given = {
        "rng": np.random.default_rng(0),
        "x": IMAGES,
        "unseen": IMAGES,
        "epochs": 2,
        "batch_size": 8,
        "lr": 0.01,
    }
    some = torch.tensor([1, 2, 3, -100, -100, -100, -100, -100])
    (output,) = trained(submission(), "Net", y=some, **given)
    assert expect_output(output, (8, 10), "Net").shape == (8, 10)
