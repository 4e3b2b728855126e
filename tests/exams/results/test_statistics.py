"""Test statistics: a table computed by hand, a second computation in plain Python, and undefined values."""

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstat

from govkit.exams.results.statistics import (
    correlation,
    effective_weights,
    item_statistics,
    paper_statistics,
)

# Five candidates, three questions of one point.       total  rest of q1
HAND = np.array(
    [
        [1, 1, 1],  # 3      2
        [1, 1, 0],  # 2      1
        [1, 0, 0],  # 1      0
        [0, 1, 0],  # 1      1
        [0, 0, 0],  # 0      0
    ],
    dtype=float,
)


def test_a_paper_worked_by_hand() -> None:
    """Totals 3 2 1 1 0: mean 1.4, differences 1.6 .6 -.4 -.4 -1.4.

    Squares 2.56 .36 .16 .16 1.96 = 5.2, so k2 = 1.3. Cubes 4.096 .216 -.064 -.064 -2.744 = 1.44, m3 = .288,
    k3 = 25 × .288 / 12 = .6. Fourth powers 6.5536 .1296 .0256 .0256 3.8416 = 10.576, m4 = 2.1152, m2 = 1.04,
    k4 = 25 (6 × 2.1152 - 12 × 1.0816) / 24 = -.3. Variances of the questions .3, .3, .2: sum .8.
    CIC = 150 (1 - .8/1.3).
    """
    found = paper_statistics(HAND)
    assert (found.candidates, found.questions) == (5, 3)
    assert found.mean == pytest.approx(1.4)
    assert found.median == 1
    assert found.standard_deviation == pytest.approx(math.sqrt(1.3))
    assert found.skewness == pytest.approx(0.6 / 1.3**1.5)
    assert found.kurtosis == pytest.approx(-0.3 / 1.69)
    assert found.internal_consistency == pytest.approx(57.692307692)
    assert found.error_ratio == pytest.approx(100 * math.sqrt(1 - 0.57692307692))
    assert found.standard_error == pytest.approx(math.sqrt(1 - 0.57692307692) * math.sqrt(1.3))


def test_a_question_worked_by_hand() -> None:
    """Question 1: marks 1 1 1 0 0, mean .6; rest 2 1 0 1 0, mean .8.

    Products .4×1.2 + .4×.2 + .4×-.8 + -.6×.2 + -.6×-.8 = .6, covariance .15; variances .3 and .7.
    Sorted: 0 0 1 1 1 against 0 0 1 1 2: .48 + .48 + .08 + .08 + .48 = 1.6, covariance .4.
    """
    found = item_statistics(HAND[:, 0], HAND[:, 1:].sum(axis=1), 1.0)
    assert found.facility == pytest.approx(60)
    assert found.standard_deviation == pytest.approx(math.sqrt(0.3))
    assert found.discrimination == pytest.approx(100 * 0.15 / math.sqrt(0.21))
    assert found.efficiency == pytest.approx(37.5)


def test_effective_weights_worked_by_hand() -> None:
    """Covariances with the total: q1 .45, q2 .45, q3 .4; their roots share 100%."""
    roots = [math.sqrt(0.45), math.sqrt(0.45), math.sqrt(0.4)]
    assert effective_weights(HAND) == pytest.approx([100 * root / sum(roots) for root in roots])


def test_a_question_against_the_paper_has_no_effective_weight() -> None:
    marks = np.array([[5, 5, 0], [4, 4, 0], [0, 1, 1], [0, 0, 1]], dtype=float)
    weights = effective_weights(marks)
    assert weights[2] is None
    assert sum(weight or 0 for weight in weights) == pytest.approx(100)


def plain_route(rows: list[list[float]], full: list[float]) -> dict[str, Any]:
    """The published formulas as loops over Python floats, independent of the module."""
    s, p = len(rows), len(rows[0])
    totals = [sum(row) for row in rows]
    mean = sum(totals) / s
    m2, m3, m4 = (sum((t - mean) ** power for t in totals) / s for power in (2, 3, 4))
    k2 = s / (s - 1) * m2
    k3 = s * s / (s - 1) / (s - 2) * m3
    k4 = s * s / (s - 1) / (s - 2) / (s - 3) * ((s + 1) * m4 - 3 * (s - 1) * m2 * m2)
    items, variances, roots = [], [], []
    for column in range(p):
        x = [row[column] for row in rows]
        rest = [total - mark for total, mark in zip(totals, x, strict=True)]
        x_mean, rest_mean = sum(x) / s, sum(rest) / s
        cov = sum((a - x_mean) * (b - rest_mean) for a, b in zip(x, rest, strict=True)) / (s - 1)
        most = sum((a - x_mean) * (b - rest_mean) for a, b in zip(sorted(x), sorted(rest), strict=True)) / (s - 1)
        var_x = sum((a - x_mean) ** 2 for a in x) / (s - 1)
        var_rest = sum((b - rest_mean) ** 2 for b in rest) / (s - 1)
        with_total = sum((a - x_mean) * (t - mean) for a, t in zip(x, totals, strict=True)) / (s - 1)
        items.append((100 * x_mean / full[column], 100 * cov / math.sqrt(var_x * var_rest), 100 * cov / most))
        variances.append(var_x)
        roots.append(math.sqrt(with_total) if with_total >= 0 else None)
    cic = 100 * p / (p - 1) * (1 - sum(variances) / k2)
    known = sum(root for root in roots if root is not None)
    return {
        "skewness": k3 / k2**1.5,
        "kurtosis": k4 / k2**2,
        "cic": cic,
        "error_ratio": 100 * math.sqrt(1 - cic / 100),
        "standard_error": math.sqrt(1 - cic / 100) * math.sqrt(k2),
        "items": items,
        "weights": [None if root is None else 100 * root / known for root in roots],
    }


