"""The candidate's pages: complete, in the candidate's order, without hostile markup."""

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import lxml.html
import pytest
from hypothesis import given, settings

from govkit.exams.bank.answers import decode
from govkit.exams.bank.questions import Face, Image, Option, Question, QuestionType
from govkit.exams.paper.paper import Paper, PaperSection, arrange
from govkit.room.domain.page_records import Message, MessageView, RoomInfo, RoomLink, WaitingView
from govkit.room.http.pages import (
    CONTENT_POLICY,
    KIOSK_POLICY,
    STATIC,
    PaperRenderer,
    message_page,
    rooms_page,
    session_data,
    sign_in_page,
    static_file,
    waiting_page,
)
from tests.exams.strategies import questions

from .serving import small_paper

ROOM = RoomInfo("r1", "四项基础制度闭卷考试", 90)
SESSION = session_data("tok-en_1", {"state": "open"})
HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;\x00csrf\x00"


def paper_of(*faces: Face) -> Paper:
    sections = tuple(PaperSection("题", face.type, face.points, "", (face,)) for face in faces)
    return Paper("e", "考试", "A", date(2015, 10, 20), 90, Decimal(100), Decimal(60), "seed", sections)


def rendered(
    paper: Paper, candidate: str = "1001", name: str = "张三", room: RoomInfo = ROOM, session: bytes = SESSION
) -> str:
    renderer = PaperRenderer(paper, room)
    return (renderer.head(candidate, name) + session + renderer.tail).decode()


def tree(html: str) -> Any:
    return lxml.html.document_fromstring(html)


def told(html: str) -> dict[str, Any]:
    (block,) = tree(html).xpath("//script[@id='room']")
    data: dict[str, Any] = json.loads(block.text)
    return data


def test_a_paper_has_every_item_in_the_candidates_order() -> None:
    paper = small_paper(singles=20)
    for number in ("1001", "1002"):
        page = tree(rendered(paper, number))
        placed = arrange(paper, number)
        wanted = [part.question for place in placed for part in (place.parts or (place,))]
        assert page.xpath("//*[@data-question]/@data-question") == wanted
        for place in placed:
            inputs = "input[@type='radio' or @type='checkbox']"
            values = page.xpath(f"//*[@data-question='{place.question}']//{inputs}/@value")
            if place.options and values:
                assert tuple(values) == place.options
    assert rendered(paper, "1001") != rendered(paper, "1002")


def test_the_letters_shown_go_down_the_list_and_the_values_are_the_papers() -> None:
    page = tree(rendered(small_paper(singles=8)))
    for box in page.xpath("//*[@data-type='single_choice']"):
        assert box.xpath(".//*[@class='letter']/text()") == ["A", "B", "C", "D"]
    orders = {tuple(box.xpath(".//input/@value")) for box in page.xpath("//*[@data-type='single_choice']")}
    assert len(orders) > 1


def test_what_the_script_is_told() -> None:
    data = told(rendered(small_paper(singles=2)))
    assert (data["page"], data["room_id"], data["candidate"], data["csrf"]) == ("paper", "r1", "1001", "tok-en_1")
    assert data["now"] == {"state": "open"}


def test_what_the_script_finds_of_each_item() -> None:
    page = tree(rendered(small_paper(singles=2)))
    boxes = {box.get("data-question"): box for box in page.xpath("//*[@data-question]")}
    assert (boxes["c1.2"].get("data-type"), boxes["c1.2"].get("data-label")) == ("fill_in", "10（2）")
    assert set(boxes) == set(small_paper(singles=2).items)


def test_every_word_the_script_asks_for_is_there() -> None:
    script = static_file("room.js").decode()
    asked = set(re.findall(r"messages\.(\w+)", script)) | set(re.findall(r'say\("(\w+)"', script))
    away = re.search(r"const AWAY = \[(.*?)\]", script)
    assert away is not None
    asked |= {f"{name}_title" for name in away[1].replace('"', "").split(", ")}
    messages = told(rendered(small_paper(singles=1)))["messages"]
    assert asked - set(messages) == set()
    unused = {name for name in messages if f'"{name}"' not in script and f".{name}" not in script}
    assert {name for name in unused if not name.endswith("_title")} - {"waiting", "takeover", "paused", "void"} == set()


def test_the_end_alone_is_different_between_sessions() -> None:
    hostile = {"answers": {"w1": {"answer": HOSTILE, "version": 1}}}
    html = rendered(small_paper(singles=2), session=session_data("aaaa", hostile))
    assert (told(html)["csrf"], told(html)["now"]) == ("aaaa", hostile)
    assert HOSTILE not in html


def test_one_press_prints_for_everybody_what_a_new_one_would() -> None:
    paper = small_paper(singles=8)
    press = PaperRenderer(paper, ROOM)
    candidates = [str(number) for number in range(1001, 1041)]
    pages = [press.head(candidate, f"考生{candidate}") for candidate in candidates]
    assert pages == [PaperRenderer(paper, ROOM).head(candidate, f"考生{candidate}") for candidate in candidates]
    for candidate, page in zip(candidates, pages, strict=True):
        assert set(tree(page.decode()).xpath("//*[@data-mark]/@data-mark")) == {candidate}
        assert f"考生{candidate}" in page.decode()


