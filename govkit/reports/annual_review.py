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

_NUMBERED = "EALR"
_QUALIFIERS = {"E": "准确数", "A": "约数", "L": "至少", "R": "四舍五入"}
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
        """Return a figure for a sentence, by code and item (``V5 南张``): the ledgers' own, then the published one.

        Where both agree on an exact figure, it is given once.
        """
        line = self._lines[key]
        stated = published_words(line.published)
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
        return own if line.published.kind == "E" else f"{own}（公开数字{stated}{_rounded(line.published)}）"

    def statements(self, *codes: str) -> str:
        """Return the facts without a number of these codes, as the published text states them."""
        facts = [f"{line.published.fact}（{line.published.code}）" for line in self._of(codes, "N")]
        return f"公开材料载明：{'；'.join(facts)}。" if facts else ""

    def pending(self, part: str) -> str:
        """Return the facts of a part whose content is unknown, in words."""
        named = [f"{line.published.fact}{line.published.item}（{line.published.code}）" for line in self._of(part, "U")]
        return f"{'、'.join(named)}未载明，{wording.UNKNOWN}。" if named else ""

    def table(self, part: str) -> pd.DataFrame:
        """Return a row per published figure of a part: code, fact, published, qualifier, ledgers, verdict.

        Facts without a number are in :meth:`statements` and :meth:`pending`.
        """
        return pd.DataFrame(
            [
                {
                    "编码": line.published.code,
                    "事项": _fact(line.published),
                    "公开数字": published_words(line.published),
                    "口径": qualifier(line.published),
                    "台账": ledger_words(line),
                    "对照": self._verdict(line),
                }
                for line in self._of(part, _NUMBERED)
            ]
        )

    def notes(self, part: str) -> str:
        """Return the source's notes on the figures of a part, for the line below its table."""
        noted = [line.published for line in self._of(part, _NUMBERED + "N")]
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


def _rounded(figure: Published) -> str:
    return "，四舍五入" if figure.kind == "R" else ""


def _key(figure: Published) -> str:
    return f"{figure.code} {figure.item}".rstrip()


def _fact(figure: Published) -> str:
    return f"{figure.fact}（{figure.item}）" if figure.item else figure.fact
