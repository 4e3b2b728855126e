"""The practice quiz in a notebook: one question at a time, answered by mouse or keyboard."""

import secrets
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import ipywidgets as w

from govkit.core.files import shipped
from govkit.core.html import render
from govkit.exams.bank.answers import BLANK_SEPARATOR
from govkit.exams.bank.bank import load_bank
from govkit.exams.bank.markup import plain_text, text_html
from govkit.exams.bank.questions import Option, Question, QuestionType
from govkit.widgets import practice_session as ps
from govkit.widgets.opening import opens
from govkit.widgets.panel import heading, html, notice, on_click, panel, show, whole_question

CHOOSE = "（请选择）"
FULL = w.Layout(width="calc(100% - 12px)")
ROW = w.Layout(width="auto", max_width="100%")
COUNTS = (("10 题", 10), ("20 题", 20), ("50 题", 50), ("全部题目", 0))
SAY = "这是练习，不是考试：成绩不计入任何考核，不上报，只记在您自己的电脑上。"


@opens("practice")
def practice_board(bank: str | Path = "", state: str | Path = "") -> w.Widget:
    """Return the practice quiz, which goes on where it stopped.

    :param bank: a question bank; the shipped one by default.
    :param state: the file of the session; one in the user's data folder by default.
    :raises InputError: the bank has errors.

    Example::

        practice_board("quizzes")
    """
    questions = load_bank(Path(bank) if bank else shipped("quizzes"))
    return Board(ps.exercises(questions, date.today()), Path(state) if state else ps.state_file()).box


