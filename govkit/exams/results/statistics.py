"""Classical test statistics by Moodle's published formulas ("Quiz statistics calculations").

S candidates, P questions, x a question's marks, T a candidate's total, X = T - x the rest. Variances and covariances
divide by S - 1. Where Moodle shows nothing (too few candidates, no variance) these functions return None.

==========================  =================================================================================
facility index              mean(x) / full marks, in percent
discrimination index        100 cov(x, X) / sqrt(var(x) var(X))
discriminative efficiency   100 cov(x, X) / cov of x and X, each sorted
effective weight            100 sqrt(cov(x, T)) / sum of the same over the questions whose cov(x, T) is not negative
skewness                    k3 / k2^1.5, from 3 candidates
kurtosis                    k4 / k2^2, from 4 candidates (excess: 0 for a normal distribution)
internal consistency        100 P/(P-1) (1 - sum var(x) / var(T)): Cronbach's alpha in percent, from 3 candidates
error ratio                 100 sqrt(1 - CIC/100)
standard error              error ratio / 100 times the standard deviation
==========================  =================================================================================

k2, k3, k4 are Fisher's k-statistics of the totals; ``skew`` and ``kurt`` of pandas are these ratios. scipy's ``kstat``
gives the same, but importing scipy.stats takes longer than marking and analysing an exam.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Marks = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PaperStatistics:
    """The statistics of a paper: marks in points; consistency and error ratio in percent."""

    candidates: int
    questions: int
    mean: float | None
    median: float | None
    standard_deviation: float | None
    skewness: float | None
    kurtosis: float | None
    internal_consistency: float | None
    error_ratio: float | None
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """The statistics of one question, in percent but for ``standard_deviation`` (points) and ``candidates``."""

    candidates: int
    facility: float | None
    standard_deviation: float | None
    discrimination: float | None
    efficiency: float | None


def paper_statistics(marks: "Marks") -> PaperStatistics:
    """Return the statistics of a paper.

    >>> import numpy as np
    >>> found = paper_statistics(np.array([[1.0, 1, 1], [1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]]))
    >>> found.candidates, round(found.mean, 2), round(found.internal_consistency, 2), round(found.kurtosis, 4)
    (5, 1.4, 57.69, -0.1775)

    :param marks: in points, one row for each candidate, one column for each question.
    """
    import numpy as np
    import pandas as pd

    candidates, questions = marks.shape
    totals = marks.sum(axis=1)
    differences: Any = pd.Series(_centred(totals))  # the stubs type skew and kurt as any scalar
    variance = float(differences.var()) if candidates > 1 else None
    deviation = None if variance is None else math.sqrt(variance)
    cic = _internal_consistency(marks, variance)
    ratio = None if cic is None else 100 * max(0.0, 1 - cic / 100) ** 0.5
    return PaperStatistics(
        candidates=candidates,
        questions=questions,
        mean=float(totals.mean()) if candidates else None,
        median=float(np.median(totals)) if candidates else None,
        standard_deviation=deviation,
        skewness=float(differences.skew()) if variance and candidates > 2 else None,
        kurtosis=float(differences.kurt()) if variance and candidates > 3 else None,
        internal_consistency=cic,
        error_ratio=ratio,
        standard_error=None if ratio is None or deviation is None else ratio * deviation / 100,
    )


def item_statistics(marks: "Marks", rest: "Marks", full: float) -> ItemStatistics:
    """Return the statistics of one question.

    >>> import numpy as np
    >>> found = item_statistics(np.array([1.0, 1, 1, 0, 0]), np.array([2.0, 1, 0, 1, 0]), full=1.0)
    >>> round(found.facility, 2), round(found.discrimination, 2), round(found.efficiency, 2)
    (60.0, 32.73, 37.5)

    :param marks: its marks, one a candidate.
    :param rest: what each of them gained on the rest of the paper.
    :param full: its full marks.
    """
    import numpy as np

    candidates = len(marks)
    facility = 100 * float(marks.mean()) / full if candidates and full else None
    if candidates < 2:
        return ItemStatistics(candidates, facility, None, None, None)
    x, others = _centred(marks), _centred(rest)
    degrees = candidates - 1
    covariance = _dot(x, others) / degrees
    variance, other_variance = _dot(x, x) / degrees, _dot(others, others) / degrees
    largest = _dot(np.sort(x), np.sort(others)) / degrees
    spread = math.sqrt(variance * other_variance)
    return ItemStatistics(
        candidates=candidates,
        facility=facility,
        standard_deviation=math.sqrt(variance),
        discrimination=100 * covariance / spread if spread else None,
        efficiency=100 * covariance / largest if spread and largest else None,
    )


def correlation(x: "Marks", y: "Marks") -> float | None:
    """Return the product-moment correlation in percent, None where one variable is constant.

    >>> import numpy as np
    >>> round(correlation(np.array([1.0, 2, 3]), np.array([1.0, 3, 2])), 1)
    50.0
    """
    one, other = _centred(x), _centred(y)
    spread = math.sqrt(_dot(one, one)) * math.sqrt(_dot(other, other))
    return 100 * _dot(one, other) / spread if spread else None


def effective_weights(marks: "Marks") -> list[float | None]:
    """Return each question's effective weight in percent; None where its covariance with the total is negative."""
    import numpy as np

    candidates, questions = marks.shape
    if candidates < 2:
        return [None] * questions
    totals = _centred(marks.sum(axis=1))
    covariances = np.array([_dot(_centred(column), totals) for column in marks.T]) / (candidates - 1)
    roots = np.sqrt(np.clip(covariances, 0, None))
    whole = float(roots.sum())
    shown = zip(roots.tolist(), covariances.tolist(), strict=True)
    return [100 * root / whole if whole and covariance >= 0 else None for root, covariance in shown]


def _internal_consistency(marks: "Marks", variance: float | None) -> float | None:
    candidates, questions = int(marks.shape[0]), int(marks.shape[1])
    if candidates < 3 or questions < 2 or not variance:
        return None
    parts = sum(_dot(column, column) for column in map(_centred, marks.T)) / (candidates - 1)
    return 100.0 * questions / (questions - 1) * (1 - parts / variance)


def _dot(x: "Marks", y: "Marks") -> float:
    """Return the sum of products, without BLAS: its threads cost more than they save on short vectors."""
    return float((x * y).sum())


def _centred(values: "Marks") -> "Marks":
    """Return the differences from the mean, exactly 0 where all values are equal, so that no variance is exactly 0."""
    import numpy as np

    if len(values) == 0 or np.ptp(values) == 0:
        return np.zeros_like(values, dtype=float)
    return np.asarray(values - values.mean(), dtype=float)
