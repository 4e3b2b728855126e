"""The candidate's page in the system's Firefox: a sitting with a reload, a server that dies, and handing in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.room.serving import Server, exam_folder, serving

websocket = pytest.importorskip("websocket")

from .bidi import Firefox, firefox  # noqa: E402 - needs the package looked for above

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox") or ""
TAB, ENTER, SPACE = "\ue004", "\ue007", " "


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    if not PROGRAM:
        pytest.skip("the system has no Firefox: install the package firefox-esr")
    with firefox(PROGRAM, tmp_path_factory.mktemp("firefox") / "profile") as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("hall")) as running:
        yield running


def saved(name: str) -> str:
    return f"""document.querySelector('.answer[data-question="{name}"] .mark.saved')"""


def test_a_sitting_in_firefox(window: Firefox, server: Server, tmp_path: Path) -> None:
    room = server.room(exam_folder(tmp_path / "exam", candidates=2, singles=3))
    window.size(1200, 850)
    window.goto(f"{server.url}/r/{room.id}/")
    window.click("#candidate")
    window.press("1001" + TAB + room.pins["1001"] + ENTER)
    window.until("document.querySelector('body.paper.script:not(.away)')")
    window.click("#view-mode")
    window.click('.answer[data-question="q1"] label.choice:nth-of-type(2)')
    window.until(saved("q1"))
    window.click('.answer[data-question="w1"] textarea')
    window.press("first try")
    window.until(saved("w1"))
    for letter in "DA":
        window.click(f'.answer[data-question="o1"] .place[value="{letter}"]')
    window.until(saved("o1"))
    window.picture(tmp_path / "firefox.png")
    chosen = window.value("""document.querySelector('.answer[data-question="q1"] input:checked').value""")

    window.reload()
    window.until("document.querySelector('body.paper.script:not(.away)')")
    assert window.value("""document.querySelector('.answer[data-question="q1"] input:checked').value""") == chosen
    assert window.value("""document.querySelector('.answer[data-question="w1"] textarea').value""") == "first try"

    server.kill()
    window.click('.answer[data-question="q2"] label.choice:nth-of-type(1)')
    window.until("""document.querySelector('.answer[data-question="q2"] .mark.kept')""")
    server.start()
    window.until(saved("q2"), 30)

    window.click("#finish")
    window.until("!document.getElementById('check').hidden")
    window.click("#submit")
    window.until("document.getElementById('state-receipt').textContent.includes('回执号')")
    told = room.look()["candidates"][0]
    assert (told["state"], told["answered"]) == ("submitted", 4)
    assert window.value(f"localStorage.getItem('govkit-room:{room.id}:1001')") is None
