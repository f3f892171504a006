"""The graders of lesson 10: convolution against torch's, a network by what it does, train and evaluate on ours."""

import math
import re
from functools import cache

import numpy as np
import pytest
import torch
from torch.nn import functional

from course.data import digits
from course.faults import StudentFault
from course.judge.closeness import same
from course.judge.diagnosis import Diagnosis, Mistake
from course.judge.expect import (
    expect,
    expect_above,
    expect_below,
    expect_parts,
    expect_values,
)
from course.judge.failure import Failure
from course.judge.loop_faults import Fault
from course.judge.loops import Loop
from course.judge.module_probes import make_module
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
from course.judge.thresholds import thresholds

LIMITS = thresholds(__file__)

MOST_PARAMETERS = 100_000

# --- 10-1: output_size ---------------------------------------------------------------------------------------------


def places(n, kernel, stride, padding, dilation):
    """Return the length of what torch's own convolution makes of so many zeros."""
    row, weights = torch.zeros(1, 1, n), torch.zeros(1, 1, kernel)
    return functional.conv1d(row, weights, None, stride, padding, dilation).shape[-1]


def room(n, kernel, stride, padding, dilation):
    return n + 2 * padding - dilation * (kernel - 1) - 1


def sides(rng, count, **ranges):
    """Draw sides of images and settings that tell the mistakes apart: the last move often finds too little room."""
    drawn = []
    while len(drawn) < count:
        side = {
            name: int(rng.integers(*ranges.get(name, usual)))
            for name, usual in {
                "n": (15, 40),
                "kernel": (2, 6),
                "stride": (2, 5),
                "padding": (0, 1),
                "dilation": (1, 2),
            }.items()
        }
        over = room(**side) % side["stride"]
        if over or len(drawn) % 2:
            drawn.append(side)
    return drawn


SIZE_MISTAKES = [
    Mistake(
        "missing-one",
        "output_size counts the moves of the kernel, but not the place where it starts: add 1.",
        lambda n, k, s, p, d: room(n, k, s, p, d) // s,
    ),
    Mistake(
        "one-inside",
        "output_size adds 1 before it divides by the stride: add it afterwards, when the moves are counted.",
        lambda n, k, s, p, d: (room(n, k, s, p, d) + 1) // s,
    ),
    Mistake(
        "ceil-for-floor",
        "output_size rounds up: a last move that finds less room than the stride is not made, so round down.",
        lambda n, k, s, p, d: math.ceil(room(n, k, s, p, d) / s) + 1,
    ),
    Mistake(
        "ceil-for-floor",
        "output_size rounds to the nearest whole number: a last move without enough room is not made, so round down.",
        lambda n, k, s, p, d: round(room(n, k, s, p, d) / s) + 1,
    ),
    Mistake(
        "ceil-for-floor",
        "output_size rounds to the nearest whole number: a last move without enough room is not made, so round down.",
        lambda n, k, s, p, d: round(room(n, k, s, p, d) / s + 1),
    ),
    Mistake(
        "ceil-for-floor",
        "output_size rounds up where it is to round down: it comes out one too large wherever the moves do not come "
        "out even.",
        lambda n, k, s, p, d: math.ceil((room(n, k, s, p, d) + 1) / s) + 1,
    ),
    Mistake(
        "not-rounded",
        "output_size does not round: the number of places is a whole number. `//` divides and rounds down.",
        lambda n, k, s, p, d: room(n, k, s, p, d) / s + 1,
    ),
    Mistake(
        "stride-ignored",
        "output_size does not use the stride: divide the room to move by it.",
        lambda n, k, s, p, d: room(n, k, 1, p, d) + 1,
    ),
    Mistake(
        "padding-ignored",
        "output_size does not use the padding.",
        lambda n, k, s, p, d: room(n, k, s, 0, d) // s + 1,
    ),
    Mistake(
        "padding-one-side",
        "output_size counts the padding once: zeros are added at both ends.",
        lambda n, k, s, p, d: (room(n, k, s, p, d) - p) // s + 1,
    ),
    Mistake(
        "dilation-ignored",
        "output_size does not use the dilation: a kernel with gaps spans more pixels.",
        lambda n, k, s, p, d: room(n, k, s, p, 1) // s + 1,
    ),
    Mistake(
        "dilation-times-kernel",
        "output_size lets a kernel span dilation * kernel pixels: between k weights there are k - 1 distances.",
        lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1,
    ),
    Mistake(
        "span-one-short",
        "output_size lets a kernel span dilation * (kernel - 1) pixels: that is the distance from the first weight to "
        "the last, one less than the pixels that they span.",
        lambda n, k, s, p, d: (n + 2 * p - d * (k - 1)) // s + 1,
    ),
    Mistake(
        "kernel-not-subtracted",
        "output_size does not subtract the kernel's span: a kernel that begins near the end does not fit any more.",
        lambda n, k, s, p, d: (n + 2 * p) // s,
    ),
]


@pytest.mark.exercise("10-1")
def test_output_size_counts_the_places_of_a_kernel(submission, rng):
    expect_values(
        submission.function("output_size"),
        places,
        [
            {"n": 28, "kernel": 5, "stride": 1, "padding": 0, "dilation": 1},
            *sides(rng, 6),
            *sides(rng, 2, kernel=(1, 2)),
        ],
        claim="output_size counts the places of a kernel, without padding or dilation",
        mistakes=SIZE_MISTAKES,
    )


@pytest.mark.exercise("10-1", after="test_output_size_counts_the_places_of_a_kernel")
def test_output_size_counts_padding_and_dilation(submission, rng):
    expect_values(
        submission.function("output_size"),
        places,
        [
            *sides(rng, 4, padding=(1, 5)),
            *sides(rng, 4, dilation=(2, 5), n=(25, 40)),
            *sides(rng, 4, padding=(1, 5), dilation=(2, 5), n=(25, 40)),
        ],
        claim="output_size takes padding at both ends and the gaps of dilation into account",
        mistakes=SIZE_MISTAKES,
    )


# --- 10-1: conv2d and max_pool2d -----------------------------------------------------------------------------------


def call_and_watch(student, name, given, with_ours):
    """Return the result, the ready-made convolutions and poolings met on the way, and the arguments as they are then.

    `with_ours` gives the function an output_size that is right, so that a mistake in that one is not counted twice.
    """
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

    def output_size(n, kernel, stride=1, padding=0, dilation=1):
        return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1

    ours = {"output_size": output_size} if with_ours else {}
    with student.replacing(**ours), Watch():
        before_us = sys.getprofile()
        sys.setprofile(follow)
        try:
            result = getattr(student, name)(*given)
        finally:
            sys.setprofile(before_us)
    return result, sorted(met), list(given)


class ByHand:
    """A student's function as expect_values calls it, where ready-made operations are met with a failure."""

    def __init__(self, submission, name, with_ours):
        self.__name__ = name
        self._ask = submission.probe(call_and_watch, of=name)
        self._with_ours = with_ours

    def __call__(self, *given):
        name = self.__name__
        answer = self._ask(name, given, self._with_ours)
        parts = ["result", "operations", "arguments after it"]
        result, met, after = expect_parts(answer, parts, subject=name)
        plain = isinstance(met, list) and all(isinstance(word, str) for word in met)
        expect(plain, f"{name} is written by hand", came_back=met)
        text = (
            f"{name} calls a ready-made operation. Here it is to be written by hand, with loops, slices, products, "
            "sums and maxima."
        )
        expect(
            not met,
            f"{name} is written by hand",
            came_back=met,
            diagnosis=Diagnosis("not-by-hand", text),
        )
        text = f"{name} writes into the picture or the kernel that it is given: make a new tensor."
        expect(
            same(after, list(given), rtol=0.0, atol=0.0),
            f"{name} leaves its arguments as they are",
            diagnosis=Diagnosis("input-changed", text),
        )
        return result


