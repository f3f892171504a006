"""The data sets are what their docstrings say, and cost nothing until they are asked for."""

import gzip
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import course.data
from course.data import (
    HAGGLING,
    LARGEST,
    SMALLEST,
    diabetes,
    diabetes_file,
    digits,
    house_prices,
    mnist,
)


def test_same_seed_gives_the_same_houses() -> None:
    for first, second in zip(house_prices(seed=3), house_prices(seed=3), strict=True):
        assert np.array_equal(first, second)


def test_other_seed_gives_other_houses() -> None:
    assert not np.array_equal(house_prices(seed=3)[0], house_prices(seed=4)[0])


def test_houses_are_as_many_as_asked_for() -> None:
    area, price = house_prices(7)
    assert area.shape == price.shape == (7,)
    assert area.dtype == price.dtype == np.float64


@pytest.mark.parametrize("count", [0, -1])
def test_no_houses_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="houses are none"):
        house_prices(count)


def test_areas_are_log_uniform() -> None:
    area, _ = house_prices(10_000)
    assert area.min() >= SMALLEST and area.max() <= LARGEST
    # as many between 25 and 100 as between 100 and 400
    assert np.mean(area < 100) == pytest.approx(0.5, abs=0.02)


def test_prices_follow_the_area_with_some_haggling() -> None:
    area, price = house_prices(10_000, price_per_square_metre=2000.0)
    ratio = price / (area * 0.002)
    assert ratio.mean() == pytest.approx(1.0, abs=0.005)
    assert ratio.std() == pytest.approx(HAGGLING, rel=0.05)


def test_diabetes_has_ten_rescaled_features_and_half_the_labels() -> None:
    x, y = diabetes()
    assert x.shape == (442, 10) and y.shape == (442, 1)
    assert x.dtype == y.dtype == np.float32
    assert np.allclose(x.mean(axis=0), 0.0, atol=1e-6) and np.allclose(
        x.std(axis=0), 1.0, atol=1e-6
    )
    assert set(y.ravel().tolist()) == {0.0, 1.0} and y.mean() == 0.5


def test_diabetes_is_scikit_learns() -> None:
    from sklearn.datasets import load_diabetes

    loaded = load_diabetes()
    x, y = diabetes()
    # theirs has a sum of squares of 1 in each column
    assert np.allclose(x, loaded.data * np.sqrt(442), atol=1e-5)
    assert np.array_equal(y[:, 0] == 1.0, loaded.target > np.median(loaded.target))


def test_diabetes_is_found_where_its_files_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_file = diabetes()
    monkeypatch.setattr(course.data, "_scikit_learn", lambda: tmp_path)
    for loaded, read in zip(diabetes(), by_file, strict=True):
        assert np.array_equal(loaded, read)


def test_file_of_lesson_8_equals_a_fresh_one(tmp_path: Path) -> None:
    fresh = tmp_path / "diabetes.csv.gz"
    command = [sys.executable, "-m", "course.data", str(fresh)]
    subprocess.run(command, check=True)
    (committed,) = Path(course.data.__file__).parent.parent.glob("solutions/*/diabetes.csv.gz")
    assert fresh.read_bytes() == committed.read_bytes()


def test_file_of_lesson_8_holds_the_patients() -> None:
    table = np.loadtxt(
        gzip.decompress(diabetes_file()).decode().splitlines(), delimiter=",", skiprows=1
    )
    x, y = diabetes()
    assert np.allclose(table[:, :-1], x, atol=1e-4) and np.array_equal(table[:, -1:], y)


@pytest.mark.parametrize("arguments", [[], ["a.csv.gz", "b.csv.gz"]])
def test_file_is_written_to_one_path(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match=r"usage: python -m course\.data"):
        course.data.main(arguments)


def test_digits_are_scikit_learns_enlarged_as_torch_enlarges() -> None:
    import torch
    from sklearn.datasets import load_digits

    scans = torch.tensor(load_digits().images / 16)[:, None]
    enlarged = torch.nn.functional.interpolate(scans, size=(28, 28), mode="bilinear")
    images = np.concatenate([digits()[0], digits(train=False)[0]])
    assert images.dtype == np.float32
    assert np.allclose(images, enlarged.numpy(), atol=1e-6)


def test_digits_come_with_their_labels() -> None:
    from sklearn.datasets import load_digits

    labels = np.concatenate([digits()[1], digits(train=False)[1]])
    assert labels.dtype == np.int64 and np.array_equal(labels, load_digits().target)


def test_digits_are_found_where_their_file_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_file = digits()
    monkeypatch.setattr(course.data, "_scikit_learn", lambda: tmp_path)
    for loaded, read in zip(digits(), by_file, strict=True):
        assert np.array_equal(loaded, read)


def write_mnist(folder: Path, images: np.ndarray, labels: np.ndarray, part: str) -> None:
    """Write images and labels in MNIST's own file format (LeCun's IDX): big-endian sizes, then bytes."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    sizes = struct.pack(">4I", 0x0803, *images.shape)
    (raw / f"{part}-images-idx3-ubyte").write_bytes(sizes + images.tobytes())
    sizes = struct.pack(">2I", 0x0801, len(labels))
    (raw / f"{part}-labels-idx1-ubyte").write_bytes(sizes + labels.tobytes())


@pytest.fixture
def torchvision() -> None:
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError) as e:
        pytest.skip(f"no torchvision that fits this torch: {e}")


@pytest.mark.usefixtures("torchvision")
@pytest.mark.parametrize(("part", "train"), [("train", True), ("t10k", False)])
def test_mnist_is_read_from_its_own_files(tmp_path: Path, part: str, train: bool) -> None:
    drawn = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    for name in ("train", "t10k"):
        write_mnist(tmp_path, drawn, np.arange(5, dtype=np.uint8), name)
    images, labels = mnist(tmp_path, train=train)
    assert np.allclose(images[:, 0] * 255, drawn, atol=1e-4) and images.dtype == np.float32
    assert labels.tolist() == [0, 1, 2, 3, 4] and labels.dtype == np.int64


@pytest.mark.usefixtures("torchvision")
def test_missing_mnist_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="download=True"):
        mnist(tmp_path)


def test_mnist_without_torchvision_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
    with pytest.raises(ModuleNotFoundError, match="pip install torchvision"):
        mnist(tmp_path)


def test_importing_data_imports_no_heavy_library() -> None:
    heavy = "torch", "sklearn", "matplotlib", "pandas"
    code = f"import sys, course.data; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
