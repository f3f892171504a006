"""The data sets are what their docstrings say, and cost nothing until they are asked for."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import course.data
from course.data import HAGGLING, LARGEST, SMALLEST, diabetes, house_prices


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


def test_importing_data_imports_no_heavy_library() -> None:
    heavy = "torch", "sklearn", "matplotlib", "pandas"
    code = f"import sys, course.data; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
