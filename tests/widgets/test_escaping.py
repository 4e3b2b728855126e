"""Hostile text in every value that a panel shows: it stays text, in elements and in attributes."""

import ast
import csv
import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import ipywidgets as ipw
import pandas as pd
import pytest
from jinja2 import UndefinedError

from govkit.core.errors import InputError, Problem, Where
from govkit.core.html import environment
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.questions import Criterion, Option, Question, RubricKey, Source
from govkit.exams.exam import analyse_exam, mark_exam, rekey
from govkit.exams.marking.remark import Effect
from govkit.exams.marking.responses import Response, write_responses
from govkit.exams.paper.blueprint import read_blueprint
from govkit.exams.results.item_tables import read_analysis
from govkit.figures.snapshot import Snapshot
from govkit.ledgers.places import Place, Places
from govkit.ledgers.store import Store
from govkit.widgets import panel as parts
from govkit.widgets import practice_session, room_board
from govkit.widgets.assembly_panel import AssemblePanel, paper_preview, preview
from govkit.widgets.entry import EntryDesk, EntryForm
from govkit.widgets.explore import TABS, Explorer
from govkit.widgets.item_analysis_panel import option_panel
from govkit.widgets.marking_panel import BlindPanel, RekeyPanel, effect_of, mark_panel
from govkit.widgets.practice import Board
from govkit.widgets.room_board import BoardActions, RoomBoard
from govkit.widgets.room_panel import Kiosk, MakingForm, RoomPanel
from govkit.widgets.whatif import Weights
from tests.exams.builders import (
    PASSPHRASE,
    PERSON,
    TINY,
    TINY_BANK,
    assembled,
    bank,
    blanks,
    blueprint_file,
    case,
    matching,
    multiple,
    numeric,
    ordering,
    short,
    single,
    truth,
)

HOSTILE = "<x-mark>\"'&amp;<script>"
ATTRIBUTES = {"class", "role", "alt", "src", "href", "download", "title", "allow", "target", "rel", "width", "start"}
ATTRIBUTES |= {"aria-label", "scope", "tabindex", "lang", "style"}
WIDGETS = Path(inspect.getfile(parts)).parent


