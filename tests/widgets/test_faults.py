"""What a panel shows when its code fails: a box beside what was used, for every panel, and where the details are."""

import ast
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import ipywidgets as w
import pytest

import govkit.widgets
from govkit.core.errors import InputError, InternalError, Problem, Where
from govkit.exams.bank.bank import Bank
from govkit.exams.exam import analyse_exam, mark_exam
from govkit.exams.results.item_tables import ItemView, read_analysis
from govkit.figures.snapshot import Snapshot
from govkit.widgets import assembly_panel, entry, explore, marking_panel, opening, practice, room_panel, whatif
from govkit.widgets.item_analysis_panel import analyse_panel, option_panel
from govkit.widgets.panel import button, faults_shown, on_change, panel
from tests.exams.builders import ANSWERS, PASSPHRASE, PERSON, bank, tiny

BOX = 'class="gk-problem-box"'
ROSTER = "01,甲,A,present 03,乙,A,present 03,乙,M,present"
DOORS = {"observe", "on_click", "on_submit", "on_msg", "on_displayed"}
"""The methods by which ipywidgets takes a callback."""


def shown(widget: Any) -> str:
    return str(getattr(widget, "value", "")) + "".join(map(shown, getattr(widget, "children", ())))


def every(widget: Any) -> list[Any]:
    return [widget, *(inner for child in getattr(widget, "children", ()) for inner in every(child))]


def press(widget: Any, label: str) -> None:
    next(one for one in every(widget) if getattr(one, "description", "") == label and hasattr(one, "click")).click()