def judge_by_hand(submission, name, judge):
    """Let `judge` judge a function that may call the student's own output_size, failing that ours."""
    try:
        judge(ByHand(submission, name, with_ours=False))
    except (Failure, StudentFault) as with_own:
        try:
            judge(ByHand(submission, name, with_ours=True))
        except (Failure, StudentFault):
            raise with_own from None


def correlation(image, kernel, stride=1, padding=0):
    """Return torch's own convolution of one picture, in float64; stride and padding may be pairs, (down, right)."""
    picture, weights = image.double()[None, None], kernel.double()[None, None]
    return functional.conv2d(picture, weights, None, stride, padding)[0, 0]


def padded(image, *around, mode="constant", value=0.0):
    """Return the picture with so many rows and columns around it: left, right, above, below."""
    more = {"value": value} if mode == "constant" else {}
    return functional.pad(image.double()[None, None], around, mode=mode, **more)[0, 0]


def with_room(image, kernel, stride, padding):
    """Return what a conv2d gives that counts its places by rounding up, and takes zeros for what it lacks."""
    down, right = (
        -(side + 2 * padding - weights) % stride
        for side, weights in zip(image.shape, kernel.shape, strict=True)
    )
    return correlation(
        padded(image, padding, padding + right, padding, padding + down), kernel, stride
    )


def patches(image, kernel, stride, padding):
    """Return the pixels beneath the kernel, (places down, places right, kernel height, kernel width)."""
    p = padding
    picture = padded(image, p, p, p, p)
    return picture.unfold(0, kernel.shape[0], stride).unfold(1, kernel.shape[1], stride)


def in_place_of_the_image(image, kernel, stride, padding):
    """Return the right numbers in the corner of a picture that is as large as the image."""
    found = correlation(image, kernel, stride, padding)
    whole = torch.zeros(*(max(pair) for pair in zip(image.shape, found.shape, strict=True)))
    whole[: found.shape[0], : found.shape[1]] = found
    return whole


def matrix_products(product):
    """Return what conv2d gives that adds up the numbers of a matrix product of pixels and kernel."""

    def convolution(image, kernel, stride, padding):
        below = patches(image, kernel, stride, padding)
        if kernel.shape[0] != kernel.shape[1]:
            return torch.full(below.shape[:2], math.nan)
        return product(below, kernel.double()).sum((-1, -2))

    return convolution


def places_of(*part):
    """Return what conv2d gives that fills this part of its result only, slices of its rows and columns."""

    def convolution(image, kernel, stride, padding):
        return filled(correlation(image, kernel, stride, padding), *part)

    return convolution


def filled(found, *part):
    """Return a picture of zeros with this part of another one, slices of its rows and columns."""
    blank = torch.zeros_like(found)
    blank[part] = found[part]
    return blank


FIRST_ROW, FIRST_PLACE, BUT_LAST = (
    (slice(1), slice(None)),
    (slice(1), slice(1)),
    (slice(-1), slice(-1)),
)


CONVOLUTION_MISTAKES = [
    Mistake(
        "flipped-kernel",
        "conv2d turns the kernel around, as mathematicians do. In deep learning it stays as it is: the upper left "
        "weight meets the upper left pixel.",
        lambda x, k, s, p: correlation(x, k.flip(0, 1), s, p),
    ),
    Mistake(
        "flipped-kernel",
        "conv2d turns the kernel upside down: its first row meets the first row of pixels.",
        lambda x, k, s, p: correlation(x, k.flip(0), s, p),
    ),
    Mistake(
        "flipped-kernel",
        "conv2d turns the kernel left to right: its first column meets the first column of pixels.",
        lambda x, k, s, p: correlation(x, k.flip(1), s, p),
    ),
    Mistake(
        "transposed-argument",
        "conv2d exchanges the kernel's rows and columns.",
        lambda x, k, s, p: correlation(x, k.T, s, p),
    ),
    Mistake(
        "transposed",
        "conv2d exchanges the rows and columns of its result.",
        lambda x, k, s, p: correlation(x, k, s, p).T,
    ),
    Mistake(
        "stride-ignored",
        "conv2d does not use the stride: the kernel moves on by one pixel each time.",
        lambda x, k, s, p: correlation(x, k, 1, p),
    ),
    Mistake(
        "stride-not-moved",
        "conv2d makes as many numbers as the stride allows, but moves the kernel by one pixel only: the place of "
        "output i begins at pixel i * stride.",
        lambda x, k, s, p: correlation(x, k, 1, p)[
            tuple(map(slice, correlation(x, k, s, p).shape))
        ],
    ),
    Mistake(
        "stride-one-way",
        "conv2d uses the stride downwards only: it counts to the right as well.",
        lambda x, k, s, p: correlation(x, k, (s, 1), p),
    ),
    Mistake(
        "stride-one-way",
        "conv2d uses the stride to the right only: it counts downwards as well.",
        lambda x, k, s, p: correlation(x, k, (1, s), p),
    ),
    Mistake(
        "stride-one-way",
        "conv2d uses the stride downwards only: the place of output j begins at pixel j * stride to the right as well.",
        lambda x, k, s, p: correlation(x, k, (s, 1), p)[:, : correlation(x, k, s, p).shape[1]],
    ),
    Mistake(
        "stride-one-way",
        "conv2d uses the stride to the right only: the place of output i begins at pixel i * stride downwards as well.",
        lambda x, k, s, p: correlation(x, k, (1, s), p)[: correlation(x, k, s, p).shape[0]],
    ),
    Mistake(
        "padding-ignored",
        "conv2d does not use the padding: add so many rows and columns of zeros on every side.",
        lambda x, k, s, p: correlation(x, k, s, 0),
    ),
    Mistake(
        "padding-ignored",
        "conv2d adds the zeros, but counts the places of the kernel without them: there are more.",
        lambda x, k, s, p: correlation(x, k, s, p)[
            tuple(map(slice, correlation(x, k, s, 0).shape))
        ],
    ),
    Mistake(
        "padding-one-side",
        "conv2d adds zeros below and on the right only: the padding belongs on every side.",
        lambda x, k, s, p: correlation(padded(x, 0, p, 0, p), k, s),
    ),
    Mistake(
        "padding-one-side",
        "conv2d adds zeros above and on the left only: the padding belongs on every side.",
        lambda x, k, s, p: correlation(padded(x, p, 0, p, 0), k, s),
    ),
    Mistake(
        "padding-one-side",
        "conv2d adds all zeros below and on the right: put the picture into the middle of them.",
        lambda x, k, s, p: correlation(padded(x, 0, 2 * p, 0, 2 * p), k, s),
    ),
    Mistake(
        "padding-one-side",
        "conv2d adds all zeros above and on the left: put the picture into the middle of them.",
        lambda x, k, s, p: correlation(padded(x, 2 * p, 0, 2 * p, 0), k, s),
    ),
    Mistake(
        "padding-one-side",
        "conv2d adds zeros on the left and on the right only: they belong above and below, too.",
        lambda x, k, s, p: correlation(x, k, s, (0, p)),
    ),
    Mistake(
        "padding-one-side",
        "conv2d adds zeros above and below only: they belong on the left and on the right, too.",
        lambda x, k, s, p: correlation(x, k, s, (p, 0)),
    ),
    Mistake(
        "padding-value",
        "conv2d repeats the pixels at the edge where zeros are to be added.",
        lambda x, k, s, p: correlation(padded(x, p, p, p, p, mode="replicate"), k, s),
    ),
    Mistake(
        "padding-value",
        "conv2d mirrors the picture at the edge where zeros are to be added.",
        lambda x, k, s, p: correlation(padded(x, p, p, p, p, mode="reflect"), k, s),
    ),
    Mistake(
        "padding-value",
        "conv2d goes on at the opposite edge of the picture where zeros are to be added.",
        lambda x, k, s, p: correlation(padded(x, p, p, p, p, mode="circular"), k, s),
    ),
    Mistake(
        "padding-value",
        "conv2d adds ones around the picture where zeros are to be added.",
        lambda x, k, s, p: correlation(padded(x, p, p, p, p, value=1.0), k, s),
    ),
    Mistake(
        "padding-doubled",
        "conv2d adds twice as many zeros as it is told: the padding is what is added on each side.",
        lambda x, k, s, p: correlation(x, k, s, 2 * p),
    ),
    Mistake(
        "size-off-by-one",
        "conv2d leaves out the last row and the last column of places: where the kernel starts counts, too.",
        lambda x, k, s, p: correlation(x, k, s, p)[:-1, :-1],
    ),
    Mistake(
        "size-off-by-one",
        "conv2d leaves the last row and the last column of its result at 0: do the loops end too early?",
        places_of(*BUT_LAST),
    ),
    Mistake(
        "return-inside-loop",
        "conv2d fills the first row of its result only: is the return inside the loop?",
        places_of(*FIRST_ROW),
    ),
    Mistake(
        "return-inside-loop",
        "conv2d fills the first place of its result only: is the return inside the loops?",
        places_of(*FIRST_PLACE),
    ),
    Mistake(
        "ceil-for-floor",
        "conv2d makes a last move for which there is not enough room: round the number of places down.",
        with_room,
    ),
    Mistake(
        "image-size-kept",
        "conv2d returns a picture of the image's size, though the kernel has fewer places: output_size says how many.",
        in_place_of_the_image,
    ),
    *(
        Mistake(
            "matrix-product",
            "conv2d takes the matrix product of kernel and pixels: multiply each weight by the pixel beneath it, "
            "with *.",
            matrix_products(product),
        )
        for product in (
            lambda pixels, kernel: pixels @ kernel,
            lambda pixels, kernel: kernel @ pixels,
            lambda pixels, kernel: pixels.mT @ kernel,
            lambda pixels, kernel: pixels @ kernel.T,
        )
    ),
    Mistake(
        "mean-for-sum",
        "conv2d takes the mean of the products: they are to be added up.",
        lambda x, k, s, p: correlation(x, k, s, p) / k.numel(),
    ),
    Mistake(
        "kernel-ignored",
        "conv2d adds up the pixels without multiplying them by the kernel.",
        lambda x, k, s, p: correlation(x, torch.ones_like(k), s, p),
    ),
    Mistake(
        "max-for-sum",
        "conv2d keeps the largest product: that is pooling. Here the products are added up.",
        lambda x, k, s, p: (patches(x, k, s, p) * k.double()).amax((-1, -2)),
    ),
    Mistake(
        "relu",
        "conv2d cuts its result off at 0: a convolution may be negative. The activation comes later.",
        lambda x, k, s, p: correlation(x, k, s, p).relu(),
    ),
]


