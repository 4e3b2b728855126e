"""Item analysis to be looked at: tables with Chinese headings, from the files of an exam folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govkit.errors import InputProblems, Problem, Where
from govkit.exams.analysis import ANALYSIS_FILE, ITEMS_FILE, OPTIONS_FILE
from govkit.exams.paper import paper_files, read_paper
from govkit.exams.place import nearest_exam
from govkit.exams.question import Face, QuestionType
from govkit.exams.statistics import PaperStatistics
from govkit.i18n import gettext as _

if TYPE_CHECKING:
    import pandas as pd

FLAG_LABELS = {
    "too_hard": "过难",
    "too_easy": "过易",
    "negative_discrimination": "区分度为负",
    "weak_discrimination": "区分度低",
    "dead_distractor": "有无人选的干扰项",
    "probable_miskey": "疑似答案有误",
}
STATISTIC_LABELS = {
    "candidates": "人数",
    "questions": "题数",
    "mean": "平均分",
    "median": "中位数",
    "standard_deviation": "标准差",
    "skewness": "偏度",
    "kurtosis": "峰度",
    "internal_consistency": "信度系数α（%）",
    "error_ratio": "误差比（%）",
    "standard_error": "标准误",
}
ITEM_LABELS = {
    "question": "题号",
    "type": "题型",
    "topic": "知识点",
    "points": "分值",
    "candidates": "人数",
    "facility": "得分率（%）",
    "discrimination": "区分度（%）",
    "efficiency": "区分效率（%）",
    "intended_weight": "设计权重（%）",
    "effective_weight": "实际权重（%）",
    "blank": "空白率（%）",
    "findings": "提示",
}
ALL_FORMS = "各卷合并"


@dataclass(frozen=True, slots=True)
class ItemView:
    """The analysis of an exam as its files tell it: statistics by form, items, options, and the questions' faces."""

    papers: dict[str, PaperStatistics]
    items: "pd.DataFrame"
    options: "pd.DataFrame"
    faces: dict[str, Face]
    title: str

    def item_table(self) -> "pd.DataFrame":
        """Return all items with Chinese headings."""
        return item_table(self.items)

    def flagged_table(self) -> "pd.DataFrame":
        """Return the flagged items."""
        return flagged_table(self.items)

    def paper_table(self) -> "pd.DataFrame":
        """Return the papers' statistics, one row a statistic, one column a form."""
        return paper_table(self.papers)

    def option_table(self, question: str) -> "pd.DataFrame":
        """Return who chose which option of a question, with the options' text; empty for a type without options."""
        import pandas as pd

        mine = self.options[self.options["question"] == question]
        face = self.faces.get(question)
        texts = {option.id: option.text for option in face.options} if face else {}
        texts |= {"": "（未作答）", "T": "对", "F": "错"} if not texts else {"": "（未作答）"}
        rows = [
            [
                row.option or "—",
                texts.get(row.option, ""),
                "✓" if row.right else "",
                int(row.chosen),
                _shown(row.share),
                _shown(row.mean_rest),
                _shown(row.point_biserial),
            ]
            for row in mine.itertuples()
        ]
        columns = ["选项", "内容", "答案", "人数", "选择率（%）", "其余题平均得分率（%）", "与其余题相关（%）"]
        return pd.DataFrame(rows, columns=columns)

    def stem(self, question: str) -> str:
        """Return a question's stem, empty if no paper in the folder has it."""
        face = self.faces.get(question)
        return face.stem if face else ""


def read_analysis(folder: Path) -> ItemView:
    """Return the analysis that the files of an exam folder hold.

    :raises InputProblems: the exam is not analysed yet, or a file is damaged.
    """
    import pandas as pd

    try:
        told = json.loads((folder / ANALYSIS_FILE).read_text("utf-8"))
        papers = {form: PaperStatistics(**statistics) for form, statistics in told["papers"].items()}
        kept = {"dtype": {"question": str, "option": str, "findings": str}, "keep_default_na": False}
        items, options = (
            pd.read_csv(folder / name, encoding="utf-8-sig", na_values=_numbers_na(name), **kept)
            for name in (ITEMS_FILE, OPTIONS_FILE)
        )
    except (OSError, ValueError, KeyError, TypeError):
        what = _("The exam is not analysed yet")
        repair = _("Run govkit exam analyse {folder}").format(folder=folder)
        raise InputProblems(Problem(Where(str(folder / ANALYSIS_FILE)), what, repair)) from None
    found = [read_paper(path) for path in paper_files(folder)]
    faces = {name: face for paper in found for name, face in paper.items.items()}
    return ItemView(papers, items, options, faces, found[0].title if found else "")


def nearest_analysis(exam: str = "") -> ItemView | None:
    """Return the analysis of the exam folder named or, if none is, of the nearest analysed one; None without any."""
    folder = nearest_exam(exam, holding=ANALYSIS_FILE)
    return read_analysis(folder) if folder else None


def item_table(items: "pd.DataFrame") -> "pd.DataFrame":
    """Return items with Chinese headings, figures rounded, flags in words."""
    table = items[list(ITEM_LABELS)].copy()
    table["type"] = table["type"].map(lambda name: QuestionType(name).label)
    for name in ("facility", "discrimination", "efficiency", "intended_weight", "effective_weight", "blank"):
        table[name] = table[name].map(_shown)
    table["points"] = table["points"].map(lambda points: f"{points:g}")
    table["findings"] = table["findings"].map(flags_in_words)
    return table.rename(columns=ITEM_LABELS).reset_index(drop=True)


def flagged_table(items: "pd.DataFrame") -> "pd.DataFrame":
    """Return the flagged items only, the columns that fit a screen."""
    table = item_table(items[items["findings"] != ""])
    return table[["题号", "题型", "知识点", "人数", "得分率（%）", "区分度（%）", "提示"]]


def paper_table(papers: Mapping[str, PaperStatistics]) -> "pd.DataFrame":
    """Return statistics by form with Chinese headings, one row a statistic."""
    import pandas as pd

    columns = {"统计量": list(STATISTIC_LABELS.values())}
    for form, statistics in papers.items():
        together = form == "all"
        values = {field.name: getattr(statistics, field.name) for field in fields(statistics)}
        values |= {"questions": None} if together else {}
        columns[ALL_FORMS if together else f"{form}卷"] = [_shown(values[name], 2) for name in STATISTIC_LABELS]
    return pd.DataFrame(columns)


def flags_in_words(findings: str) -> str:
    """Return the names of flags in Chinese, joined by 、."""
    return "、".join(FLAG_LABELS.get(name, name) for name in findings.split())


def _shown(value: Any, digits: int = 1) -> str:
    from govkit.reports.wording import number

    return number(value, digits=0 if isinstance(value, int) else digits)


def _numbers_na(name: str) -> dict[str, list[str]]:
    """Return the columns in which nothing means missing; an empty option or finding is an empty text."""
    numbers = {
        ITEMS_FILE: ["facility", "standard_deviation", "effective_weight", "discrimination", "efficiency", "expected"],
        OPTIONS_FILE: ["mean_rest", "point_biserial"],
    }
    return {column: [""] for column in numbers[name]}
