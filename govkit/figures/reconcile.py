"""Comparison of the ledgers with the published figures (``data/published.csv``), code by code.

The kind of a figure selects the comparison: E equal; R rounds to it; A (“240余”, “30多”) above it and below the next
step of its last significant digit (241–249; 2001–2999 for 2000余), or “以内” not above it; L (“以上”) at least it. N is
a statement and U has no known content; both are listed and never match. A rate of published counts differs when one of
them does, even where it rounds to the published figure. Where units have not reported, a figure that does not agree is
``missing``, with the units named, not ``differs``.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from govkit.core.files import shipped
from govkit.figures.reported import UNREPORTED
from govkit.figures.snapshot import Snapshot
from govkit.institutions import institutions
from govkit.institutions.institution import Fact
from govkit.ledgers.indicator import Indicator, Measure, Ratio
from govkit.ledgers.period import Period
from govkit.rendering.content import wording

Status = Literal["match", "differs", "missing", "stated", "unknown", "not_covered"]
_APPROXIMATE = ("余", "多", "以内", "以上")
_WHOLE = frozenset(["人", "人次", "个", "件", "户", "项", "条", "起", "名", "次", "支", "级", "类", "层"])
"""Units that are counted: an average of them is told without decimals."""
_SPANS: dict[str, Callable[[Period], Period]] = {
    "cumulative": Period.until_end,
    "now": lambda period: period,
    "first_half": lambda period: Period.months(f"{period.end.year}-01", f"{period.end.year}-06"),
    "second_half": lambda period: Period.months(f"{period.end.year}-07", f"{period.end.year}-12"),
}


@dataclass(frozen=True, slots=True)
class Published:
    """One published figure as the source states it."""

    code: str
    item: str
    fact: str
    value: str
    kind: str
    unit: str
    period: str
    place: str
    note: str

    @property
    def words(self) -> str:
        """The figure in words, by its kind: 450余人次, 600人次以上, 30多个, 1周多, 1周以内, 15,000元, 官方文本待填."""
        if self.kind in {"N", "U"}:
            return self.fact if self.kind == "N" else wording.UNKNOWN
        qualifier = next((word for word in _APPROXIMATE if self.value.endswith(word)), "")
        digits = self.value.removesuffix(qualifier)
        if not is_number(digits):
            return self.value
        value = float(digits)
        if qualifier in {"以内", "以上"}:
            return f"{wording.number(value, self.unit)}{qualifier}"
        if qualifier == "余" and value < 10:  # 余 follows round numbers only
            return f"{wording.number(value, self.unit)}多"
        return f"{wording.number(value)}{qualifier}{self.unit}"


@dataclass(frozen=True, slots=True)
class Line:
    """One published figure, the ledgers' value for it, and how they compare.

    :ivar missing: the names of the units that have not reported all of what it is counted from.
    """

    published: Published
    computed: float | str | None
    status: Status
    missing: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The ledgers' value with the published unit; 未报送 where nobody reported, a dash without a value."""
        if isinstance(self.computed, str):
            return self.computed
        if not self.computed and self.missing and self.status == "missing":
            return UNREPORTED
        digits = 0 if self.published.unit in _WHOLE else None
        return wording.number(self.computed, self.published.unit, digits=digits)

    def as_dict(self) -> dict[str, object]:
        """Return the line for ``--json``; exact and rounded figures are numbers, others the published text."""
        stated: object = self.published.value or None
        if self.published.kind in {"E", "R"} and is_number(self.published.value):
            stated = _plain(float(self.published.value))
        return {
            "code": self.published.code,
            "item": self.published.item,
            "fact": self.published.fact,
            "kind": self.published.kind,
            "published": stated,
            "computed": _plain(self.computed) if isinstance(self.computed, float) else self.computed,
            "unit": self.published.unit,
            "status": self.status,
            "missing": list(self.missing),
        }


def published_figures() -> list[Published]:
    """Return every published figure, in the order of the source."""
    with shipped("data/published.csv").open(encoding="utf-8-sig", newline="") as file:
        return [Published(**row) for row in csv.DictReader(file)]