def pictures(rng, *sizes, stride=1, padding=0):
    """Draw images and kernels of these sizes, (height, width, kernel height, kernel width), away from 0."""

    def drawn(*shape):
        numbers = rng.uniform(0.3, 1.5, shape) * rng.choice([-1, 1], shape)
        return torch.tensor(numbers, dtype=torch.float32)

    return [
        {
            "image": drawn(height, width),
            "kernel": drawn(rows, columns),
            "stride": int(rng.choice(stride)) if isinstance(stride, tuple) else stride,
            "padding": int(rng.choice(padding)) if isinstance(padding, tuple) else padding,
        }
        for height, width, rows, columns in sizes
    ]


def squared_off(given):
    """Return what is asked for with image and kernel cut down to squares."""
    image, kernel = given["image"], given["kernel"]
    side, weights = min(image.shape), min(kernel.shape)
    return given | {"image": image[:side, :side], "kernel": kernel[:weights, :weights]}


def expect_convolution(submission, inputs, claim):
    def expect_all(inputs):
        def judge(function):
            # float32, as the inputs are: 25 products rounded in whichever order
            expect_values(
                function,
                correlation,
                inputs,
                claim=claim,
                mistakes=CONVOLUTION_MISTAKES,
                rtol=1e-4,
                atol=1e-4,
            )

        judge_by_hand(submission, "conv2d", judge)

    try:
        expect_all(inputs)
    except (Failure, StudentFault) as odd:
        told = isinstance(odd, Failure) and odd.finding.diagnosis
        if told and not told.endswith("shape"):
            raise
        try:
            expect_all([squared_off(given) for given in inputs])
        except (Failure, StudentFault):
            raise odd from None
        text = (
            "conv2d does what it should where image and kernel are square, and not where one of them is higher than "
            "wide or wider than high: the height and the width are two numbers, each for its own side."
        )
        expect(False, claim, diagnosis=Diagnosis("square-only", text))


FIRST = "test_conv2d_adds_up_the_products_at_every_place"


@pytest.mark.exercise("10-1", weight=2)
def test_conv2d_adds_up_the_products_at_every_place(submission, rng):
    sizes = [(6, 8, 3, 3), (7, 5, 2, 2), (5, 5, 5, 5), (9, 6, 4, 4)]
    claim = "conv2d adds up the products of the kernel and the pixels beneath it, at every place where it fits"
    expect_convolution(submission, pictures(rng, *sizes), claim)


@pytest.mark.exercise("10-1", after=FIRST)
def test_conv2d_takes_kernels_that_are_not_square(submission, rng):
    sizes = [(6, 7, 2, 4), (8, 6, 5, 1), (7, 9, 1, 3)]
    claim = "conv2d takes a kernel that is higher than wide, or wider than high"
    expect_convolution(submission, pictures(rng, *sizes), claim)


@pytest.mark.exercise("10-1", after=FIRST)
def test_conv2d_moves_by_the_stride(submission, rng):
    sizes = [(10, 9, 3, 3), (9, 11, 2, 2), (11, 8, 3, 3), (8, 12, 3, 3)]
    inputs = [
        given | {"stride": stride}
        for given, stride in zip(pictures(rng, *sizes), (2, 3, 3, 2), strict=True)
    ]
    claim = "conv2d moves the kernel by the stride, downwards and to the right, as long as it fits"
    expect_convolution(submission, inputs, claim)


@pytest.mark.exercise("10-1", after=FIRST)
def test_conv2d_adds_zeros_on_every_side(submission, rng):
    sizes = [(6, 7, 3, 3), (5, 8, 2, 2), (7, 6, 4, 4)]
    inputs = [
        given | {"padding": padding}
        for given, padding in zip(pictures(rng, *sizes), (1, 1, 2), strict=True)
    ]
    claim = "conv2d adds the padding, rows and columns of zeros, on every side"
    expect_convolution(submission, inputs, claim)


@pytest.mark.exercise("10-1", after="test_conv2d_takes_kernels_that_are_not_square")
def test_conv2d_takes_stride_and_padding_together(submission, rng):
    sizes = [(9, 7, 3, 2), (6, 10, 2, 5), (8, 11, 3, 3)]
    inputs = pictures(rng, *sizes, stride=(2, 3), padding=(1, 2))
    expect_convolution(submission, inputs, "conv2d takes stride and padding together")


def pooled(image, size):
    return functional.max_pool2d(image.double()[None], size)[0]


def squares(image, size):
    """Return the pixels of each square, (squares down, squares right, size, size)."""
    return image.double().unfold(0, size, size).unfold(1, size, size)


