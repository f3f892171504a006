"""The data sets of the lessons: all of them there offline, and the same for every student."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SMALLEST, LARGEST = 25.0, 400.0
"""The areas of the houses, in square metres."""
HAGGLING = 0.08
"""How far, relatively, prices stray from what the area alone would make them."""


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
