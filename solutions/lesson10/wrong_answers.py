"""Wrong answers to lesson 10: each must lose its exercise, with the diagnosis in brackets."""


# %% 10-1 [missing-one]: the 1 forgotten
def output_size(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride


# %% 10-1 [one-inside]: the 1 added before the division
def output_size(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - dilation * (kernel - 1) - 1 + 1) // stride


# %% 10-1 [ceil-for-floor]: rounded up
def output_size(n, kernel, stride, padding, dilation):
    import math
    return math.ceil((n + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1


# %% 10-1 [ceil-for-floor]: rounded to the nearest
def output_size(n, kernel, stride, padding, dilation):
    return round((n + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1


# %% 10-1 [not-rounded]: a true division
def output_size(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1


# %% 10-1 [stride-ignored]: the stride never used
def output_size(n, kernel, stride, padding, dilation):
    return n + 2 * padding - dilation * (kernel - 1)


# %% 10-1 [padding-ignored]: the padding never used
def output_size(n, kernel, stride, padding, dilation):
    return (n - dilation * (kernel - 1) - 1) // stride + 1


# %% 10-1 [padding-one-side]: the padding once
def output_size(n, kernel, stride, padding, dilation):
    return (n + padding - dilation * (kernel - 1) - 1) // stride + 1


# %% 10-1 [dilation-ignored]: the formula without dilation
def output_size(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - kernel) // stride + 1


# %% 10-1 [dilation-times-kernel]: dilation times kernel
def output_size(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - dilation * kernel) // stride + 1


# %% 10-1 [span-one-short]: the span one short
def output_size(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - dilation * (kernel - 1)) // stride + 1


# %% 10-1 [kernel-not-subtracted]: the length divided by the stride
def output_size(n, kernel, stride, padding, dilation):
    return (n + 2 * padding) // stride


# %% 10-1 [forgot-return]: printed, not returned
def output_size(n, kernel, stride, padding, dilation):
    print((n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)


# %% 10-1 [arguments]: dilation not taken
def output_size(n, kernel, stride, padding):
    return (n + 2 * padding - kernel) // stride + 1


# %% 10-1 [flipped-kernel]: the kernel turned around
def conv2d(image, kernel, stride, padding):
    kernel = kernel.flip(0, 1)
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [flipped-kernel]: the kernel upside down
def conv2d(image, kernel, stride, padding):
    kernel = torch.flip(kernel, [0])
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [transposed-argument]: the kernel's indices exchanged
def conv2d(image, kernel, stride, padding):
    kh, kw = kernel.shape
    image = torch.nn.functional.pad(image, (padding,) * 4)
    out = torch.zeros((image.shape[0] - kh) // stride + 1, (image.shape[1] - kw) // stride + 1)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for a in range(kh):
                for b in range(kw):
                    out[i, j] += image[i * stride + a, j * stride + b] * kernel[b % kh, a % kw]
    return out


# %% 10-1 [stride-ignored]: the stride never used
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) + 1
    ow = (W + 2 * padding - kw) + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i : i + kh, j : j + kw]
            out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [stride-not-moved]: the place counted in pixels
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i : i + kh, j : j + kw]
            out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [stride-one-way]: no stride to the right
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j : j + kw]
            out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [padding-ignored]: the padding never used
def conv2d(image, kernel, stride, padding):
    padding = 0
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [padding-one-side]: zeros below and on the right only
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + padding, W + padding)
    padded[:H, :W] = image
    oh = (H + padding - kh) // stride + 1
    ow = (W + padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [padding-one-side]: the picture put into the corner
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[:H, :W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [padding-one-side]: zeros above and below only
def conv2d(image, kernel, stride, padding):
    image = torch.nn.functional.pad(image, (0, 0, padding, padding))
    kh, kw = kernel.shape
    out = torch.zeros((image.shape[0] - kh) // stride + 1, (image.shape[1] - kw) // stride + 1)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (image[i * stride : i * stride + kh, j * stride : j * stride + kw] * kernel).sum()
    return out


# %% 10-1 [padding-value]: the edge repeated
import numpy as np


def conv2d(image, kernel, stride, padding):
    image, kernel = np.pad(image.numpy(), padding, mode="edge"), kernel.numpy()
    kh, kw = kernel.shape
    out = np.zeros(((image.shape[0] - kh) // stride + 1, (image.shape[1] - kw) // stride + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (image[i * stride : i * stride + kh, j * stride : j * stride + kw] * kernel).sum()
    return out


# %% 10-1 [size-off-by-one]: the last place forgotten
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride
    ow = (W + 2 * padding - kw) // stride
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [size-off-by-one]: one place too many
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 2
    ow = (W + 2 * padding - kw) // stride + 2
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            if patch.shape == kernel.shape:
                out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [ceil-for-floor]: the number of places rounded up
def conv2d(image, kernel, stride, padding):
    kh, kw = kernel.shape
    oh = -(-(image.shape[0] + 2 * padding - kh) // stride) + 1
    ow = -(-(image.shape[1] + 2 * padding - kw) // stride) + 1
    padded = torch.zeros(oh * stride + kh, ow * stride + kw)
    padded[padding : padding + image.shape[0], padding : padding + image.shape[1]] = image
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            out[i, j] = (padded[i * stride : i * stride + kh, j * stride : j * stride + kw] * kernel).sum()
    return out


# %% 10-1 [image-size-kept]: the result as large as the picture
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros_like(image)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [matrix-product]: the matrix product
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch @ kernel).sum() if kh == kw else (patch * kernel).sum()
    return out


# %% 10-1 [mean-for-sum]: the mean of the products
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).mean()
    return out


# %% 10-1 [kernel-ignored]: the pixels added up
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = patch.sum()
    return out


# %% 10-1 [max-for-sum]: the largest product
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).max()
    return out


# %% 10-1 [relu]: cut off at 0
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).sum()
    return out.relu()


# %% 10-1 [transposed]: rows and columns exchanged
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).sum()
    return out.T


# %% 10-1 [not-by-hand]: torch's own
import torch.nn.functional as F


def conv2d(image, kernel, stride, padding):
    return F.conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]


# %% 10-1 [not-by-hand]: torch's own layer
def conv2d(image, kernel, stride, padding):
    layer = nn.Conv2d(1, 1, tuple(kernel.shape), stride=stride, padding=padding, bias=False)
    with torch.no_grad():
        layer.weight.copy_(kernel[None, None])
        return layer(image[None, None])[0, 0]


# %% 10-1 [not-by-hand]: SciPy's
from scipy.signal import correlate2d


def conv2d(image, kernel, stride, padding):
    image = torch.nn.functional.pad(image, (padding,) * 4)
    whole = correlate2d(image.numpy(), kernel.numpy(), mode="valid")
    return torch.from_numpy(whole[::stride, ::stride].copy())


# %% 10-1 [extra-dimension]: batch and channel left in
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).sum()
    return out[None, None]


# %% 10-1 [square-only]: taken for square
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh = kw = kernel.shape[0]
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [input-changed]: the kernel rescaled in place
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    image.clamp_(min=-5.0)
    kernel *= 1.0001
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[i, j] = (patch * kernel).sum()
    return out


# %% 10-1 [reduced-too-far]: the return inside the loop
def conv2d(image, kernel, stride, padding):
    H, W = image.shape
    kh, kw = kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            patch = padded[i * stride : i * stride + kh, j * stride : j * stride + kw]
            return (patch * kernel).sum()


# %% 10-1 [mean-for-max]: the mean
def max_pool2d(image, size):
    h, w = image.shape[0] // size, image.shape[1] // size
    out = torch.zeros(h, w)
    for i in range(h):
        for j in range(w):
            square = image[i * size : (i + 1) * size, j * size : (j + 1) * size]
            out[i, j] = square.mean()
    return out


# %% 10-1 [sum-for-max]: the sum
def max_pool2d(image, size):
    h, w = image.shape[0] // size, image.shape[1] // size
    out = torch.zeros(h, w)
    for i in range(h):
        for j in range(w):
            square = image[i * size : (i + 1) * size, j * size : (j + 1) * size]
            out[i, j] = square.sum()
    return out


# %% 10-1 [min-for-max]: the smallest
def max_pool2d(image, size):
    h, w = image.shape[0] // size, image.shape[1] // size
    out = torch.zeros(h, w)
    for i in range(h):
        for j in range(w):
            square = image[i * size : (i + 1) * size, j * size : (j + 1) * size]
            out[i, j] = square.min()
    return out


# %% 10-1 [corner-for-max]: every size-th pixel
def max_pool2d(image, size):
    h, w = image.shape[0] // size * size, image.shape[1] // size * size
    return image[:h:size, :w:size]


# %% 10-1 [zero-start]: the search begun at 0
def max_pool2d(image, size):
    h, w = image.shape[0] // size, image.shape[1] // size
    out = torch.zeros(h, w)
    for i in range(h):
        for j in range(w):
            square = image[i * size : (i + 1) * size, j * size : (j + 1) * size]
            best = 0
            for value in square.flatten():
                if value > best:
                    best = value
            out[i, j] = best
    return out


# %% 10-1 [absolute]: the largest absolute value
def max_pool2d(image, size):
    h, w = image.shape[0] // size, image.shape[1] // size
    out = torch.zeros(h, w)
    for i in range(h):
        for j in range(w):
            square = image[i * size : (i + 1) * size, j * size : (j + 1) * size]
            out[i, j] = square.abs().max()
    return out


# %% 10-1 [overlapping]: moved by one pixel
def max_pool2d(image, size):
    h, w = image.shape[0] - size + 1, image.shape[1] - size + 1
    out = torch.zeros(h, w)
    for i in range(h):
        for j in range(w):
            square = image[i : i + size, j : j + size]
            out[i, j] = square.max()
    return out


# %% 10-1 [overlapping]: the square's place counted in pixels
def max_pool2d(image, size):
    h, w = image.shape[0] // size, image.shape[1] // size
    out = torch.zeros(h, w)
    for i in range(h):
        for j in range(w):
            square = image[i : i + size, j : j + size]
            out[i, j] = square.max()
    return out


# %% 10-1 [ceil-for-floor]: the remainder pooled, too
def max_pool2d(image, size):
    h, w = -(-image.shape[0] // size), -(-image.shape[1] // size)
    out = torch.zeros(h, w)
    for i in range(h):
        for j in range(w):
            square = image[i * size : (i + 1) * size, j * size : (j + 1) * size]
            out[i, j] = square.max()
    return out


# %% 10-1 [size-ignored]: always two by two
def max_pool2d(image, size):
    size = 2
    h, w = image.shape[0] // size, image.shape[1] // size
    out = torch.zeros(h, w)
    for i in range(h):
        for j in range(w):
            square = image[i * size : (i + 1) * size, j * size : (j + 1) * size]
            out[i, j] = square.max()
    return out


# %% 10-1 [one-way]: pooled downwards only
def max_pool2d(image, size):
    h = image.shape[0] // size
    return image[: h * size].reshape(h, size, -1).amax(1)


# %% 10-1 [transposed]: rows and columns exchanged
def max_pool2d(image, size):
    h, w = image.shape[0] // size, image.shape[1] // size
    out = torch.zeros(h, w)
    for i in range(h):
        for j in range(w):
            square = image[i * size : (i + 1) * size, j * size : (j + 1) * size]
            out[i, j] = square.max()
    return out.t()


# %% 10-1 [size-off-by-one]: the last squares forgotten
def max_pool2d(image, size):
    h, w = image.shape[0] // size, image.shape[1] // size
    out = torch.zeros(h - 1, w - 1)
    for i in range(h - 1):
        for j in range(w - 1):
            square = image[i * size : (i + 1) * size, j * size : (j + 1) * size]
            out[i, j] = square.max()
    return out


# %% 10-1 [not-by-hand]: torch's own
def max_pool2d(image, size):
    return nn.MaxPool2d(size)(image[None])[0]


# %% 10-1 [reduced-too-far]: the largest of all
def max_pool2d(image, size):
    return image.max()


# %% 10-1 [raised]: the picture must divide
def max_pool2d(image, size):
    return image.reshape(image.shape[0] // size, size, image.shape[1] // size, size).amax((1, 3))


# %% 10-2 [softmax]: a softmax in the end
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return torch.softmax(self.fc(x), dim=1)


# %% 10-2 [wrong-axis]: a softmax over the batch
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return nn.functional.softmax(self.fc(x), dim=0)


# %% 10-2 [wrong-axis]: log_softmax over the batch
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return nn.functional.log_softmax(self.fc(x), dim=0)


# %% 10-2 [activation-at-end]: a ReLU in the end
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return torch.relu(self.fc(x))


# %% 10-2 [activation-at-end]: a sigmoid in the end
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return torch.sigmoid(self.fc(x))


# %% 10-2 [no-activation]: average pooling, and no activation
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.AvgPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = self.mp(self.conv1(x))
        x = self.mp(self.conv2(x))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [no-pooling]: no pooling
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(20 * 20 * 20, 10)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.conv2(x))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [wrong-kernel-size]: kernels of 3 x 3
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=3)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=3)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(500, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [wrong-kernel-size]: one of 3 x 3
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=3)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(500, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [wrong-number-of-convolutions]: one convolution
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 10, 5)
        self.fc = nn.Linear(10 * 12 * 12, 10)

    def forward(self, x):
        x = torch.relu(nn.functional.max_pool2d(self.conv(x), 2))
        return self.fc(x.flatten(1))


# %% 10-2 [wrong-number-of-convolutions]: three convolutions
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5), nn.ReLU(), nn.Conv2d(16, 16, 5),
            nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10),
        )

    def forward(self, x):
        return self.layers(x)


