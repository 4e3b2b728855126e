"""Marking panels: mark an exam, mark short answers blind, correct a key and reverse the correction."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from govkit.core.errors import InputError, Problem, Where
from govkit.core.frames import named_rows
from govkit.core.html import render
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import RubricKey
from govkit.exams.exam import mark_exam, open_sheet, preview_rekey, rekey, reverse_rekey
from govkit.exams.folder import BLUEPRINT_FILE, nearest_exam, read_table
from govkit.exams.marking.manual import FOLDER, QUEUE_FILE, HandMark, agreed, write_hand_marks
from govkit.exams.marking.marking import shown_points
from govkit.exams.marking.remark import FOLDER as REMARKS
from govkit.exams.marking.remark import Effect
from govkit.exams.paper.blueprint import read_blueprint
from govkit.exams.paper.paper import paper_files, read_paper
from govkit.exams.results.results import exam_results
from govkit.exams.yaml_reader import decimal_of
from govkit.widgets.opening import opens, over_exam
from govkit.widgets.panel import (
    FIELD,
    LABEL,
    attempt,
    button,
    exam_line,
    heading,
    html,
    html_panel,
    notice,
    on_change,
    panel,
    passphrase_field,
    person_field,
    show,
    table,
    text_field,
    whole_question,
)

CHANGES = {"改答案": "key", "作废，人人得分": "void_full", "作废，人人不得分": "void_zero"}
CHANGE_LABELS = {code: label for label, code in CHANGES.items()}
MOST_CHANGES = 200
PASSED = {"true": "通过", "false": "未通过"}
MARKERS = {"第一评卷人": 1, "第二评卷人": 2, "第三评卷人（分歧较大的）": 3}


@opens("exams/mark")
def mark_panel(exam: str = "") -> w.Widget:
    """Return the panel that marks an exam.

    :param exam: the exam folder; the nearest one by default. Without any the panel explains how to get one.

    Example::

        mark_panel("exam")
    """
    return over_exam(exam, _marking)


def _marking(folder: Path) -> w.Widget:
    secret, person, output = passphrase_field(), person_field(), w.HTML()

    def mark() -> None:
        attempt(output, lambda: marked(folder, secret.value, person.value.strip()))
        secret.value = ""

    return panel(exam_line(folder), person, secret, button("评分", mark, main=True), output)


def marked(folder: Path, passphrase: str, person: str) -> Markup:
    """Mark an exam and return its results by unit, or the number of answers that wait for a marker."""
    result = mark_exam(folder, passphrase, person)
    if result.marks.pending:
        waiting, thirds = len(result.queue.waiting), len(result.queue.thirds)
        return notice(f"还有主观题待人工评阅：{waiting} 份待两人评阅，{thirds} 份待第三人评阅。请在下面评阅后再评分。")
    return results_by_unit(folder)


def results_by_unit(folder: Path) -> Markup:
    """Return the results of a marked exam by unit."""
    from govkit.rendering.content.wording import number, percent

    found = exam_results(folder)
    rows = [
        [u.unit, u.registered, u.sat, u.absent, number(u.average, digits=1), u.passed, percent(u.pass_rate)]
        for u in named_rows(found.units)
    ]
    headings = ["单位", "应考", "实考", "缺考", "平均分", "通过", "通过率"]
    return table(headings, rows) + notice(f"通过率的算法：{found.base}")


@opens("exams/mark")
def rekey_panel(exam: str = "") -> w.Widget:
    """Return the panel that corrects a question's key: preview, correction, record, reversal.

    :param exam: the exam folder; the nearest one by default. Without any the panel explains how to get one.

    Example::

        rekey_panel("exam")
    """
    if not exam and nearest_exam() is None:
        return html_panel(notice("还没有考试，没有可以更正的答案。先在上面“评分”。"))
    return over_exam(exam, lambda folder: RekeyPanel(folder).box)


class RekeyPanel:
    """Correction of a key, recorded only after its preview and with a reason."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.person, self.secret = person_field(), passphrase_field()
        self.question = text_field("题号", hint="与试卷上一致，如 sy-001")
        self.change = w.Dropdown(options=list(CHANGES.items()), description="怎么改", style=LABEL, layout=FIELD)
        self.answer = text_field("新答案", hint="写法与考生作答相同，如 B 或 A,C")
        self.reason = text_field("理由", hint="记录在案，必填")
        self.number = w.BoundedIntText(value=1, min=1, max=9999, description="更正编号", style=LABEL, layout=FIELD)
        self.output, self.record = w.HTML(), html(history(folder))
        self.confirm = button("确认更正并重新评分", self.correct, main=True)
        self.confirm.layout.display = "none"
        for field in (self.question, self.change, self.answer):
            on_change(field, lambda _new: self._unseen())
        fields = [self.person, self.secret, self.question, self.change, self.answer, self.reason]
        buttons = w.HBox([button("先看影响到谁", self.look), self.confirm])
        undo = w.HBox([self.number, button("撤销这个更正", self.undo)])
        self.box = panel(exam_line(folder), *fields, buttons, self.output, self.record, undo)

    def look(self) -> None:
        """Show the candidates whose marks would change; nothing is recorded."""
        if attempt(self.output, lambda: effect_of(preview_rekey(*self._who(), **self._what()))):
            self.confirm.layout.display = ""

    def correct(self) -> None:
        """Record the correction and mark again."""
        if attempt(self.output, lambda: effect_of(rekey(*self._who(), reason=self.reason.value, **self._what()))):
            self._unseen()
            self._recorded()

    def undo(self) -> None:
        """Reverse a correction and mark again."""
        if attempt(self.output, lambda: effect_of(reverse_rekey(*self._who(), self.number.value))):
            self._recorded()

    def _who(self) -> tuple[Path, str, str]:
        return self.folder, self.secret.value, self.person.value.strip()

    def _what(self) -> dict[str, Any]:
        answer = self.answer.value.strip() if self.change.value == "key" else ""
        return {"question": self.question.value.strip(), "change": self.change.value, "answer": answer}

    def _unseen(self) -> None:
        self.confirm.layout.display = "none"

    def _recorded(self) -> None:
        show(self.record, history(self.folder))