def in_a_row(image, size):
    """Return the largest of so many numbers as a square has, taken in the order of the rows."""
    down, right = (side // size for side in image.shape)
    return image.double()[: down * size, : right * size].reshape(down, right, -1).amax(-1)


POOLING_MISTAKES = [
    Mistake(
        "mean-for-max",
        "max_pool2d takes the mean of each square: the largest number is asked for.",
        lambda x, n: squares(x, n).mean((-1, -2)),
    ),
    Mistake(
        "sum-for-max",
        "max_pool2d adds up the numbers of each square: the largest one is asked for.",
        lambda x, n: squares(x, n).sum((-1, -2)),
    ),
    Mistake(
        "min-for-max",
        "max_pool2d takes the smallest number of each square: the largest is asked for.",
        lambda x, n: squares(x, n).amin((-1, -2)),
    ),
    Mistake(
        "corner-for-max",
        "max_pool2d takes the upper left number of each square: the largest is asked for.",
        lambda x, n: squares(x, n)[:, :, 0, 0],
    ),
    Mistake(
        "zero-start",
        "max_pool2d never gives less than 0: begin with a number of the square itself, not with 0.",
        lambda x, n: pooled(x, n).relu(),
    ),
    Mistake(
        "absolute",
        "max_pool2d compares absolute values: -3 is smaller than 2.",
        lambda x, n: squares(x, n).abs().amax((-1, -2)),
    ),
    Mistake(
        "overlapping",
        "max_pool2d moves by one pixel, so that its squares overlap: move by `size`.",
        lambda x, n: functional.max_pool2d(x.double()[None], n, stride=1)[0],
    ),
    Mistake(
        "overlapping",
        "max_pool2d makes as many numbers as there are squares, but its squares overlap: square i begins at pixel "
        "i * size.",
        lambda x, n: functional.max_pool2d(x.double()[None], n, stride=1)[0][
            : x.shape[0] // n, : x.shape[1] // n
        ],
    ),
    Mistake(
        "ceil-for-floor",
        "max_pool2d makes squares of the rows and columns that are left over: they are to be dropped.",
        lambda x, n: functional.max_pool2d(x.double()[None], n, ceil_mode=True)[0],
    ),
    Mistake(
        "size-ignored",
        "max_pool2d always takes squares of 2 x 2: `size` says how large they are.",
        lambda x, n: pooled(x, 2),
    ),
    Mistake(
        "size-ignored",
        "max_pool2d makes as many numbers as there are squares, but always takes squares of 2 x 2: `size` says how "
        "large they are.",
        lambda x, n: pooled(x, 2)[: x.shape[0] // n, : x.shape[1] // n],
    ),
    Mistake(
        "reshaped",
        "max_pool2d takes numbers that follow each other in a row for a square: reshaping keeps their order, and a "
        "square has a part of several rows.",
        in_a_row,
    ),
    Mistake(
        "square-cut-short",
        "max_pool2d leaves out the last row and the last column of each square: a slice ends before its second number.",
        lambda x, n: squares(x, n)[..., : max(n - 1, 1), : max(n - 1, 1)].amax((-1, -2)),
    ),
    Mistake(
        "square-cut-short",
        "max_pool2d looks at the first row of each square only.",
        lambda x, n: squares(x, n)[..., 0, :].amax(-1),
    ),
    Mistake(
        "square-cut-short",
        "max_pool2d looks at the first column of each square only.",
        lambda x, n: squares(x, n)[..., 0].amax(-1),
    ),
    Mistake(
        "one-way",
        "max_pool2d pools downwards only: a square is `size` wide as well.",
        lambda x, n: functional.max_pool2d(x.double()[None], (n, 1))[0],
    ),
    Mistake(
        "one-way",
        "max_pool2d pools to the right only: a square is `size` high as well.",
        lambda x, n: functional.max_pool2d(x.double()[None], (1, n))[0],
    ),
    Mistake(
        "transposed",
        "max_pool2d exchanges the rows and columns of its result.",
        lambda x, n: pooled(x, n).T,
    ),
    Mistake(
        "size-off-by-one",
        "max_pool2d leaves out the last row and the last column of squares.",
        lambda x, n: pooled(x, n)[:-1, :-1],
    ),
    Mistake(
        "size-off-by-one",
        "max_pool2d leaves the last row and the last column of its result at 0: do the loops end too early?",
        lambda x, n: filled(pooled(x, n), *BUT_LAST),
    ),
    Mistake(
        "return-inside-loop",
        "max_pool2d fills the first row of its result only: is the return inside the loop?",
        lambda x, n: filled(pooled(x, n), *FIRST_ROW),
    ),
    Mistake(
        "return-inside-loop",
        "max_pool2d fills the first place of its result only: is the return inside the loops?",
        lambda x, n: filled(pooled(x, n), *FIRST_PLACE),
    ),
]


def expect_pooling(submission, rng, sizes, claim):
    inputs = [
        {"image": torch.tensor(rng.uniform(-2, 1.5, (h, w)), dtype=torch.float32), "size": n}
        for h, w, n in sizes
    ]
    # a square without a number above 0, and one whose largest number is not its first
    for given in inputs:
        given["image"][: given["size"], : given["size"]] -= 4

    def judge(function):
        expect_values(
            function, pooled, inputs, claim=claim, mistakes=POOLING_MISTAKES, rtol=1e-5, atol=1e-5
        )

    judge_by_hand(submission, "max_pool2d", judge)


@pytest.mark.exercise("10-1", weight=2)
def test_max_pool2d_keeps_the_largest_of_each_square(submission, rng):
    sizes = [(8, 6, 2), (6, 9, 3), (8, 12, 4), (4, 10, 2)]
    expect_pooling(
        submission, rng, sizes, "max_pool2d keeps the largest number of each square of size x size"
    )


@pytest.mark.exercise("10-1", after="test_max_pool2d_keeps_the_largest_of_each_square")
def test_max_pool2d_drops_what_is_left_over(submission, rng):
    sizes = [(7, 9, 2), (8, 10, 3), (11, 9, 4), (6, 5, 2)]
    expect_pooling(
        submission, rng, sizes, "max_pool2d drops rows and columns too few for another square"
    )


# --- digits that nobody has seen -------------------------------------------------------------------------------------


@cache
def scans():
    """Return all real digits as (images, labels)."""
    parts = [digits(), digits(train=False)]
    return [np.concatenate([part[i] for part in parts]) for i in (0, 1)]


def fresh_digits(rng, count, unseen):
    """Draw digits to train with and `unseen` ones to test with: real scans, moved, turned and with noise on them.

    No scan is among both. Shifts are up to one pixel, turns up to 6 degrees.
    """
    images, labels = scans()
    chosen = rng.permutation(len(labels))[: count + unseen]
    turn = torch.tensor(np.radians(rng.uniform(-6, 6, len(chosen))))
    down, right = torch.tensor(rng.uniform(-1, 1, (2, len(chosen))) / 14)
    rows = (
        torch.stack([turn.cos(), -turn.sin(), right], 1),
        torch.stack([turn.sin(), turn.cos(), down], 1),
    )
    x = torch.from_numpy(images[chosen])
    grid = functional.affine_grid(torch.stack(rows, 1).float(), x.shape, align_corners=False)
    x = functional.grid_sample(x, grid, align_corners=False)
    x = x + torch.tensor(rng.normal(0, 0.05, x.shape), dtype=torch.float32)
    y = torch.from_numpy(labels[chosen])
    return x[:count], y[:count], x[count:], y[count:]


def share_right(outputs, labels):
    return (outputs.argmax(1) == labels).double().mean().item()


# --- 10-2 ------------------------------------------------------------------------------------------------------------


def operations_of(student, x):
    """Return the convolutions, poolings and matrix products of a new Net in evaluation mode, as (name, shapes)."""
    from torch.overrides import TorchFunctionMode

    met = []

    class Watch(TorchFunctionMode):
        def __torch_function__(self, operation, types, args=(), kwargs=None):
            given = [*args, *(kwargs or {}).values()]
            shapes = [list(part.shape) for part in given if isinstance(part, torch.Tensor)]
            met.append((str(getattr(operation, "__name__", "")), shapes))
            return operation(*args, **(kwargs or {}))

    module = make_module(student, "Net", ())
    if isinstance(module, str):
        return met
    module = module.to(x.device).eval()
    with torch.no_grad(), Watch():
        module(x)
    return met


def operations(submission, x):
    """Return the operations of a Net by kind, {"conv": [shapes of weights …], "pool": …, "linear": …}.

    With it comes how many convolutions and linear layers had a single picture of the batch, as "alone".
    """
    ask = submission.probe(operations_of, of="Net", using=[make_module])
    met = ask(x)
    found = {"conv": [], "pool": [], "linear": [], "alone": 0}
    for entry in met if isinstance(met, list) else []:
        if not (isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], str)):
            continue
        word, shapes = entry
        if "conv" in word:
            plain = isinstance(shapes, list) and len(shapes) > 1 and isinstance(shapes[1], list)
            plain = plain and all(type(size) is int for size in shapes[1])
            found["conv"].append(tuple(shapes[1]) if plain else ())
            found["alone"] += len(shapes) > 1 and is_alone(shapes[0], 4, len(x))
        elif "pool" in word or word in ("amax", "max", "mean"):
            found["pool"].append(word)
        elif word in ("linear", "matmul", "__matmul__", "mm", "addmm", "einsum", "bilinear"):
            found["linear"].append(word)
            found["alone"] += len(shapes) > 1 and is_alone(shapes[0], 2, len(x))
    return found


