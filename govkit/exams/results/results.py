"""Results of a sitting by unit: registered, sat, absent, average, passed, pass rate; and the distribution.

应考 is everyone on the roster, 缺考 those absent, 实考 the rest. A pass rate always states its base; results for the
public hold no full names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from govkit.core import audit
from govkit.core.errors import Problem, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.core.masks import mask_name
from govkit.exams.folder import BLUEPRINT_FILE, MARKS_FILE, read_table
from govkit.exams.paper.blueprint import Blueprint, RateBase, read_blueprint
from govkit.exams.paper.key import AUDIT_FILE
from govkit.exams.paper.paper import digest
from govkit.exams.paper.roster import ABSENT, DISQUALIFIED, PRESENT, ROSTER_FILE, read_roster

if TYPE_CHECKING:
    import pandas as pd

Sitting = Literal["first", "resit", "final"]

BASE_LABELS: dict[RateBase, str] = {
    "present": "通过人数÷实考人数",
    "registered": "通过人数÷应考人数",
    "none": "不计算通过率",
}
ALL_UNITS = "合计"


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a sitting.

    ``units``: unit, registered, sat, absent, average, passed, pass_rate (percent), one row a unit, in the roster's
    order, and one in all.
    ``distribution``: low, high (points, the upper end belonging to the last band only), label, count.
    ``candidates``: candidate, name, unit, post, form, status, mark, passed.
    ``base``: what the pass rate divides by, in Chinese.
    """

    units: "pd.DataFrame"
    distribution: "pd.DataFrame"
    candidates: "pd.DataFrame"
    base: str


def results(roster: "pd.DataFrame", marks: "pd.DataFrame", blueprint: Blueprint, sitting: Sitting = "first") -> Results:
    """Return the results of the first sitting, of the resit, or the final ones (the better of the two).

    :param marks: candidate, form, mark, passed, as in ``marks.csv``.
    """
    joined = joined_marks(roster, marks)
    chosen = _sitting(joined, blueprint, sitting)
    return Results(
        units=_units(chosen, blueprint.rate_base),
        distribution=distribution(chosen, float(blueprint.total)),
        candidates=chosen,
        base=BASE_LABELS[blueprint.rate_base],
    )


def joined_marks(roster: "pd.DataFrame", marks: "pd.DataFrame") -> "pd.DataFrame":
    """Return the roster with mark (points, missing if none) and passed; a disqualified candidate has not passed."""
    import pandas as pd

    both = roster.merge(marks, on=["candidate", "form"], how="left", validate="one_to_one")
    both["mark"] = pd.to_numeric(both["mark"])
    both["passed"] = both["passed"].eq("true").fillna(value=False).astype(bool)
    return both


def honours(candidates: "pd.DataFrame", least: float, most: int | None = None) -> "pd.DataFrame":
    """Return the candidates with at least ``least`` points, best first, at most ``most`` except for ties."""
    best = candidates[candidates["mark"] >= least].sort_values(["mark", "candidate"], ascending=[False, True])
    if most is not None and len(best) > most:
        best = best[best["mark"] >= best["mark"].iloc[most - 1]] if most else best.iloc[:0]
    return best.reset_index(drop=True)


def resit_list(candidates: "pd.DataFrame", include_absent: bool = True) -> "pd.DataFrame":
    """Return the candidates who must resit: those who sat and failed and, by setting, those absent."""
    failed = ~candidates["passed"] & ~candidates["status"].isin([ABSENT, DISQUALIFIED])
    chosen = failed | (candidates["status"] == ABSENT) if include_absent else failed
    return candidates[chosen].sort_values(["unit", "candidate"]).reset_index(drop=True)


def distribution(
    candidates: "pd.DataFrame", total: float, bands: Sequence[float] = (0, 0.6, 0.7, 0.8, 0.9, 1)
) -> "pd.DataFrame":
    """Return the number of candidates in each band of marks; the last band includes its upper end.

    >>> import pandas as pd
    >>> distribution(pd.DataFrame({"mark": [59.5, 60.0, 100.0]}), total=100)["count"].tolist()
    [1, 1, 0, 0, 1]

    :param total: full marks, in points.
    :param bands: the ends of the bands as shares of the total.
    """
    import pandas as pd

    ends = [round(total * share, 4) for share in bands]
    marks = candidates["mark"].dropna()
    rows = []
    for low, high in pairwise(ends):
        last = high == ends[-1]
        inside = (marks >= low) & ((marks <= high) if last else (marks < high))
        rows.append([low, high, _band(low, high, ends), int(inside.sum())])
    return pd.DataFrame(rows, columns=["low", "high", "label", "count"])


