"""The dated events of a place's month: service centres opened, the platform linked, rounds and meetings held."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from govkit.core.frames import named_rows
from govkit.institutions.institution import month_and_day
from govkit.reports.rows import known, within

if TYPE_CHECKING:
    from govkit.figures.figure import Figures


def events_of_month(f: "Figures") -> list[str]:
    """Return the events of the month in words, the earliest first; of villages only those of their own.

    >>> events_of_month(figures)
    ['9月16日区、乡联网办事平台上线', '9月28日开展党群服务中心建设观摩', '9月29日召开观摩推进会']
    """
    found = [*_centres(f), *_rounds(f)]
    return [f"{month_and_day(day)}{words}" for day, words in sorted(found, key=lambda event: event[0])]


def _centres(f: "Figures") -> Iterator[tuple[pd.Timestamp, str]]:
    centres = known(f, "service_centres")
    own = centres[centres["place"] == f.place.code].rename(columns={"name": "centre"})
    for row in named_rows(within(own, "opened_on", f.period)):
        yield row.opened_on, f"{row.centre}启用"
    every = known(f.snapshot.figures("", f.period.code), "service_centres")
    linked = every.loc[every["place"].isin(every["township"]), "online_on"]
    if f.place.level == "district" and len(linked) and linked.notna().all():
        for day in within(pd.DataFrame({"day": [linked.max()]}), "day", f.period)["day"]:
            yield day, "区、乡联网办事平台上线"


def _rounds(f: "Figures") -> Iterator[tuple[pd.Timestamp, str]]:
    if f.place.level != "district":
        return
    rounds = known(f, "observation_rounds")
    for row in named_rows(within(rounds, "held_on", f.period)):
        yield row.held_on, f"开展{row.title}"
    for row in named_rows(within(rounds, "meeting_on", f.period)):
        yield row.meeting_on, "召开观摩推进会"