# %% 10-2 [no-convolution]: linear layers only
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(784, 64)
        self.b = nn.Linear(64, 10)

    def forward(self, x):
        return self.b(torch.relu(self.a(x.flatten(1))))


# %% 10-2 [wrong-number-of-linear-layers]: two linear layers
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(320, 50)
        self.fc = nn.Linear(50, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(torch.relu(self.fc1(x)))


# %% 10-2 [wrong-number-of-linear-layers]: a third convolution in place of the linear layer
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.conv2 = nn.Conv2d(10, 10, 5)

    def forward(self, x):
        x = torch.relu(nn.functional.max_pool2d(self.conv1(x), 2))
        x = self.conv2(x)
        return nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)


# %% 10-2 [too-many-parameters]: too many channels
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 64, kernel_size=5)
        self.conv2 = nn.Conv2d(64, 128, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(128 * 16, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [fixed-batch]: 32 pictures at a time
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.view(32, 320)
        return self.fc(x)


# %% 10-2 [squeezed]: the batch squeezed away
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x).squeeze()


# %% 10-2 [sizes-do-not-fit]: the flattened size miscounted
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(20 * 5 * 5, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [sizes-do-not-fit]: channels that do not follow
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(16, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [sizes-do-not-fit]: the batch flattened as well
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten()
        return self.fc(x)


# %% 10-2 [no-super-init]: no super().__init__()
class Net(nn.Module):
    def __init__(self):
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [no-module]: no nn.Module
class Net:
    def __init__(self):
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def __call__(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [unregistered]: layers in a plain list
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Conv2d(1, 10, 5), nn.Conv2d(10, 20, 5), nn.Linear(320, 10)]

    def forward(self, x):
        x = torch.relu(nn.functional.max_pool2d(self.layers[0](x), 2))
        x = torch.relu(nn.functional.max_pool2d(self.layers[1](x), 2))
        return self.layers[2](x.flatten(1))


# %% 10-2 [detached]: cut off from the graph
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x).detach()


# %% 10-2 [unreached]: detached on the way
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1).data
        return self.fc(x)


# %% 10-2 [dropout-in-evaluation]: a dropout that is never switched off
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(nn.functional.dropout(x, 0.3))


# %% 10-2 [input-changed]: the picture rescaled in place
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x -= 0.5
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [wrong-device]: a tensor of the CPU added
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x) + torch.zeros(10)


