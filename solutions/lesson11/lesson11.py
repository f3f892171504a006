# %% [markdown]
# # Lesson 11: Advanced CNN
#
# A network of convolutions can grow in two directions, and each of them made history:
#
# - **side by side**: instead of choosing one size of kernel, take several at once and let training find out which of
#   them is useful. That is the idea of *Inception*, the network known as GoogLeNet (2014).
# - **one after the other**: with a shortcut past every few layers, even a hundred layers can learn. That is the idea
#   of the *residual network*, ResNet (2015).
#
# You will write one block of each kind, and build a network from the first.

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

from course import check
from course.data import digits

# %% [markdown]
# ## The 1x1 convolution
#
# A kernel of one pixel sees no neighbours, so what is it good for? It sees all *channels* of its pixel. At each pixel
# it is a small linear layer from the channels that come in to those that go out, the same one everywhere. With three
# channels and one output, for a pixel that holds $(1, 2, 3)$, weights $(0.5, -1, 2)$ and a bias of 0.1:
#
# $$ 1 \cdot 0.5 + 2 \cdot (-1) + 3 \cdot 2 + 0.1 = 4.6 $$

# %%
one_by_one = nn.Conv2d(3, 1, kernel_size=1)
with torch.no_grad():
    one_by_one.weight[:] = torch.tensor([0.5, -1.0, 2.0]).reshape(1, 3, 1, 1)
    one_by_one.bias[:] = 0.1
    x = torch.zeros(1, 3, 4, 4)
    x[0, :, 1, 2] = torch.tensor([1.0, 2.0, 3.0])
    print(one_by_one(x)[0, 0])

# %% [markdown]
# It changes the number of channels and nothing else, and that saves a lot. A 5x5 convolution needs $5 \cdot 5$ weights
# for *each pair* of an input and an output channel. With 88 channels at its input it is dear. Let a 1x1 convolution
# bring them down to 16 first, and it needs about a fifth:


# %%
def numbers(*layers):
    return sum(p.numel() for layer in layers for p in layer.parameters())


print("5x5 from 88 to 24 channels:        ", numbers(nn.Conv2d(88, 24, 5)))
print("1x1 from 88 to 16, 5x5 from 16 to 24:", numbers(nn.Conv2d(88, 16, 1), nn.Conv2d(16, 24, 5)))

# %% [markdown]
# ## Branches that fit together
#
# The branches of an Inception block are laid side by side in the end, channel behind channel. For that their heights
# and widths must agree. In lesson 10 an image of $n$ pixels came out of a kernel $k$ with padding $p$ and stride 1 with
#
# $$ n + 2p - k + 1 $$
#
# pixels. That is $n$ again for $p = \frac{k - 1}{2}$: no padding for a kernel of 1, padding 1 for one of 3, padding 2
# for one of 5. The same holds for pooling, but there the stride must be set to 1, too: left alone, it is as large as
# the kernel.

# %%
x = torch.rand(1, 10, 12, 12)
for kernel, padding in ((1, 0), (3, 1), (5, 2)):
    print(
        f"{kernel}x{kernel}, padding {padding}:",
        tuple(nn.Conv2d(10, 24, kernel, padding=padding)(x).shape),
    )
print("average pool, stride 1:", tuple(F.avg_pool2d(x, kernel_size=3, stride=1, padding=1).shape))
print("average pool, no stride:", tuple(F.avg_pool2d(x, kernel_size=3, padding=1).shape))

# %% [markdown]
# `torch.cat` joins tensors along one dimension. A batch of images has the shape (batch, channels, height, width), so
# the channels are dimension 1:

# %%
two, three = torch.zeros(8, 2, 5, 5), torch.zeros(8, 3, 5, 5)
print(tuple(torch.cat([two, three], dim=1).shape))

