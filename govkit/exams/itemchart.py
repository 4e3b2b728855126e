"""The chart of an item analysis: every question by its facility and its discrimination, flagged ones named."""

from typing import TYPE_CHECKING, Any

from govkit.errors import Fault, Problem, Where
from govkit.i18n import gettext as _

if TYPE_CHECKING:
    from govkit.reports.charts import Chart

HEIGHT_MM = 110.0
_LEFT, _RIGHT, _TOP, _FLOOR = 18.0, 150.0, 6.0, 96.0
CAPTION = "题目的得分率和区分度"


def scatter(items: Any) -> "Chart":
    """Return a dot for every item that has both figures; those flagged are dark, with their ids beside them.

    :param items: question, facility, discrimination (percent), findings, as in ``items.csv``.
    """
    from govkit.reports.charts import DARK, LIGHT, WIDTH_MM, Chart
    from govkit.reports.sketch import Sketch

    known = items.dropna(subset=["facility", "discrimination"])
    if not len(known):
        what = _("There are too few answers to draw")
        raise Fault(Problem(Where(CAPTION), what, _("Analyse an exam with more candidates")))
    low = min(0.0, float(known["discrimination"].min()) // 10 * 10)
    high = max(60.0, -(-float(known["discrimination"].max()) // 10) * 10)
    sketch = Sketch(WIDTH_MM, HEIGHT_MM, Where(CAPTION))
    _axes(sketch, low, high)
    flagged = known["findings"] != ""
    for part, colour, size in ((known[~flagged], LIGHT, 5.0), (known[flagged], DARK, 6.0)):
        for row in part.itertuples():
            sketch.line([_x(row.facility)], [_y(row.discrimination, low, high)], colour, dot=size)
    _names(sketch, known[flagged], low, high)
    svg, png = sketch.pictures()
    return Chart(svg, png, CAPTION, f"{CAPTION}：共{len(known)}题，其中{int(flagged.sum())}题有提示")


def _axes(sketch: Any, low: float, high: float) -> None:
    from govkit.reports.charts import FAINT, INK, SMALL_PT

    for percent in range(0, 101, 20):
        sketch.line([_x(percent)] * 2, [_TOP, _FLOOR], FAINT)
        sketch.text(_x(percent), _FLOOR + 4, str(percent), SMALL_PT, "center")
    for percent in range(int(low), int(high) + 1, 10):
        y = _y(percent, low, high)
        sketch.line([_LEFT, _RIGHT], [y, y], INK if percent == 0 else FAINT)
        sketch.text(_LEFT - 2, y, str(percent), SMALL_PT, "right")
    sketch.text((_LEFT + _RIGHT) / 2, _FLOOR + 9, "得分率（%）", SMALL_PT, "center")
    sketch.text(1, 2, "区分度（%）", SMALL_PT)


def _names(sketch: Any, flagged: Any, low: float, high: float) -> None:
    """Write the ids of flagged questions beside their dots, leaving out those that would lie on another's."""
    from govkit.reports.charts import SMALL_PT
    from govkit.reports.sketch import width_mm

    taken: list[tuple[float, float]] = []
    for row in flagged.sort_values("discrimination").itertuples():
        x, y = _x(row.facility), _y(row.discrimination, low, high)
        wide = width_mm(row.question, SMALL_PT)
        left = x - wide - 2 if x + wide + 2 > _RIGHT + 5 else x + 2
        if all(abs(y - other_y) > 3.4 or abs(left - other_x) > wide + 1 for other_x, other_y in taken):
            taken.append((left, y))
            sketch.text(left, y, row.question, SMALL_PT)


def _x(percent: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * percent / 100


def _y(percent: float, low: float, high: float) -> float:
    return _FLOOR - (_FLOOR - _TOP) * (percent - low) / (high - low)
