"""Every text field of every record that a room page is rendered from, hostile: never on a page as markup."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from inspect import getmembers, isfunction
from typing import Any, cast, get_type_hints

import lxml.html
import pytest

from govkit.exams.bank.questions import Face, Image, Option, QuestionType
from govkit.exams.paper.paper import Paper, PaperSection
from govkit.room.domain.page_records import MessageView, RoomInfo, RoomLink, WaitingView
from govkit.room.http import pages
from govkit.room.http.pages import PaperRenderer

HOSTILE = """<i onclick=x>'"&</script><b>"""
"""Must be on no page as it is: it ends an attribute in either kind of quotes, an element, and a script."""

SHOWN = "onclick=x"
"""The part of it that stays readable in a text."""

HIDDEN = {
    (Paper, "exam"),
    (Paper, "title"),  # the room has a title of its own
    (Paper, "seed"),
    (PaperSection, "policy"),
    (Image, "name"),  # a picture is described by a fixed text
}
"""Text fields that no page shows."""

KINDS = QuestionType
ROOM = RoomInfo("r1", "考试", 90)
PIXEL = Image("点", "image/png", b"\x89PNG")
Change = Callable[[Any], Any]


@dataclass(frozen=True)
class Visitor:
    """What the pages receive besides the records."""

    candidate: str
    name: str
    csrf: str
    problem: str
    answer: str
    feedback: str


def faces() -> tuple[Face, ...]:
    """Return a question of each type, as plain text and as HTML."""
    options, prompts = (Option("A", "甲"), Option("B", "乙")), (Option("1", "丙"),)
    kinds = [kind for kind in KINDS if kind is not KINDS.CASE]
    plain = [
        Face(f"{kind}-1", kind, "题干____", Decimal(1), options, prompts, blanks=2, unit="%", images=(PIXEL,))
        for kind in kinds
    ]
    rich = [replace(face, id=f"{face.type}-2", markup="html", images=()) for face in plain]
    case = Face("case", KINDS.CASE, "案例", Decimal(2), parts=(replace(plain[0], id="case.1"),))
    return (*plain, *rich, case)


def changed(value: Any, change: Change) -> Any:
    """Return a record with a change made to it and to all records in it."""
    if isinstance(value, tuple):
        return tuple(changed(each, change) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        inner = {field.name: changed(getattr(value, field.name), change) for field in fields(value)}
        return change(replace(value, **inner))
    return value


def rendered(change: Change) -> dict[str, str]:
    """Return every page of a room by the name of its function, rendered from changed records."""
    section = PaperSection("题", KINDS.SINGLE_CHOICE, Decimal(1), "strict", faces())
    paper = Paper("e", "考试", "A", date(2015, 10, 20), 90, Decimal(9), Decimal(6), "seed", (section,))
    room = changed(ROOM, change)
    visitor = change(Visitor("1001", "张三", "csrf", "密码不对", "答", "讲评"))
    renderer = PaperRenderer(changed(paper, change), room)
    data = pages.session_data(visitor.csrf, {"answers": {"w": {"answer": visitor.answer, "version": 1}}})
    return {
        "paper_page": (renderer.head(visitor.candidate, visitor.name) + data + renderer.tail).decode(),
        "rooms_page": pages.rooms_page([changed(RoomLink("r1", "考试"), change)]),
        "sign_in_page": pages.sign_in_page(room, visitor.csrf, visitor.problem, visitor.candidate),
        "waiting_page": pages.waiting_page(changed(WaitingView(room, "1001", "张三", "start", "csrf"), change)),
        "message_page": pages.message_page(
            changed(MessageView("submitted", room, "1001", "张三", "AB-CD", "csrf"), change)
        ),
        "feedback_page": pages.feedback_page(room.title, [("题干", visitor.answer, visitor.feedback)]),
    }


RECORDS = (RoomInfo, RoomLink, WaitingView, MessageView, Paper, PaperSection, Face, Option, Image, Visitor)
TEXTS = [(kind, name) for kind in RECORDS for name, hint in get_type_hints(kind).items() if hint is str]


def hostile(kind: type, *names: str) -> Change:
    """Return the change that makes fields of one kind of record hostile."""

    def change(record: Any) -> Any:
        if type(record) is not kind:
            return record
        changes = {name: HOSTILE + getattr(record, name) for name in names}
        return cast("Any", replace)(record, **changes)

    return change


def parts(html: str) -> dict[str, int]:
    """Return how many elements of a page could do harm."""
    tree = lxml.html.document_fromstring(html)
    harmful = ("//script", "//style", "//iframe", "//form", "//b", "//@*[starts-with(name(), 'on')]", "//@style")
    return {xpath: len(tree.xpath(xpath)) for xpath in harmful}


HARMLESS = {name: parts(html) for name, html in rendered(lambda record: record).items()}


@pytest.mark.parametrize(("kind", "name"), TEXTS, ids=[f"{kind.__name__}.{name}" for kind, name in TEXTS])
def test_a_hostile_field_is_text(kind: type, name: str) -> None:
    found = rendered(hostile(kind, name))
    for page, html in found.items():
        assert HOSTILE not in html, page
        # Markup that an author wrote keeps its bold type, and nothing else.
        allowed = {"//b": parts(html)["//b"]} if kind in (Face, Option) else {}
        assert parts(html) == HARMLESS[page] | allowed, page
    assert any(SHOWN in html for html in found.values()) == ((kind, name) not in HIDDEN)


def test_all_hostile_fields_together_are_text() -> None:
    names = {kind: [name for each, name in TEXTS if each is kind and name != "markup"] for kind in RECORDS}
    for page, html in rendered(lambda record: hostile(type(record), *names[type(record)])(record)).items():
        assert HOSTILE not in html
        assert parts(html) == HARMLESS[page] | {"//b": parts(html)["//b"]}


def test_every_page_is_rendered_here() -> None:
    functions = {name for name, function in getmembers(pages, isfunction) if function.__module__ == pages.__name__}
    assert {name for name in functions if name.endswith("_page") and name[0] != "_"} == set(HARMLESS)
