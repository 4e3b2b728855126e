"""Data quality of the ledgers (台账质检): contradictions, blanks, late rows, missing rows, possible duplicates.

All of it is remarks for the people who keep the ledgers; no row is changed.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from govkit.figures.reported import UNREPORTED
from govkit.institutions import ledgers
from govkit.institutions.decisions import LAND
from govkit.ledgers.declare import Ledger
from govkit.ledgers.places import Place
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.disputes_and_grids import Disputes
from govkit.reports.rows import OWN, TOTAL, UNIT, known, of_place, unit_codes, units, within

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["LONGEST", "Quality", "r"]

GRACE_DAYS = 10
EXAMPLES = 3
LONGEST = 15


@dataclass(frozen=True)
class Wanted:
    """An optional column that should be filled in where ``when`` holds, and the case in words."""

    ledger: str
    column: str
    when: Callable[[Any], Any]
    case: str


def _always(frame: pd.DataFrame) -> pd.Series:
    return pd.Series(True, index=frame.index)


WANTED = (
    Wanted("decisions", "land_area", lambda f: f["subject"] == LAND, "征地补偿事项"),
    Wanted("decisions", "compensation", lambda f: f["subject"] == LAND, "征地补偿事项"),
    Wanted("decisions", "meeting", lambda f: f["resolved_on"].notna(), "已决议"),
    Wanted("decisions", "published_on", lambda f: f["resolved_on"].notna(), "已决议"),
    Wanted("decisions", "township_supervised_on", lambda f: f["resolved_on"].notna(), "已决议"),
    Wanted("service_centres", "area", _always, "所有中心"),
    Wanted("service_centres", "cost", lambda f: f["works"].isin(["新建", "改建"]), "新建、改建的中心"),
    Wanted("agency_services", "phone", _always, "所有代办"),
    Wanted("grid_staff", "phone", _always, "所有网格员"),
    Wanted("disputes", "summary", _always, "所有纠纷"),
    Wanted("disputes", "agreement", lambda f: f["settled_on"].notna(), "已化解"),
    Wanted("conduct_supervisors", "phone", _always, "所有监督员"),
    Wanted("conduct_inspections", "finding", lambda f: f["findings"] > 0, "发现了问题"),
)


class Quality:
    """The quality of a place's ledgers: the year's rows up to the month's end."""

    def __init__(self, f: "Figures", grace_days: int = GRACE_DAYS) -> None:
        self.f, self.grace_days = f, grace_days
        self.names = f.snapshot.places.names

    def contradictions(self) -> pd.DataFrame:
        """Return contradictions between ledgers: where, what, how many, examples."""
        found = [
            *((one.where.source, one.what, "", one.repair) for one in self.f.snapshot.contradictions()),
            *self._contradictions(),
        ]
        return pd.DataFrame(found, columns=["台账", "情况", "例", "请核对"])

    def _contradictions(self) -> Iterator[tuple[str, str, str, str]]:
        yield from self._of_disputes()
        yield from self._of_staff()
        yield from self._of_cases()

    def _of_disputes(self) -> Iterator[tuple[str, str, str, str]]:
        page = Disputes(self.f)
        tried = page.attempts
        if page.found.empty:
            return
        won = tried[tried["outcome"] == "成功"].groupby("dispute_id")["held_on"].max()
        rows = page.found.assign(won=page.found["dispute_id"].map(won))
        settled, last = rows["settled_on"].notna(), tried.groupby("dispute_id")["held_on"].min()
        first = rows["dispute_id"].map(last)
        checks = (
            (settled & rows["won"].isna(), "已化解，但没有成功的调解记录", "补登调解记录，或更正化解日期"),
            (~settled & rows["won"].notna(), "调解已成功，但没有化解日期", "填化解日期和层级，或更正调解结果"),
            (
                settled & rows["won"].notna() & (rows["won"] != rows["settled_on"]),
                "成功调解的日期与化解日期不同",
                "更正其中一个日期",
            ),
            (first < rows["found_on"], "调解日期早于排查日期", "更正其中一个日期"),
        )
        for which, what, repair in checks:
            yield from _noted("矛盾纠纷台账", rows.loc[which, "dispute_id"], what, repair)

    def _of_staff(self) -> Iterator[tuple[str, str, str, str]]:
        short = Disputes(self.f).short_grids()
        few = short[short["网格员"] < 4]
        yield from _noted("网格员台账", few["网格"], "网格员少于四名（一格四员）", "补登网格员，或核对网格台账")
        yield from _noted(
            "网格员台账", short.loc[short["缺少职责"] != "", "网格"], "四类职责不全", "补登所缺职责的人员"
        )
        villages = pd.Series({p.code: p.name for p in self.f.snapshot.places.at("village", self.f.place.code)})
        for code, title, what in (
            ("grids", "网格台账", "没有网格的村"),
            ("conduct_supervisors", "监督员台账", "没有党风政风监督员的村"),
        ):
            lacking = villages[~villages.index.isin(known(self.f, code)["place"])]
            yield from _noted(title, lacking, what, "补登，或确认确实没有")

    def _of_cases(self) -> Iterator[tuple[str, str, str, str]]:
        rows = within(known(self.f, "conduct_cases"), "filed_on", self.f.period.year_to_date())
        cases, persons = rows["case_id"].nunique(), int(rows["decided_on"].notna().sum())
        if cases != persons:
            what = f"查处案件{cases}起，受党纪处分{persons}人，两数不同（口径不同，只作提示）"
            yield "案件台账", what, "", "核对同案人数和尚未处分的人员"

    def blanks(self) -> pd.DataFrame:
        """Return a row per optional column that should be filled in: blank rows, all rows, the share."""
        lines = []
        for wanted in WANTED:
            ledger = ledgers()[wanted.ledger]
            rows = known(self.f, wanted.ledger)
            rows = rows[wanted.when(rows).fillna(value=False).astype(bool)]
            blank = int(rows[wanted.column].isna().sum())
            if blank:
                share = blank / len(rows) * 100
                lines.append((ledger.title, ledger[wanted.column].title, wanted.case, len(rows), blank, share))
        table = pd.DataFrame(lines, columns=["台账", "栏目", "应填的行", "行数", "空白", "空白率（%）"])
        return table.sort_values("空白率（%）", ascending=False, ignore_index=True)

    @property
    def deadline(self) -> dt.datetime:
        """The time by which the month's rows should have been in the store."""
        day = self.f.period.end + dt.timedelta(days=self.grace_days + 1)
        return dt.datetime(day.year, day.month, day.day).astimezone()

    @cached_property
    def _in_time(self) -> Any:
        """The store's last commit before the deadline; None if there was none."""
        snapshot = self.f.snapshot
        in_time = [
            commit
            for commit in snapshot.store.commits()
            if commit.version <= snapshot.commit.version and commit.time < self.deadline
        ]
        return max(in_time, key=lambda commit: commit.version, default=None)

    @property
    def can_tell_late(self) -> bool:
        """Whether late rows can be recognised: the store had a commit by the deadline."""
        return self._in_time is not None

    def late(self) -> pd.DataFrame:
        """Return a row per journal with rows of the year that came into the store after the deadline."""
        lines = []
        for ledger in _journals():
            rows = self._year_rows(ledger)
            before = self.f.snapshot.store.read(ledger, commit=self._in_time)
            new = rows[~_keys(rows, ledger).isin(_keys(before, ledger))]
            if len(new):
                lines.append((ledger.title, len(new), _examples(new[ledger.key[0]])))
        return pd.DataFrame(lines, columns=["台账", "补录（行）", "例"])

    def late_sentence(self) -> str:
        """Return the definition of late rows, and whether they can be recognised, in words."""
        last = self.f.period.end + dt.timedelta(days=self.grace_days)
        rule = f"{self.f.period.label}及以前的记录，{wording.date(last)}以后才入库的为补录。"
        if not self.can_tell_late:
            return f"{rule}该日以前台账库还没有导入记录，无法判断哪些是补录。"
        return rule if len(self.late()) else f"{rule}没有补录。"

    def rows_by_unit(self) -> pd.DataFrame:
        """Return how many rows of the month each unit has in each journal, the place's own first, and in all.

        A row per journal and a column per unit of the district; of a township unit, with its many villages, a row per
        village and a column per journal that any of them wrote in.
        """
        wanted = [self.f.place, *units(self.f)]
        columns: dict[str, list[Any]] = {UNIT: [OWN, *(place.name for place in units(self.f)), TOTAL]}
        silent = self._silent
        for ledger in _journals():
            rows = within(self._year_rows(ledger), ledger.dated, self.f.period)
            counts = unit_codes(self.f, rows).value_counts()
            found = [_rows_of(place, counts, silent) for place in wanted]
            columns[ledger.title.removesuffix("台账")] = [*found, len(rows)]
        table = pd.DataFrame(columns).set_index(UNIT)
        if self.f.place.level == "district":
            return table.T.rename_axis(index="台账", columns=None).reset_index()
        return table.loc[:, table.loc[TOTAL].astype("int64") > 0].reset_index()

    @cached_property
    def _silent(self) -> set[str]:
        """The codes of the units, and of the place itself, that reported nothing of the month."""
        reported = self.f.snapshot.reported
        wanted = [self.f.place, *units(self.f)]
        return {one.code for one in wanted if not reported.of_own(one, self.f.period).complete}

    def silent_villages(self) -> pd.DataFrame:
        """Return a row per township unit with the villages that have no row in any journal this month."""
        wrote: set[str] = set()
        for ledger in _journals():
            wrote |= set(within(self._year_rows(ledger), ledger.dated, self.f.period)["place"])
        silent = [p for p in self.f.snapshot.places.at("village", self.f.place.code) if p.code not in wrote]
        by_unit: dict[str, list[str]] = {}
        for place in silent:
            by_unit.setdefault(place.parent, []).append(place.name)
        lines = [(self.names[code], len(names), "、".join(names)) for code, names in by_unit.items()]
        return pd.DataFrame(lines, columns=["乡镇（街道）", "村数", "本月各台账都没有记录的村"])

    def doubles(self) -> pd.DataFrame:
        """Return possible duplicates, rows that agree in all required columns but the key: where, groups, keys."""
        lines = []
        for ledger in ledgers().values():
            same = [column.name for column in ledger.columns if column.required and column.name not in ledger.key]
            if len(ledger.key) > 1 or len(same) < 3:
                continue
            rows = known(self.f, ledger.code)
            rows = rows[rows.duplicated(same, keep=False)]
            for _, group in rows.groupby(same, sort=False):
                unit = self.names[group["place"].iloc[0]]
                lines.append((ledger.title, unit, len(group), "、".join(group[ledger.key[0]])))
        return pd.DataFrame(lines, columns=["台账", UNIT, "行数", "编号"])

    def corrections(self) -> pd.DataFrame:
        """Return a row per correction in force: where, the source's value, the right one, why, who."""
        snapshot = self.f.snapshot
        lines = []
        for one in snapshot.store.corrections(commit=snapshot.commit):
            ledger = ledgers()[one.ledger]
            column = ledger[one.column]
            values = ("（个人信息）",) * 2 if column.personal else (one.found, one.right)
            where = (f"{ledger.title}{one.row}", column.title)
            lines.append((*where, *values, one.reason, f"{one.person}，{one.day}"))
        return pd.DataFrame(lines, columns=["台账和编号", "栏目", "来源", "更正为", "理由", "经办"])

    def summary(self) -> str:
        """Return how many remarks of each kind there are, in words."""
        late = f"补录{int(self.late()['补录（行）'].sum())}行" if self.can_tell_late else "补录无法判断"
        return (
            f"台账之间不一致{len(self.contradictions())}类，重要栏目空白{int(self.blanks()['空白'].sum())}处，{late}，"
            f"本月各台账都没有记录的村{int(self.silent_villages()['村数'].sum())}个，疑似重复{len(self.doubles())}组。"
            "以下均为提示，台账未作任何改动，请填报单位核对后在台账中更正。"
        )

    def _year_rows(self, ledger: Ledger) -> pd.DataFrame:
        rows = of_place(self.f.snapshot.frames[ledger.code], self.f.place)
        return within(rows, ledger.dated, self.f.period.year_to_date())


def _rows_of(place: Place, counts: "pd.Series[int]", silent: set[str]) -> int | str:
    count = int(counts.get(place.code, 0))
    return UNREPORTED if not count and place.code in silent else count


def _journals() -> list[Ledger]:
    return [ledger for ledger in ledgers().values() if not ledger.standing]


def _keys(frame: pd.DataFrame, ledger: Ledger) -> pd.Series:
    return frame[list(ledger.key)].astype("str").agg("|".join, axis=1) if len(frame) else pd.Series(dtype="str")


def _noted(title: str, items: pd.Series, what: str, repair: str) -> Iterator[tuple[str, str, str, str]]:
    if len(items):
        yield title, f"{what}：{len(items)}", _examples(items), repair


def _examples(items: pd.Series) -> str:
    return "、".join(items.astype("str").head(EXAMPLES)) + ("等" if len(items) > EXAMPLES else "")
