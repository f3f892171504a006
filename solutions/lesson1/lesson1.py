# %% [markdown]
# # Lesson 1: Overview
#
# You are about to teach a machine. In this course you write neural networks with PyTorch, from the very beginning:
# lesson 2 has a model with a single number to learn, lesson 9 reads handwritten digits, lesson 12 spells words. Each
# lesson is a notebook like this one, with short texts, examples that you can run, and exercises that you solve. This
# first lesson shows how that works, and what "learning" means. All you need for it is some Python: functions, lists,
# dictionaries, `if`. Later ones use loops, too, from lesson 3 on the derivative as in school, and from lesson 4 on
# classes.
#
# ## How a notebook works
#
# A notebook is made of *cells*. This one holds text, the next one code. Click into a cell and press Shift+Enter: it
# is run, what it prints appears below it, and so does the value of its last line.

# %%
print("hello from a cell")
max(17, 42, 8)

# %% [markdown]
# Cells share their names: what one cell defines, all cells that are run later can use.

# %%
apples = 3

# %%
apples = apples + 1
print("apples:", apples)

# %% [markdown]
# Run the last cell again, and there are five apples, then six. What counts is the order in which *you* ran the cells,
# not their order on the page. That is handy, and the most common way to get lost. When a notebook behaves strangely,
# choose **Kernel > Restart Kernel and Run All Cells**: everything is forgotten and run once from top to bottom, and
# that is also how your work will be graded.
#
# The next cell fetches the libraries of this lesson. An import may take a few seconds.

# %%
import platform
import sys

import matplotlib.pyplot as plt
import numpy as np
import torch

from course import check
from course.data import digits

# %% [markdown]
# ## How the exercises work
#
# An exercise is a function with a name, a description and no answer yet: it says `raise NotImplementedError`. Put
# your own code in place of that line, run the cell, then run the cell below it, which reads `check("1-1")`. The check
# calls your function with a few inputs and shows what came back. If something is wrong, it says what was claimed,
# what came back, what was expected, and often which mistake that looks like. Mend it, run both cells again, check
# again, as often as you like: nobody counts. (Examples further down use your function; until it is written, they
# fail, too.) Leave the names of the functions and the check cells as they are.
#
# When all checks are content, restart and run all, save the notebook, and hand in the file `lesson1.ipynb` in the way
# that your teacher told you. Your points are then decided by further checks with other inputs. An answer that fits
# only the inputs that you can see earns nothing there, and one that does what the description says has nothing to
# fear. In a terminal, `course check lesson1` runs the notebook and all of its checks at once.
#
# ## Exercise 1-1: Where am I?
#
# The same notebook may run on your laptop, in a computer room and on the machine that grades it. So it is good to
# have a function that says where it is. Three questions:
#
# | question | who knows |
# | --- | --- |
# | Which Python is this? | `platform.python_version()` |
# | Which PyTorch? | `torch.__version__` (a string, not a function: no parentheses) |
# | Is there a CUDA graphics card that PyTorch can use? | `torch.cuda.is_available()`, which is `True` or `False` |
#
# A graphics card ("GPU") does the arithmetic of deep learning many times faster than the processor ("CPU"). PyTorch
# calls the two `"cuda"` and `"cpu"`, and such a name is a *device*. (CUDA is NVIDIA's; cards of AMD take the same
# name in PyTorch, others have names of their own, such as Apple's "mps". Here only "cuda" counts.) A CPU is enough
# for this whole course.
#
# Several answers under one roof make a dictionary: each has a key to look it up by. Here is one, with facts about the
# system that this notebook runs on:


# %%
def system():
    return {"name": platform.system(), "bits": 64 if sys.maxsize > 2**32 else 32}


facts = system()
print(facts)
print("bits:", facts["bits"])

# %% [markdown]
# The function asks whenever it is called. If it simply said `"bits": 64`, that would be true on most machines and a
# lie on some. Keep to that in your answer: look things up, do not write down what they are on your machine today.


