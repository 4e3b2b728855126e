"""The practice quiz in a notebook: one question at a time, large, answered by mouse or keyboard."""

import secrets
from datetime import date
from html import escape
from pathlib import Path

import ipywidgets as w

from govkit.exams.bank import load_bank
from govkit.exams.facehtml import text_html
from govkit.files import shipped
from govkit.widgets import practice as p
from govkit.widgets.facehtml import stem_html
from govkit.widgets.inputs import Answering

COUNTS = (("10 题", 10), ("20 题", 20), ("50 题", 50), ("全部题目", 0))
SAY = "这是练习，不是考试：成绩不计入任何考核，不上报，只记在您自己的电脑上。"
STYLE = """<style>
.gk-practice, .gk-practice .widget-html-content, .gk-practice .widget-label, .gk-practice label,
.gk-practice select, .gk-practice input,
.gk-practice textarea, .gk-practice button {font-size: 20px !important; line-height: 1.6 !important;}
.gk-practice .widget-radio-box label, .gk-practice .widget-checkbox label {white-space: normal; height: auto;
  padding: 4px 6px;}
.gk-practice .widget-radio, .gk-practice .widget-radio-box, .gk-practice .widget-checkbox,
.gk-practice .widget-label-basic {height: auto !important; width: auto !important; max-width: 100%;}
.gk-practice .widget-dropdown, .gk-practice .widget-text, .gk-practice select, .gk-practice input[type=text] {
  height: 42px !important; min-height: 42px;}
.gk-practice .widget-dropdown > label, .gk-practice .widget-text > label {width: 5em;}
.gk-practice input[type=radio], .gk-practice input[type=checkbox] {width: 20px; height: 20px;}
.gk-practice button {height: 46px; width: auto; padding: 0 1.5em;}
.gk-practice :focus-visible {outline: 3px solid #1a73e8; outline-offset: 2px;}
.gk-right {border-left: 6px solid #2e7d32; padding: 4px 12px; background: #eef7ee; color: #12300f;}
.gk-wrong {border-left: 6px solid #c62828; padding: 4px 12px; background: #fdf0ef; color: #3a0d0a;}
.gk-open {border-left: 6px solid #1a73e8; padding: 4px 12px; background: #eef4fd; color: #0c2340;}
</style>"""


def practice_board(bank: str | Path = "", state: str | Path = "") -> w.Widget:
    """Return the practice quiz over a bank (the shipped one by default); it goes on where it stopped."""
    questions = load_bank(Path(bank) if bank else shipped("quizzes"))
    return Board(p.exercises(questions, date.today()), Path(state) if state else p.state_file()).box


class Board:
    """The quiz: choice of topic above, then one question with one button, which answers and then goes on."""

    def __init__(self, known: dict[str, p.Exercise], path: Path) -> None:
        self.known, self.path = known, path
        self.session: p.Session | None = p.load(path, known)
        self.topic = w.Dropdown(options=p.topics(known), description="知识点")
        self.count = w.Dropdown(options=COUNTS, description="题数")
        self.begin = w.Button(description="开始新的练习")
        self.go = w.Button(description="交答案", button_style="primary")
        self.redo = w.Button(description="重练错题")
        self.head, self.stem, self.verdict = w.HTML(), w.HTML(), w.HTML()
        self.place = w.VBox()
        self.place.add_class("gk-answer")
        self.begin.on_click(lambda _button: self._begin())
        self.go.on_click(lambda _button: self._go())
        self.redo.on_click(lambda _button: self._redo())
        self.answering: Answering | None = None
        choice = w.HBox([self.topic, self.count, self.begin], layout=w.Layout(flex_flow="row wrap"))
        buttons = w.HBox([self.go, self.redo])
        said = w.HTML(f"{STYLE}<b>{escape(SAY)}</b>")
        self.box = w.VBox([said, choice, self.head, self.stem, self.place, buttons, self.verdict])
        self.box.add_class("gk-practice")
        self._show(resumed=True)

    def _begin(self) -> None:
        self._take(p.start(self.known, self.topic.value, self.count.value, secrets.randbelow(2**31)))

    def _redo(self) -> None:
        if self.session is not None:
            self._take(p.again(self.session, secrets.randbelow(2**31)))

    def _take(self, session: p.Session) -> None:
        self.session = session
        p.save(session, self.path)
        self._show()

    def _go(self) -> None:
        """Answer the question, or go on from an answered one: the one button, so that the focus stays on it."""
        if self.session is None or self.session.done or self.answering is None:
            return
        if self.session.current in self.session.right:
            self.session.at += 1
            self._take(self.session)
        else:
            self._answer(self.answering)

    def _answer(self, answering: Answering) -> None:
        assert self.session is not None  # noqa: S101 - told by the caller
        text = answering.text()
        if not text:
            self.verdict.value = '<div class="gk-open">请先作答，再交答案。</div>'
            return
        verdict = p.judge(answering.question, text)
        p.answered(self.session, text, verdict)
        p.save(self.session, self.path)
        self._tell(verdict)

    def _show(self, *, resumed: bool = False) -> None:
        session = self.session
        self.verdict.value = self.stem.value = ""
        self.place.children = ()
        self.go.layout.display = "none" if session is None or session.done else ""
        self.redo.layout.display = "" if session and session.done and session.wrong() else "none"
        if session is None:
            self.head.value = "请选择知识点和题数，点“开始新的练习”。"
        elif session.done:
            self.head.value = self._summary(session)
        else:
            self._ask(session, resumed=resumed)

    def _ask(self, session: p.Session, *, resumed: bool) -> None:
        exercise = self.known[session.current]
        question = p.shown(exercise, session.seed)
        going_on = "接着上次的练习。" if resumed else ""
        right, judged = session.score()
        self.head.value = (
            f"{going_on}{escape(session.topic)}　第 {session.at + 1} 题，共 {len(session.order)} 题　"
            f"已答对 {right}／{judged}　〔{question.type.label}〕"
        )
        story = f"<p>{stem_html(exercise.story)}</p>" if exercise.story else ""
        self.stem.value = f"{story}<p><b>{stem_html(question)}</b></p>"
        self.answering = Answering(question)
        self.place.children = (self.answering.box,)
        self.go.description = "交答案"
        if session.current in session.right:
            self._tell(p.judge(question, session.given[session.current]))
        elif not resumed:
            self.answering.focus()

    def _tell(self, verdict: p.Verdict) -> None:
        assert self.session is not None  # noqa: S101 - there is a question
        assert self.answering is not None  # noqa: S101
        self.answering.lock()
        kind, word = {
            True: ("right", "回答正确。"),
            False: ("wrong", "回答不对。"),
            None: ("open", "请对照参考答案自评。"),
        }[verdict.right]
        markup = self.answering.question.markup
        lines = [f"<b>{word}</b>　正确答案：{escape(verdict.answer)}"]
        lines += [f"解析：{text_html(verdict.explanation, markup)}"] if verdict.explanation else []
        lines += [f"依据：{escape(verdict.source)}"] if verdict.source else []
        self.verdict.value = f'<div class="gk-{kind}" role="status">{"<br>".join(lines)}</div>'
        self.go.description = "完成" if self.session.at + 1 == len(self.session.order) else "下一题"
        self.go.focus()

    def _summary(self, session: p.Session) -> str:
        right, judged = session.score()
        wrong = len(session.wrong())
        more = f"答错 {wrong} 题，可以重练。" if wrong else "没有答错的题。"
        return f"<b>本次练习已完成：{judged} 题中答对 {right} 题。</b>{more}"
