"""HTML of questions: the safe set, plain text where nothing is lost, and escapes of every value shown."""

from dataclasses import replace
from decimal import Decimal
from typing import Literal

import lxml.html
import pytest
from markupsafe import Markup

from govkit.exams.bank.markup import as_html, clean, text_html, tidy, to_plain, with_pictures
from govkit.exams.bank.questions import Face, Image, Question, QuestionType, TruthKey


@pytest.mark.parametrize(
    ("dirty", "safe"),
    [
        ("<script>alert(1)</script>甲", "甲"),
        ('<p onclick="x()">甲</p>', "<p>甲</p>"),
        ('<a href="javascript:x()">甲</a>', "甲"),
        ('<img src="http://example.org/a.png">', "<img>"),
        ('<img src="data:image/png;base64,AAAA">', "<img>"),
        ('<img src="HTTP://example.org/a.png">', "<img>"),
        ('<img src="javascript:x()//a.png">', "<img>"),
        ('<img src="//example.org/a.png">', '<img src="a.png">'),
        ('<img src="../../a.png" onerror="x()">', '<img src="a.png">'),
        ("<style>p{}</style><b>甲</b>", "<b>甲</b>"),
        ("<svg><script>x</script></svg>甲", "甲"),
        ("<iframe src=x></iframe>甲", "甲"),
        (r"\(x &lt; 1\) $$y^2$$", r"\(x &lt; 1\) $$y^2$$"),
        ("<math><mi>x</mi><mo>+</mo><mn>1</mn></math>", "x+1"),
        (
            '<math><semantics><mi>x</mi><annotation encoding="application/x-tex">x^2</annotation></semantics></math>',
            r"\(x^2\)",
        ),
    ],
)
def test_only_safe_html_is_kept(dirty: str, safe: str) -> None:
    assert clean(dirty) == safe


@pytest.mark.parametrize(
    ("html", "plain"), [("<p>甲</p><p>乙</p>", "甲\n乙"), ("a &lt; b<br>c", "a < b\nc"), ("<b>甲</b>", None)]
)
def test_html_without_markup_becomes_plain(html: str, plain: str | None) -> None:
    assert to_plain(html) == plain


def test_parts_are_cleaned_too() -> None:
    part = Question("c.1", QuestionType.TRUE_FALSE, "<script>x</script>甲", Decimal(1), TruthKey(True), markup="html")
    case = Question("c", QuestionType.CASE, "案情", Decimal(1), None, parts=(part,))
    assert tidy(case).parts[0].stem == "甲"


HOSTILE = """x"><script>alert(1)</script><b onclick='y()'>&amp;'"""


def elements(html: str) -> list[tuple[str, dict[str, str]]]:
    """The elements a browser would make of a piece of HTML, with their attributes."""
    return [(str(each.tag), dict(each.attrib)) for each in lxml.html.fragment_fromstring(html, "div").iterdescendants()]


@pytest.mark.parametrize("alt", [HOSTILE, ""])
def test_values_of_a_plain_question_stay_text(alt: str) -> None:
    picture = Image(HOSTILE, HOSTILE, b"x")
    face = Face("a", QuestionType.SHORT_ANSWER, HOSTILE, Decimal(1), images=(picture,))
    shown = with_pictures(text_html(face.stem, "plain"), face, alt)
    assert isinstance(shown, Markup)
    assert elements(shown) == [("br", {}), ("img", {"src": f"data:{HOSTILE};base64,eA==", "alt": HOSTILE})]
    assert lxml.html.fragment_fromstring(shown, "div").text_content() == HOSTILE


def test_pictures_of_an_html_question_take_their_places() -> None:
    picture = Image("图 1.png", "image/png", b"x")
    stem = 'a<img src="图 1.png"><script>alert(1)</script><i onclick="y()">b</i>'
    face = Face("a", QuestionType.SHORT_ANSWER, stem, Decimal(1), images=(picture,), markup="html")
    shown = with_pictures(text_html(face.stem, "html"), face)
    assert isinstance(shown, Markup)
    assert elements(shown) == [("img", {"src": "data:image/png;base64,eA=="}), ("i", {})]


@pytest.mark.parametrize("markup", ["plain", "html"])
def test_a_text_shown_is_marked_safe_once(markup: Literal["plain", "html"]) -> None:
    shown = text_html("a < b", markup)
    assert isinstance(shown, Markup)
    assert Markup("<p>{}</p>").format(shown) == "<p>a &lt; b</p>"


def test_html_kept_in_a_question_is_plain_data() -> None:
    question = Question("a", QuestionType.TRUE_FALSE, HOSTILE, Decimal(1), TruthKey(True))
    marked = as_html(replace(question, images=(Image(HOSTILE, "image/png", b"x"),)))
    assert type(marked.stem) is str
    assert elements(marked.stem) == [("br", {}), ("img", {"src": HOSTILE, "alt": ""})]