class Elements(HTMLParser):
    """The elements and attributes of HTML, and its text with the values of attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(str(html))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}
        self.text += "".join(value or "" for _name, value in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def widgets(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from widgets(child)


def is_safe(*shown: Any, least: int = 1) -> None:
    """Check panels, widgets or HTML: the hostile text is there, at least so often, and is nothing but text."""
    found = 0
    for each in [inner for one in shown for inner in (widgets(one) if not isinstance(one, str) else [one])]:
        assert not getattr(each, "description_allow_html", False)
        if not isinstance(each, str) and not isinstance(each, ipw.HTML):
            continue
        elements = Elements(each if isinstance(each, str) else each.value)
        assert not elements.tags & {"x-mark", "script"}, elements.tags
        assert elements.attributes <= ATTRIBUTES, elements.attributes
        found += elements.text.count(HOSTILE)
    assert found >= least, f"{found} of {least} are shown"


def hostile(question: Question) -> Question:
    """Return a question with hostile text wherever it has text."""
    key = question.key
    if isinstance(key, RubricKey):
        key = RubricKey((Criterion(f"要点{HOSTILE}", key.criteria[0].points),), f"范文{HOSTILE}")
    return replace(
        question,
        stem=f"题干{HOSTILE}",
        key=key,
        topic=f"知识点{HOSTILE}",
        explanation=f"解析{HOSTILE}",
        source=Source(f"条例{HOSTILE}", f"第一条{HOSTILE}", f"2022{HOSTILE}"),
        options=tuple(Option(option.id, f"{option.text}{HOSTILE}") for option in question.options),
        prompts=tuple(Option(prompt.id, f"{prompt.text}{HOSTILE}") for prompt in question.prompts),
        parts=tuple(map(hostile, question.parts)),
    )


QUESTIONS = [
    hostile(question)
    for question in (
        single(), multiple(), truth(), blanks(), numeric(unit=f"%{HOSTILE}"), ordering(), matching(), short(), case(),
    )
]  # fmt: skip
PROBLEM = Problem(Where(HOSTILE, HOSTILE, HOSTILE), HOSTILE, HOSTILE)


def refuse(*_given: object) -> None:
    raise InputError(PROBLEM)


PARTS: dict[str, Callable[[], str]] = {
    "notice": lambda: parts.notice(HOSTILE),
    "heading": lambda: parts.heading(HOSTILE),
    "problems": lambda: parts.problems([PROBLEM]),
    "remarks": lambda: parts.problems([replace(PROBLEM, severity="warning")], placed=False),
    "table": lambda: parts.table([HOSTILE], [[HOSTILE], [HOSTILE]], total=True),
    "frame": lambda: parts.frame_table(pd.DataFrame({HOSTILE: [HOSTILE]})),
    "terms": lambda: parts.terms([(HOSTILE, HOSTILE)]),
    "picture": lambda: parts.picture("<svg/>", HOSTILE),
    "plain text": lambda: parts.html(HOSTILE).value,
    "exam folder": lambda: parts.exam_line(Path(HOSTILE)).value,
}


@pytest.mark.parametrize("part", PARTS)
def test_parts(part: str) -> None:
    is_safe(PARTS[part]())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.type)
def test_questions(question: Question, tmp_path: Path) -> None:
    is_safe(str(parts.whole_question(question, question)), least=2)
    items = {item.id: practice_session.Exercise(item, question) for item in question.items()}
    board = Board(items, tmp_path / "state.json")
    board.topic.value = question.topic
    board.begin.click()
    is_safe(board.box, least=3)
    assert board.answering is not None
    assert board.session is not None
    verdict = practice_session.judge(board.answering.question, "A")
    practice_session.answered(board.session, "A", verdict)
    board._show_verdict(verdict)
    is_safe(board.verdict, least=4)


def test_a_question_of_html_keeps_only_its_safe_tags() -> None:
    question = replace(single(), markup="html", stem=f"<b onclick=1>粗</b>{HOSTILE}<img src=x onerror=alert(1)>")
    elements = Elements(parts.stem(question))
    assert elements.tags <= {"b", "img"}
    assert elements.attributes <= {"src", "alt"}


def test_a_saved_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = ipw.HTML()
    monkeypatch.setattr(parts, "atomic_write", lambda *_given: None)
    parts.save_beside(output, tmp_path / HOSTILE, b"x", f"text/plain{HOSTILE}")
    is_safe(output, least=4)
    monkeypatch.setattr(parts, "atomic_write", refuse)
    assert parts.save_beside(output, tmp_path / HOSTILE, b"x", "text/plain") is None
    is_safe(output, least=5)


def test_papers_and_blueprints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "blueprints").mkdir()
    text = TINY.replace("小测验", f"'小测验{HOSTILE.replace(chr(39), chr(39) * 2)}'")
    source = blueprint_file(tmp_path, text).rename(tmp_path / "blueprints" / "a.yaml")
    panel = AssemblePanel(Bank(tuple(map(hostile, bank(60)))), tmp_path)
    panel.fields["date"].value = HOSTILE
    panel.look()
    is_safe(panel.seen)
    panel.fields["date"].value = "2015-10-20"
    panel.look()
    is_safe(panel.paper, least=5)
    monkeypatch.setattr("govkit.widgets.assembly_panel.assemble", lambda *_given, **_named: None)
    panel.target.value = HOSTILE
    panel.secret.value = panel.again.value = PASSPHRASE
    panel.write()
    is_safe(panel.box, least=6)
    paper = next(iter(preview(read_blueprint(source), panel.bank, "s")[0].values()))
    faces = tuple(question.face() for question in QUESTIONS)
    sections = tuple(replace(each, title=HOSTILE, questions=faces) for each in paper.sections)
    is_safe(paper_preview(replace(paper, form=HOSTILE, sections=sections)), least=30)


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    """An exam with hostile text in questions, units, names and answers, its blind queue written."""
    more = "  - {type: short_answer, count: 1, points: 10}\nshare_at_most: 5"
    text = TINY.replace("total: 10", "total: 20").replace("share_at_most: 4", more)
    folder = assembled(tmp_path, text, [*map(hostile, TINY_BANK), hostile(short("w1"))])
    with (folder / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([
            ["candidate", "name", "unit", "post", "form", "status"],
            ["01", f"甲{HOSTILE}", f"单位{HOSTILE}", HOSTILE, "A", "present"],
        ])  # fmt: skip
    write_responses(folder, [Response("01", "A", "w1", f"答{HOSTILE}"), Response("01", "A", "f1", HOSTILE)])
    mark_exam(folder, PASSPHRASE, PERSON)
    return folder


def test_marking(exam: Path) -> None:
    panel = BlindPanel(exam)
    panel.person.value, panel.secret.value, panel.points.value = HOSTILE, PASSPHRASE, HOSTILE
    panel.show_rubrics()
    is_safe(panel.head, panel.answer, least=4)
    panel.give()
    is_safe(panel.output)
    for marker in (1, 2):
        panel.who.value, panel.person.value, panel.points.value = marker, f"{marker}{HOSTILE}", "5"
        panel.give()
    _style, _folder, person, secret, button, output = mark_panel(str(exam)).children
    person.value, secret.value = HOSTILE, PASSPHRASE
    button.click()
    is_safe(output)
    rekey(exam, PASSPHRASE, HOSTILE, question="s1", change="void_full", answer="", reason=HOSTILE)
    corrections = RekeyPanel(exam)
    is_safe(corrections.box, least=2)
    corrections.question.value, corrections.secret.value = HOSTILE, PASSPHRASE
    corrections.look()
    is_safe(corrections.output)
    analyse_exam(exam, PASSPHRASE, PERSON)
    options = option_panel(read_analysis(exam))
    options.children[1].value = "s2"
    is_safe(options, least=5)


def test_the_effect_of_a_correction() -> None:
    row = {"candidate": HOSTILE, "form": HOSTILE, "before": HOSTILE, "after": HOSTILE}
    changes = pd.DataFrame([row | {"passed_before": "true", "passed_after": "false"}])
    is_safe(effect_of(Effect(changes, 0, 1)), least=4)


def test_the_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    candidate = {
        "candidate": HOSTILE, "name": HOSTILE, "unit": HOSTILE, "form": HOSTILE, "state": HOSTILE, "takeover": True,
        "signed_in": True, "answered": HOSTILE, "questions": HOSTILE, "last_save": 1.0, "left": 60.0, "extra": 1.0,
        "incidents": 1, "late": 1,
    }  # fmt: skip
    counts = dict.fromkeys(["candidates", "signed_in", "started", "submitted", "takeover", "void", "late"], HOSTILE)
    room = {
        "room_id": HOSTILE, "title": HOSTILE, "state": "open", "left": 60.0, "counts": counts, "kind": "practice",
        "urls": [f"http://{HOSTILE}"], "candidates": [candidate],
    }  # fmt: skip
    incident = {"at": 1.0, "candidate": HOSTILE, "name": HOSTILE, "kind": HOSTILE, "seconds": 1.0}
    nothing: Any = lambda *_given: None  # noqa: E731 - a callback that does nothing
    board = RoomBoard(tmp_path, BoardActions(nothing, nothing, nothing, nothing, lambda: ""))
    monkeypatch.setitem(room_board.ROOM_STATES, "open", HOSTILE)
    board.show({"rooms": [room], "room": room, "incidents": [incident]})
    is_safe(board.box, least=22)


def test_the_trainers_panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = RoomPanel(tmp_path, tmp_path / "room")
    is_safe(panel.box, least=0)
    panel.confirm(HOSTILE, lambda: HOSTILE)
    is_safe(panel.asked)
    panel.run(lambda: HOSTILE)
    is_safe(panel.message)
    panel._show({"error": InputError(PROBLEM)})
    is_safe(panel.state, least=5)
    about = {"port": HOSTILE, "urls": [HOSTILE]}
    panel._show({"about": about, "rooms": [], "room": None, "incidents": []})
    is_safe(panel.state)
    making = MakingForm(tmp_path, lambda _wish: HOSTILE)
    making.extra.value = HOSTILE
    making.make()
    is_safe(making.message)
    making.extra.value = ""
    making.make()
    is_safe(making.message)
    panel.board.chosen = HOSTILE
    monkeypatch.setattr(panel.server, "about", lambda: about)
    kiosk = Kiosk(panel)
    kiosk.seat()
    is_safe(kiosk.box.children[0], least=4)


@pytest.fixture
def renamed(snapshot: Snapshot) -> Snapshot:
    """The sample with hostile names of places."""
    places = Places(Place(place.code, f"{place.name}{HOSTILE}", place.level, place.parent) for place in snapshot.places)
    return Snapshot(Store(snapshot.store.url), places=places)


def test_the_explorer(renamed: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = Explorer(renamed, tmp_path / "absent")
    monkeypatch.setattr(explorer.survey, "about", lambda _code: [(HOSTILE, HOSTILE)])
    monkeypatch.setattr(explorer.survey, "nothing", lambda _view: HOSTILE)
    for at, tab in enumerate(TABS):
        explorer.tabs.selected_index = at
        explorer.draw()
        is_safe(explorer.pages[tab], least=2)
    is_safe(explorer.about, least=2)
    assert explorer.export() is None
    is_safe(explorer.panel, least=10)


def test_the_weights(renamed: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = Weights(renamed, folder=tmp_path)
    is_safe(panel.result, least=200)
    monkeypatch.setattr(panel.page, "compared", refuse)
    panel.draw()
    is_safe(panel.result, least=5)


def test_the_entry_form(sample_store: Path) -> None:
    desk = EntryDesk(Store(sample_store), "disputes", HOSTILE)
    form: EntryForm = desk.form
    form.fill({"dispute_id": HOSTILE, "place": HOSTILE, "kind": None, "parties": HOSTILE})
    is_safe(form.remarks["place"])
    form.save()
    is_safe(form.message)
    form.call_up(HOSTILE)
    is_safe(form.message)
    form.draft.ledger = replace(form.draft.ledger, title=HOSTILE, about=HOSTILE)
    form._arrange(form.draft.ledger)
    is_safe(form.panel, least=4)


def test_no_module_writes_html_by_hand() -> None:
    """Only the module of the parts makes markup, and none has a tag in its text."""
    for path in sorted(WIDGETS.glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        docs = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
        values = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        texts = [value for value in values if isinstance(value, str) and value not in docs]
        assert not [text for text in texts if "</" in text or "<br" in text], path.name
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        trusted = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "Markup"]
        made = [node for node in trusted if not (isinstance(node.args[0], ast.Constant) and node.args[0].value == "")]
        assert not made or path.name == "panel.py", path.name


def test_every_template_escapes_and_refuses_an_unknown_variable() -> None:
    names = sorted(path.name for path in (WIDGETS / "templates").iterdir())
    assert len(names) > 10
    for name in names:
        source = (WIDGETS / "templates" / name).read_text("utf-8")
        assert "| safe" not in source
        assert "|safe" not in source
        assert "autoescape" not in source
        if "{{" in source:
            with pytest.raises((UndefinedError, TypeError)):
                environment().get_template(f"widgets/{name}").render()


def test_the_markup_of_a_question_is_not_escaped() -> None:
    question = replace(single(), markup="html", stem="<table><tr><td>甲</td></tr></table>")
    assert Elements(parts.stem(question)).tags >= {"table", "td"}
