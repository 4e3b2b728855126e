"""The matters with a deadline of one place at a month's end, as tables and in words."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.figures.overdue import DAYS_AHEAD, RULE
from govkit.figures.reported import UNREPORTED, Rests
from govkit.institutions import institutions
from govkit.ledgers.declare import Level
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place
from govkit.rendering.content import wording

if TYPE_CHECKING:
    from govkit.figures.snapshot import Snapshot

BELOW: dict[Level, Level] = {"district": "township", "township": "village"}
UNIT = "单位"
TOTAL = "合计"


class Deadlines:
    """The overdue matters of a place and a month, and those due soon; a base of :class:`govkit.figures.figure.Figures`.

    :ivar snapshot: the snapshot they are computed from.
    :ivar place: the place they are about.
    :ivar period: the month they are about.
    """

    snapshot: "Snapshot"
    place: Place
    period: Period

    @cached_property  # jedi fails to complete an object with a property of a Literal type
    def unit_level(self) -> Level | None:
        """The level of the units below the place; None for a village."""
        return BELOW.get(self.place.level)

    def overdue(self, limit: int | None = None) -> pd.DataFrame:
        """Return the matters overdue at the month's end, the longest overdue first.

        :param limit: how many rows at most; all by default.
        :return: the columns 类别, 单位, 编号, 事项, 应办日期 (text) and 超期天数.

        >>> figures.overdue(5).columns.tolist()
        ['类别', '单位', '编号', '事项', '应办日期', '超期天数']
        """
        return self._overdue.drop(columns=RULE).head(limit if limit is not None else len(self._overdue))

    def due_soon(self, days: int = DAYS_AHEAD) -> pd.DataFrame:
        """Return the matters that are open at the month's end and due within ``days`` days after it, soonest first.

        :return: the columns 类别, 单位, 编号, 事项, 应办日期 (text) and 剩余天数.

        >>> bool(figures.due_soon(7)["剩余天数"].between(1, 7).all())
        True
        """
        return self._of_here(self.snapshot.due_soon(self.period, days, self.place)).drop(columns=RULE)

    def due_soon_sentence(self, days: int = DAYS_AHEAD) -> str:
        """Return how many matters of each kind fall due within ``days`` days after the month's end, in words."""
        soon = self.due_soon(days)
        start = f"{wording.date(self.period.end)}以后{days}天内"
        if soon.empty and self._month.nothing:
            return f"{start}的到期事项不明。"
        if soon.empty:
            return f"{start}没有到期事项。"
        return f"{start}到期事项共{wording.number(len(soon), '件')}，其中{_by_kind(soon)}。"

    @property
    def overdue_count(self) -> int:
        """The number of matters overdue at the month's end."""
        return len(self._overdue)

    def overdue_sentence(self) -> str:
        """Return how many matters of each kind are overdue at the month's end, in words."""
        end = wording.date(self.period.end)
        if not self.overdue_count and self._month.nothing:
            return f"{self.period.label}台账{UNREPORTED}，逾期情况不明。"
        if not self.overdue_count:
            return f"截至{end}，没有逾期事项。"
        return f"截至{end}，逾期事项共{wording.number(self.overdue_count, '件')}，其中{_by_kind(self._overdue)}。"

    def overdue_rules(self) -> str:
        """Return the rule by which each kind of matter is overdue, in one line."""
        rules = self._overdue.drop_duplicates("类别")
        return "；".join(f"{kind}：{rule}" for kind, rule in zip(rules["类别"], rules[RULE], strict=True))

    def overdue_by_unit(self) -> pd.DataFrame:
        """Return how many matters of each kind are overdue, a row per unit below the place; no rows for a village.

        The place's own matters, which belong to no unit below it, come first. A unit that has not reported the month,
        or the ledger of a kind in the year, has 未报送 where the ledgers hold nothing of it.
        """
        late = self._overdue
        if self.unit_level is None or late.empty:
            return pd.DataFrame()
        if self.unit_level == "township":
            township = {p.name: self.snapshot.places.names[p.township] for p in self.snapshot.places}
            late = late.assign(**{UNIT: late[UNIT].map(township)})
        counts = pd.crosstab(late[UNIT], late["类别"])
        silent = {self.snapshot.places.names[code] for code in (*self._month.none, *self._month.above)}
        units = [self.place, *self.snapshot.places.at(self.unit_level, self.place.code)]
        listed = [unit for unit in units if unit.name in counts.index or unit.name in silent]
        counts = counts.reindex([unit.name for unit in listed], fill_value=0)
        counts[TOTAL] = counts.sum(axis=1)
        sums, shown = counts.sum(), counts.astype("object")
        for unit in listed:
            for kind in counts.columns:
                if not counts.loc[unit.name, kind] and self._unknown(unit, str(kind)):
                    shown.loc[unit.name, kind] = UNREPORTED
        shown = shown.rename(index={self.place.name: f"{self.place.name}本级"})
        shown.loc[f"{TOTAL}（{self._month.words}）" if self._month.words else TOTAL] = sums
        return shown.infer_objects().rename_axis(columns=None).reset_index(names=UNIT)

    def _unknown(self, unit: Place, kind: str) -> bool:
        """Return whether a unit's count of a kind of matter is unknown: it reported no month, or no such ledger."""
        reported = self.snapshot.reported
        if not reported.of_own(unit, self.period).complete:
            return True
        codes = [one.ledger.code for own in institutions() for one in own.overdue if one.label == kind]
        return bool(codes) and reported.of_ledgers(codes, unit, self.period.year_to_date()).nothing

    @property
    def _month(self) -> Rests:
        """Which units below the place, or it itself, reported anything of the month."""
        return self.snapshot.reported.of_month(self.place, self.period)

    @cached_property
    def _overdue(self) -> pd.DataFrame:
        return self._of_here(self.snapshot.overdue(self.period, self.place))

    def _of_here(self, matters: pd.DataFrame) -> pd.DataFrame:
        """Return the matters of the place, with the names of their units in the place of codes."""
        own = matters[self._of_place(matters)]
        known = self.snapshot.places.names  # not mapped by pandas, which makes an index of every place each time
        names = pd.Series([known[code] for code in own["place"]], own.index, "str")
        own = own.drop(columns=["place", "township"])
        own.insert(1, UNIT, names)
        return own.reset_index(drop=True)

    def _of_place(self, frame: pd.DataFrame) -> "pd.Series[bool]":
        """Return which rows are the place's."""
        column = {"township": "township", "village": "place"}.get(self.place.level)
        return pd.Series(data=True, index=frame.index) if column is None else frame[column] == self.place.code


def _by_kind(matters: pd.DataFrame) -> str:
    counts = matters["类别"].value_counts(sort=False)
    return wording.joined(f"{kind}{wording.number(count, '件')}" for kind, count in counts.items())