# %% [markdown]
# ## The Inception block
#
# The lectures that this course follows call theirs `InceptionA`. It has four branches, and each of them takes the
# whole input. Two 3x3 convolutions in a row see as far as a single 5x5, two pixels to each side, by another way.
# *Average pooling* takes the mean of each square of 3x3 pixels; with a stride of 1 these overlap. The zeros of the
# padding count as pixels, as they do in PyTorch's own unless it is told otherwise: in a corner the sum of four is
# divided by 9.

# %%
BRANCHES = [
    ["1x1 → 16"],
    ["1x1 → 16", "5x5 → 24"],
    ["1x1 → 16", "3x3 → 24", "3x3 → 24"],
    ["average\npool 3x3", "1x1 → 24"],
]


def draw_box(x, y, text, width=0.7):
    colors = {"facecolor": "#dbe9f6", "edgecolor": "#3b6ea5"}
    plt.gca().add_patch(plt.Rectangle((x - width / 2, y - 0.25), width, 0.5, **colors))
    plt.text(x, y, text, ha="center", va="center")


def connect(start, end):
    arrow = {"arrowstyle": "-|>", "color": "gray", "shrinkA": 0, "shrinkB": 0}
    plt.annotate("", xy=end, xytext=start, arrowprops=arrow)


plt.figure(figsize=(8, 4.6))
draw_box(1.5, 4, "input: in_channels", width=3.7)
draw_box(1.5, 0, "joined: 16 + 24 + 24 + 24 = 88 channels", width=3.7)
for column, branch in enumerate(BRANCHES):
    for step, text in enumerate(branch):
        draw_box(column, 3 - step, text)
        connect((column, 3.75 - step), (column, 3.25 - step))
    connect((column, 3.75 - len(branch)), (column, 0.25))
plt.xlim(-0.5, 3.5)
plt.ylim(-0.4, 4.4)
plt.axis("off")
plt.show()

# %% [markdown]
# ## Exercise 11-1: InceptionA
#
# Write the block. Its seven convolutions belong into `__init__`; the pooling has no parameters, so a function will do
# in `forward`. Join the branches in the order of the picture, from left to right.


# %%
class InceptionA(nn.Module):
    """Four branches side by side: 16 + 24 + 24 + 24 = 88 channels, as high and as wide as the input.

    in_channels: the number of channels of the input.

    Each branch takes the whole input. Their results are joined along the channels in this order:

    1. a 1x1 convolution to 16 channels
    2. a 1x1 convolution to 16, then a 5x5 with padding 2 to 24
    3. a 1x1 convolution to 16, then two 3x3 with padding 1, each to 24
    4. average pooling (kernel 3, stride 1, padding 1, whose zeros count in the mean), then a 1x1 convolution to 24

    Every convolution is an nn.Conv2d, or keeps parameters of the shapes that one has, and has its bias. The lectures
    have no activation in here; a ReLU after convolutions is accepted, too. Batch normalisation and dropout are not
    asked for.

    Example: InceptionA(10) has 19,104 numbers to learn, and InceptionA(10)(torch.zeros(2, 10, 12, 9)) has the shape
    (2, 88, 12, 9).
    """

    def __init__(self, in_channels):
        ### BEGIN SOLUTION
        super().__init__()
        self.branch1x1 = nn.Conv2d(in_channels, 16, kernel_size=1)

        self.branch5x5_1 = nn.Conv2d(in_channels, 16, kernel_size=1)
        self.branch5x5_2 = nn.Conv2d(16, 24, kernel_size=5, padding=2)

        self.branch3x3dbl_1 = nn.Conv2d(in_channels, 16, kernel_size=1)
        self.branch3x3dbl_2 = nn.Conv2d(16, 24, kernel_size=3, padding=1)
        self.branch3x3dbl_3 = nn.Conv2d(24, 24, kernel_size=3, padding=1)

        self.branch_pool = nn.Conv2d(in_channels, 24, kernel_size=1)
        ### END SOLUTION

    def forward(self, x):
        """Return the four results, joined: a tensor (batch, 88, height, width) for (batch, in_channels, height, width)."""
        ### BEGIN SOLUTION
        branch1x1 = self.branch1x1(x)
        branch5x5 = self.branch5x5_2(self.branch5x5_1(x))
        branch3x3dbl = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        branch_pool = self.branch_pool(F.avg_pool2d(x, kernel_size=3, stride=1, padding=1))
        return torch.cat([branch1x1, branch5x5, branch3x3dbl, branch_pool], dim=1)
        ### END SOLUTION


