"""The matters of the whole district that are overdue at a month's end, whichever institution they belong to."""

from collections.abc import Iterator

import pandas as pd

from govkit.institutions import institutions
from govkit.institutions.institution import Overdue
from govkit.ledgers.indicator import Frames
from govkit.ledgers.period import Period

COLUMNS = ["类别", "place", "township", "编号", "事项", "应办日期", "超期天数", "依据"]


def overdue_matters(frames: Frames, period: Period) -> pd.DataFrame:
    """Return a row per matter overdue at the period's end, longest first: its kind, place by code, day due, rule."""
    rows = [
        row for institution in institutions() for kind in institution.overdue for row in _late(kind, frames, period)
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(COLUMNS, "str") | {"超期天数": "int64"})
    return frame.sort_values(["超期天数", "编号"], ascending=[False, True], ignore_index=True)


def _late(kind: Overdue, frames: Frames, period: Period) -> Iterator[list[object]]:
    frame = frames[kind.ledger.code]
    late = frame[kind.late(frame, period).fillna(value=False).astype(bool)]
    end = pd.Timestamp(period.end)
    columns = (late["place"], late["township"], late[kind.ledger.key[0]], kind.subject(late), kind.due(late))
    for place, township, number, subject, day in zip(*columns, strict=True):
        yield [kind.label, place, township, number, str(subject), f"{day:%Y-%m-%d}", (end - day).days, kind.rule]
