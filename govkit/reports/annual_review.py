"""The annual review (年度总结): every published figure with its qualifier, beside the ledgers' own.

The lines of :func:`govkit.figures.reconcile.reconcile` are worded and put in the order of the district's own account:
who does it, where, how.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pandas as pd
from pandas.api.typing import NaTType

from govkit.figures.reconcile import Line, Published, reconcile
from govkit.institutions.exam_results import DISTRICT_EXAM
from govkit.institutions.rulebook import NOT_SUPPLIED, official_texts
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.disputes_and_grids import Disputes
from govkit.reports.rows import known, within

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["REST", "Annual", "Disputes", "r"]

YEAR = 2015
"""The year of the published figures, which name none: inferred from a page footer."""
INFERRED = "年份据页脚推断"

PARTS: dict[str, tuple[str, ...]] = {
    "基本情况": ("O1", "O2", "O3", "O4"),
    "教育培训": ("T1", "T2", "T6", "H4"),
    "闭卷考试和过关考试": ("T3", "T4", "T5"),
    "考评奖励": ("P1", "P2", "P3"),
    "观摩评比": ("V1", "V2", "V3", "V4", "V5"),
    "阵地建设": ("F1", "F2", "F3", "F4", "F5", "F6"),
    "党支部和网格": ("B1", "G1", "G2", "G3", "G8"),
    "反馈渠道": ("I1", "I2"),
    "结对帮扶": ("T7", "H1", "H2", "H3", "H5", "H6", "H7", "H8", "H9", "H10", "H11"),
    "民主决策": ("D1", "D2", "D3", "D4", "D5", "D6", "D7"),
    "便民服务": ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9"),
    "矛盾调解": ("G4", "G5", "G6", "G7", "G9", "X1", "X2"),
    "党风政风监督": ("S1", "S2", "S3", "S4", "S5", "S6"),
}
"""The published codes of each part of the review."""
REST = "其他公开数字"
"""The part for published codes that no other part names, so that none is left out."""

TEXTS = {
    "decision_items": "决策事项清单",
    "six_must_nots": "“六个不得”",
    "service_rules": "服务规范",
    "model_centre_checklist": "示范中心标准清单",
    "supervision_focuses": "六项重点内容",
    "inspection_methods": "十项方法",
    "appraisal_layers": "考评分层",
}
"""Titles of the official texts that an office supplies in ``data/rules/``, by file."""

TRENDS = (
    ("D4", "各月按程序决策重大事项", "项"),
    ("C9", "各月办结代办服务", "件"),
    ("G4", "各月排查矛盾纠纷", "件"),
    ("inspections", "各月监督检查", "次"),
)
BY_UNIT = (
    ("training_attendances", "各乡镇（街道）举办培训参训人次", "人次", True),
    ("G3", "各乡镇（街道）网格员", "名", False),
)
_LARGE = 6
STATED = "只有说法，没有数字"
_QUALIFIERS = {"E": "准确数", "A": "约数", "L": "至少", "R": "四舍五入", "N": "说法", "U": "内容未知"}
_TEXT = ["类别", "序号", "内容"]
_VERDICTS = {"match": "一致", "differs": "不一致", "missing": "未报全", "not_covered": "无台账"}


class Annual:
    """The published figures of the district beside its ledgers, up to a month of the year.

    :param lines: the comparison to show; by default that of the snapshot of ``f`` up to its month.
    """

    def __init__(self, f: "Figures", lines: Sequence[Line] | None = None) -> None:
        self.f, self.year = f, f.period.year_to_date()
        self.is_their_year = f.period.end.year == YEAR
        self._lines = {
            _key(line.published): line for line in (reconcile(f.snapshot, f.period.code) if lines is None else lines)
        }

    @property
    def title(self) -> str:
        """The document's title: whose, of which year, about what."""
        return f"{self.f.place.name}{self.f.period.end.year}年基层四项基础制度工作总结"

    @property
    def subtitle(self) -> str:
        """The span of the review; the published figures' own year is marked as inferred."""
        return f"（{self.year.label}，{INFERRED}）" if self.is_their_year else f"（{self.year.label}）"

    def year_remark(self) -> str:
        """Return a remark on the year of the published figures, which the source does not give."""
        said = f"公开材料没有写明年份，按页脚推断为{YEAR}年。"
        if not self.is_their_year:
            return f"{said}本总结是{self.f.period.end.year}年的，公开数字只供参考，不作对照。"
        month = self.f.period.end.month
        return said if month == 12 else f"{said}台账只统计到{month}月，累计数与公开数字不一致是正常的。"

    def __getitem__(self, key: str) -> str:
        """Return a figure for a sentence, by code and item (``V5 南张``), in the words of the source.

        Where the ledgers differ, or hold another year, it is theirs, followed by the published one.
        """
        line = self._lines[key]
        stated = _in_large_units(line.published) or published_words(line.published)
        if line.published.kind in {"N", "U"}:
            return stated
        if line.computed is None:
            return f"{stated}（公开数字，台账没有数据）"
        own = ledger_words(line)
        if not self.is_their_year:
            return f"{own}（{YEAR}年公开数字{stated}）"
        if line.status in {"differs", "missing"}:
            verdict = "不一致" if line.status == "differs" else "台账未报全"
            return f"{own}（公开数字{stated}，{verdict}）"
        return stated

    def stated(self, words: str) -> str:
        """Return what the source states without a number, in its words; empty in a review of another year."""
        return words if self.is_their_year else ""

    def pending(self, part: str) -> str:
        """Return the facts of a part whose content is unknown, in words."""
        named = [f"{line.published.fact}的{line.published.item}" for line in self._of(part, "U")]
        return f"{'、'.join(named)}，公开材料没有写明，{wording.UNKNOWN}。" if named else ""

    def table(self, part: str) -> pd.DataFrame:
        """Return a row per published fact of a part: code, fact, published, qualifier, ledgers, verdict."""
        return pd.DataFrame(
            [
                {
                    "编码": line.published.code,
                    "事项": _fact(line.published),
                    "公开数字": STATED if line.published.kind == "N" else published_words(line.published),
                    "口径": qualifier(line.published),
                    "台账": ledger_words(line),
                    "对照": self._verdict(line),
                }
                for line in self._of(part)
            ]
        )

    def notes(self, part: str) -> str:
        """Return the source's notes on the figures of a part, for the line below its table."""
        noted = [line.published for line in self._of(part)]
        notes = dict.fromkeys(f"{figure.code}：{figure.note}" for figure in noted if figure.note)
        return "；".join(notes) + "。" if notes else ""

    def tally(self) -> str:
        """Return how many published figures agree with the ledgers, in words."""
        counts = Counter(line.status for line in self._lines.values())
        codes = len({line.published.code for line in self._lines.values()})
        said = f"公开材料的事实按编码列{codes}项，分项共{len(self._lines)}条，其中"
        numbered = sum(counts[status] for status in ("match", "differs", "missing", "not_covered"))
        numbers = f"有数字{numbered}条"
        rest = f"只有说法没有数字{counts['stated']}条，内容未载明、官方文本待填{counts['unknown']}条。"
        if not self.is_their_year:
            return f"{said}{numbers}，{rest}"
        verdict = f"台账与公开数字一致{counts['match']}条，不一致{counts['differs']}条"
        verdict += f"，台账未报全的{counts['missing']}条" if counts["missing"] else ""
        verdict += f"，台账没有的{counts['not_covered']}条" if counts["not_covered"] else ""
        return f"{said}{numbers}（{verdict}），{rest}"

    def differing(self) -> pd.DataFrame:
        """Return the published figures that differ from the ledgers, with the columns of :meth:`table`."""
        table = pd.concat([self.table(part) for part in (*PARTS, REST)], ignore_index=True)
        return table[table["对照"] == _VERDICTS["differs"]].drop(columns="对照").reset_index(drop=True)

    def has(self, part: str) -> bool:
        """Return whether there is anything published in a part."""
        return bool(self._of(part))

    def places(self) -> pd.DataFrame:
        """Return a row per township unit with the number of its villages."""
        register = self.f.snapshot.places
        units = register.at("township")
        villages = [register.at("village", unit.code) for unit in units]
        return pd.DataFrame({"乡镇（街道）": [unit.name for unit in units], "村（个）": [len(own) for own in villages]})

    def events(self) -> pd.DataFrame:
        """Return the dated events of the year up to the month's end, for a timeline."""
        events = [
            (rows.opened_on, f"{rows.name_}启用")
            for rows in known(self.f, "service_centres").rename(columns={"name": "name_"}).itertuples()
            if rows.place == self.f.place.code
        ]
        events += [(row.held_on, f"观摩评比：{row.title}") for row in known(self.f, "observation_rounds").itertuples()]
        exams = known(self.f, "exam_results")
        events += [(day, DISTRICT_EXAM) for day in exams.loc[exams["kind"] == DISTRICT_EXAM, "held_on"].unique()]
        events += [(self._day(key), said) for key, said in (("C6", "区、乡联网办事平台上线"), ("V4", "召开观摩推进会"))]
        return within(pd.DataFrame(events, columns=["日期", "事项"]).dropna(), "日期", self.year)

    def trends(self) -> list[tuple[str, str, str]]:
        """Return code, caption and unit of each trend over the months that has values."""
        return [(code, said, unit) for code, said, unit in TRENDS if len(self.f.trend(code)) > 1]

    def distributions(self) -> list[tuple[str, str, str, bool]]:
        """Return code, caption, unit of each count by unit that has values, and whether it is the year's."""
        return [one for one in BY_UNIT if self.f.has_values(one[0], to_date=one[3])]

    def subsidies(self) -> pd.DataFrame:
        """Return the subsidies by reward of the year, unit and amount in yuan, as numbers for a chart."""
        rows = within(known(self.f, "observation_subsidies"), "granted_on", self.year)
        return pd.DataFrame({"单位": rows["place"].map(self.f.snapshot.places.names), "金额": rows["amount"]})

    def texts(self) -> list[tuple[str, pd.DataFrame]]:
        """Return the official texts that the office has supplied: title, and its entries as a table."""
        lists = [(title, official_texts(name)) for name, title in TEXTS.items()]
        return [
            (title, pd.DataFrame([(text.group, text.number, text.text) for text in texts], columns=_TEXT))
            for title, texts in lists
            if texts and all(text.text != NOT_SUPPLIED for text in texts)
        ]

    def _day(self, key: str) -> pd.Timestamp | NaTType:
        """Return the ledgers' day of a fact; NaT where they have none."""
        words = self._lines[key].computed
        if not isinstance(words, str):
            return pd.NaT
        return pd.to_datetime(f"{self.f.period.end.year}年{words}", format="%Y年%m月%d日")

    def _of(self, codes: str | Iterable[str], kinds: str = "") -> list[Line]:
        """Return the lines of a part or of some codes, in that order, if of one of ``kinds`` (default: any)."""
        order = {code: number for number, code in enumerate(self._codes(codes) if isinstance(codes, str) else codes)}
        lines = [line for line in self._lines.values() if line.published.code in order]
        wanted = [line for line in lines if not kinds or line.published.kind in kinds]
        return sorted(wanted, key=lambda line: order[line.published.code])

    def _codes(self, part: str) -> Sequence[str]:
        if part != REST:
            return PARTS[part]
        named = {code for codes in PARTS.values() for code in codes}
        return sorted({line.published.code for line in self._lines.values()} - named)

    def _verdict(self, line: Line) -> str:
        if line.published.kind in {"N", "U"}:
            return "不作对照"
        return _VERDICTS[line.status] if self.is_their_year or line.computed is None else "不同年份"


def published_words(figure: Published) -> str:
    """Return a published figure in words, by its kind: 450余人次, 600人次以上, 1周多, 15,000元, 官方文本待填."""
    return figure.words


def ledger_words(line: Line) -> str:
    """Return the ledgers' figure with the unit of the published one; a dash where there is none."""
    return line.words


def qualifier(figure: Published) -> str:
    """Return how exact a published figure is, in words: 准确数, 约数（余）, 至少（以上）, 四舍五入 …."""
    word = next((word for word in ("余", "多", "以内", "以上") if figure.value.endswith(word)), "")
    return _QUALIFIERS[figure.kind] + (f"（{word}）" if word else "")


def _in_large_units(figure: Published) -> str:
    """Return an exact sum of money of six digits in 万元, as the source states it (14.3万元); else an empty text."""
    is_large = figure.unit == "元" and figure.value.isdecimal() and len(figure.value) >= _LARGE
    return wording.yuan(int(figure.value)) if is_large else ""


def _key(figure: Published) -> str:
    return f"{figure.code} {figure.item}".rstrip()


def _fact(figure: Published) -> str:
    return f"{figure.fact}（{figure.item}）" if figure.item else figure.fact