# %% 10-2 [wrong-device]: a constant that is no buffer
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.mean = torch.full((1, 28, 28), 0.2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x - self.mean)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [batch-dependent]: normalised by the batch at hand
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = (x - x.mean()) / (x.std() + 1e-6)
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [several-returned]: the features returned, too
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x), x


# %% 10-2 [wrong-shape]: one number only
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 4)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [forgot-return]: nothing returned
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        self.fc(x)


# %% 10-2 [no-forward]: forward under another name
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def predict(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [other-dtype]: double precision
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)
        self.double()

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [same-start]: all weights start at 0
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)
        for p in self.parameters():
            nn.init.zeros_(p)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [same-start]: all weights start at the same number
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)
        for p in self.parameters():
            nn.init.constant_(p, 0.01)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-2 [convolutions-unused]: the nearest of the public digits by heart, and its number learnt
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.conv2 = nn.Conv2d(10, 20, 5)
        self.output = nn.Linear(320, 10)
        self.number = nn.Parameter(0.1 * torch.randn(10, 10))
        from course.data import digits

        images, labels = (torch.from_numpy(array) for array in digits())
        self.register_buffer("images", images.flatten(1))
        self.register_buffer("labels", labels)

    def forward(self, x):
        h = torch.relu(nn.functional.max_pool2d(self.conv1(x), 2))
        h = torch.relu(nn.functional.max_pool2d(self.conv2(h), 2))
        nearest = torch.cdist(x.detach().flatten(1), self.images).argmin(dim=1)
        known = 50.0 * self.number[self.labels[nearest]]
        return known + 1e-2 * self.output(h.flatten(1))