# %%
def environment():
    """Return what this notebook runs on, as a dictionary with the keys "python", "torch" and "device".

    "python": the version of Python, a string such as "3.12.1"; at least its first two numbers.
    "torch": the version of PyTorch, a string such as "2.9.1+cu128", likewise; the + and what follows may be left out.
    "device": "cuda" if PyTorch can use a CUDA graphics card now, else "cpu"; a string or a torch.device.

    All three are looked up when the notebook runs, best inside the function, so that they are true on any machine.
    Further keys do no harm.
    Example: environment()["device"] is "cpu" on a machine without a graphics card.
    """
    ### BEGIN SOLUTION
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": "cuda" if torch.cuda.is_available() else "cpu",
    }
    ### END SOLUTION


# %% points=2
check("1-1")

# %% [markdown]
# ## Tensors: numbers in boxes
#
# Everything that a network sees or says is numbers: the pixels of a picture, the letters of a word, the answer.
# PyTorch keeps them in a *tensor*, a box of numbers with any number of dimensions. Its *shape* says how many there
# are along each dimension; its *dtype* says what kind of numbers they are.

# %%
number = torch.tensor(7.0)
row = torch.tensor([1.0, 2.0, 3.0])
table = torch.tensor([[1, 2, 3], [4, 5, 6]])
for name, tensor in [("number", number), ("row", row), ("table", table)]:
    print(f"{name:>6}: shape {tuple(tensor.shape)}, dtype {tensor.dtype}")

# %% [markdown]
# `()` is the shape of a single number: no dimension at all. `(3,)` is a row of three; `(2, 3)` is two rows of three.
# Decimal points make `float32`, whole numbers make `int64`.
#
# A picture is a tensor, too: one number for each pixel, 0 for paper, 1 for ink. Here are some digits that real people
# wrote; from lesson 9 on your networks will read them. A stack of eight such pictures is a tensor of three
# dimensions.

# %%
images, labels = digits()
stack = torch.tensor(images[:8, 0])
print("shape of the stack:", tuple(stack.shape))
print("a corner of the ink in the first one:")
print(stack[0, 5:8, 6:12])

figure, places = plt.subplots(1, 8, figsize=(9, 1.5))
for place, image, label in zip(places, stack, labels):
    place.imshow(image, cmap="gray_r")
    place.set_title(f"a {label}")
    place.axis("off")
plt.show()

# %% [markdown]
# The best thing about tensors is that arithmetic works on all of their numbers at once. No loop is needed, and on
# thousands of numbers it is also many times faster than one. NumPy's *arrays* behave in the same way, and a list does
# not:

# %%
print("tensor:", row * 2)
print("array: ", np.array([1.0, 2.0, 3.0]) * 2)
print("list:  ", [1.0, 2.0, 3.0] * 2)
print("all eight digits at half the ink:", tuple((stack * 0.5).shape), "as before")

# %% [markdown]
# ## Two ways to an answer
#
# A taxi costs 1 to get in and 2 for each kilometre. What does a ride cost? There are two ways to get a computer to
# know.
#
# In **programming**, you know the *rule* and write it down; the computer applies it to the *data* (the kilometres)
# and out come the *answers* (the prices). In **machine learning** it is the other way round. Nobody tells the rule.
# There are data together with their answers, rides that were paid for, and the computer finds the rule that leads
# from one to the other:


# %%
def box(word, x, y, arrow_to=None):
    plt.annotate(
        word.center(11),
        xy=arrow_to or (x, y),
        xytext=(x, y),
        arrowprops={"arrowstyle": "->"} if arrow_to else None,
        bbox={"boxstyle": "round,pad=0.5", "facecolor": "white" if x != 1 else "lightblue"},
        family="monospace",
        ha="center",
        va="center",
    )


