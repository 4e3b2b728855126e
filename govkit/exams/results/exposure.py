"""The bank's record of earlier exams: how often each question was set, its facility and discrimination.

A record file (``exposure.csv``) beside the bank, one row for each question and exam; the bank's own files stay as their
authors wrote them.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from govkit.core.errors import refuse
from govkit.core.i18n import gettext as _
from govkit.exams.folder import read_table, row_problems, write_table
from govkit.exams.paper.key import KeySheet
from govkit.exams.results.analysis import Analysis

if TYPE_CHECKING:
    import pandas as pd

EXPOSURE_FILE = "exposure.csv"
COLUMNS = ("question", "exam", "date", "candidates", "facility", "discrimination")


def read_exposure(path: Path) -> dict[str, int]:
    """Return the number of exams in which each question was set; empty without a record."""
    if not path.is_file():
        return {}
    counts = _record(path).groupby("question")["exam"].nunique()
    return {str(name): int(count) for name, count in counts.items()}


def observed_facility(path: Path) -> dict[str, float]:
    """Return each question's facility over its exams (0 to 1), weighted by candidates.

    :raises InputError: the record is missing or holds a facility or a count that is no number.
    """
    record = _record(path)
    facility, takers = _numbers(path, record["facility"]), _numbers(path, record["candidates"])
    known = facility.notna() & (takers > 0)
    sums = (facility * takers)[known].groupby(record["question"]).sum()
    means = sums / takers[known].groupby(record["question"]).sum() / 100
    return {str(name): float(value) for name, value in means.items()}


def feed_back(path: Path, analysis: Analysis, sheet: KeySheet, date: str) -> "pd.DataFrame":
    """Add an exam to the record (replacing what it held of the same exam), write it and return it.

    A case is one question of the bank: its facility is its parts' mean weighted by points, its discrimination empty.
    """
    import pandas as pd

    earlier = _record(path) if path.is_file() else pd.DataFrame(columns=list(COLUMNS))
    earlier = earlier[earlier["exam"] != sheet.exam]
    rows = pd.DataFrame(_rows(analysis, sheet, date), columns=list(COLUMNS))
    record = pd.concat([earlier, rows.astype("str")], ignore_index=True).sort_values(["question", "date", "exam"])
    write_table(path, record)
    return record


def _record(path: Path) -> "pd.DataFrame":
    frame: pd.DataFrame = read_table(path, COLUMNS).to_pandas().astype("str")
    return frame


def _numbers(path: Path, texts: "pd.Series[str]") -> "pd.Series[float]":
    """Return a column as numbers, NaN where it is empty."""
    import pandas as pd

    numbers = pd.to_numeric(texts, errors="coerce")
    rows = (numbers.isna() & texts.str.strip().ne("")).to_numpy().nonzero()[0].tolist()
    what = [_("“{value}” is no number").format(value=texts.iloc[row]) for row in rows]
    refuse(row_problems(path, rows, what, _("Write a number")))
    return numbers


def _rows(analysis: Analysis, sheet: KeySheet, date: str) -> list[list[object]]:
    items = analysis.items.assign(parent=[sheet.sealed_items[name].parent for name in analysis.items["question"]])
    rows: list[list[object]] = []
    for parent, parts in items.groupby("parent", sort=True):
        facility = (parts["facility"] * parts["points"]).sum() / parts["points"].sum()
        alone = len(parts) == 1 and parts["discrimination"].notna().all()
        discrimination = round(float(parts["discrimination"].iloc[0]), 4) if alone else ""
        rows.append(
            [parent, sheet.exam, date, int(parts["candidates"].max()), round(float(facility), 4), discrimination]
        )
    return rows
