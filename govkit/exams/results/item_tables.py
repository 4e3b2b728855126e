"""Tables and chart of an item analysis, with Chinese headings, from the files of an exam folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govkit.core.errors import InputError, InternalError, Problem, Where
from govkit.core.frames import named_rows
from govkit.core.i18n import gettext as _
from govkit.core.spreadsheet import plain_text
from govkit.exams.bank.questions import Face, QuestionType
from govkit.exams.folder import nearest_exam
from govkit.exams.paper.paper import paper_files, read_paper
from govkit.exams.results.analysis import ANALYSIS_FILE, ITEMS_FILE, OPTIONS_FILE
from govkit.exams.results.statistics import PaperStatistics

if TYPE_CHECKING:
    import pandas as pd

    from govkit.rendering.content.charts import Chart

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
    """The analysis of an exam, read from its files: statistics by form, items, options, and the questions' faces."""

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
        """Return the distractor table of a question, with the options' texts; empty for a type without options."""
        import pandas as pd

        mine = self.options[self.options["question"] == question]
        face = self.faces.get(question)
        texts = {option.id: option.text for option in face.options} if face else {}
        texts |= {"": "（未作答）", "T": "对", "F": "错"} if not texts else {"": "（未作答）"}
        rows = [
            [
                row["option"] or "—",
                texts.get(row["option"], ""),
                "✓" if row["right"] else "",
                int(row["chosen"]),
                _shown(row["share"]),
                _shown(row["mean_rest"]),
                _shown(row["point_biserial"]),
            ]
            for row in mine.to_dict("records")
        ]
        columns = ["选项", "内容", "答案", "人数", "选择率（%）", "其余题平均得分率（%）", "与其余题相关（%）"]
        return pd.DataFrame(rows, columns=columns)

    def stem(self, question: str) -> str:
        """Return a question's stem, empty if it is on no paper of the folder."""
        face = self.faces.get(question)
        return face.stem if face else ""


def read_analysis(folder: Path) -> ItemView:
    """Return the analysis in the files of an exam folder.

    :raises InputError: the exam is not analysed yet, or a file is damaged.
    """
    try:
        stored = json.loads((folder / ANALYSIS_FILE).read_text("utf-8"))
        papers = {form: PaperStatistics(**statistics) for form, statistics in stored["papers"].items()}
        items, options = (_read_table(folder / name) for name in (ITEMS_FILE, OPTIONS_FILE))
    except (OSError, ValueError, KeyError, TypeError):
        what = _("The exam is not analysed yet")
        repair = _("Run govkit exam analyse {folder}").format(folder=folder)
        raise InputError(Problem(Where(str(folder / ANALYSIS_FILE)), what, repair)) from None
    found = [read_paper(path) for path in paper_files(folder)]
    faces = {name: face for paper in found for name, face in paper.items.items()}
    return ItemView(papers, items, options, faces, found[0].title if found else "")


def nearest_analysis(exam: str = "") -> ItemView | None:
    """Return the analysis of the exam folder ``exam`` or, if empty, of the nearest analysed one; None without any."""
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
    """Return the flagged items, with the columns that fit a screen."""
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
    from govkit.rendering.content.wording import number

    return number(value, digits=0 if isinstance(value, int) else digits)


def _read_table(path: Path) -> "pd.DataFrame":
    """Return a table of the analysis: an empty number is missing, an empty option or finding is an empty text."""
    import pandas as pd

    numbers = {
        ITEMS_FILE: ["facility", "standard_deviation", "effective_weight", "discrimination", "efficiency", "expected"],
        OPTIONS_FILE: ["mean_rest", "point_biserial"],
    }
    missing = {column: [""] for column in numbers[path.name]}
    texts = {"question": str, "option": str, "findings": str}
    table = pd.read_csv(path, encoding="utf-8-sig", na_values=missing, dtype=texts, keep_default_na=False)
    return table.assign(**{name: table[name].map(plain_text) for name in texts if name in table})