plt.figure(figsize=(8, 3))
for y, inputs, how, output in [
    (2, ["rule", "data"], "programming", "answers"),
    (0, ["data", "answers"], "learning", "rule"),
]:
    box(inputs[0], 0, y + 0.4, arrow_to=(0.78, y + 0.1))
    box(inputs[1], 0, y - 0.4, arrow_to=(0.78, y - 0.1))
    box(how, 1, y, arrow_to=(1.78, y))
    box(output, 2, y)
plt.xlim(-0.3, 2.3)
plt.ylim(-1, 3)
plt.axis("off")
plt.show()

# %% [markdown]
# Why bother, when the rule of a taxi is so easy to write down? Because most are not. Nobody has ever written down the
# rule that tells a handwritten 3 from an 8 by its pixels. But there are plenty of pictures, and people who say what
# they show.
#
# ## Exercise 1-2: From rule and data to answers
#
# First, programming. With $x$ for the data and $y$ for the answer, the rule of the taxi is
#
# $$ y = 2\,x + 1 $$
#
# 3 kilometres cost $2 \cdot 3 + 1 = 7$. Write it with plain arithmetic, and it will work for a single number and for
# a whole tensor of them as well. Make something new of the data; do not change what you were given. `data += 1` would
# change the tensor of whoever called you, `data + 1` makes a new one.


# %%
def apply_rule(data):
    """Return the answer to each number of data by the rule y = 2x + 1, in the shape of data.

    data: a number, a NumPy array or a tensor, of any shape; it stays as it is.
    Example: apply_rule(3.0) is 7.0, and apply_rule(torch.tensor([0.0, 3.0])) is tensor([1., 7.]).
    """
    ### BEGIN SOLUTION
    return 2 * data + 1
    ### END SOLUTION


# %% points=2
check("1-2")

# %%
distance = torch.linspace(0, 10, 6)
print("kilometres:", distance)
print("prices:    ", apply_rule(distance))

# %% [markdown]
# ## Exercise 1-3: From data and answers to the rule
#
# Now learning. You are in another city and do not know its rule, but you have the receipts of some rides:

# %%
data = torch.tensor([1.0, 2.0, 3.0, 6.0])
answers = torch.tensor([1.0, 4.0, 6.0, 9.0])

# %% [markdown]
# Suppose that the rule is a straight line again, with a *slope* (the price of a kilometre) and an *intercept* (the
# price at 0):
#
# $$ y = slope \cdot x + intercept $$
#
# If the answers were exact, two rides would do. From 1 to 2 kilometres the price grows by 3, so the slope is 3, and
# the intercept $1 - 3 = -2$. But then 6 kilometres would cost 16, and the receipt says 9. Real answers are not exact:
# there was a tip, or a traffic jam. Each pair of points tells another rule:

# %%
for i, j in [(0, 1), (1, 2), (0, 3)]:
    slope = (answers[j] - answers[i]) / (data[j] - data[i])
    intercept = answers[i] - slope * data[i]
    line = [intercept, 7 * slope + intercept]
    plt.plot([0, 7], line, "--", label=f"points {i + 1} and {j + 1}: slope {slope:.1f}")
plt.plot([0, 7], [0.5, 11], "k", label="all four together: slope 1.5")
plt.plot(data, answers, "ko", label="receipts")
plt.xlabel("kilometres")
plt.ylabel("price")
plt.legend()
plt.show()

