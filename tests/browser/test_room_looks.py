"""How the candidate's pages look and read: WCAG 2.2 AA by axe, on a phone and on a PC; pictures are kept."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.room.serving import RunningRoom, Server, exam_folder, serving

from .test_room_page import Seat

axe_module = pytest.importorskip("axe_playwright_python.sync_playwright")

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"phone": (390, 800), "small": (320, 600), "pc": (1366, 768)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("hall")) as running:
        yield running


@pytest.fixture
def room(server: Server, tmp_path: Path) -> RunningRoom:
    return server.room(exam_folder(tmp_path / "exam", candidates=3, singles=12), opened=False)


def no_violations(page: Any) -> None:
    found = axe_module.Axe().run(page, options={"runOnly": STANDARDS})
    assert len(found.response["passes"]) > 5
    assert found.violations_count == 0, found.generate_report()


def fits(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('main')).fontSize)") >= 18


@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_accessible_and_fits(chromium: Any, room: RunningRoom, tmp_path: Path, size: str) -> None:
    width, height = SIZES[size]
    seat = Seat(chromium, room, viewport={"width": width, "height": height})
    look = looker(seat.page, tmp_path, size)
    seat.page.goto(f"{room.server.url}/r/{room.id}/")
    look("sign-in")
    seat.page.get_by_label("准考证号").fill("1001")
    seat.page.get_by_label("密码").fill("00000000")
    seat.page.get_by_role("button", name="登录").click()
    seat.page.get_by_role("alert").wait_for()
    look("refused")
    seat.sign_in()
    seat.page.get_by_role("heading", name="考试还没有开始").wait_for()
    look("waiting")
    room.act("open")
    seat.page.wait_for_selector("body.paper.script:not(.away)")
    look("one")
    seat.page.locator(".question.current label.choice").nth(1).click()
    seat.page.locator(".question.current .flag").click()
    seat.page.locator(".question.current .mark.saved").wait_for()
    look("answered")
    seat.show_all()
    look("all", full=True)
    seat.page.locator("#finish").click()
    look("check")
    room.act("pause")
    seat.page.evaluate("window.dispatchEvent(new Event('online'))")
    seat.page.get_by_role("heading", name="考试暂停").wait_for()
    look("paused")
    room.act("resume")
    seat.page.wait_for_selector("body.paper.script:not(.away)")
    seat.page.locator("#finish").click()
    seat.page.locator("#submit").click()
    seat.page.get_by_role("heading", name="已交卷").wait_for()
    look("submitted")
    seat.page.reload()
    look("submitted-again")
    seat.leave()


def looker(page: Any, folder: Path, size: str) -> Callable[..., None]:
    def look(name: str, full: bool = False) -> None:
        page.screenshot(path=folder / f"{size}-{name}.png", full_page=full)
        fits(page)
        if size != "small":
            no_violations(page)

    return look


def test_targets_are_large_enough(chromium: Any, room: RunningRoom) -> None:
    """WCAG 2.2, 2.5.8 asks for 24 pixels; a finger wants more."""
    room.act("open")
    seat = Seat(chromium, room, viewport={"width": 390, "height": 800}).seated().show_all()
    small = seat.page.evaluate(
        """() => Array.from(document.querySelectorAll('button, a, label.choice, select, input[type=text], textarea'))
             .filter(each => each.offsetParent && !each.classList.contains('skip'))
             .map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
             .filter(([_html, box]) => box.height < 44 || box.width < 44).map(([html]) => html)"""
    )
    assert small == []
    seat.leave()


def test_what_has_the_focus_is_not_hidden_under_the_bar(chromium: Any, room: RunningRoom) -> None:
    room.act("open")
    seat = Seat(chromium, room, viewport={"width": 390, "height": 600}).seated().show_all()
    covered = []
    for _step in range(60):
        seat.page.keyboard.press("Shift+Tab")
        covered.append(
            seat.page.evaluate(
                """() => { const box = document.activeElement.getBoundingClientRect();
                           const bar = document.querySelector('.bar').getBoundingClientRect();
                           return document.activeElement !== document.body && box.bottom <= bar.bottom
                             && !document.querySelector('.bar').contains(document.activeElement)
                             && !document.activeElement.classList.contains('skip'); }"""
            )
        )
    assert not any(covered)
    seat.leave()
