"""How notebooks open their panels: parameters, and the offer of the sample where there is no data."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from govkit.core.errors import GovkitError, InputError, InternalError
from govkit.core.files import shipped
from govkit.widgets import opening
from govkit.widgets.assembly_panel import assemble_panel
from govkit.widgets.entry import enter
from govkit.widgets.explore import explore
from govkit.widgets.item_analysis_panel import analyse_panel
from govkit.widgets.marking_panel import blind_panel, mark_panel, rekey_panel
from govkit.widgets.practice import practice_board
from govkit.widgets.room_panel import room_panel
from govkit.widgets.whatif import whatif


def shown(widget: Any) -> str:
    return str(getattr(widget, "value", "")) + "".join(map(shown, getattr(widget, "children", ())))


WRONG: list[tuple[Callable[..., Any], dict[str, object], int]] = [
    (explore, {"store": 5}, 1),
    (explore, {"store": "absent"}, 1),
    (explore, {"place": 1, "indicator": ["G6"], "period": 201509}, 3),
    (explore, {"place": "无此村", "period": "2019-01"}, 2),
    (enter, {"ledger": "无此台账"}, 1),
    (enter, {"person": None, "ledger": 3}, 2),
    (enter, {"store": "absent"}, 1),
    (whatif, {"place": "北西尚村"}, 1),
    (whatif, {"table": 3}, 1),
    (whatif, {"table": "无此表"}, 1),
    (practice_board, {"bank": 3}, 1),
    (practice_board, {"bank": "absent"}, 1),
    (assemble_panel, {"folder": 3}, 1),
    (mark_panel, {"exam": "absent"}, 1),
    (mark_panel, {"exam": 3}, 1),
    (blind_panel, {"exam": "absent"}, 1),
    (rekey_panel, {"exam": "absent"}, 1),
    (analyse_panel, {"exam": "absent"}, 1),
    (room_panel, {"exam": "absent"}, 1),
    (room_panel, {"port": "八千", "one_seat": "yes"}, 2),
    (room_panel, {"port": True}, 1),
]


@pytest.mark.parametrize(("opened", "given", "count"), WRONG, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_wrong_parameter_is_a_problem(
    sample_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    opened: Callable[..., Any],
    given: dict[str, object],
    count: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "store").symlink_to(sample_store)
    with pytest.raises(GovkitError) as refused:
        opened(**given)
    assert refused.value.exit_code in {1, 2}
    assert len(refused.value.problems) == count
    assert all(problem.repair for problem in refused.value.problems)


EMPTY: list[tuple[Callable[..., Any], str]] = [
    (explore, "没有台账库"),
    (enter, "没有台账库"),
    (whatif, "没有台账库"),
    (mark_panel, "还没有考试"),
    (room_panel, "还没有考试"),
    (analyse_panel, "还没有评过分的考试"),
]


@pytest.mark.parametrize(("opened", "words"), EMPTY, ids=lambda value: getattr(value, "__name__", str(value)))
def test_without_data_the_sample_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: Callable[..., Any], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    offer = opened()
    assert words in shown(offer)
    assert [child.description for child in offer.children if hasattr(child, "click")] == ["准备样例并打开"]
    told = offer.words()
    assert words in told["text/plain"]
    assert f"govkit demo -o {tmp_path / 'demo'}" in told["text/plain"]
    assert told["text/plain"] in told["text/html"]


def test_an_empty_store_near_by_counts_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "store" / "_commits").mkdir(parents=True)
    assert "准备样例并打开" in [getattr(child, "description", "") for child in explore().children]
    with pytest.raises(InputError):
        explore("store")


def test_the_sample_goes_beside_the_notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exams = tmp_path / "notebooks" / "exams"
    exams.mkdir(parents=True)
    for folder, expected in ((exams, tmp_path), (exams.parent, tmp_path), (tmp_path, tmp_path)):
        monkeypatch.chdir(folder)
        assert opening.demo_folder() == expected / "demo"


@pytest.mark.slow
def test_the_button_makes_the_sample_and_opens_the_panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notebooks" / "exams").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "notebooks")
    offer = explore()
    next(child for child in offer.children if hasattr(child, "click")).click()
    assert "示范区合计" in shown(offer)
    assert "准备样例" not in shown(offer)
    monkeypatch.chdir(tmp_path / "notebooks" / "exams")
    assert "考试文件夹" in shown(mark_panel())


def test_a_sample_that_cannot_be_made_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "demo").write_text("一个文件", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InternalError) as failed:
        opening.run_demo(tmp_path / "demo")
    assert "样例没有做成" in str(failed.value)
    offer = explore()
    next(child for child in offer.children if hasattr(child, "click")).click()
    assert "样例没有做成" in shown(offer)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("notebook", "given", "words"),
    [
        ("explore", {"plase": "阳庙镇"}, "plase"),
        ("explore", {"period": 201509, "indicator": "Q9"}, "period"),
        ("entry", {"ledger": "无此台账"}, "无此台账"),
        ("appraisal_whatif", {"place": "北西尚村"}, "是村"),
        ("exams/item_analysis", {"exams": "x"}, "exams"),
    ],
)
def test_papermill_refuses_a_wrong_parameter_with_its_repair(
    sample_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    notebook: str,
    given: dict[str, object],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "store").symlink_to(sample_store)
    target = tmp_path / "out.ipynb"
    with pytest.raises(PapermillExecutionError) as stopped:
        papermill.execute_notebook(
            shipped(f"notebooks/{notebook}.ipynb"), target, given, kernel_name="python3", progress_bar=False
        )
    assert words in str(stopped.value)
    assert " → " in str(stopped.value)
    assert "Traceback" not in str(stopped.value)
