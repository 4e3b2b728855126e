"""Training, first secretaries and exams: sessions and attendances, exams and their results."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from govkit.institutions.exam_results import ABSENT, DISTRICT_EXAM, RESULTS, TOWNSHIP_EXAM
from govkit.institutions.pairing import CONTACT, TEAM
from govkit.institutions.reserve import CADRES
from govkit.institutions.training import SENT_BY, SESSIONS
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.rows import OWN, TOTAL, UNIT, known, rests_on, tally, unit_codes, units, with_sums, within

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["BASE", "NO_RATE", "Training", "r"]

BANDS = {
    "50分以下": 0,
    **{f"{low}—{low + 10}分（不含{low + 10}分）": low for low in (50, 60, 70, 80)},
    "90分及以上": 90,
}
"""Bands of marks in per cent of the full mark, by their lower bound; none is a pass mark."""
BASE = "通过率以实考人数为基数，缺考不计入。"
NO_RATE = "公开材料没有乡镇过关考试的参考人数，不算通过率。"

_RATE = "通过率（%）"


class Training:
    """The training and the exams of a place, the year to date and as of the month's end."""

    def __init__(self, f: "Figures") -> None:
        self.f = f
        self.year = f.period.year_to_date()

    @cached_property
    def sessions(self) -> pd.DataFrame:
        """The training sessions of the year to date that the place itself or the units below it held."""
        return within(known(self.f, "training_sessions"), "held_on", self.year)

    @rests_on("training_sessions")
    def by_audience(self) -> pd.DataFrame:
        """Return a row per audience: sessions and attendances of the month and of the year to date, and in all."""
        return self._by("audience", "培训对象")

    @rests_on("training_sessions")
    def by_form(self) -> pd.DataFrame:
        """Return a row per form of training, like :meth:`by_audience`."""
        return self._by("form", "培训方式")

    @rests_on("training_sessions")
    def by_organiser(self) -> pd.DataFrame:
        """Return a row per organiser: the district itself first, then its township units; sessions and attendances."""
        rows = self.sessions.groupby("place")["attendances"].agg(["size", "sum"])
        organisers = [self.f.place, *units(self.f)]
        rows = rows.reindex([place.code for place in organisers], fill_value=0)
        names = [OWN if place == self.f.place else place.name for place in organisers]
        table = pd.DataFrame(
            {"主办单位": names, "培训（期）": rows["size"].tolist(), "参训（人次）": rows["sum"].tolist()}
        )
        return with_sums(table)

    @rests_on("training_sessions")
    def month_sessions(self) -> pd.DataFrame:
        """Return the sessions of the month, in the order of their days."""
        rows = within(self.sessions, "held_on", self.f.period).sort_values(["held_on", "session_id"])
        return pd.DataFrame(
            {
                "日期": rows["held_on"].dt.strftime("%Y-%m-%d"),
                "主办单位": rows["place"].map(self.f.snapshot.places.names),
                "对象": rows["audience"],
                "内容": rows["subject"],
                "方式": rows["form"],
                "人次": rows["attendances"],
            }
        )

    @rests_on("first_secretaries")
    def secretaries(self) -> pd.DataFrame:
        """Return a row per sender of first secretaries: how many are posted, how many of them trained."""
        return _trained(known(self.f, "first_secretaries"), "sent_by", SENT_BY, "选派来源", "第一书记（人）")

    @rests_on("first_secretaries")
    def secretaries_sentence(self) -> str:
        """Return how many first secretaries are posted and trained, in words."""
        rows = known(self.f, "first_secretaries")
        trained = int(rows["trained_on"].notna().sum())
        return (
            f"驻村第一书记{len(rows)}人，已培训{trained}人，其中市、区和驻地单位选派的"
            f"{int((rows['trained_on'].notna() & (rows['sent_by'] != SENT_BY[-1])).sum())}人，"
            f"乡镇（街道）选派的{int((rows['trained_on'].notna() & (rows['sent_by'] == SENT_BY[-1])).sum())}人。"
        )

    @rests_on("reserve_cadres")
    def reserves(self) -> pd.DataFrame:
        """Return a row per post that reserve cadres are trained for: how many are listed, how many of them trained."""
        return _trained(known(self.f, "reserve_cadres"), "post", CADRES["post"].choices, "培养岗位", "后备干部（人）")

    @rests_on("help_teams")
    def teams(self) -> pd.DataFrame:
        """Return a row per unit: the departments' contact points (H1) and the help teams they set up (T7)."""
        rows = known(self.f, "help_teams")
        return tally(self.f, rows, rows["kind"], [CONTACT, TEAM]).drop(columns=TOTAL)

    @rests_on("help_teams")
    def teams_sentence(self) -> str:
        """Return how many departments set up how many help teams (T7), in words."""
        rows = known(self.f, "help_teams")
        teams = rows[rows["kind"] == TEAM]
        return f"{teams['department'].nunique()}个区直部门建立帮扶工作队{len(teams)}支。"

    @cached_property
    def results(self) -> pd.DataFrame:
        """The exam results of the year to date, with the mark in per cent of the full mark."""
        rows = within(known(self.f, "exam_results"), "held_on", self.year)
        return rows.assign(share=(rows["mark"] / rows["full_mark"] * 100).astype("float64"))

    def exams(self) -> pd.DataFrame:
        """Return a row per exam: kind, number, first day, expected, sat, absent, passed, pass rate of those who sat."""
        exams: list[dict[str, Any]] = [
            {
                "考试类别": kind,
                "考试编号": number,
                "日期": f"{rows['held_on'].min():%Y-%m-%d}",
                **_counts(rows, str(kind)),
            }
            for (kind, number), rows in self.results.groupby(["kind", "exam_id"])
        ]
        order = {kind: at for at, kind in enumerate(RESULTS["kind"].choices)}
        exams.sort(key=lambda row: (order[row["考试类别"]], row["日期"], row["考试编号"]))
        return pd.DataFrame(exams)

    @rests_on("exam_results")
    def no_exams(self) -> str:
        """Return that there are no exam results, in words."""
        return f"{self.year.label}没有考试成绩。"

    def kinds(self) -> list[str]:
        """Return the kinds of exam that were held, in the ledger's order."""
        held = set(self.results["kind"])
        return [kind for kind in RESULTS["kind"].choices if kind in held]

    def sentence(self, kind: str) -> str:
        """Return the results of the exams of a kind in words, the base of each rate named."""
        rows = self.results[self.results["kind"] == kind]
        counts = _counts(rows, kind)
        said = (
            f"{self.year.label}{kind}应考{counts['应考']}人，实考{counts['实考']}人，"
            f"缺考{counts['缺考']}人，合格{counts['合格']}人。"
        )
        if kind == TOWNSHIP_EXAM:
            return said + NO_RATE
        passed = counts["合格"]
        return (
            f"{said}以实考人数为基数，通过率{wording.percent(passed, counts['实考'])}；"
            f"以应考人数为基数，通过率{wording.percent(passed, counts['应考'])}。"
            + ("公开材料没有说明通过率的基数和及格线。" if kind == DISTRICT_EXAM else "")
        )

    def marks_sentence(self, kind: str) -> str:
        """Return mean, median, highest and lowest mark of those who sat, in per cent of the full mark, in words."""
        share = self._shares(kind)
        words = [wording.number(value, digits=1) for value in (share.mean(), share.median(), share.max(), share.min())]
        return "得分按满分100分折算：平均{}分，中位数{}分，最高{}分，最低{}分。".format(*words)

    def distribution(self, kind: str) -> pd.DataFrame:
        """Return a row per band of marks with its number of candidates, for a chart."""
        bounds = [*BANDS.values(), float("inf")]
        bands = pd.cut(self._shares(kind), bounds, right=False, labels=list(BANDS))
        return bands.value_counts(sort=False).rename_axis("得分").reset_index(name="人数")

    @rests_on("exam_results")
    def by_unit(self, kind: str) -> pd.DataFrame:
        """Return a row per unit below the place: expected, sat, absent, passed, pass rate; a last row for all."""
        rows = self.results[self.results["kind"] == kind]
        codes = unit_codes(self.f, rows)
        own = [(OWN, self.f.place.code)] if (codes == self.f.place.code).any() and self.f.has_units else []
        named = [*own, *((place.name, place.code) for place in units(self.f))]
        table_rows = [{UNIT: name, **_counts(rows[codes == code], kind)} for name, code in named]
        table = pd.DataFrame([*table_rows, {UNIT: TOTAL, **_counts(rows, str(kind))}])
        return table.drop(columns=_RATE) if kind == TOWNSHIP_EXAM else table

    def has_marks(self, kind: str) -> bool:
        """Return whether any mark of the kind is known."""
        return len(self._shares(kind)) > 0

    def _shares(self, kind: str) -> pd.Series:
        return self.results.loc[self.results["kind"] == kind, "share"].dropna()

    def _by(self, column: str, title: str) -> pd.DataFrame:
        month = within(self.sessions, "held_on", self.f.period)
        table = pd.DataFrame({title: list(SESSIONS[column].choices)})
        for when, rows in (("本月", month), ("本年", self.sessions)):
            counts = rows.groupby(column)["attendances"].agg(["size", "sum"]).reindex(table[title], fill_value=0)
            table[f"{when}（期）"] = counts["size"].tolist()
            table[f"{when}（人次）"] = counts["sum"].tolist()
        return with_sums(table[table["本年（期）"] > 0])


def _counts(rows: pd.DataFrame, kind: str) -> dict[str, Any]:
    """Return expected, sat, absent, passed, and the pass rate of those who sat; no rate for a township's exam."""
    absent, passed = int((rows["status"] == ABSENT).sum()), int(rows["passed"].fillna(value=False).sum())
    sat = len(rows) - absent
    rate = None if kind == TOWNSHIP_EXAM else wording.rate(passed, sat)
    return {
        "应考": len(rows),
        "实考": sat,
        "缺考": absent,
        "合格": passed,
        _RATE: wording.number(rate, digits=1),
    }


def _trained(rows: pd.DataFrame, column: str, order: tuple[str, ...], title: str, count: str) -> pd.DataFrame:
    """Return a row per group of ``order`` that has any, and a total: how many there are, trained, not yet trained."""
    table = pd.DataFrame({title: list(order)})
    table[count] = rows[column].value_counts().reindex(order, fill_value=0).astype("int64").tolist()
    trained = rows.loc[rows["trained_on"].notna(), column].value_counts().reindex(order, fill_value=0)
    table["已培训（人）"] = trained.astype("int64").tolist()
    table["未培训（人）"] = table[count] - table["已培训（人）"]
    return with_sums(table[table[count] > 0])
