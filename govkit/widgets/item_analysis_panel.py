"""The item analysis panels: analyse an exam; look at who chose which option of a question."""

import ipywidgets as w

from govkit.exams.exam import analyse_exam
from govkit.exams.folder import MARKS_FILE, nearest_exam
from govkit.exams.results.item_tables import ItemView, flags_in_words
from govkit.widgets.panel import (
    LABEL,
    button,
    folder_html,
    frame_html,
    no_exam,
    panel,
    passphrase_field,
    person_field,
    said_html,
    told,
)


def analyse_panel(exam: str = "") -> w.Widget:
    """Return the panel that analyses the marked exam named, or the nearest one."""
    folder = nearest_exam(exam, holding=MARKS_FILE)
    if folder is None:
        return no_exam("这里还没有评过分的考试。")
    secret, person, output = passphrase_field(), person_field(), w.HTML()

    def work() -> str:
        analysis = analyse_exam(folder, secret.value, person.value.strip())
        flagged = int((analysis.items["findings"] != "").sum())
        return said_html(f"已分析 {len(analysis.items)} 题，{flagged} 题有提示。请重新运行下面各单元格查看。")

    def analyse() -> None:
        told(output, work)
        secret.value = ""

    return panel(w.HTML(folder_html(folder)), person, secret, button("重新分析", analyse), output)


def option_panel(view: ItemView) -> w.Widget:
    """Return the panel to look at a question's options, the flagged questions first."""
    items = view.items.assign(flagged=view.items["findings"] != "")
    items = items[items["question"].isin(set(view.options["question"]))]
    items = items.sort_values("flagged", ascending=False, kind="stable")
    labels = [
        (f"{row.question}　{flags_in_words(row.findings)}" if row.findings else row.question, row.question)
        for row in items.itertuples()
    ]
    choice = w.Dropdown(options=labels, description="题号", style=LABEL, layout=w.Layout(width="36em"))
    shown = w.HTML()

    def show(_change: object = None) -> None:
        from govkit.widgets.panel import stem_html

        face = view.faces.get(choice.value)
        shown.value = (f"<p><b>{stem_html(face)}</b></p>" if face else "") + frame_html(view.option_table(choice.value))

    choice.observe(show, "value")
    if labels:
        show()
    return panel(choice, shown)
