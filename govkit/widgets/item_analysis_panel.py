"""Item analysis panels: analyse an exam; look at the choices of candidates in a question."""

from pathlib import Path
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from govkit.core.frames import named_rows
from govkit.exams.exam import analyse_exam
from govkit.exams.folder import MARKS_FILE
from govkit.exams.results.item_tables import ItemView, flags_in_words, nearest_analysis, scatter
from govkit.rendering import content as r
from govkit.widgets.opening import opens, over_exam
from govkit.widgets.panel import (
    FIELD,
    LABEL,
    attempt,
    button,
    exam_line,
    frame_table,
    notice,
    on_change,
    panel,
    passphrase_field,
    person_field,
    show,
    static,
    whole_question,
)

__all__ = ["analyse_panel", "every_item", "nearest_analysis", "option_panel", "r", "scatter"]


@opens("exams/item_analysis")
def analyse_panel(exam: str = "") -> w.Widget:
    """Return the panel that analyses a marked exam.

    :param exam: the exam folder; the nearest marked one by default. Without any the panel explains how to get one.

    Example::

        analyse_panel("exam")
    """
    return over_exam(exam, _analysing, holding=MARKS_FILE)


def _analysing(folder: Path) -> w.Widget:
    secret, person, output = passphrase_field(), person_field(), w.HTML()

    def analysed() -> Markup:
        analysis = analyse_exam(folder, secret.value, person.value.strip())
        flagged = int((analysis.items["findings"] != "").sum())
        return notice(f"已分析 {len(analysis.items)} 题，{flagged} 题有提示。请重新运行下面各单元格查看。")

    def analyse() -> None:
        attempt(output, analysed)
        secret.value = ""

    return panel(exam_line(folder), person, secret, button("重新分析", analyse), output)


def every_item(view: ItemView) -> Any:
    """Return the statistics of every question as a table that scrolls sideways beside its first column.

    :param view: the analysis of an exam.

    Example::

        every_item(nearest_analysis("exam"))
    """
    return static(frame_table(view.item_table()))


def option_panel(view: ItemView) -> w.Widget:
    """Return the panel to look at the options of a question, flagged questions first.

    :param view: the analysis of an exam.

    Example::

        option_panel(nearest_analysis("exam"))
    """
    items = view.items.assign(flagged=view.items["findings"] != "")
    items = items[items["question"].isin(set(view.options["question"]))]
    items = items.sort_values("flagged", ascending=False, kind="stable")
    labels = [
        (f"{row.question}　{flags_in_words(row.findings)}" if row.findings else row.question, row.question)
        for row in named_rows(items)
    ]
    choice = w.Dropdown(options=labels, description="题号", style=LABEL, layout=FIELD)
    shown = w.HTML()

    def look(_new: object = None) -> None:
        face = view.faces.get(choice.value)
        show(shown, whole_question(face) if face else "", frame_table(view.option_table(choice.value)))

    on_change(choice, look)
    if labels:
        look()
    return panel(choice, shown)