def pages_with(text: str) -> dict[str, str]:
    options = (Option("A", text), Option("B", "乙"))
    prompts = (Option("1", text),)
    kinds = QuestionType
    faces = [
        Face("s1", kinds.SINGLE_CHOICE, text, Decimal(1), options),
        Face("h1", kinds.SINGLE_CHOICE, text, Decimal(1), options, markup="html"),
        Face("o1", kinds.ORDERING, text, Decimal(1), options),
        Face("p1", kinds.MATCHING, text, Decimal(1), options, prompts),
        Face("p2", kinds.MATCHING, text, Decimal(1), options, prompts, markup="html"),
        Face("n1", kinds.NUMERIC, text, Decimal(1), unit=text),
        Face("f1", kinds.FILL_IN, f"____{text}____", Decimal(1), blanks=2),
        Face(text, kinds.SHORT_ANSWER, text, Decimal(1)),
    ]
    room = replace(ROOM, title=text)
    return {
        "paper": rendered(paper_of(*faces), "1001", text, room),
        "sign-in": sign_in_page(room, text, text, text),
        "waiting": waiting_page(WaitingView(room, text, text, "start", "csrf")),
        "message": message_page(MessageView("submitted", room, text, text, text, "csrf")),
        "rooms": rooms_page([RoomLink("r1", text)]),
    }


@pytest.mark.parametrize("name", ["paper", "sign-in", "waiting", "message", "rooms"])
def test_nothing_hostile_gets_through(name: str) -> None:
    plain, hostile = (tree(pages_with(text)[name]) for text in ("甲", HOSTILE))
    for xpath in ("//script", "//style", "//*[@style]", "//iframe", "//form", "//*[@*[starts-with(name(), 'on')]]"):
        assert len(hostile.xpath(xpath)) == len(plain.xpath(xpath)), xpath
    assert [src for src in hostile.xpath("//img/@src") if not src.startswith("data:")] == []
    assert hostile.xpath("//*[starts-with(name(@*), 'on')]") == []
    scripts = hostile.xpath("//script[not(@src)]")
    assert all(json.loads(script.text)["csrf"] for script in scripts)


@settings(max_examples=60, deadline=None)
@given(questions(pictures=True))
def test_whatever_is_asked_the_page_holds_together(question: Question) -> None:
    face = replace(
        question, id="q1", parts=tuple(replace(part, id=f"q1.{at}") for at, part in enumerate(question.parts, 1))
    ).face()
    html = rendered(paper_of(face))
    page = tree(html)
    assert page.xpath("//*[@data-question]/@data-question") == [part.id for part in face.parts or (face,)]
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for name in page.xpath("//@for") + [each for text in page.xpath("//@aria-labelledby") for each in text.split()]:
        assert name in ids
    assert told(html)["csrf"] == "tok-en_1"


def test_what_the_fields_hold_is_what_the_marker_reads() -> None:
    """Each value that a field can hold is read by the decoder of answers."""
    paper = small_paper(singles=2)
    page = tree(rendered(paper))
    for name, face in paper.items.items():
        (box,) = page.xpath(f"//*[@data-question='{name}']")
        for value in box.xpath(".//input[@type='radio' or @type='checkbox']/@value"):
            assert decode(face, value) == (value,)
        prompts = box.xpath(".//select/@data-prompt")
        if prompts:
            choices = box.xpath(".//select[1]/option[@value!='']/@value")
            assert decode(face, ";".join(f"{prompt}={choices[0]}" for prompt in prompts)) == (choices[0],) * len(
                prompts
            )
        order = box.xpath(".//button[contains(@class, 'place')]/@value")
        if order:
            assert decode(face, ",".join(order)) == tuple(order)


def test_blanks_are_numbered_where_there_are_several() -> None:
    face = Face("f1", QuestionType.FILL_IN, "甲____乙____", Decimal(1), blanks=2)
    assert "甲（1）____乙（2）____" in "".join(tree(rendered(paper_of(face))).itertext())
    face = Face("f1", QuestionType.FILL_IN, "甲____", Decimal(1), blanks=1)
    assert "（1）" not in "".join(tree(rendered(paper_of(face))).xpath("//*[@class='stem']//text()"))


def test_a_picture_follows_a_stem_of_several_blanks() -> None:
    picture = Image("图.png", "image/png", b"x")
    face = Face("f1", QuestionType.FILL_IN, "a < b____乙____", Decimal(1), blanks=2, images=(picture,))
    (stem,) = tree(rendered(paper_of(face))).xpath("//*[@class='stem']")
    assert "".join(stem.itertext()) == "a < b（1）____乙（2）____"
    assert stem.xpath(".//img/@src") == ["data:image/png;base64,eA=="]


@pytest.mark.parametrize("kind", get_args(Message))
def test_every_message_says_something(kind: Message) -> None:
    page = tree(message_page(MessageView(kind, ROOM, "1001", "张三")))
    assert page.xpath("string(//h1)")
    assert re.search("[\u4e00-\u9fff]", page.xpath("string(//main)"))
    assert not re.search("[a-z]{4}", page.xpath("string(//main)"))


def test_policies_allow_nothing_inline() -> None:
    assert "unsafe" not in CONTENT_POLICY
    assert "frame-ancestors 'none'" in CONTENT_POLICY
    assert KIOSK_POLICY.endswith("frame-ancestors http://127.0.0.1:* http://localhost:*")
    assert set(STATIC) == {"room.js", "room.css"}
    assert b"@import" not in static_file("room.css")
    assert b"http" not in static_file("room.css") + static_file("room.js")


def test_the_script_is_of_2017() -> None:
    """The script has no syntax newer than ES2017, for the browsers of old phones."""
    script = re.sub(r"/\*.*?\*/|//[^\n]*", "", static_file("room.js").decode(), flags=re.DOTALL)
    for newer in (
        r"\?\.",
        r"\?\?",
        r"\.\.\.",
        r"\basync\s*\*",
        r"catch\s*\{",
        r"\.replaceAll\(",
        r"\.finally\(",
        r"\.flat\(",
    ):
        assert not re.search(newer, script), newer