def is_alone(shape, dimensions, count):
    """Return whether what a layer is given is one of `count` pictures, with a dimension for the batch or without."""
    if not isinstance(shape, list):
        return False
    return len(shape) < dimensions or (count > 1 and shape[:1] == [1])


NO_CONVOLUTION = Diagnosis(
    "no-convolution",
    "Net calls no convolution on the way from the picture to its output: use nn.Conv2d, and call it in forward.",
)


def about_structure(found):
    """Return what is wrong with the operations of a Net, or None."""
    kernels = [shape[2:] for shape in found["conv"]]
    if not kernels:
        return NO_CONVOLUTION
    if any(kernel != (5, 5) for kernel in kernels):
        text = "Net has a convolution whose kernel is not 5 x 5."
        return Diagnosis("wrong-kernel-size", text)
    if found["alone"] and (len(kernels) > 2 or len(found["linear"]) > 1):
        text = "Net calls its layers for one picture after the other: give each of them the whole batch."
        return Diagnosis("one-by-one", text)
    if len(kernels) != 2:
        text = f"Net calls {len(kernels)} convolution{'s' * (len(kernels) > 1)}, and two are asked for."
        return Diagnosis("wrong-number-of-convolutions", text)
    if not found["pool"]:
        text = "Net has no pooling, and the exercise asks for it."
        return Diagnosis("no-pooling", text)
    if len(found["linear"]) != 1:
        text = (
            f"Net calls {len(found['linear'])} linear layers, and a single one is asked for: the "
            "convolutions do the rest."
        )
        return Diagnosis("wrong-number-of-linear-layers", text)
    return None


def some_digits(rng, count):
    return fresh_digits(rng, count, 1)[0]


def expect_forward(submission, x):
    """Expect that Net takes `x`, and return what it showed; torch's words for a reshape that fails are explained."""
    try:
        return forward(submission, "Net", x=x)
    except StudentFault as stopped:
        refused = re.match(r"shape '\[(-?\d+), .*' is invalid for input", stopped.fault.message)
        if refused is None:
            raise
        free = refused[1] in ("-1", str(len(x)))
        text = (
            "Net reshapes the numbers of a picture to another quantity than there are: channels × height × width. "
            "x.flatten(1) counts for you."
            if free
            else "Net reshapes to a fixed number of pictures: leave it free, as in x.flatten(1)."
        )
        expect(
            False,
            "Net takes any number of pictures",
            diagnosis=Diagnosis("sizes-do-not-fit" if free else "fixed-batch", text),
        )
        raise


@pytest.mark.exercise("10-2", weight=8)
def test_two_convolutions_pooling_and_one_linear_layer(submission, rng):
    x = some_digits(rng, 4)
    claim = "Net makes two convolutions of 5 x 5, pools, and ends in one linear layer"
    expect_module(submission, "Net")
    expect_forward(submission, x)
    diagnosis = about_structure(operations(submission, x))
    expect(diagnosis is None, claim, diagnosis=diagnosis)


@pytest.mark.exercise("10-2", weight=2)
def test_few_parameters_do(submission):
    expect_few_parameters(submission)


def expect_few_parameters(submission):
    anatomy = expect_module(submission, "Net")
    text = (
        f"Net has {anatomy.parameters} parameters: pool after each convolution, so that fewer numbers reach the "
        "linear layer, or take fewer channels."
    )
    expect(
        anatomy.parameters < MOST_PARAMETERS,
        f"Net has fewer than {MOST_PARAMETERS:,} parameters",
        diagnosis=Diagnosis("too-many-parameters", text),
    )


@pytest.mark.exercise("10-2")
def test_evaluation_is_the_same_each_time(submission, rng):
    x = some_digits(rng, 6)
    look = expect_forward(submission, x)
    expect_output(look.output, (6, 10), "Net")
    expect_input_kept(look, "Net")
    expect_same_each_time(submission, "Net", x=x)


@pytest.mark.exercise("10-2", after="test_evaluation_is_the_same_each_time")
def test_any_number_of_pictures(submission, rng):
    x = some_digits(rng, 40)
    outputs = expect_output(expect_forward(submission, x).output, (40, 10), "Net")
    expect_no_softmax_over_samples(outputs, "Net")
    outputs = expect_any_batch(submission, "Net", x=x, shape=(10,), sizes=(1, 3, 32))
    text = (
        "Net gives all ten classes the same number: its weights are all the same, and so they remain. Leave the random "
        "ones that layers start from."
    )
    expect(
        not same(outputs, outputs[:, :1].expand(-1, 10), rtol=1e-4, atol=1e-6),
        "Net tells the classes apart",
        diagnosis=Diagnosis("same-start", text),
    )
    text = "Net gives the same for every picture: does forward use its input, and what the layers make of it?"
    spread = outputs.std(dim=0).max().item()
    expect(
        spread > 0,
        "Net's outputs depend on the picture",
        diagnosis=Diagnosis("input-unused", text),
    )


def with_means(student, x):
    """Return what a new Net makes of x in evaluation mode where means stand for the maxima of its pooling.

    A maximum of several numbers is no linear function, as an activation is none; a mean is one.
    """
    from torch.overrides import TorchFunctionMode

    functional = torch.nn.functional

    def mean(x, size, stride=None, padding=0, dilation=1, ceil_mode=False, *_, **__):
        return functional.avg_pool2d(x, size, stride or size, padding, ceil_mode)

    def mean_to_size(x, size, *_, **__):
        return functional.adaptive_avg_pool2d(x, size)

    means = {"max_pool2d": mean, "adaptive_max_pool2d": mean_to_size}

    class Averaged(TorchFunctionMode):
        def __torch_function__(self, operation, types, args=(), kwargs=None):
            result = operation(*args, **(kwargs or {}))
            word = str(getattr(operation, "__name__", ""))
            if word not in means or not isinstance(result, torch.Tensor):
                return result
            try:
                averaged = means[word](*args, **(kwargs or {}))
            except (TypeError, RuntimeError):
                return result
            return averaged if averaged.shape == result.shape else result

    module = make_module(student, "Net", ()).to(x.device).eval()
    with torch.no_grad(), Averaged():
        return module(x)


def about_outputs(outputs, halves):
    """Return what makes these outputs no logits, or None; `halves` are those of (x, y, (x + y) / 2), with_means."""
    rows = outputs.sum(1)
    nowhere_negative = bool((outputs >= 0).all())
    if nowhere_negative and same(rows, torch.ones_like(rows), rtol=1e-4):
        text = (
            "Net ends in a softmax, and the loss has its own: return what the linear layer gives."
        )
        return Diagnosis("softmax", text)
    if nowhere_negative and bool((outputs == 0).any()):
        text = (
            "Net ends in a ReLU: logits may be negative, so nothing comes after the linear layer."
        )
        return Diagnosis("activation-at-end", text)
    if nowhere_negative and bool((outputs < 1).all()):
        text = "Net ends in a sigmoid: logits may be any numbers, so nothing comes after the linear layer."
        return Diagnosis("activation-at-end", text)
    x, y, between = (part - part.mean(1, keepdim=True) for part in halves)
    if same((x + y) / 2, between, rtol=1e-4, atol=1e-5):
        text = (
            "Net has no activation: put a ReLU after each pooling. (Neither the maxima of the pooling stand for it nor "
            "a ReLU of the pixels, none of which is below 0.)"
        )
        return Diagnosis("no-activation", text)
    return None