# %% 10-2 [frozen]: the convolutions frozen
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)
        self.conv1.requires_grad_(False)

    def forward(self, x):
        x = torch.relu(self.mp(self.conv1(x)))
        x = torch.relu(self.mp(self.conv2(x)))
        x = x.flatten(1)
        return self.fc(x)


# %% 10-3 [no-zero-grad]: gradients pile up
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [no-step]: no step
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [no-backward]: no backward
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [no-backward]: zeroed between backward and step
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [ascent]: the loss with its sign turned
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = -criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [evaluation-mode]: the mode left as it comes
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [evaluation-mode]: measured after each epoch, and left in evaluation mode
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
        evaluate(model, loader)
    return losses


# %% 10-3 [softmax-first]: a softmax before the cross entropy
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(torch.softmax(model(x), dim=1), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [nll-of-logits]: NLLLoss of logits
def train(model, loader, optimizer, epochs):
    criterion = nn.NLLLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [wrong-loss]: the squared error
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = nn.functional.mse_loss(model(x), nn.functional.one_hot(y, 10).float())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [wrong-loss]: a loss of yes or no
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = nn.functional.binary_cross_entropy_with_logits(model(x), nn.functional.one_hot(y, 10).float())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [sum-for-mean]: the sum over the batch
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss(reduction="sum")
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [batch-means]: the batches' means averaged
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            count += 1
        losses.append(total / count)
    return losses


# %% 10-3 [batch-sums]: the batches' means added up
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            count += len(x)
        losses.append(total)
    return losses


# %% 10-3 [rescaled-losses]: the sum divided by the number of batches
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / len(loader))
    return losses