# %% [markdown]
# The black line goes through none of them, but it listens to all. It is the *line of least squares*: measure how far
# each point lies above or below the line, square these distances, add them up; no other line has a smaller sum. For
# this one the distances are 1, 0.5, 1 and 0.5, and the sum of their squares is 2.5. The line through points 1 and 2
# is right twice, then 1 and 7 off: its sum is 50.
#
# How do you find it? Write $\bar x$ for the mean of the data and $\bar y$ for the mean of the answers. Then
#
# $$ slope = \frac{\sum (x - \bar x)(y - \bar y)}{\sum (x - \bar x)^2} \qquad intercept = \bar y - slope \cdot \bar x $$
#
# The upper sum says how data and answers move together, the lower one how much the data move at all. The second
# formula makes the line go through the point $(\bar x, \bar y)$, the middle of everything. By hand, for the receipts,
# where $\bar x = 3$ and $\bar y = 5$:
#
# | $x$ | $y$ | $x - \bar x$ | $y - \bar y$ | product | $(x - \bar x)^2$ |
# | --- | --- | --- | --- | --- | --- |
# | 1 | 1 | -2 | -4 | 8 | 4 |
# | 2 | 4 | -1 | -1 | 1 | 1 |
# | 3 | 6 | 0 | 1 | 0 | 0 |
# | 6 | 9 | 3 | 4 | 12 | 9 |
# | | | | sum: | 21 | 14 |
#
# So the slope is $21 / 14 = 1.5$ and the intercept $5 - 1.5 \cdot 3 = 0.5$.
#
# Write that as a function for any number of points. They come in no particular order and may hold the same value
# twice, even the same point, which then counts twice. They may be lists as well as arrays or tensors, of whole
# numbers or not, and a list has no `.mean()`, while that of a tensor of whole numbers refuses to work. So make them
# all the same first. `np.asarray(data, dtype=float)` turns any of these into an array of decimal numbers;
# `torch.as_tensor(data, dtype=torch.float64)` makes a tensor. (`float64` has 16 digits, PyTorch's usual `float32` 7.)


# %%
def find_rule(data, answers):
    """Return (slope, intercept) of the line of least squares through the points (data, answers).

    data, answers: lists, 1-d NumPy arrays or 1-d tensors of equal length, whole numbers or decimal ones, in any order;
    at least two of the numbers in data differ. Both results are single numbers.
    Example: find_rule([1, 2, 3, 6], [1, 4, 6, 9]) is (1.5, 0.5).
    """
    ### BEGIN SOLUTION
    x = np.asarray(data, dtype=float)
    y = np.asarray(answers, dtype=float)
    from_mean = x - x.mean()
    slope = (from_mean * (y - y.mean())).sum() / (from_mean**2).sum()
    return slope, y.mean() - slope * x.mean()
    ### END SOLUTION


# %% points=3
check("1-3")

# %% [markdown]
# Does it learn? Let us hide a rule in a heap of noise and ask for it back. The answers come from *your* `apply_rule`,
# with something random added to each; `find_rule` sees only the points.


# %%
def noisy_answers(data):
    return apply_rule(data) + 2 * torch.randn(len(data))


torch.manual_seed(0)
data = 10 * torch.rand(50)
answers = noisy_answers(data)
slope, intercept = find_rule(data, answers)

plt.plot(data, answers, "k.", label="50 noisy answers")
plt.plot([0, 10], [apply_rule(0), apply_rule(10)], "--", label="the hidden rule: y = 2 x + 1")
line = [float(intercept), float(10 * slope + intercept)]
plt.plot([0, 10], line, label=f"the learnt one: y = {slope:.2f} x + {intercept:.2f}")
plt.xlabel("data")
plt.ylabel("answers")
plt.legend()
plt.show()

# %%
for count in (5, 50, 500, 50_000):
    torch.manual_seed(10)
    data = 10 * torch.rand(count)
    slope, intercept = find_rule(data, noisy_answers(data))
    print(f"{count:>6} points: slope {slope:.3f}, intercept {intercept:.3f}")

# %% [markdown]
# Nobody told it "2" or "1". And more data bring it closer to the truth: that is why machine learning is so hungry for
# data.
#
# A straight line has only two numbers to find, and a formula that finds them at once. A network that reads digits has
# thousands, and no such formula exists. What does exist is a way to measure how wrong a guess is, and to make it a
# little less wrong, again and again. Measuring comes in lesson 2, improving in lesson 3, and from there on all
# lessons grow.