@pytest.mark.exercise("10-2", weight=2, after="test_any_number_of_pictures")
def test_outputs_are_logits_or_log_probabilities(submission, rng):
    expect_logits(submission, rng)


def expect_logits(submission, rng):
    # as pixels are, not below 0
    x, y = some_digits(rng, 60).abs().split(30)
    x = torch.cat([x, y, (x + y) / 2])
    averaged = submission.probe(with_means, of="Net", using=[make_module])
    outputs, halves = (
        expect_output(output, (90, 10), "Net")
        for output in (forward(submission, "Net", x=x).output, averaged(x))
    )
    diagnosis = about_outputs(outputs, halves.split(30))
    expect(
        diagnosis is None,
        "Net returns logits or log-probabilities, of layers with activations between them",
        diagnosis=diagnosis,
    )


@pytest.mark.exercise("10-2", after="test_any_number_of_pictures")
def test_gradients_reach_every_parameter_in_training_mode(submission, rng):
    look = forward(submission, "Net", x=some_digits(rng, 64), training=True)
    expect_output(look.output, (64, 10), "Net")
    expect_reached(look, "Net")


def mixes_devices(student, x):
    """Return whether Net combines tensors that were made without regard to the device with others that would move.

    There need not be a second device for it: a tensor made of no other, without device=…, is on the CPU for ever.
    """
    from torch.overrides import TorchFunctionMode

    module = make_module(student, "Net", ())
    if isinstance(module, str):
        return module
    module = module.to(x.device).eval()
    # what is no parameter and no buffer does not move with the module
    staying = [t for m in module.modules() for t in vars(m).values() if isinstance(t, torch.Tensor)]
    mixed = []

    def stays(tensor):
        return any(tensor is other for other in staying)

    class Watch(TorchFunctionMode):
        def __torch_function__(self, operation, types, args=(), kwargs=None):
            word = str(getattr(operation, "__name__", ""))
            result = operation(*args, **(kwargs or {}))
            given = [*args, *(kwargs or {}).values()]
            given += [item for part in given if isinstance(part, (list, tuple)) for item in part]
            tensors = [part for part in given if isinstance(part, torch.Tensor)]
            held = [stays(tensor) for tensor in tensors]
            moves = word in ("to", "cuda", "type_as", "copy_", "__get__", "__set__", "__getitem__")
            named = [*args[1:], *(kwargs or {}).values()]
            if word in ("to", "cuda", "type_as") and any(
                isinstance(place, (torch.device, torch.Tensor)) for place in named
            ):
                result = result.view_as(result)  # where the input is: another tensor than before
            elif word == "cpu":
                result = result.view_as(result)
                staying.append(result)
            elif not isinstance(result, torch.Tensor) or moves:
                pass
            elif all(held) and "device" not in (kwargs or {}):
                staying.append(result)
            # a single number may be on the CPU everywhere
            elif any(
                h and tensor.ndim for h, tensor in zip(held, tensors, strict=True)
            ) and not all(held):
                mixed.append(word)
            return result

    with torch.no_grad(), Watch():
        module(x)
    return bool(mixed)


@pytest.mark.exercise("10-2", after="test_any_number_of_pictures")
def test_net_works_wherever_its_input_is(submission, rng):
    mixed = submission.probe(mixes_devices, of="Net", using=[make_module])(some_digits(rng, 3))
    text = (
        "Net combines a tensor that is on the CPU for ever with others that may be on a GPU: make it where the "
        "input is, with device=x.device, or register it as a buffer."
    )
    expect(
        mixed is False,
        "Net works on the device that its parameters and its input are on",
        diagnosis=Diagnosis("wrong-device", text) if mixed is True else None,
    )


@pytest.mark.exercise("10-2", weight=8, after="test_outputs_are_logits_or_log_probabilities")
def test_training_it_recognises_new_digits(submission, rng):
    # it is the network of this exercise that is to learn, and not just any
    found = operations(submission, some_digits(rng, 4))
    expect(bool(found["conv"]), "Net learns by convolutions", diagnosis=NO_CONVOLUTION)
    expect_few_parameters(submission)
    expect_logits(submission, rng)
    x, y, unseen, labels = fresh_digits(rng, 600, 300)
    training = {"epochs": 2, "batch_size": 20, "lr": 5e-3}
    outputs = trained(submission, "Net", rng=rng, x=x, y=y, unseen=unseen, **training, forgets=4)
    accuracy, without = (
        share_right(expect_output(output, (300, 10), "Net"), labels) for output in outputs
    )
    expect_above(
        accuracy,
        LIMITS["accuracy of a network"],
        claim="after 2 epochs of our training Net recognises digits that it has not seen",
        hint="do all layers start from random weights, and can each of them learn? (A sigmoid between them learns too "
        "slowly here.)",
    )
    # eight right networks, six draws each: 0.01 to 0.20 without; scans looked up, convolutions for decoration: 0.87
    text = (
        "Net recognises digits as well with other numbers in its convolutions: what it knows is to come from what "
        "they have learnt."
    )
    expect(
        2 * without < accuracy,
        "Net recognises digits by what its convolutions have learnt",
        diagnosis=Diagnosis("convolutions-unused", text),
    )


# --- 10-3: train -----------------------------------------------------------------------------------------------------


def small_network():
    """Return a network with batch normalisation, in evaluation mode: whoever trains it has to switch."""
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 5, stride=3),
        torch.nn.BatchNorm2d(3),
        torch.nn.Tanh(),
        torch.nn.AvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(48, 10),
    ).eval()


def digit_network():
    """Return the lectures' network."""
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 10, 5),
        torch.nn.MaxPool2d(2),
        torch.nn.ReLU(),
        torch.nn.Conv2d(10, 20, 5),
        torch.nn.MaxPool2d(2),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(320, 10),
    )


def one_hot(target):
    return functional.one_hot(target, 10).float()


WRONG_LOSSES = [
    (
        Fault(
            "softmax-first",
            "sends the logits through a softmax before nn.CrossEntropyLoss, which has its own",
        ),
        lambda z, y: functional.cross_entropy(z.softmax(1), y),
    ),
    (
        Fault(
            "nll-of-logits",
            "uses the negative log-likelihood of logits: nn.NLLLoss wants log-probabilities, "
            "nn.CrossEntropyLoss takes both",
        ),
        functional.nll_loss,
    ),
    (
        Fault("wrong-loss", "uses the squared error: the loss of classes is the cross entropy"),
        lambda z, y: functional.mse_loss(z, one_hot(y)),
    ),
    (
        Fault("wrong-loss", "uses a loss for yes or no: the loss of classes is the cross entropy"),
        lambda z, y: functional.binary_cross_entropy_with_logits(z, one_hot(y)),
    ),
    (
        Fault("wrong-loss", "uses a margin loss: the loss of classes is asked to be cross entropy"),
        functional.multi_margin_loss,
    ),
]

LOOP = Loop(small_network, torch.nn.CrossEntropyLoss(), wrong_losses=WRONG_LOSSES)
HELD_OUT = Loop(digit_network, torch.nn.CrossEntropyLoss())


def runs(rng, *epochs, optimizer="SGD", **settings):
    """Draw training runs on ten digits in batches of 4, 4 and 2."""
    x, y, _, _ = fresh_digits(rng, 10, 1)
    settings = settings or {"lr": 0.05}
    return [
        LOOP.case(rng, x, y, epochs=n, batch_size=4, optimizer=optimizer, **settings)
        for n in epochs
    ]


def rising_run(rng):
    """Draw a run whose losses are low and rise, for those who stop at either."""
    return LOOP.uphill(*runs(rng, 3))