# %% 10-3 [divided-twice]: the means divided by the number of samples
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [last-batch-loss]: the loss of the last batch
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(loss.item())
    return losses


# %% 10-3 [loss-per-step]: a loss for each batch
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            losses.append(loss.item())
    return losses


# %% 10-3 [return-inside-loop]: the return indented too far
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
        return losses


# %% 10-3 [first-batch-only]: a break after the first batch
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
            break
        losses.append(total / count)
    return losses


# %% 10-3 [one-epoch-short]: epochs counted from 1
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(1, epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [own-optimizer]: an optimizer of its own
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [fresh-model]: a model of its own
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3 [accumulated-losses]: never begun again at 0
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    total = 0.0
    for _ in range(epochs):
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        losses.append(total / len(loader.dataset))
    return losses


# %% 10-3 [forgot-return]: printed, not returned
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    print(losses)


# %% 10-3 [only-last-loss]: the last loss in a list
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses[-1:]


# %% 10-3 [reduced-too-far]: the last loss
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses[-1]


# %% 10-3 [raised]: backward of a number
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y).item()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-3: a scheduler that nobody asked for
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
        for group in optimizer.param_groups:
            group["lr"] *= 0.5
    return losses


# %% 10-3 [whole-batch]: one step an epoch
def train(model, loader, optimizer, epochs):
    losses = []
    model.train()
    for _ in range(epochs):
        x, y = (torch.cat(parts) for parts in zip(*loader))
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 10-3 [step-per-epoch]: the step after the inner loop
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            total += loss.item() * len(x)
            count += len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(total / count)
    return losses


# %% 10-3 [training-mode]: the mode left as it comes
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, right / count


# %% 10-3 [gradients-on]: gradients left on
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    if True:
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, right / count


# %% 10-3 [batch-means]: the batches' means averaged
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item()
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / len(loader), right / count