def _band(low: float, high: float, ends: Sequence[float]) -> str:
    """Return a band of marks in words that say on which side its ends lie."""
    if len(ends) > 2 and low == ends[0]:
        return f"{high:g}分以下"
    if high == ends[-1]:
        return f"{low:g}分及以上"
    return f"{low:g}—{high:g}分（不含{high:g}分）"


def masked(candidates: "pd.DataFrame") -> "pd.DataFrame":
    """Return candidates for the public: masked names (姓某), no admission numbers."""
    public = candidates.drop(columns=["candidate"])
    return public.assign(name=public["name"].map(mask_name))


def _sitting(joined: "pd.DataFrame", blueprint: Blueprint, sitting: Sitting) -> "pd.DataFrame":
    first = joined[joined["form"] != blueprint.resit] if blueprint.resit else joined
    if sitting == "first":
        return first.reset_index(drop=True)
    if sitting == "resit":
        return joined[joined["form"] == blueprint.resit].reset_index(drop=True)
    better = joined.sort_values(["passed", "mark"], ascending=False, na_position="last", kind="stable")
    return better.drop_duplicates("candidate").sort_values("candidate").reset_index(drop=True)


def _units(candidates: "pd.DataFrame", base: RateBase) -> "pd.DataFrame":
    import pandas as pd

    rows = [_unit_row(str(unit), mine, base) for unit, mine in candidates.groupby("unit", sort=False)]
    rows.append(_unit_row(ALL_UNITS, candidates, base))
    columns = ["unit", "registered", "sat", "absent", "average", "passed", "pass_rate"]
    return pd.DataFrame(rows, columns=columns)


def _unit_row(unit: str, mine: "pd.DataFrame", base: RateBase) -> list[object]:
    registered, absent = len(mine), int((mine["status"] == ABSENT).sum())
    sat, passed = registered - absent, int(mine["passed"].sum())
    average = float(mine["mark"].mean()) if mine["mark"].notna().any() else None
    divisor = {"present": sat, "registered": registered, "none": 0}[base]
    return [unit, registered, sat, absent, average, passed, 100 * passed / divisor if divisor else None]


def exam_results(folder: Path, sitting: Sitting = "first") -> Results:
    """Return the results of a marked exam; the key stays closed.

    :raises InputError: the exam is not marked yet, or marks or roster were changed since it was.
    """
    blueprint, roster, marks = read_marked(folder)
    return results(roster, marks, blueprint, sitting)


def read_marked(folder: Path) -> tuple[Blueprint, "pd.DataFrame", "pd.DataFrame"]:
    """Return blueprint, roster and marks of a marked exam; the rows of the roster keep the order of its file.

    :raises InputError: as :func:`exam_results`.
    """
    blueprint = read_blueprint(folder / BLUEPRINT_FILE)
    roster = read_roster(folder, blueprint.all_forms, blueprint.resit)
    marks = read_table(folder / MARKS_FILE, ("candidate", "form", "mark", "passed")).to_pandas().astype("str")
    refuse([*altered_marks(folder), *_unmatched(folder, roster, marks)])
    return blueprint, roster, marks


def altered_marks(folder: Path) -> list[Problem]:
    """Return a problem when the hash of marks.csv is not the last one in the audit log."""
    known = [entry.details["marks"] for entry in audit.entries(folder / AUDIT_FILE) if "marks" in entry.details]
    if known and known[-1] == digest((folder / MARKS_FILE).read_bytes()):
        return []
    where = Where(str(folder / MARKS_FILE))
    return [Problem(where, _("The marks were altered after marking"), _("Mark again; find out who changed them"))]


def _unmatched(folder: Path, roster: "pd.DataFrame", marks: "pd.DataFrame") -> list[Problem]:
    """Return a problem when the candidates present are not those with marks."""
    present = roster[roster["status"] == PRESENT]
    sat, marked = (set(zip(each["candidate"], each["form"], strict=True)) for each in (present, marks))
    if sat == marked:
        return []
    what = _("{count} candidates differ between roster and marks").format(count=len(sat ^ marked))
    return [Problem(Where(str(folder / ROSTER_FILE)), what, _("Mark again"))]
