"""The marking panels: mark an exam, mark short answers blind, correct a key and take the correction back."""

import json
from pathlib import Path
from typing import Any

import ipywidgets as w

from govkit.exams.exam import mark_exam, preview_rekey, rekey, reverse_rekey
from govkit.exams.folder import nearest_exam
from govkit.exams.marking.remark import FOLDER, Effect
from govkit.exams.results.results import exam_results
from govkit.exams.tables import read_table
from govkit.widgets.panel import (
    FIELD,
    LABEL,
    button,
    folder_html,
    no_exam,
    panel,
    passphrase_field,
    person_field,
    said_html,
    table_html,
    text_field,
    told,
)

CHANGES = {"改答案": "key", "作废，人人得分": "void_full", "作废，人人不得分": "void_zero"}
CHANGE_LABELS = {code: label for label, code in CHANGES.items()}
MOST_CHANGES = 200
PASSED = {"true": "通过", "false": "未通过"}


def mark_panel(exam: str = "") -> w.Widget:
    """Return the panel that marks the exam folder named, or the nearest one."""
    folder = nearest_exam(exam)
    if folder is None:
        return no_exam("这里还没有考试。")
    secret, person, output = passphrase_field(), person_field(), w.HTML()

    def mark() -> None:
        told(output, lambda: marked_html(folder, secret.value, person.value.strip()))
        secret.value = ""

    return panel(w.HTML(folder_html(folder)), person, secret, button("评分", mark, main=True), output)


def marked_html(folder: Path, passphrase: str, person: str) -> str:
    """Mark an exam and return its results by unit, or how many answers wait to be marked by hand."""
    marked = mark_exam(folder, passphrase, person)
    if marked.marks.pending:
        waiting, thirds = len(marked.queue.waiting), len(marked.queue.thirds)
        return said_html(
            f"还有主观题待人工评阅：{waiting} 份待两人评阅，{thirds} 份待第三人评阅。请在下面评阅后再评分。"
        )
    return results_html(folder)


def results_html(folder: Path) -> str:
    """Return the results of a marked exam by unit."""
    from govkit.rendering.content.wording import number, percent

    found = exam_results(folder)
    rows = [
        [u.unit, u.registered, u.sat, u.absent, number(u.average, digits=1), u.passed, percent(u.pass_rate)]
        for u in found.units.itertuples()
    ]
    headings = ["单位", "应考", "实考", "缺考", "平均分", "通过", "通过率"]
    return table_html(headings, rows) + said_html(f"通过率的算法：{found.base}")


def rekey_panel(exam: str = "") -> w.Widget:
    """Return the panel that corrects a question's key: who changes first, then the record, then its undoing."""
    folder = nearest_exam(exam)
    return no_exam("这里还没有考试。") if folder is None else RekeyPanel(folder).box


class RekeyPanel:
    """A correction is recorded only after its preview was seen, and with a reason."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.person, self.secret = person_field(), passphrase_field()
        self.question = text_field("题号", hint="与试卷上一致，如 sy-001")
        self.change = w.Dropdown(options=list(CHANGES.items()), description="怎么改", style=LABEL, layout=FIELD)
        self.answer = text_field("新答案", hint="写法与考生作答相同，如 B 或 A,C")
        self.reason = text_field("理由", hint="记录在案，必填")
        self.number = w.BoundedIntText(value=1, min=1, max=9999, description="更正编号", style=LABEL, layout=FIELD)
        self.output, self.record = w.HTML(), w.HTML(history_html(folder))
        self.confirm = button("确认更正并重新评分", self.correct, main=True)
        self.confirm.layout.display = "none"
        for field in (self.question, self.change, self.answer):
            field.observe(lambda _change: self._unseen(), "value")
        fields = [self.person, self.secret, self.question, self.change, self.answer, self.reason]
        buttons = w.HBox([button("先看影响到谁", self.look), self.confirm])
        undo = w.HBox([self.number, button("撤销这个更正", self.undo)])
        self.box = panel(w.HTML(folder_html(folder)), *fields, buttons, self.output, self.record, undo)

    def look(self) -> None:
        """Show who would change; nothing is recorded."""
        if told(self.output, lambda: effect_html(preview_rekey(*self._who(), **self._what()))):
            self.confirm.layout.display = ""

    def correct(self) -> None:
        """Record the correction and mark again."""
        if told(self.output, lambda: effect_html(rekey(*self._who(), reason=self.reason.value, **self._what()))):
            self._unseen()
            self._recorded()

    def undo(self) -> None:
        """Take a correction back and mark again."""
        if told(self.output, lambda: effect_html(reverse_rekey(*self._who(), self.number.value))):
            self._recorded()

    def _who(self) -> tuple[Path, str, str]:
        return self.folder, self.secret.value, self.person.value.strip()

    def _what(self) -> dict[str, Any]:
        answer = self.answer.value.strip() if self.change.value == "key" else ""
        return {"question": self.question.value.strip(), "change": self.change.value, "answer": answer}

    def _unseen(self) -> None:
        self.confirm.layout.display = "none"

    def _recorded(self) -> None:
        self.record.value = history_html(self.folder)


def effect_html(done: Effect) -> str:
    """Return who changes, before and after, those who cross the pass line first."""
    changes = done.changes
    crossing = changes["passed_before"] != changes["passed_after"]
    ordered = changes.assign(crossing=crossing).sort_values("crossing", ascending=False, kind="stable")
    rows = [
        [c.candidate, f"{c.form}卷", c.before, c.after, PASSED[c.passed_before], PASSED[c.passed_after]]
        for c in ordered.head(MOST_CHANGES).itertuples()
    ]
    said = f"{len(changes)} 人得分变化；{done.now_pass} 人变为通过，{done.now_fail} 人变为未通过。"
    more = f"（只列前 {MOST_CHANGES} 人，跨及格线的在前）" if len(changes) > MOST_CHANGES else ""
    table = table_html(["准考证号", "卷别", "原得分", "现得分", "原结果", "现结果"], rows) if rows else ""
    return said_html(said + more) + f'<div class="gk-paper">{table}</div>' * bool(rows)


def history_html(folder: Path) -> str:
    """Return the corrections made so far and those taken back."""
    told_ = [json.loads(path.read_text("utf-8")) for path in sorted((folder / FOLDER).glob("*.json"))]
    rows = [
        [
            each["number"],
            "撤销" if each["action"] == "reversed" else CHANGE_LABELS.get(each["change"], each["change"]),
            each["question"],
            each["reason"],
            each["reversed_by"] if each["action"] == "reversed" else f"{each['person']} {each['at']}",
            each["changed"],
            each["now_pass"],
            each["now_fail"],
        ]
        for each in told_
    ]
    headings = ["编号", "更正", "题号", "理由", "何人何时", "得分变化", "变为通过", "变为未通过"]
    return "<h4>更正记录</h4>" + (table_html(headings, rows) if rows else "<p>没有更正。</p>")


def before_and_after(folder: Path, number: int) -> list[dict[str, str]]:
    """Return the kept list of a correction: candidate, form, before, after, passed_before, passed_after."""
    columns = ("candidate", "form", "before", "after", "passed_before", "passed_after")
    return list(read_table(folder / FOLDER / f"{number:04d}.csv", columns).to_pylist())