HEIGHT_MM = 110.0
_LEFT, _RIGHT, _TOP, _FLOOR = 18.0, 130.0, 6.0, 96.0
_NAMES, _LINE = 138.0, 4.0
MOST_NAMES = int((_FLOOR - _TOP) / _LINE) + 1
CAPTION = "题目的得分率和区分度"


def scatter(items: Any) -> "Chart":
    """Return the scatter chart of facility and discrimination; flagged items are dark, with their ids.

    :param items: question, facility, discrimination (percent), findings, as in ``items.csv``.
    """
    from govkit.rendering.content.charts import DARK, LIGHT, WIDTH_MM, Chart, Sketch

    known = items.dropna(subset=["facility", "discrimination"])
    if not len(known):
        what = _("There are too few answers to draw")
        raise InternalError(Problem(Where(CAPTION), what, _("Analyse an exam with more candidates")))
    low = min(0.0, float(known["discrimination"].min()) // 10 * 10)
    high = max(60.0, -(-float(known["discrimination"].max()) // 10) * 10)
    sketch = Sketch(WIDTH_MM, HEIGHT_MM, Where(CAPTION))
    _axes(sketch, low, high)
    flagged = known["findings"] != ""
    _names(sketch, known[flagged], low, high)
    for part, colour, size in ((known[~flagged], LIGHT, 5.0), (known[flagged], DARK, 6.0)):
        for row in named_rows(part):
            sketch.line([_x(row.facility)], [_y(row.discrimination, low, high)], colour, dot=size)
    svg, png = sketch.pictures()
    return Chart(svg, png, CAPTION, f"{CAPTION}：共{len(known)}题，其中{int(flagged.sum())}题有提示")


def _axes(sketch: Any, low: float, high: float) -> None:
    from govkit.rendering.content.charts import FAINT, INK, SMALL_PT

    for percent in range(0, 101, 20):
        sketch.line([_x(percent)] * 2, [_TOP, _FLOOR], FAINT)
        sketch.text(_x(percent), _FLOOR + 4, str(percent), SMALL_PT, "center")
    for percent in range(int(low), int(high) + 1, 10):
        y = _y(percent, low, high)
        sketch.line([_LEFT, _RIGHT], [y, y], INK if percent == 0 else FAINT)
        sketch.text(_LEFT - 2, y, str(percent), SMALL_PT, "right")
    sketch.text((_LEFT + _RIGHT) / 2, _FLOOR + 9, "得分率（%）", SMALL_PT, "center")
    sketch.text(1, 2, "区分度（%）", SMALL_PT)


def _names(sketch: Any, flagged: Any, low: float, high: float) -> None:
    """Write the ids of flagged questions in a column beside the drawing, each with a line to its dot.

    Where the column has no room for all, the least discriminating are named; the table below the chart has them all.
    """
    from govkit.rendering.content.charts import LIGHT, SMALL_PT, WIDTH_MM, wrapped

    named = flagged.sort_values("discrimination", kind="stable").head(MOST_NAMES)
    dots = sorted((_y(row.discrimination, low, high), _x(row.facility), row.question) for row in named_rows(named))
    for (y, x, question), height in zip(dots, spread_apart([y for y, _x, _name in dots]), strict=True):
        sketch.line([x, _RIGHT + 2, _NAMES - 1], [y, height, height], LIGHT, 0.5)
        room = WIDTH_MM - _NAMES
        lines = wrapped(question, room, SMALL_PT).split("\n")
        sketch.text(_NAMES, height, lines[0] if len(lines) == 1 else f"{lines[0][:-1]}…", SMALL_PT)


def spread_apart(heights: Sequence[float]) -> list[float]:
    """Return heights of names, in order, moved as little as needed so that none overlaps the next.

    :param heights: at most :data:`MOST_NAMES`, in millimetres from the top, smallest first.
    """
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, _TOP, placed[-1] + _LINE if placed else _TOP))
    below = _FLOOR
    for at in range(len(placed) - 1, -1, -1):
        placed[at] = min(placed[at], below)
        below = placed[at] - _LINE
    return placed


def _x(percent: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * percent / 100


def _y(percent: float, low: float, high: float) -> float:
    return _FLOOR - (_FLOOR - _TOP) * (percent - low) / (high - low)