def reconcile(snapshot: Snapshot, month: str = "") -> list[Line]:
    """Compare every published figure with the ledgers.

    :param month: count up to the end of this month; the latest by default.
    :raises InputError: the ledgers have no rows of that month.

    >>> {line.status for line in reconcile(snapshot)} <= {"match", "stated", "unknown"}
    True
    """
    period = snapshot.month(month)
    computers = {key: compute for institution in institutions() for key, compute in institution.published.items()}
    lines = [
        _line(figure, computers.get((figure.code, figure.item)), snapshot, period) for figure in published_figures()
    ]
    wrong = {line.published.code for line in lines if line.status == "differs"}
    return [_with_its_parts(line, computers.get((line.published.code, line.published.item)), wrong) for line in lines]


def holds(kind: str, published: str, computed: float | str | None) -> bool:
    """Return whether a computed value agrees with a published one of kind E, R, A or L."""
    if not isinstance(computed, int | float):
        return kind == "E" and published == computed
    return _COMPARISONS[kind](published, computed)


def is_number(text: str) -> bool:
    """Return whether a published value is a plain number, such as ``98.5``."""
    return bool(re.fullmatch(r"\d+(\.\d+)?", text))


def _equals(published: str, computed: float) -> bool:
    return is_number(published) and float(published) == float(computed)


def _rounds_to(published: str, computed: float) -> bool:
    stated = Decimal(published)
    return Decimal(repr(computed)).quantize(stated, rounding=ROUND_HALF_UP) == stated


def _approximates(published: str, computed: float) -> bool:
    if published.endswith("以内"):
        return computed <= float(published.removesuffix("以内"))
    stated = int(published.removesuffix("余").removesuffix("多"))
    step: int = 10 ** (len(str(stated)) - len(str(stated).rstrip("0")))
    return stated < computed < stated + step


def _reaches(published: str, computed: float) -> bool:
    return computed >= float(published.removesuffix("以上"))


_COMPARISONS: dict[str, Callable[[str, float], bool]] = {
    "E": _equals,
    "R": _rounds_to,
    "A": _approximates,
    "L": _reaches,
}


def _line(figure: Published, compute: Measure | Fact | None, snapshot: Snapshot, period: Period) -> Line:
    if figure.kind in {"N", "U"}:
        return Line(figure, None, "stated" if figure.kind == "N" else "unknown")
    if compute is None:
        return Line(figure, None, "not_covered")
    computed = _computed(figure, compute, snapshot, period)
    missing = _missing(figure, compute, snapshot, period)
    if holds(figure.kind, figure.value, computed):
        return Line(figure, computed, "match", missing)
    return Line(figure, computed, "missing" if missing else "differs", missing)


def _missing(figure: Published, compute: Measure | Fact, snapshot: Snapshot, period: Period) -> tuple[str, ...]:
    """Return the names of the units that have not reported all of what a figure is counted from."""
    span, district = _span(figure, period), snapshot.places.district
    if isinstance(compute, Indicator | Ratio):
        lacking = snapshot.reported.of(compute, district, span).lacking
    else:
        lacking = snapshot.reported.of_month(district, period.year_to_date()).lacking
        lacking += () if snapshot.reported.of_own(district, period.year_to_date()).complete else (district.code,)
    return tuple(snapshot.places.names[code] for code in lacking)


def _with_its_parts(line: Line, compute: Measure | Fact | None, wrong: set[str]) -> Line:
    if (
        isinstance(compute, Ratio)
        and line.status == "match"
        and wrong & {compute.numerator.code, compute.denominator.code}
    ):
        return replace(line, status="differs")
    return line


def _computed(figure: Published, compute: Measure | Fact, snapshot: Snapshot, period: Period) -> float | str | None:
    span = _span(figure, period)
    if isinstance(compute, Indicator | Ratio):
        return compute(snapshot.frames, snapshot.places.district, span)
    value = compute(snapshot.frames, snapshot.places, span)
    return value if value is None or isinstance(value, str) else float(value)  # type: ignore[arg-type]


def _span(figure: Published, period: Period) -> Period:
    return _SPANS.get(figure.period, Period.year_to_date)(period)


def _plain(value: float) -> float | int:
    return int(value) if value.is_integer() else round(value, 4)