def effect_of(done: Effect) -> Markup:
    """Return the marks before and after a correction, candidates who cross the pass mark first."""
    changes = done.changes
    crossing = changes["passed_before"] != changes["passed_after"]
    ordered = changes.assign(crossing=crossing).sort_values("crossing", ascending=False, kind="stable")
    rows = [
        [c.candidate, f"{c.form}卷", c.before, c.after, PASSED[c.passed_before], PASSED[c.passed_after]]
        for c in named_rows(ordered.head(MOST_CHANGES))
    ]
    counted = f"{len(changes)} 人得分变化；{done.now_pass} 人变为通过，{done.now_fail} 人变为未通过。"
    more = f"（只列前 {MOST_CHANGES} 人，跨及格线的在前）" if len(changes) > MOST_CHANGES else ""
    headings = ["准考证号", "卷别", "原得分", "现得分", "原结果", "现结果"]
    return notice(counted + more) + (table(headings, rows) if rows else "")


def history(folder: Path) -> Markup:
    """Return the record of corrections and reversals of an exam."""
    records = [json.loads(path.read_text("utf-8")) for path in sorted((folder / REMARKS).glob("*.json"))]
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
        for each in records
    ]
    headings = ["编号", "更正", "题号", "理由", "何人何时", "得分变化", "变为通过", "变为未通过"]
    return heading("更正记录") + (table(headings, rows) if rows else notice("没有更正。", "note"))


@opens("exams/mark")
def blind_panel(exam: str = "") -> w.Widget:
    """Return the panel to mark short answers by hand, without names or units.

    :param exam: the exam folder; the nearest one by default. Without answers that wait the panel says so.

    Example::

        blind_panel("exam")
    """
    return _no_answers() if not exam and nearest_exam() is None else over_exam(exam, _by_hand)


def _by_hand(folder: Path) -> w.Widget:
    return BlindPanel(folder).box if (folder / FOLDER / QUEUE_FILE).is_file() else _no_answers()


def _no_answers() -> w.Widget:
    words = "没有待人工评阅的答案。试卷里有简答题时，先在上面“评分”，待评队列就会写出来。"
    return html_panel(notice(words))