# %% points=4
check("11-1")

# %% [markdown]
# What does each branch see? Switch a single pixel on and look where the output changes. Bright is where any channel of
# the branch reacts.

# %%
torch.manual_seed(1)
block = InceptionA(1)
dark, lit = torch.zeros(1, 1, 11, 11), torch.zeros(1, 1, 11, 11)
lit[0, 0, 5, 5] = 1.0
with torch.no_grad():
    change = (block(lit) - block(dark)).abs()[0]
names = ["1x1", "5x5", "double 3x3", "pool, 1x1"]
_, axes = plt.subplots(1, 4, figsize=(9, 2.5))
for axis, name, channels in zip(axes, names, change.split([16, 24, 24, 24])):
    axis.imshow(channels.sum(dim=0).sqrt(), cmap="viridis")
    axis.set_title(name)
    axis.axis("off")
plt.show()

# %% [markdown]
# The first branch sees the pixel itself, the second and the third two pixels to each side, the last one the
# neighbourhood of 3x3, every pixel of it alike. The layer that follows finds all of that in its input, and takes what
# it can use.
#
# ## The trouble with depth
#
# More layers should never do harm: those that are too many could simply pass on what they get. But a stack of
# convolutions does not find that out by itself. It starts with small random weights, and each layer multiplies the
# gradient by something small, as the sigmoids of lesson 7 did. Take layers that are nothing but one factor, $w = 0.1$,
# and put twenty in a row: what comes out is $0.1^{20} x$, with a slope of
#
# $$ \underbrace{0.1 \cdot 0.1 \cdots 0.1}_{20} = 10^{-20} $$
#
# The remedy is as simple as it could be. Let a layer calculate not its result, but what is to be *added* to its input:
#
# $$ y = x + F(x) \qquad \frac{dy}{dx} = 1 + F'(x) $$
#
# ($F$ is whatever the layer calculates; `F` in code is `torch.nn.functional`.) The 1 is the shortcut: as long as $F'$
# is small, as it is at the start, the gradient comes through. With the same twenty factors each layer gives
# $x + 0.1 x$, and the slope is $1.1^{20} \approx 6.7$. And a layer that should do nothing need only bring its
# weights to 0, and passes its input on.

# %%
x = torch.tensor(1.0, requires_grad=True)
plain, with_shortcuts = x, x
for _ in range(20):
    plain = 0.1 * plain
    with_shortcuts = with_shortcuts + 0.1 * with_shortcuts
for name, y in (("plain", plain), ("with shortcuts", with_shortcuts)):
    (slope,) = torch.autograd.grad(y, x)
    print(f"{name}: slope {slope.item():.3g}")

# %% [markdown]
# ## Exercise 11-2: The residual block
#
# In the lectures' block $F$ is a 3x3 convolution, a ReLU, and another 3x3 convolution. A ReLU follows *after* the sum:
#
# $$ y = relu\bigl(x + F(x)\bigr) \qquad F(x) = conv_2\bigl(relu(conv_1(x))\bigr) $$
#
# So that $x$ and $F(x)$ can be added, both convolutions keep the size and the number of channels.

# %%
steps = ["x", "3x3", "ReLU", "3x3", "+", "ReLU", "y"]
plt.figure(figsize=(8, 1.8))
for place, text in enumerate(steps):
    draw_box(place, 0, text, width=0.6)
    if place:
        connect((place - 0.7, 0), (place - 0.3, 0))
