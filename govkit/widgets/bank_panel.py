"""Question bank panels: import a file with a report and a preview; review questions one by one."""

from datetime import date
from pathlib import Path

import ipywidgets as w
from markupsafe import Markup

from govkit.core.errors import Problem, UsageError, Where
from govkit.core.files import shipped
from govkit.core.html import render
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import load_bank
from govkit.exams.bank.convert import Conversion, examine, import_bank
from govkit.exams.bank.import_report import ImportReport
from govkit.exams.bank.review import review, review_rows
from govkit.widgets.opening import opens
from govkit.widgets.panel import (
    FIELD,
    LABEL,
    attempt,
    button,
    notice,
    on_change,
    panel,
    person_field,
    show,
    table,
    text_field,
    whole_question,
)

MOST_ITEMS = 200


@opens("exams/bank")
def import_panel(bank: str = "") -> w.Widget:
    """Return the panel that reads a file of questions, shows what became of each, and writes it on request.

    :param bank: the bank's folder; a file written is proposed there.

    Example::

        import_panel("quizzes")
    """
    source, target = (
        text_field("题库文件", hint="题库.docx"),
        text_field("写到", hint=f"{bank or 'quizzes'}/我的题.yaml"),
    )
    skip = w.Checkbox(description="先写入没有问题的题，其余标在副本上", indent=False, layout=FIELD)
    output = w.HTML()

    def look() -> None:
        attempt(output, lambda: _told(examine(_file(source.value)), preview=True))

    def write() -> None:
        how = Conversion(skip_bad=skip.value)
        attempt(output, lambda: _told(import_bank(_file(source.value), _file(target.value), how)))

    return panel(source, button("先看看", look, main=True), target, skip, button("写入", write), output)


def _file(text: str) -> Path:
    if not text.strip():
        raise UsageError(Problem(Where("题库文件"), _("nothing is filled in"), _("write the file's path")))
    return Path(text.strip())


def _told(report: ImportReport, preview: bool = False) -> Markup:
    rows = [
        [item.where.item, item.status.label, item.question.id if item.question else "", _said(item.problems)]
        for item in report.items
        if item.problems
    ]
    rows += [[problem.where.item, "不属于题目", "", problem.what] for problem in report.no_questions()]
    parts = [notice(report.summary())]
    if rows:
        parts.append(table(["位置", "结果", "题号", "说明"], rows[:MOST_ITEMS]))
    if report.copy:
        parts.append(notice(f"其余在 {report.copy}"))
    return Markup("").join([*parts, render("widgets/framed.html", page=report.preview())] if preview else parts)


def _said(problems: tuple[Problem, ...]) -> str:
    return "；".join(f"{problem.what}（{problem.repair}）" for problem in problems)


@opens("exams/bank")
def review_panel(bank: str = "") -> w.Widget:
    """Return the panel that shows a bank's questions one by one, to accept each or to return it with a comment.

    :param bank: the bank's folder; the shipped bank by default, which no one in charge has reviewed.

    Example::

        review_panel("quizzes")
    """
    folder = Path(bank) if bank else shipped("quizzes")
    known = load_bank(folder).by_id()
    choice = w.Dropdown(options=list(known), description="题号", style=LABEL, layout=FIELD)
    person, comment, shown, output = person_field(), text_field("意见"), w.HTML(), w.HTML()

    def look(_new: object = None) -> None:
        question = known[choice.value]
        (row,) = review_rows([question], folder)
        show(shown, whole_question(question) + notice("　".join(text for text in row[2:] if text), "note"))

    def judge(accepted: bool) -> None:
        def judged() -> Markup:
            verdict = review(
                folder, known[choice.value], person.value, accepted=accepted, comment=comment.value, on=date.today()
            )
            return notice(f"{verdict.question}：{'通过' if accepted else '退回'}，{verdict.person}，{verdict.day}")

        if attempt(output, judged):
            comment.value = ""
            look()

    on_change(choice, look)
    look()
    accept, back = button("通过", lambda: judge(True), main=True), button("退回", lambda: judge(False))
    return panel(choice, shown, person, comment, accept, back, output)
