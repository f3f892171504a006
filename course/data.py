"""The data sets of the lessons: all of them there offline, and the same for every student."""

from __future__ import annotations

import gzip
import io
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SMALLEST, LARGEST = 25.0, 400.0
"""The areas of the houses, in square metres."""
HAGGLING = 0.08
"""How far, relatively, prices stray from what the area alone would make them."""

_TRAINING_DIGITS = 1437


def house_prices(
    count: int = 60, *, seed: int = 0, price_per_square_metre: float = 3500.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return `count` made-up houses as (area, price): square metres, and millions.

    The areas are log-uniform between 25 and 400, so that small houses are more common than large
    ones. A price is the area times the price of a square metre, times a normal deviate of mean 1
    and standard deviation 0.08. Areas are rounded to 0.1 square metres, prices to 0.0001 millions.
    The same arguments always give the same houses. Raises `ValueError` for fewer than one house.
    """
    if count < 1:
        raise ValueError(f"{count} houses are none")
    draw = np.random.default_rng(seed)
    area = np.exp(draw.uniform(np.log(SMALLEST), np.log(LARGEST), count)).round(1)
    price = area * (price_per_square_metre / 1e6) * draw.normal(1.0, HAGGLING, count)
    return area, price.round(4)


def diabetes() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return 442 real diabetes patients as (x, y), of shapes (442, 10) and (442, 1), both float32.

    The columns of x are age, sex, body mass index, blood pressure and six blood serum measurements,
    each rescaled to a mean of 0 and a standard deviation of 1. y is 1 where the disease progressed
    further within a year than the median patient's, else 0: 221 of each. Source: Efron, Hastie,
    Johnstone and Tibshirani, "Least angle regression" (2004), as scikit-learn ships it.
    """
    measured, progression = _diabetes_tables()
    x = (measured - measured.mean(axis=0)) / measured.std(axis=0)
    y = progression > np.median(progression)
    return x.astype(np.float32), y.astype(np.float32)[:, np.newaxis]


def diabetes_file() -> bytes:
    """Return `diabetes` as lesson 8 ships it, a compressed table of comma-separated values: always the same bytes.

    The first line names the columns, the ten features and the label; each further line is a patient. Features are
    rounded to four decimals.
    """
    x, y = diabetes()
    lines = ["age,sex,bmi,bp,s1,s2,s3,s4,s5,s6,label"]
    for features, (label,) in zip(x.tolist(), y.tolist(), strict=True):
        # adding 0 makes -0 plain
        lines.append(",".join([*(f"{round(v, 4) + 0.0:.4f}" for v in features), f"{label:.0f}"]))
    written = io.BytesIO()
    # gzip.compress would note the operating system, and without mtime the time of day
    with gzip.GzipFile("", "wb", fileobj=written, mtime=0) as file:
        file.write("\n".join([*lines, ""]).encode())
    return written.getvalue()


def digits(*, train: bool = True) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return real handwritten digits as (images, labels), of shapes (count, 1, 28, 28) and (count,).

    The first 1,437 are there to train with, the other 360 (`train=False`) to test with. Each pixel is between 0, paper,
    and 1, ink; each label is the digit, 0 to 9. The scans of 8 x 8 pixels are enlarged to 28 x 28, the size of MNIST,
    by bilinear interpolation. Source: Alpaydin and Kaynak, "Optical recognition of handwritten digits", UCI machine
    learning repository (1998), as scikit-learn ships its test set.
    """
    table = _digits_table()
    scans, labels = table[:, :64].reshape(-1, 8, 8) / 16, table[:, 64].astype(np.int64)
    part = slice(None, _TRAINING_DIGITS) if train else slice(_TRAINING_DIGITS, None)
    grow = _enlargement(8, 28)
    images = (grow @ scans[part] @ grow.T).astype(np.float32)
    return images[:, np.newaxis], labels[part]


def _enlargement(size: int, larger: int) -> NDArray[np.float64]:
    """Return the matrix, (larger, size), that interpolates linearly between pixels seen as small squares."""
    centres = (np.arange(larger) + 0.5) * size / larger - 0.5
    distances = np.abs(centres.clip(0, size - 1)[:, np.newaxis] - np.arange(size))
    weights: NDArray[np.float64] = np.maximum(1 - distances, 0.0)
    return weights


def mnist(
    folder: str | Path, *, train: bool = True, download: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the full MNIST in the form of `digits`: 60,000 images to train with, 10,000 to test with.

    It lies in `folder`/MNIST/raw, as torchvision keeps it; `download` fetches what is missing. Raises
    `ModuleNotFoundError` where torchvision is not installed and `FileNotFoundError` where the data is not there.
    """
    try:
        from torchvision.datasets import MNIST
    except (ImportError, RuntimeError) as e:
        # a torchvision that was built for another torch fails with a RuntimeError
        raise ModuleNotFoundError(
            f"MNIST needs a torchvision that fits this torch ({e}): pip install torchvision, or use digits()"
        ) from e
    try:
        found = MNIST(folder, train=train, download=download)
    except RuntimeError as e:
        raise FileNotFoundError(f"there is no MNIST in {folder}: call with download=True") from e
    images = found.data.numpy().astype(np.float32) / 255
    return images[:, np.newaxis], found.targets.numpy().astype(np.int64)


def _digits_table() -> NDArray[np.float64]:
    table = _scikit_learn() / "datasets" / "data" / "digits.csv.gz"
    if table.exists():
        return np.loadtxt(table, delimiter=",")
    from sklearn.datasets import load_digits

    loaded = load_digits()
    return np.column_stack([loaded.data, loaded.target])


def _diabetes_tables() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # scikit-learn takes seconds to import, reading its two files takes 4 ms
    tables = _scikit_learn() / "datasets" / "data"
    measured, progression = tables / "diabetes_data_raw.csv.gz", tables / "diabetes_target.csv.gz"
    if measured.exists() and progression.exists():
        return np.loadtxt(measured), np.loadtxt(progression)
    # another version may keep them elsewhere
    from sklearn.datasets import load_diabetes

    loaded = load_diabetes(scaled=False)
    return loaded.data, loaded.target


def _scikit_learn() -> Path:
    """Return scikit-learn's folder, found without importing it."""
    spec = find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("scikit-learn holds this data: pip install scikit-learn")
    return Path(spec.origin).parent


def main(arguments: list[str]) -> None:
    """Write the file of lesson 8: `python -m course.data diabetes.csv.gz`."""
    if len(arguments) != 1:
        raise SystemExit("usage: python -m course.data diabetes.csv.gz")
    Path(arguments[0]).write_bytes(diabetes_file())


if __name__ == "__main__":
    main(sys.argv[1:])