plt.plot([0, 0, 4], [0.25, 0.8, 0.8], color="gray", linewidth=1)
connect((4, 0.8), (4, 0.25))
plt.text(2, 0.88, "shortcut", ha="center", color="gray")
plt.xlim(-0.4, 6.4)
plt.ylim(-0.35, 1.2)
plt.axis("off")
plt.show()


# %%
class ResidualBlock(nn.Module):
    """relu(x + F(x)), where F is a 3x3 convolution, a ReLU and another 3x3 convolution.

    channels: the number of channels of the input, and of the output of each convolution.

    Both convolutions are nn.Conv2d, or keep parameters of the shapes that one has, with padding 1 and their bias. Batch
    normalisation and dropout are not asked for. With all parameters at 0 the block returns relu(x): x itself, unless
    there are negative numbers in it.

    Example: ResidualBlock(4) has 296 numbers to learn, and ResidualBlock(4)(torch.zeros(2, 4, 7, 5)) has the shape
    (2, 4, 7, 5).
    """

    def __init__(self, channels):
        ### BEGIN SOLUTION
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        ### END SOLUTION

    def forward(self, x):
        """Return relu(x + F(x)), a tensor of the shape of x: (batch, channels, height, width). x stays as it is."""
        ### BEGIN SOLUTION
        y = F.relu(self.conv1(x))
        y = self.conv2(y)
        return F.relu(x + y)
        ### END SOLUTION


# %% points=4
check("11-2")

# %% [markdown]
# Does it help? Put up to twenty blocks in a row, with the shortcut and without it, and measure the gradient that
# arrives at the input:


# %%
def plain_block(channels):  # the layers of a residual block, but nothing is added
    first = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
    second = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU())


def input_gradient(block, depth):
    torch.manual_seed(0)
    stack = nn.Sequential(*(block(8) for _ in range(depth)))
    x = torch.rand(1, 8, 6, 6, requires_grad=True)
    stack(x).sum().backward()
    return x.grad.norm().item()


depths = [1, 2, 5, 10, 15, 20]
for name, block in (("plain", plain_block), ("residual", ResidualBlock)):
    norms = [input_gradient(block, depth) for depth in depths]
    plt.semilogy(depths, norms, "o-", label=name)
    print(f"{name:>8}: {norms[0]:.2g} through one block, {norms[-1]:.2g} through twenty")
plt.xticks(depths)
plt.xlabel("blocks in a row")
plt.ylabel("norm of the input's gradient")
plt.legend()
plt.show()

# %% [markdown]
# Without the shortcut each block costs almost a factor of ten. Behind five blocks hardly anything is left of the
# gradient, and behind twenty nothing worth the name. With the shortcut it arrives. That is how
# the first residual networks came to have up to 152 layers.
#
# ## The digits
#
# Now to a network that learns. The data are the handwritten digits that you know, with one change: they are
# *standardised*, so that over all pixels the mean is 0 and the standard deviation 1.

# %%
images, labels = (torch.from_numpy(part) for part in digits())
test_images, test_labels = (torch.from_numpy(part) for part in digits(train=False))
mean, std = images.mean(), images.std()
images, test_images = (images - mean) / std, (test_images - mean) / std
print("to train with:", tuple(images.shape), " to test with:", tuple(test_images.shape))

# %% [markdown]
# That takes a line and makes a difference: with pixels between 0 and 1 the signal that reaches the last layer of this
# network is so weak at first that, from some random starts, the loss does not move for the first hundred steps.
#
# ## Exercise 11-3: InceptionNet
#
# Put two of your `InceptionA` between the layers of a convolutional network as you know it from lesson 10. The one of
# the lectures:
#
# | step | channels | height and width |
# | --- | --- | --- |
# | input | 1 | 28 |
# | 5x5 convolution | 10 | 24 |
# | max pooling 2, ReLU | 10 | 12 |
# | `InceptionA(10)` | 88 | 12 |
# | 5x5 convolution | 20 | 8 |
# | max pooling 2, ReLU | 20 | 4 |
# | `InceptionA(20)` | 88 | 4 |
# | flatten | 1,408 numbers | |
# | linear layer | 10 logits | |
#
# It has 97,298 numbers to learn. You may change sizes and layers, as long as there are two `InceptionA` and no more than
# 100,000 numbers to learn.