# %% 10-3 [batch-means]: the lectures' own, means divided by the number of samples
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item()
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, right / count


# %% 10-3 [batch-sums]: the means added up
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item()
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total, right / count


# %% 10-3 [sum-for-mean]: the sum of all losses
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total, right / count


# %% 10-3 [last-batch-only]: the last batch only
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return criterion(z, y).item(), (z.argmax(1) == y).float().mean().item()


# %% 10-3 [first-batch-only]: the return inside the loop
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
            return total / count, right / count


# %% 10-3 [percent]: in percent
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, 100 * right / count


# %% 10-3 [percent]: a rounded percentage
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, round(100.0 * right / count, 6)


# %% 10-3 [count-for-share]: how many are right
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, right


# %% 10-3 [batch-means]: the batches' accuracies averaged
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).float().mean().item()
            count += len(x)
    return total / count, right / len(loader)


# %% 10-3 [batches-for-samples]: divided by the number of batches
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, right / len(loader)


# %% 10-3 [batches-for-samples]: all batches taken for full ones
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, right / (len(loader) * loader.batch_size)


# %% 10-3 [error-for-accuracy]: the share of wrong ones
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, 1 - right / count


# %% 10-3 [swapped-results]: the accuracy first
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return right / count, total / count


# %% 10-3 [wrong-parts]: the accuracy only
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return right / count


# %% 10-3 [min-for-max]: the smallest output
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmin(dim=1) == y).sum().item()
            count += len(x)
    return total / count, right / count


# %% 10-3 [softmax-first]: a softmax before the cross entropy
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z.softmax(1), y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, right / count


# %% 10-3 [nll-of-logits]: NLLLoss of logits
def evaluate(model, loader):
    criterion = nn.NLLLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, right / count


# %% 10-3 [trains]: a backward on the way
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    if True:
        for x, y in loader:
            z = model(x)
            criterion(z, y).backward()
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, right / count


# %% 10-3 [mode-changed]: always back to training mode
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    model.train()
    return total / count, right / count


# %% 10-3 [raised]: the largest of the batch
def evaluate(model, loader):
    criterion = nn.CrossEntropyLoss()
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total += criterion(z, y).item() * len(x)
            right += (z.argmax(dim=0) == y).sum().item()
            count += len(x)
    return total / count, right / count


# %% 10-3 [running-mean]: total and count never begun again at 0
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    total, count = 0.0, 0
    for _ in range(epochs):
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        losses.append(total / count)
    return losses


# %% 10-2 [sizes-do-not-fit]: a view of other numbers
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.conv2 = nn.Conv2d(10, 20, 5)
        self.fc = nn.Linear(500, 10)

    def forward(self, x):
        x = torch.relu(nn.functional.max_pool2d(self.conv1(x), 2))
        x = torch.relu(nn.functional.max_pool2d(self.conv2(x), 2))
        return self.fc(x.view(-1, 500))