@pytest.mark.parametrize("seed", range(5))
def test_two_routes_agree(seed: int) -> None:
    chance = random.Random(seed)
    full = [chance.choice([1.0, 2.0, 3.0]) for _ in range(20)]
    ability = [chance.gauss(0, 1) for _ in range(200)]
    rows = [[points * (chance.gauss(one, 1) > -0.5) * chance.choice([0.5, 1]) for points in full] for one in ability]
    marks, expected, paper = np.array(rows), plain_route(rows, full), paper_statistics(np.array(rows))
    assert paper.skewness == pytest.approx(expected["skewness"], abs=1e-9)
    assert paper.kurtosis == pytest.approx(expected["kurtosis"], abs=1e-9)
    assert paper.internal_consistency == pytest.approx(expected["cic"], abs=1e-9)
    assert paper.error_ratio == pytest.approx(expected["error_ratio"], abs=1e-9)
    assert paper.standard_error == pytest.approx(expected["standard_error"], abs=1e-9)
    assert effective_weights(marks) == pytest.approx(expected["weights"], abs=1e-9)
    for column, (facility, discrimination, efficiency) in enumerate(expected["items"]):
        found = item_statistics(marks[:, column], marks.sum(axis=1) - marks[:, column], full[column])
        assert found.facility == pytest.approx(facility, abs=1e-9)
        assert found.discrimination == pytest.approx(discrimination, abs=1e-9)
        assert found.efficiency == pytest.approx(efficiency, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_libraries_agree_on_moments(seed: int) -> None:
    totals = np.random.default_rng(seed).gamma(3.0, size=300)
    paper = paper_statistics(totals[:, np.newaxis])
    k2, k3, k4 = (kstat(totals, order) for order in (2, 3, 4))
    assert paper.standard_deviation == pytest.approx(math.sqrt(k2), abs=1e-10)
    assert paper.skewness == pytest.approx(k3 / k2**1.5, abs=1e-10)
    assert paper.kurtosis == pytest.approx(k4 / k2**2, abs=1e-10)
    other = np.random.default_rng(seed + 9).normal(size=300)
    assert correlation(totals, other) == pytest.approx(100 * np.corrcoef(totals, other)[0, 1])


@pytest.mark.parametrize(
    ("candidates", "known"),
    [
        (0, set()),
        (1, {"mean", "median"}),
        (2, {"mean", "median", "standard_deviation"}),
        (
            3,
            {
                "mean",
                "median",
                "standard_deviation",
                "skewness",
                "internal_consistency",
                "error_ratio",
                "standard_error",
            },
        ),
    ],
)
def test_too_few_candidates_leave_figures_out(candidates: int, known: set[str]) -> None:
    found = paper_statistics(HAND[:candidates])
    names = set(found.__slots__) - {"candidates", "questions"}
    assert {name for name in names if getattr(found, name) is not None} == known


def test_no_variance_leaves_figures_out_even_with_odd_decimals() -> None:
    same = np.full((7, 3), 0.1)
    paper = paper_statistics(same)
    assert (paper.standard_deviation, paper.skewness, paper.kurtosis, paper.internal_consistency) == (
        0,
        None,
        None,
        None,
    )
    item = item_statistics(same[:, 0], HAND.sum(axis=1).repeat(2)[:7], 0.1)
    assert [item.facility, item.discrimination, item.efficiency] == [pytest.approx(100), None, None]
    assert effective_weights(same) == [None, None, None]


@settings(max_examples=50)
@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=2, max_size=30))
def test_discrimination_and_efficiency_stay_within_a_hundred(rows: list[list[int]]) -> None:
    marks = np.array(rows, dtype=float)
    found = item_statistics(marks[:, 0], marks[:, 1:].sum(axis=1), 4.0)
    for value in (found.discrimination, found.efficiency):
        assert value is None or value <= 100 + 1e-9
    if found.discrimination is not None:
        assert found.discrimination >= -100 - 1e-9