# %%
class InceptionNet(nn.Module):
    """A network for digits with two InceptionA and at most 100,000 numbers to learn.

    It is made as InceptionNet(). Its outputs are ten logits for each image, or ten log-probabilities; in evaluation mode
    they are the same each time, whatever other images are in the batch. It is judged by what it learns, too: trained
    anew, once through 500 standardised digits, by Adam at a rate of 0.002 and in batches of ten, it must recognise most
    of the digits that it has not seen.

    Example: InceptionNet()(torch.zeros(5, 1, 28, 28)) has the shape (5, 10).
    """

    def __init__(self):
        ### BEGIN SOLUTION
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(88, 20, kernel_size=5)
        self.incept1 = InceptionA(in_channels=10)
        self.incept2 = InceptionA(in_channels=20)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(1408, 10)
        ### END SOLUTION

    def forward(self, x):
        """Return the logits for x: a tensor of shape (batch, 10) for one of shape (batch, 1, 28, 28)."""
        ### BEGIN SOLUTION
        x = F.relu(self.mp(self.conv1(x)))
        x = self.incept1(x)
        x = F.relu(self.mp(self.conv2(x)))
        x = self.incept2(x)
        return self.fc(x.flatten(1))
        ### END SOLUTION


# %% points=5
check("11-3")

# %% [markdown]
# Train it. To be quick, this goes once through 600 of the images; with `epochs = 5` and all of them it takes some
# seconds more.

# %%
epochs, count = 1, 600
torch.manual_seed(0)
model = InceptionNet()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
losses = []
for _ in range(epochs):
    for rows in torch.randperm(count).split(15):
        loss = F.cross_entropy(model(images[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
model.eval()
with torch.no_grad():
    outputs = model(test_images)
test_loss = F.cross_entropy(outputs, test_labels).item()
accuracy = (outputs.argmax(dim=1) == test_labels).float().mean().item()
print(f"on 360 digits that it has not seen: loss {test_loss:.3f}, accuracy {accuracy:.3f}")
print("always the same answer: loss 2.303, accuracy about 0.1")

# %%
plt.plot(losses)
plt.xlabel("step")
plt.ylabel("loss of the batch")
plt.show()

# %% [markdown]
# Which ones does it get wrong? Above each image stands what it was taken for, and what it is.

# %%
wrong = (outputs.argmax(dim=1) != test_labels).nonzero().flatten()[:8]
_, axes = plt.subplots(1, 8, figsize=(9, 1.6))
for axis in axes:
    axis.axis("off")
for axis, place in zip(axes, wrong):
    axis.imshow(test_images[place, 0], cmap="gray_r")
    axis.set_title(f"{outputs[place].argmax().item()}, is {test_labels[place].item()}")
plt.show()

# %% [markdown]
# Would you have known them all? The scans have 8x8 pixels, and the enlarging has not added anything to them.
#
# **The real MNIST.** The network fits it unchanged: 60,000 images to train with and 10,000 to test with. If you have
# torchvision and an internet connection, set the switch, run this cell, and go back to the training with
# `epochs, count = 1, 60_000`. On a CPU that takes minutes.

# %%
FULL_MNIST = False
if FULL_MNIST:
    from course.data import mnist

    images, labels = (torch.from_numpy(part) for part in mnist("mnist", download=True))
    test_images, test_labels = (torch.from_numpy(part) for part in mnist("mnist", train=False))
    mean, std = images.mean(), images.std()
    images, test_images = (images - mean) / std, (test_images - mean) / std

# %% [markdown]
# Try it: a `ResidualBlock(10)` before the first `InceptionA` keeps within the budget (99,118). Does it help? And a
# `ResidualBlock(88)` behind each of them, with 139,568 numbers to learn in each? (That is beyond the budget, so try
# it in a class of another name.)