def broken(*_given: Any, **_more: Any) -> Any:
    raise RuntimeError("坏了：张三")


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the details are written below."""
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    folder = tiny(tmp_path, ROSTER, ANSWERS)
    mark_exam(folder, PASSPHRASE, PERSON)
    analyse_exam(folder, PASSPHRASE, PERSON)
    return folder


def test_every_callback_goes_through_the_one_door() -> None:
    """A callback that is attached elsewhere would fail in a log that nobody sees."""
    folder = Path(govkit.widgets.__path__[0])
    found = []
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in DOORS:
                found.append((path.name, called.attr))
    assert sorted(found) == [("panel.py", "observe"), ("panel.py", "on_click")]


class At(NamedTuple):
    """What panels are built over."""

    snapshot: Snapshot
    folder: Path
    exam: Path


def named(box: Any, label: str) -> Any:
    return next(one for one in every(box) if getattr(one, "description", "") == label)


def tabs(box: Any) -> Any:
    return next(one for one in every(box) if isinstance(one, w.Tab))


def change_a_count(box: Any) -> None:
    next(one for one in every(box) if isinstance(one, w.BoundedIntText)).value += 1


FAULTS: dict[str, tuple[Callable[[At], Any], Any, str, Callable[[Any], None]]] = {
    "explorer, a choice": (
        lambda at: explore.Explorer(at.snapshot, at.folder).panel,
        "govkit.widgets.explore.Survey", "table", lambda box: setattr(named(box, "按本年累计"), "value", True),
    ),
    "explorer, a tab": (
        lambda at: explore.Explorer(at.snapshot, at.folder).panel,
        "govkit.widgets.explore.Survey", "trend", lambda box: setattr(tabs(box), "selected_index", 1),
    ),
    "explorer, export": (
        lambda at: explore.Explorer(at.snapshot, at.folder).panel,
        explore, "workbook", lambda box: press(box, "导出Excel"),
    ),
    "entry, another ledger": (
        lambda at: entry.EntryDesk(at.snapshot.store).panel,
        entry.EntryForm, "_build", lambda box: setattr(named(box, "台账"), "value", "grids"),
    ),
    "entry, save": (
        lambda at: entry.EntryDesk(at.snapshot.store).panel,
        entry.Draft, "save", lambda box: press(box, "保存"),
    ),
    "entry, typing": (
        lambda at: entry.EntryDesk(at.snapshot.store).panel,
        entry.Draft, "check", lambda box: setattr(named(box, "* 纠纷编号"), "value", "JF-1"),
    ),
    "what-if, a slider": (
        lambda at: whatif.Weights(at.snapshot, folder=at.folder).panel,
        "govkit.widgets.whatif.WhatIf", "missing", lambda box: setattr(named(box, "第1项"), "value", 1.0),
    ),
    "what-if, another unit": (
        lambda at: whatif.Weights(at.snapshot, folder=at.folder).panel,
        Snapshot, "figures", lambda box: setattr(named(box, "单位"), "value", "yangmiao"),
    ),
    "the offer of the sample": (
        lambda _at: opening.Offer(InputError(Problem(Where("a"), "b", "c")), broken).panel,
        opening, "run_demo", lambda box: press(box, "准备样例并打开"),
    ),
    "assemble, look": (
        lambda at: assembly_panel.AssemblePanel(Bank(tuple(bank(300))), at.folder).box,
        assembly_panel, "preview", lambda box: press(box, "组卷预览"),
    ),
    "assemble, a count": (
        lambda at: assembly_panel.AssemblePanel(Bank(tuple(bank(300))), at.folder).box,
        assembly_panel.AssemblePanel, "_total", change_a_count,
    ),
    "mark": (
        lambda at: marking_panel.mark_panel(str(at.exam)),
        marking_panel, "marked", lambda box: press(box, "评分"),
    ),
    "correct, look": (
        lambda at: marking_panel.rekey_panel(str(at.exam)),
        marking_panel, "preview_rekey", lambda box: press(box, "先看影响到谁"),
    ),
    "analyse": (
        lambda at: analyse_panel(str(at.exam)),
        "govkit.widgets.item_analysis_panel", "analyse_exam", lambda box: press(box, "重新分析"),
    ),
    "look at the options": (
        lambda at: option_panel(read_analysis(at.exam)),
        ItemView, "option_table", lambda box: setattr(named(box, "题号"), "index", 1),
    ),
    "practise": (
        lambda at: practice.practice_board(state=at.folder / "state.json"),
        "govkit.widgets.practice_session", "start", lambda box: press(box, "开始新的练习"),
    ),
    "room, start": (
        lambda at: room_panel.room_panel(str(at.exam), str(at.folder / "room")),
        "govkit.widgets.room_client.RoomServer", "start", lambda box: press(box, "启动考场服务"),
    ),
    "one seat": (
        lambda at: room_panel.room_panel(str(at.exam), str(at.folder / "room"), one_seat=True),
        room_panel.Kiosk, "seat", lambda box: press(box, "考生入座（收起监考面板）"),
    ),
}  # fmt: skip
"""How a panel is built, what of its code is broken then, and what a person does."""


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_a_box_in_the_panel(
    case: str, snapshot: Snapshot, exam: Path, tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build, owner, name, act = FAULTS[case]
    if name == "seat":  # the button holds the method from the beginning
        monkeypatch.setattr(owner, name, broken)
    box = build(At(snapshot, tmp_path, exam))
    assert BOX not in shown(box)
    if isinstance(owner, str):
        monkeypatch.setattr(f"{owner}.{name}", broken)
    else:
        monkeypatch.setattr(owner, name, broken)
    act(box)
    text = shown(box)
    assert text.count(BOX) == 1
    assert "不是您的数据的问题" in text
    assert "RuntimeError" in text
    for word in ("Traceback", "张三", "请稍候"):
        assert word not in text
    (kept,) = logs.rglob("*.txt")
    assert f"~/{kept.relative_to(logs).as_posix()}" in text
    assert "Traceback" in kept.read_text(encoding="utf-8")
    assert "张三" in kept.read_text(encoding="utf-8")
    assert stat.S_IMODE(kept.stat().st_mode) & 0o077 == 0


def test_the_box_stands_above_what_was_used_and_goes_with_the_next_success() -> None:
    fails = [True, True, False]

    def work() -> None:
        if fails.pop(0):
            raise InternalError(Problem(Where("字体"), "没有中文字体", "安装一种"))

    press_here = button("做", work)
    inner = panel(w.HTML("第一行"), w.HBox([w.HTML("左"), press_here]), w.HTML("最后"))
    panel(w.HTML("外面"), inner)
    for _time in range(2):
        press_here.click()
        rows = [shown(child) for child in inner.children]
        assert [BOX in row for row in rows] == [False, False, True, False, False]
        assert "没有中文字体" in rows[2]
        assert press_here.disabled is False
    press_here.click()
    assert BOX not in shown(inner)


def test_a_mistake_of_the_users_is_told_as_one() -> None:
    field = w.Text()

    def refuse(value: str) -> None:
        raise InputError(Problem(Where("单位"), f"没有“{value}”", "换一个"))

    on_change(field, refuse)
    box = panel(field)
    field.value = "无此村"
    assert 'role="alert"' in shown(box)
    assert "没有“无此村”" in shown(box)
    assert BOX not in shown(box)


def test_the_first_fault_of_what_a_person_did_stays() -> None:
    first, second = w.Text(), w.Text()

    def follow(_value: str) -> None:
        second.value = "x"
        raise RuntimeError

    on_change(first, follow)
    on_change(second, lambda _value: broken(KeyError))
    box = panel(first, second)
    first.value = "y"
    assert shown(box).count(BOX) == 1


def test_outside_a_panel_and_for_who_debugs_it_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError), faults_shown(w.Text()):
        broken()
    monkeypatch.setenv("GOVKIT_DEBUG", "1")
    field = w.Text()
    box = panel(field)
    with pytest.raises(RuntimeError), faults_shown(field):
        broken()
    assert BOX in shown(box)
