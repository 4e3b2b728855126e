"""The practice quiz in JupyterLab: answers by mouse and by keyboard, immediate feedback, a resumed session."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from govkit.core.files import shipped
from govkit.exams.bank.bank import load_bank
from govkit.widgets import practice_session

from .notebooks import open_and_run

NOTEBOOK = "notebooks/practice.ipynb"


def state_of(lab_root: Path) -> dict[str, Any]:
    """Return the saved session."""
    result: dict[str, Any] = json.loads((lab_root / "data" / "govkit" / "practice.json").read_text("utf-8"))
    return result


def begun(lab_root: Path) -> int:
    """Save a session with two shipped questions of each type and return their number."""
    known = practice_session.exercises(load_bank(shipped("quizzes")), date.today())
    by_type: dict[str, list[str]] = {}
    for name, exercise in known.items():
        by_type.setdefault(exercise.item.type, []).append(name)
    order = [name for names in by_type.values() for name in names[:2]]
    file = lab_root / "data" / "govkit" / "practice.json"
    practice_session.save(practice_session.Session("全部", 1, order), file)
    return len(order)


def test_sit_the_practice_quiz(page: Any, jupyterlab: tuple[str, str], lab_root: Path) -> None:
    count = begun(lab_root)
    page.set_viewport_size({"width": 1400, "height": 1600})
    open_and_run(page, jupyterlab, NOTEBOOK, "接着上次的练习。")
    board = page.locator(".gk-practice").first
    assert float(board.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")) >= 18
    for at in range(0, count, 2):
        page.wait_for_selector(f".gk-practice >> text=第 {at + 1} 题，共 {count} 题")
        by_mouse(page)
        assert "正确答案：" in feedback(page)
        assert len(state_of(lab_root)["right"]) == at + 1
        board.get_by_role("button", name="下一题").click()
        page.wait_for_selector(f".gk-practice >> text=第 {at + 2} 题，共 {count} 题")
        by_keyboard(page)
        assert "正确答案：" in feedback(page)
        page.keyboard.press("Enter")  # the button has the focus
    page.wait_for_selector(".gk-practice >> text=本次练习已完成")
    assert state_of(lab_root)["at"] == count


def test_begin_and_go_on_later(page: Any, jupyterlab: tuple[str, str], lab_root: Path) -> None:
    page.set_viewport_size({"width": 1400, "height": 1600})
    open_and_run(page, jupyterlab, NOTEBOOK, "这是练习，不是考试：")
    page.locator(".gk-practice select").first.select_option(label="信访")
    page.get_by_role("button", name="开始新的练习").click()
    page.wait_for_selector(".gk-practice >> text=第 1 题，共 10 题")
    assert state_of(lab_root)["topic"] == "信访"
    by_mouse(page)
    assert "依据：" in feedback(page)
    page.get_by_role("button", name="下一题").click()
    page.wait_for_selector(".gk-practice >> text=第 2 题，共 10 题")
    page.goto("about:blank")
    open_and_run(page, jupyterlab, NOTEBOOK, "接着上次的练习。")
    assert page.locator(".gk-practice >> text=第 2 题，共 10 题").count() == 1


def feedback(page: Any) -> str:
    page.wait_for_selector(".gk-practice .gk-right, .gk-practice .gk-wrong, .gk-practice .gk-open")
    return str(page.inner_text(".gk-practice [role=status]"))


def by_mouse(page: Any) -> None:
    """Answer the question with the mouse, and text fields with keys."""
    fields = page.locator(".gk-practice .gk-answer")
    fields.locator("input, select, textarea").first.wait_for()
    if fields.locator("input[type=radio], input[type=checkbox]").count():
        fields.locator("input[type=radio], input[type=checkbox]").first.click()
    elif fields.locator("select").count():
        for number in range(fields.locator("select").count()):
            fields.locator("select").nth(number).select_option(index=number + 1)
    else:
        for number in range(fields.locator("input[type=text], textarea").count()):
            fields.locator("input[type=text], textarea").nth(number).fill("60")
    page.get_by_role("button", name="交答案").click()


def by_keyboard(page: Any) -> None:
    """Answer with keys only: the focus goes to the answer, Tab to its next field and to the button."""
    page.wait_for_function("document.activeElement.closest('.gk-answer')")
    for _step in range(30):
        focused = page.evaluate("[document.activeElement.tagName, document.activeElement.type || '']")
        if focused == ["BUTTON", "submit"] or focused[0] == "BUTTON":
            break
        if focused[1] == "checkbox":
            page.keyboard.press("Space")
        elif focused[1] == "radio" or focused[0] == "SELECT":
            page.keyboard.press("ArrowDown")
        elif focused[1] in ("text", "textarea"):
            page.keyboard.type("60")
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "交答案"
    page.keyboard.press("Enter")