class BlindPanel:
    """One answer at a time; its rubric appears after the key is opened with the passphrase."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faces = {name: face for path in paper_files(folder) for name, face in read_paper(path).items.items()}
        self.rubrics: dict[str, RubricKey] = {}
        self.who = w.Dropdown(options=list(MARKERS.items()), description="评卷人", style=LABEL)
        self.person, self.secret = person_field(), passphrase_field()
        self.head, self.answer, self.output = w.HTML(), w.HTML(), w.HTML()
        self.points, self.comment = text_field("得分"), text_field("评语")
        on_change(self.who, lambda _new: self._next())
        rubric = button("显示评分要点", self.show_rubrics)
        give = button("记分，下一份", self.give, main=True)
        self.box = panel(
            exam_line(folder), self.who, self.person, w.HBox([self.secret, rubric]),
            self.head, self.answer, self.points, self.comment, give, self.output,
        )  # fmt: skip
        self._next()

    def show_rubrics(self) -> None:
        """Open the key for the rubrics; the opening is recorded."""
        attempt(self.output, self._opened)
        self.secret.value = ""
        self._show()

    def give(self) -> None:
        """Record the points and show the next answer."""
        if self.left and attempt(self.output, self._given):
            self._next()

    def _given(self) -> Markup:
        row = self.left[0]
        self.desk.give(row, self.points.value, self.person.value, self.comment.value)
        return notice(f"已记 {shown_points(self.desk.given[self.desk.number][row['token']].points)} 分。")

    def _opened(self) -> Markup:
        sheet = open_sheet(self.folder, self.secret.value, self.person.value.strip(), "rubrics for marking")
        keys = {name: item.question.key for name, item in sheet.items().items()}
        self.rubrics = {name: key for name, key in keys.items() if isinstance(key, RubricKey)}
        return notice("评分要点已显示。")

    def _next(self) -> None:
        self.desk = MarkersDesk(self.folder, self.who.value)
        self.left = self.desk.left()
        self.points.value = self.comment.value = ""
        self._show()

    def _show(self) -> None:
        if not self.left:
            show(self.head, notice("这位评卷人没有待评的答案了。"))
            show(self.answer)
            return
        row = self.left[0]
        face = self.faces.get(row["question"])
        left = notice(f"还有 {len(self.left)} 份。满分 {row['points']} 分。", "note")
        show(self.head, left, whole_question(face) if face else "")
        rubric = self.rubrics.get(row["question"])
        show(self.answer, render("widgets/answer_to_mark.html", answer=row["answer"], rubric=rubric))


class MarkersDesk:
    """The queue of one marker: the answers, the marks given so far by all markers, the answers left to mark."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder, self.number = folder, number
        self.queue = read_table(folder / FOLDER / QUEUE_FILE, ("token", "question", "points", "answer")).to_pylist()
        self.given = {marker: _given(folder, marker) for marker in (1, 2, 3)}
        self.threshold = Fraction(read_blueprint(folder / BLUEPRINT_FILE).threshold)

    def left(self) -> list[dict[str, str]]:
        """Return the answers left to this marker; for the third only those on which the first two differ."""
        mine = self.given[self.number]
        rows = [row for row in self.queue if row["token"] not in mine]
        return [row for row in rows if self.number < 3 or self._differ(row["token"])]

    def give(self, row: dict[str, str], points: str, marker: str, comment: str = "") -> None:
        """Record the points for an answer and write the marker's file.

        :raises InputError: points outside 0..full marks, no name of a marker, or a marker who marked the answer before.
        """
        worth = decimal_of(points.strip())
        full = Decimal(row["points"])
        if worth is None or not 0 <= worth <= full:
            what = _("“{value}” is not from 0 to {full} points").format(value=points, full=full)
            raise InputError(Problem(Where(row["question"]), what, _("Give points within the question's")))
        if not marker.strip():
            raise InputError(Problem(Where(row["question"]), _("The marker is not named"), _("Give the marker's name")))
        others = [marks for number, marks in self.given.items() if number != self.number]
        if any(row["token"] in marks and marks[row["token"]].marker == marker.strip() for marks in others):
            what = _("{marker} marked answer {token} twice").format(marker=marker, token=row["token"])
            raise InputError(Problem(Where(row["question"]), what, _("Another person must mark it")))
        mine = self.given[self.number]
        mine[row["token"]] = HandMark(row["token"], Fraction(worth), marker.strip(), comment.strip())
        write_hand_marks(self.folder, self.number, mine.values())

    def _differ(self, token: str) -> bool:
        pair = [self.given[number][token].points for number in (1, 2) if token in self.given[number]]
        return len(pair) == 2 and agreed(pair, self.threshold) is None


def _given(folder: Path, number: int) -> dict[str, HandMark]:
    path = folder / FOLDER / f"marker-{number}.csv"
    if not path.is_file():
        return {}
    rows = read_table(path, ("token", "points", "marker"), ("comment",)).to_pylist()
    found = ((row, decimal_of(row["points"].strip())) for row in rows)
    return {
        row["token"]: HandMark(row["token"], Fraction(points), row["marker"].strip(), row["comment"])
        for row, points in found
        if points is not None
    }