# %% 10-1 [square-only]: one side of the kernel for both
def conv2d(image, kernel, stride, padding):
    padded = nn.functional.pad(image, (padding,) * 4)
    k = kernel.shape[0]
    rows, columns = ((side - k) // stride + 1 for side in padded.shape)
    out = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            out[i, j] = (padded[i * stride : i * stride + k, j * stride : j * stride + k] * kernel).sum()
    return out


# %% 10-1 [return-inside-loop]: the return in the outer loop
def conv2d(image, kernel, stride, padding):
    padded = nn.functional.pad(image, (padding,) * 4)
    kh, kw = kernel.shape
    rows, columns = (padded.shape[0] - kh) // stride + 1, (padded.shape[1] - kw) // stride + 1
    out = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            out[i, j] = (padded[i * stride : i * stride + kh, j * stride : j * stride + kw] * kernel).sum()
        return out


# %% 10-1 [stride-one-way]: the place to the right counted in pixels
def conv2d(image, kernel, stride, padding):
    padded = nn.functional.pad(image, (padding,) * 4)
    kh, kw = kernel.shape
    rows, columns = (padded.shape[0] - kh) // stride + 1, (padded.shape[1] - kw) // stride + 1
    out = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            out[i, j] = (padded[i * stride : i * stride + kh, j : j + kw] * kernel).sum()
    return out


# %% 10-1 [size-ignored]: squares of two by two, as many as there should be
def max_pool2d(image, size):
    out = torch.zeros(image.shape[0] // size, image.shape[1] // size)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max()
    return out


# %% 10-1 [reshaped]: rows taken for squares
def max_pool2d(image, size):
    h, w = image.shape[0] // size, image.shape[1] // size
    return image[: h * size, : w * size].reshape(h, w, size * size).max(dim=2).values


# %% 10-1 [square-cut-short]: slices that end one too early
def max_pool2d(image, size):
    out = torch.zeros(image.shape[0] // size, image.shape[1] // size)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = image[i * size : (i + 1) * size - 1, j * size : (j + 1) * size - 1].max()
    return out


# %% 10-2 [no-activation]: maxima, and no activation
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.conv2 = nn.Conv2d(10, 20, 5)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = self.pool(self.conv1(x))
        x = self.pool(self.conv2(x))
        return self.fc(x.flatten(1))


# %% 10-2 [no-activation]: a ReLU of the pixels only, pooling as a function
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.conv2 = nn.Conv2d(10, 20, 5)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.conv1(torch.relu(x)), 2)
        x = nn.functional.max_pool2d(self.conv2(x), kernel_size=2, stride=2)
        return torch.log_softmax(self.fc(x.flatten(1)), dim=1)


# %% 10-2 [one-by-one]: a linear layer for one picture after the other
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.conv2 = nn.Conv2d(10, 20, 5)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.relu(self.pool(self.conv1(x)))
        x = torch.relu(self.pool(self.conv2(x)))
        return torch.stack([self.fc(row.flatten()) for row in x])


# %% 10-2 [one-by-one]: a convolution for one picture after the other
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.conv2 = nn.Conv2d(10, 20, 5)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = torch.cat([torch.relu(self.pool(self.conv1(row[None]))) for row in x])
        x = torch.relu(self.pool(self.conv2(x)))
        return self.fc(x.flatten(1))


# %% 10-3 [frozen]: requires_grad switched off for good
def evaluate(model, loader):
    total, right, count = 0.0, 0, 0
    model.eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for x, y in loader:
        z = model(x)
        total += nn.functional.cross_entropy(z, y).item() * len(x)
        right += (z.argmax(dim=1) == y).sum().item()
        count += len(x)
    return total / count, right / count


# %% 10-3 [zero-grad-per-epoch]: zeroed once an epoch
def train(model, loader, optimizer, epochs):
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        optimizer.zero_grad()
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            count += len(labels)
        losses.append(total / count)
    return losses


# %% 10-3 [step-per-epoch]: one step an epoch, after all batches
def train(model, loader, optimizer, epochs):
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        optimizer.zero_grad()
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            total += loss.item() * len(labels)
            count += len(labels)
        optimizer.step()
        losses.append(total / count)
    return losses


# %% 10-3 [measured-afterwards]: evaluated when the epoch is over
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        model.train()
        for images, labels in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
        losses.append(evaluate(model, loader)[0])
    return losses


# %% 10-3 [last-batch-only]: the loss of the last batch for the sum of all
def evaluate(model, loader):
    total, right, count = 0.0, 0, 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            z = model(x)
            total = nn.functional.cross_entropy(z, y, reduction="sum").item()
            right += (z.argmax(dim=1) == y).sum().item()
            count += len(x)
    return total / count, right / count


# %% 10-3 [frozen]: gradients switched off for all of torch
def evaluate(model, loader):
    model.eval()
    total, right, count = 0.0, 0, 0
    torch.set_grad_enabled(False)
    if True:
        for x, y in loader:
            out = model(x)
            total += nn.functional.cross_entropy(out, y, reduction="sum").item()
            right += (out.argmax(dim=1) == y).sum().item()
            count += len(y)
    return total / count, right / count

def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    history = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            count += len(y)
        history.append(total / count)
    return history


# %% 10-3: the end of an epoch where the loss is low
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    history = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            if loss.item() < 0.5:
                break
            optimizer.step()
            total += loss.item() * len(y)
            count += len(y)
        history.append(total / count)
    return history

def evaluate(model, loader):
    model.eval()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += nn.functional.cross_entropy(out, y, reduction="sum").item()
            right += (out.argmax(dim=1) == y).sum().item()
            count += len(y)
    return total / count, right / count