def watched_network():
    """Return a network with dropout and batch normalisation that notes (training?, gradients?) at each call."""

    class Watched(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.Sequential(
                torch.nn.Flatten(),
                torch.nn.Linear(784, 8),
                torch.nn.BatchNorm1d(8),
                torch.nn.Dropout(0.5),
                torch.nn.Linear(8, 10),
            )

        def forward(self, x):
            outputs = self.layers(x)
            self.calls.append((self.training, outputs.requires_grad))
            return outputs

    Watched.calls = []  # of the class: a copy notes its calls there, too
    torch.manual_seed(0)
    return Watched()


def loader_of(x, y, batch_size):
    pairs = torch.utils.data.TensorDataset(x, y)
    return torch.utils.data.DataLoader(pairs, batch_size=batch_size)


def train_and_watch(student, x, y, epochs):
    """Return whether each call of the model within train was in training mode, for a model that came in the other."""
    model = watched_network().to(x.device).eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = student.train(model, loader_of(x, y, 5), optimizer, epochs)
    return losses, [call[0] for call in model.calls if call[1]]


@pytest.mark.exercise("10-3")
def test_train_uses_training_mode_in_every_epoch(submission, rng):
    x, y, _, _ = fresh_digits(rng, 10, 1)
    ask = submission.probe(train_and_watch, of="train", using=[watched_network, loader_of])
    _, modes = expect_parts(ask(x, y, 3), ["losses", "modes"], subject="train")
    plain = isinstance(modes, list) and all(type(mode) is bool for mode in modes)
    text = "train never calls the model with gradients: nothing can be learnt that way."
    expect(
        plain and bool(modes),
        "train calls the model that it is given",
        diagnosis=Diagnosis("model-unused", text),
    )
    if not any(modes):
        text = "train never switches the model to training mode: call model.train() first."
    else:
        text = "train leaves training mode on the way: after model.eval(), call model.train() before the next batch."
    expect(
        all(modes),
        "train uses the model in training mode from the first batch to the last",
        diagnosis=Diagnosis("evaluation-mode", text),
    )


@pytest.mark.exercise("10-3", weight=2, after="test_train_uses_training_mode_in_every_epoch")
def test_parameters_move_by_one_step_for_each_batch(submission, rng):
    LOOP.expect_steps(submission, runs(rng, 1, 4))


@pytest.mark.exercise("10-3", after="test_parameters_move_by_one_step_for_each_batch")
def test_losses_are_one_mean_for_each_epoch(submission, rng):
    LOOP.expect_losses(submission, [*runs(rng, 4, 3), rising_run(rng)])


@pytest.mark.exercise("10-3", after="test_parameters_move_by_one_step_for_each_batch")
def test_train_steps_the_optimizer_that_it_is_given(submission, rng):
    # with a large eps: before batch normalisation a bias has a gradient of 0 but for rounding, which Adam would follow
    cases = runs(rng, 3, optimizer="Adam", lr=0.01, eps=0.01)
    cases += runs(rng, 3, optimizer="SGD", lr=0.02, momentum=0.9)
    cases.append(rising_run(rng))
    LOOP.expect_given_optimizer(submission, cases)


@pytest.mark.exercise("10-3", after="test_parameters_move_by_one_step_for_each_batch")
def test_training_recognises_new_digits(submission, rng):
    x, y, unseen, labels = fresh_digits(rng, 600, 300)
    case = HELD_OUT.case(rng, x, y, epochs=2, batch_size=20, optimizer="Adam", lr=5e-3)
    model = HELD_OUT.outcome(case, HELD_OUT.trained(submission, case))
    with torch.no_grad():
        outputs = model(unseen)
    expect_below(
        functional.cross_entropy(outputs, labels).item(),
        LIMITS["loss after train"],
        claim="after 2 epochs of train the loss on digits that were not in the loader is low",
    )
    expect_above(
        share_right(outputs, labels),
        LIMITS["accuracy after train"],
        claim="after 2 epochs of train the model recognises digits that were not in the loader",
    )


# --- 10-3: evaluate --------------------------------------------------------------------------------------------------


def evaluated(student, weight, bias, x, y, batch_size):
    """Return what the student's evaluate says of a linear model with these parameters."""
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(x[0].numel(), len(bias)))
    with torch.no_grad():
        model[1].weight.copy_(weight)
        model[1].bias.copy_(bias)
    model = model.to(x.device).eval()
    return student.evaluate(model, loader_of(x, y, batch_size))


def evaluations(rng):
    """Draw linear models and samples, the last batch short and different from the others."""
    drawn = []
    for count, batch_size in ((11, 4), (13, 5), (7, 3), (9, 9)):
        x = torch.tensor(rng.normal(0, 1, (count, 1, 28, 28)), dtype=torch.float32)
        weight = torch.tensor(rng.normal(0, 0.05, (10, 784)), dtype=torch.float32)
        bias = torch.tensor(rng.normal(0, 0.5, 10), dtype=torch.float32)
        z = x.flatten(1) @ weight.T + bias
        # the largest output is that of the right class for some in each batch, all of them in the last
        y = torch.where(
            torch.arange(count) % batch_size % 3 == 0, z.argmax(1), (z.argmax(1) + 3) % 10
        )
        if count > batch_size:
            y[count - count % batch_size :] = z.argmax(1)[count - count % batch_size :]
        drawn.append({"weight": weight, "bias": bias, "x": x, "y": y, "batch_size": batch_size})
    return drawn


def logits_of(weight, bias, x):
    return x.flatten(1).double() @ weight.double().T + bias.double()


def mean_loss(weight, bias, x, y, batch_size):
    return functional.cross_entropy(logits_of(weight, bias, x), y).item()


def accuracy(weight, bias, x, y, batch_size):
    return share_right(logits_of(weight, bias, x), y)


def by_batch(measure, combine):
    """Return what `combine` makes of the batches' measures and sizes."""

    def calculate(weight, bias, x, y, batch_size):
        z = logits_of(weight, bias, x)
        parts = list(zip(z.split(batch_size), y.split(batch_size), strict=True))
        return combine([float(measure(*part)) for part in parts], [len(part[1]) for part in parts])

    return calculate


def count_right(z, y):
    return (z.argmax(1) == y).sum()


def with_loss(loss):
    """Return the mean over all samples of another loss."""
    return by_batch(
        loss,
        lambda values, sizes: sum(v * n for v, n in zip(values, sizes, strict=True)) / sum(sizes),
    )


LOSS_MISTAKES = [
    Mistake(
        "batch-means",
        "evaluate averages the losses of the batches as if all had the same size: multiply each by its number of "
        "samples, and divide the sum by the number of all samples.",
        by_batch(functional.cross_entropy, lambda values, _: sum(values) / len(values)),
    ),
    Mistake(
        "batch-means",
        "evaluate adds up the mean losses of the batches and divides by the number of samples: each mean must first "
        "be multiplied by its batch's number of samples.",
        by_batch(functional.cross_entropy, lambda values, sizes: sum(values) / sum(sizes)),
    ),
    Mistake(
        "batch-sums",
        "evaluate adds up the mean losses of the batches, and does not divide.",
        by_batch(functional.cross_entropy, lambda values, _: sum(values)),
    ),
    Mistake(
        "sum-for-mean",
        "evaluate adds up the losses of all samples: divide by their number.",
        by_batch(
            functional.cross_entropy,
            lambda values, sizes: sum(v * n for v, n in zip(values, sizes, strict=True)),
        ),
    ),
    Mistake(
        "sum-for-mean",
        "evaluate divides the sum of all losses by the number of batches: divide by the number of samples.",
        by_batch(
            functional.cross_entropy,
            lambda values, sizes: (
                sum(v * n for v, n in zip(values, sizes, strict=True)) / len(sizes)
            ),
        ),
    ),
    Mistake(
        "last-batch-only",
        "evaluate returns the loss of the last batch only.",
        by_batch(functional.cross_entropy, lambda values, _: values[-1]),
    ),
    Mistake(
        "last-batch-only",
        "evaluate divides the loss of the last batch alone by the number of all samples: add up all batches.",
        by_batch(
            functional.cross_entropy, lambda values, sizes: values[-1] * sizes[-1] / sum(sizes)
        ),
    ),
    Mistake(
        "batches-for-samples",
        "evaluate takes all batches for full ones: the last one may be short.",
        by_batch(
            functional.cross_entropy,
            lambda values, sizes: (
                sum(v * n for v, n in zip(values, sizes, strict=True)) / (sizes[0] * len(sizes))
            ),
        ),
    ),
    Mistake(
        "first-batch-only",
        "evaluate returns after the first batch: is the return inside the loop?",
        by_batch(functional.cross_entropy, lambda values, _: values[0]),
    ),
    Mistake(
        "softmax-first",
        "evaluate sends the logits through a softmax before the cross entropy, which has its own.",
        with_loss(lambda z, y: functional.cross_entropy(z.softmax(1), y)),
    ),
    Mistake(
        "nll-of-logits",
        "evaluate uses the negative log-likelihood of logits: nn.NLLLoss wants log-probabilities, nn.CrossEntropyLoss "
        "takes both.",
        with_loss(functional.nll_loss),
    ),
    Mistake(
        "wrong-loss",
        "evaluate uses the squared error: the loss of classes is the cross entropy.",
        with_loss(lambda z, y: functional.mse_loss(z, functional.one_hot(y, 10).double())),
    ),
]

