"""Blind marking of short answers: one answer at a time, no name or unit, first, second or third marker."""

from decimal import Decimal
from fractions import Fraction
from html import escape
from pathlib import Path

import ipywidgets as w

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import Face, RubricKey
from govkit.exams.exam import open_sheet
from govkit.exams.folder import BLUEPRINT_FILE, nearest_exam
from govkit.exams.marking.manual import FOLDER, QUEUE_FILE, HandMark, agreed, write_hand_marks
from govkit.exams.marking.marking import shown_points
from govkit.exams.paper.blueprint import read_blueprint
from govkit.exams.paper.paper import paper_files, read_paper
from govkit.exams.tables import read_table
from govkit.exams.yaml_reader import decimal_of
from govkit.widgets.panel import (
    LABEL,
    button,
    folder_html,
    panel,
    passphrase_field,
    person_field,
    said_html,
    stem_html,
    text_field,
    told,
)

MARKERS = {"第一评卷人": 1, "第二评卷人": 2, "第三评卷人（分歧较大的）": 3}


class Desk:
    """One marker's desk: the queue, what was given so far by all markers, and what is left for this one."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder, self.number = folder, number
        self.queue = read_table(folder / FOLDER / QUEUE_FILE, ("token", "question", "points", "answer")).to_pylist()
        self.given = {marker: _given(folder, marker) for marker in (1, 2, 3)}
        self.threshold = Fraction(read_blueprint(folder / BLUEPRINT_FILE).threshold)

    def left(self) -> list[dict[str, str]]:
        """Return the answers this marker has still to mark; for the third only those the first two differ on."""
        mine = self.given[self.number]
        rows = [row for row in self.queue if row["token"] not in mine]
        return [row for row in rows if self.number < 3 or self._differ(row["token"])]

    def give(self, row: dict[str, str], points: str, marker: str, comment: str = "") -> None:
        """Note the points for an answer and write the marker's file.

        :raises InputError: points outside 0..full marks, no marker's name, a marker who marked the answer before.
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


def blind_panel(exam: str = "") -> w.Widget:
    """Return the panel to mark short answers by hand; it says so when none wait."""
    folder = nearest_exam(exam)
    if folder is None or not (folder / FOLDER / QUEUE_FILE).is_file():
        return panel(w.HTML(said_html("没有待人工评阅的答案。试卷里有简答题时，先在上面“评分”，待评队列就会写出来。")))
    return BlindPanel(folder).box


class BlindPanel:
    """One answer at a time; the rubric shows when the key's passphrase is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faces = {name: face for path in paper_files(folder) for name, face in read_paper(path).items.items()}
        self.rubrics: dict[str, str] = {}
        self.who = w.Dropdown(options=list(MARKERS.items()), description="评卷人", style=LABEL)
        self.person, self.secret = person_field(), passphrase_field()
        self.head, self.answer, self.output = w.HTML(), w.HTML(), w.HTML()
        self.points, self.comment = text_field("得分"), text_field("评语")
        self.who.observe(lambda _change: self._next(), "value")
        rubric = button("显示评分要点", self.show_rubrics)
        give = button("记分，下一份", self.give, main=True)
        self.box = panel(
            w.HTML(folder_html(folder)), self.who, self.person, w.HBox([self.secret, rubric]),
            self.head, self.answer, self.points, self.comment, give, self.output,
        )  # fmt: skip
        self._next()

    def show_rubrics(self) -> None:
        """Open the key for the rubrics; the opening is recorded."""
        told(self.output, self._opened)
        self.secret.value = ""
        self._show()

    def give(self) -> None:
        """Note the points and go on."""
        if self.left and told(self.output, self._given):
            self._next()

    def _given(self) -> str:
        row = self.left[0]
        self.desk.give(row, self.points.value, self.person.value, self.comment.value)
        return said_html(f"已记 {shown_points(self.desk.given[self.desk.number][row['token']].points)} 分。")

    def _opened(self) -> str:
        sheet = open_sheet(self.folder, self.secret.value, self.person.value.strip(), "rubrics for marking")
        keys = {name: item.question.key for name, item in sheet.items().items()}
        self.rubrics = {name: _rubric_html(key) for name, key in keys.items() if isinstance(key, RubricKey)}
        return said_html("评分要点已显示。")

    def _next(self) -> None:
        self.desk = Desk(self.folder, self.who.value)
        self.left = self.desk.left()
        self.points.value = self.comment.value = ""
        self._show()

    def _show(self) -> None:
        if not self.left:
            self.head.value, self.answer.value = said_html("这位评卷人没有待评的答案了。"), ""
            return
        row = self.left[0]
        face: Face | None = self.faces.get(row["question"])
        self.head.value = f"<p>还有 {len(self.left)} 份。满分 {escape(row['points'])} 分。</p>" + (
            f"<p><b>{stem_html(face)}</b></p>" if face else ""
        )
        answer = escape(row["answer"]).replace("\n", "<br>")
        self.answer.value = f'<div class="gk-paper">{answer}</div>{self.rubrics.get(row["question"], "")}'


def _rubric_html(key: RubricKey) -> str:
    points = "".join(f"<li>{escape(each.text)}（{each.points}分）</li>" for each in key.criteria)
    return f"<p>评分要点：</p><ul>{points}</ul><p>参考答案：{escape(key.model)}</p>"


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
