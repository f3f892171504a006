"""The data sets are what their docstrings say, and cost nothing until they are asked for."""

import subprocess
import sys

import numpy as np
import pytest

from course.data import HAGGLING, LARGEST, SMALLEST, house_prices


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


def test_importing_data_imports_no_heavy_library() -> None:
    heavy = "torch", "sklearn", "matplotlib", "pandas"
    code = f"import sys, course.data; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