ACCURACY_MISTAKES = [
    Mistake(
        "percent",
        "evaluate returns the accuracy in percent: a share between 0 and 1 is asked for.",
        lambda *given: 100 * accuracy(*given),
    ),
    Mistake(
        "count-for-share",
        "evaluate returns how many were right: divide by the number of all samples.",
        by_batch(count_right, lambda values, _: sum(values)),
    ),
    Mistake(
        "batch-means",
        "evaluate averages the accuracies of the batches as if all had the same size: count the right answers of all "
        "batches, and divide once.",
        by_batch(share_right, lambda values, _: sum(values) / len(values)),
    ),
    Mistake(
        "batches-for-samples",
        "evaluate divides the number of right answers by the number of batches: divide by the number of samples.",
        by_batch(count_right, lambda values, _: sum(values) / len(values)),
    ),
    Mistake(
        "batches-for-samples",
        "evaluate takes all batches for full ones: the last one may be short.",
        by_batch(count_right, lambda values, sizes: sum(values) / (sizes[0] * len(sizes))),
    ),
    Mistake(
        "last-batch-only",
        "evaluate returns the accuracy of the last batch only.",
        by_batch(share_right, lambda values, _: values[-1]),
    ),
    Mistake(
        "last-batch-only",
        "evaluate counts the right answers of the last batch only: add them up.",
        by_batch(count_right, lambda values, sizes: values[-1] / sum(sizes)),
    ),
    Mistake(
        "first-batch-only",
        "evaluate returns after the first batch: is the return inside the loop?",
        by_batch(share_right, lambda values, _: values[0]),
    ),
    Mistake(
        "error-for-accuracy",
        "evaluate returns the share of wrong answers: the share of right ones is asked for.",
        lambda *given: 1 - accuracy(*given),
    ),
    Mistake(
        "min-for-max",
        "evaluate takes the smallest output for the answer: the largest one is.",
        by_batch(
            lambda z, y: (z.argmin(1) == y).sum(), lambda values, sizes: sum(values) / sum(sizes)
        ),
    ),
]


class Part:
    """One of the two things that evaluate returns, as expect_values calls it."""

    def __init__(self, submission, name, place):
        self.__name__ = name
        self._ask = submission.probe(evaluated, of="evaluate", using=[loader_of])
        self._place = place

    def __call__(self, *given):
        result = expect_parts(self._ask(*given), ["loss", "accuracy"], subject="evaluate")
        value = result[self._place]
        # it comes from outputs in float32, with whatever Python goes on calculating
        return np.float32(value) if isinstance(value, float) else value


def expect_evaluation(submission, rng, place, right, other, claim, mistakes):
    """Expect one part of what evaluate returns to be right; `other` is what the other part should be."""
    inputs = evaluations(rng)
    names = ["evaluate's loss", "evaluate's accuracy"]
    swapped = Mistake(
        "swapped-results",
        "evaluate returns the accuracy before the loss: the loss comes first.",
        other,
    )
    expect_values(
        Part(submission, names[place], place),
        right,
        inputs,
        claim=claim,
        mistakes=[swapped, *mistakes],
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.exercise("10-3")
def test_evaluate_returns_the_mean_loss_over_all_samples(submission, rng):
    claim = "evaluate returns the mean loss over all samples, also where the last batch is short"
    expect_evaluation(submission, rng, 0, mean_loss, accuracy, claim, LOSS_MISTAKES)


@pytest.mark.exercise("10-3")
def test_evaluate_returns_the_share_of_right_answers(submission, rng):
    claim = "evaluate returns the share of samples whose largest output is that of the right class"
    expect_evaluation(submission, rng, 1, accuracy, mean_loss, claim, ACCURACY_MISTAKES)


def evaluate_and_watch(student, x, y, training):
    """Return what evaluate did with a watched network: its calls, and what it left of its state, mode and gradients.

    The last is whether each parameter can still be trained, and whether torch records graphs as before.
    """
    model = watched_network().to(x.device)
    model.train(training)
    result = student.evaluate(model, loader_of(x, y, 4))
    left = any(p.grad is not None and bool(p.grad.any()) for p in model.parameters())
    trainable = [all(p.requires_grad for p in model.parameters()), torch.is_grad_enabled()]
    return result, model.calls, list(model.state_dict().values()), model.training, left, trainable


@pytest.mark.exercise("10-3", weight=3)
def test_evaluate_uses_evaluation_mode_without_gradients(submission, rng):
    x, y, _, _ = fresh_digits(rng, 10, 1)
    ask = submission.probe(evaluate_and_watch, of="evaluate", using=[watched_network, loader_of])
    parts = ["result", "calls", "state", "mode", "gradients", "trainable"]
    before = list(watched_network().state_dict().values())
    for training in (True, False):
        _, calls, after, mode, left, trainable = expect_parts(
            ask(x, y, training), parts, subject="evaluate"
        )
        plain = isinstance(calls, list) and all(
            isinstance(call, tuple) and len(call) == 2 for call in calls
        )
        expect(
            plain and bool(calls),
            "evaluate calls the model that it is given",
            diagnosis=Diagnosis("model-unused", "evaluate never calls the model that it is given."),
        )
        text = (
            "evaluate leaves the model in training mode: call model.eval() before the first batch."
        )
        expect(
            not any(call[0] is True for call in calls),
            "evaluate uses the model in evaluation mode",
            diagnosis=Diagnosis("training-mode", text),
        )
        text = (
            "evaluate changes the model: it is to measure only, so leave out backward() and step()."
        )
        expect(
            same(after, before, rtol=0.0, atol=0.0) and left is False,
            "evaluate leaves the model's parameters as they are",
            diagnosis=Diagnosis("trains", text),
        )
        text = (
            "evaluate switches gradients off, for the model's parameters or for all of torch, and leaves them off, so "
            "that nothing can be trained any further: put the loop under `with torch.no_grad():` instead."
        )
        expect(
            trainable == [True, True],
            "evaluate leaves the model so that it can be trained further",
            diagnosis=Diagnosis("frozen", text),
        )
        text = "evaluate keeps gradients switched on: put the loop under `with torch.no_grad():`."
        expect(
            not any(call[1] is True for call in calls),
            "evaluate calls the model without gradients",
            diagnosis=Diagnosis("gradients-on", text),
        )
        text = (
            "evaluate leaves a model in training mode that came in evaluation mode: leave it in evaluation mode, "
            "or in the mode in which it came."
        )
        expect(
            mode is False or training,
            "evaluate leaves the model in evaluation mode, or in the mode in which it came",
            diagnosis=Diagnosis("mode-changed", text),
        )