class Answering:
    """The widgets to answer one question with."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.box, self._fields, self._text = _BUILDERS[question.type](question)

    def text(self) -> str:
        """Return the answer in the notation of :mod:`govkit.exams.bank.answers`; empty if nothing was chosen."""
        return self._text()

    def lock(self) -> None:
        """Disable the fields."""
        for field in self._fields:
            field.disabled = True

    def focus(self) -> None:
        """Set the focus to the first field."""
        self._fields[0].focus()


Built = tuple[w.Widget, Sequence[Any], Callable[[], str]]


def _single(question: Question) -> Built:
    return _radio([(_label(option, question), option.id) for option in question.options])


def _truth(_question: Question) -> Built:
    return _radio([("对", "T"), ("错", "F")])


def _radio(options: list[tuple[str, str]]) -> Built:
    radio = w.RadioButtons(options=options, index=None, layout=ROW)
    return radio, [radio], lambda: radio.value or ""


def _multiple(question: Question) -> Built:
    ticks = [w.Checkbox(description=_label(option, question), indent=False, layout=ROW) for option in question.options]
    names = [option.id for option in question.options]
    return (
        w.VBox(ticks),
        ticks,
        lambda: ",".join(name for name, tick in zip(names, ticks, strict=True) if tick.value),
    )


def _blanks(question: Question) -> Built:
    fields = [w.Text(description=f"第{number}空", layout=FULL) for number in range(1, question.face().blanks + 1)]

    def text() -> str:
        given = [field.value.strip() for field in fields]
        return BLANK_SEPARATOR.join(given) if any(given) else ""

    return w.VBox(fields), fields, text


def _number(question: Question) -> Built:
    field = w.Text(description="数值", layout=w.Layout(width="16em"))
    return w.HBox([field, w.Label(question.face().unit)]), [field], _typed(field)


def _order(question: Question) -> Built:
    options = [(CHOOSE, ""), *((_label(option, question), option.id) for option in question.options)]
    fields = [
        w.Dropdown(options=options, description=f"第{number}位", layout=FULL)
        for number in range(1, len(question.options) + 1)
    ]
    return w.VBox(fields), fields, lambda: ",".join(field.value for field in fields if field.value)


def _match(question: Question) -> Built:
    options = [(CHOOSE, ""), *((_label(option, question), option.id) for option in question.options)]
    fields = [w.Dropdown(options=options, layout=FULL) for _prompt in question.prompts]
    rows = [
        w.VBox([w.Label(f"{prompt.id}. {plain_text(prompt.text, question.markup)}"), field])
        for prompt, field in zip(question.prompts, fields, strict=True)
    ]

    def text() -> str:
        pairs = zip(question.prompts, fields, strict=True)
        return ";".join(f"{prompt.id}={field.value}" for prompt, field in pairs if field.value)

    return w.VBox(rows), fields, text


def _short(_question: Question) -> Built:
    field = w.Textarea(rows=5, layout=FULL)
    return field, [field], _typed(field)


def _typed(field: Any) -> Callable[[], str]:
    def text() -> str:
        return str(field.value).strip()

    return text


def _label(option: Option, question: Question) -> str:
    return f"{option.id}. {plain_text(option.text, question.markup)}"


_BUILDERS: dict[QuestionType, Callable[[Question], Built]] = {
    QuestionType.SINGLE_CHOICE: _single,
    QuestionType.MULTIPLE_CHOICE: _multiple,
    QuestionType.TRUE_FALSE: _truth,
    QuestionType.FILL_IN: _blanks,
    QuestionType.NUMERIC: _number,
    QuestionType.ORDERING: _order,
    QuestionType.MATCHING: _match,
    QuestionType.SHORT_ANSWER: _short,
}


class Board:
    """The quiz: the choice of a topic, then one question with one button to answer and to go on."""

    def __init__(self, known: dict[str, ps.Exercise], path: Path) -> None:
        self.known, self.path = known, path
        self.session: ps.Session | None = ps.load(path, known)
        self.topic = w.Dropdown(options=ps.topics(known), description="知识点")
        self.count = w.Dropdown(options=COUNTS, description="题数")
        self.begin = w.Button(description="开始新的练习")
        self.go = w.Button(description="交答案", button_style="primary")
        self.redo = w.Button(description="重练错题")
        self.head, self.stem, self.verdict = w.HTML(), w.HTML(), w.HTML()
        self.place = w.VBox()
        self.place.add_class("gk-answer")
        on_click(self.begin, self._begin)
        on_click(self.go, self._go)
        on_click(self.redo, self._redo)
        self.answering: Answering | None = None
        choice = w.HBox([self.topic, self.count, self.begin], layout=w.Layout(flex_flow="row wrap"))
        buttons = w.HBox([self.go, self.redo])
        shown = [html(heading(SAY)), choice, self.head, self.stem, self.place, buttons, self.verdict]
        self.box = panel(*shown, kind="gk-practice")
        self._show(resumed=True)

    def _begin(self) -> None:
        self._take(ps.start(self.known, self.topic.value, self.count.value, secrets.randbelow(2**31)))

    def _redo(self) -> None:
        if self.session is not None:
            self._take(ps.again(self.session, secrets.randbelow(2**31)))

    def _take(self, session: ps.Session) -> None:
        self.session = session
        ps.save(session, self.path)
        self._show()

    def _go(self) -> None:
        """Answer the question, or go on from an answered one: one button keeps the focus."""
        if self.session is None or self.session.done or self.answering is None:
            return
        if self.session.current in self.session.right:
            self.session.at += 1
            self._take(self.session)
        else:
            self._answer(self.answering)

    def _answer(self, answering: Answering) -> None:
        assert self.session is not None  # noqa: S101 - there is a question
        text = answering.text()
        if not text:
            show(self.verdict, notice("请先作答，再交答案。"))
            return
        verdict = ps.judge(answering.question, text)
        ps.answered(self.session, text, verdict)
        ps.save(self.session, self.path)
        self._show_verdict(verdict)

    def _show(self, *, resumed: bool = False) -> None:
        session = self.session
        show(self.verdict)
        show(self.stem)
        self.place.children = ()
        self.go.layout.display = "none" if session is None or session.done else ""
        self.redo.layout.display = "" if session and session.done and session.wrong() else "none"
        if session is None:
            show(self.head, notice("请选择知识点和题数，点“开始新的练习”。", "note"))
        elif session.done:
            show(self.head, notice(_summary(session), "good"))
        else:
            self._ask(session, resumed=resumed)

    def _ask(self, session: ps.Session, *, resumed: bool) -> None:
        exercise = self.known[session.current]
        question = ps.shown(exercise, session.seed)
        going_on = "接着上次的练习。" if resumed else ""
        right, judged = session.score()
        position = (
            f"{going_on}{session.topic}　第 {session.at + 1} 题，共 {len(session.order)} 题　"
            f"已答对 {right}／{judged}　〔{question.type.label}〕"
        )
        show(self.head, notice(position, "note"))
        show(self.stem, whole_question(question, exercise.story))
        self.answering = Answering(question)
        self.place.children = (self.answering.box,)
        self.go.description = "交答案"
        if session.current in session.right:
            self._show_verdict(ps.judge(question, session.given[session.current]))
        elif not resumed:
            self.answering.focus()

    def _show_verdict(self, verdict: ps.Verdict) -> None:
        assert self.session is not None  # noqa: S101 - there is a question
        assert self.answering is not None  # noqa: S101
        self.answering.lock()
        kind, word = {
            True: ("right", "回答正确。"),
            False: ("wrong", "回答不对。"),
            None: ("open", "请对照参考答案自评。"),
        }[verdict.right]
        explained = text_html(verdict.explanation, self.answering.question.markup)
        values = {"answer": verdict.answer, "explanation": explained, "source": verdict.source}
        show(self.verdict, render("widgets/verdict.html", kind=kind, word=word, **values))
        self.go.description = "完成" if self.session.at + 1 == len(self.session.order) else "下一题"
        self.go.focus()


def _summary(session: ps.Session) -> str:
    right, judged = session.score()
    wrong = len(session.wrong())
    more = f"答错 {wrong} 题，可以重练。" if wrong else "没有答错的题。"
    return f"本次练习已完成：{judged} 题中答对 {right} 题。{more}"
