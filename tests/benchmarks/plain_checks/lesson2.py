"""Lesson 2 checked as an ordinary course would: plain asserts, run in the student's own process."""

# mypy: ignore-errors

import matplotlib.pyplot as plt
import numpy as np
import torch

from course.data import house_prices

WEIGHTS = [i / 10 for i in range(41)]


def check_2_1(forward, loss):
    for x, y, w in [(1.0, 2.0, 1.0), (-0.7, 1.3, 2.1), (2.2, -1.6, 0.4), (0.5, 0.9, -1.8)]:
        assert abs(forward(x, w) - x * w) < 1e-6
        assert abs(loss(x, y, w) - (x * w - y) ** 2) < 1e-6
    for make in (np.array, torch.tensor):
        x, y = make([[1.0, -2.0], [0.5, 3.0]]), make([[0.2, -1.0], [1.5, 2.5]])
        assert forward(x, 1.5).shape == (2, 2)
        assert np.allclose(np.asarray(forward(x, 1.5)), np.asarray(x) * 1.5)
        assert np.allclose(np.asarray(loss(x, y, 1.5)), (np.asarray(x) * 1.5 - np.asarray(y)) ** 2)


def check_2_2(mse, mae):
    for xs, ys, w in [
        ([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 1.0),
        ([-0.5, 1.5], [2.0, -1.0], 0.7),
        ([0.3, -2.0, 1.1, 0.9], [1.0, 0.5, -0.5, 2.2], -1.3),
    ]:
        misses = np.array(xs) * w - np.array(ys)
        assert abs(mse(xs, ys, w) - np.mean(misses**2)) < 1e-6
        assert abs(mae(xs, ys, w) - np.mean(abs(misses))) < 1e-6


def check_2_3(sweep, best_weight):
    xs, ys = [1.0, 2.0, 3.0], [2.0, 4.0, 6.0]
    assert np.allclose(sweep(xs, ys, [3.0, 2.0, 0.0]), [14 / 3, 0.0, 56 / 3])
    for ws, best in [
        (WEIGHTS, 2.0),
        ([3.0, 0.5, 1.0], 3.0),
        ([1.0, 3.0], 1.0),
        ([4.0, 2.5, 2.25], 2.25),
    ]:
        assert best_weight(xs, ys, ws) == best
    for slope in (0.7, 3.3):
        samples = [-1.5, 0.4, 2.2, 3.1]
        assert best_weight(samples, [slope * x for x in samples], WEIGHTS[::-1]) == slope


def check_2_4(rescale, fit_area_price):
    for given in ([100.0, 250.0], np.array([30.0, 10.0, 5.0])):
        before = list(given)
        assert np.allclose(rescale(given, 0.1), np.array(before) * 0.1)
        assert list(given) == before
    for seed, rate in [(11, 2000.0), (12, 3500.0), (13, 5200.0)]:
        area, price = house_prices(seed=seed, price_per_square_metre=rate)
        given = area.copy()
        factor, w = fit_area_price(given, price, WEIGHTS)
        assert np.array_equal(given, area)
        assert any(abs(w - weight) < 1e-6 for weight in WEIGHTS)
        assert np.mean((area * factor * w - price) ** 2) < 0.4 * np.var(price)


def check_2_5(plot_cost):
    for ws, losses in [([1.0, 2.0, 4.0], [5.0, 0.5, 7.0]), ([0.0, 0.5], [3.0, 1.0])]:
        plt.figure()
        axes = plot_cost(ws, losses)
        (line,) = axes.get_lines()
        assert np.allclose(line.get_xdata(), ws) and np.allclose(line.get_ydata(), losses)
        assert axes.get_xlabel() == "w" and axes.get_ylabel() == "loss"
    plt.close("all")
