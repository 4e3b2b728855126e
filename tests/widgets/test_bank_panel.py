"""The bank's panels: a file is looked at before it is written; a question is accepted or returned."""

from pathlib import Path

import pytest

from govkit.exams.bank.bank import load_bank
from govkit.exams.bank.review import verdicts
from govkit.widgets import bank_panel
from tests.widgets.test_faults import named, press, shown

TEXT = "某区题库\n1. 首都是（　）。\nA. 北京\nB. 上海\n答案：A\n2. 账目（　）。\nA. 公开\nB. 不公开\n答案：C\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "题库.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path / "题库.txt"


def test_a_file_is_looked_at_and_then_written(source: Path, tmp_path: Path) -> None:
    box = bank_panel.import_panel(str(tmp_path))
    named(box, "题库文件").value = str(source)
    press(box, "先看看")
    told = shown(box)
    assert "2 题" in told
    assert "srcdoc" in told
    assert "拒收" in told
    named(box, "写到").value = str(tmp_path / "我的题.yaml")
    press(box, "写入")
    assert not (tmp_path / "我的题.yaml").exists()
    named(box, "先写入没有问题的题，其余标在副本上").value = True
    press(box, "写入")
    assert [question.stem for question in load_bank(tmp_path / "我的题.yaml")] == ["首都是（　）。"]
    assert "待修改" in shown(box)


def test_a_question_is_returned_with_a_comment_and_accepted(tmp_path: Path) -> None:
    (tmp_path / "甲.yaml").write_text(
        "questions:\n- {id: a-1, type: 判断, stem: 一, key: 对, points: 1}\n", encoding="utf-8"
    )
    box = bank_panel.review_panel(str(tmp_path))
    named(box, "姓名").value = "张某"
    press(box, "退回")
    assert verdicts(tmp_path) == {}
    named(box, "意见").value = "答案有误"
    press(box, "退回")
    assert (verdicts(tmp_path)["a-1"].accepted, verdicts(tmp_path)["a-1"].comment) == (False, "答案有误")
    press(box, "通过")
    assert verdicts(tmp_path)["a-1"].accepted
    assert "通过" in shown(box)


def test_the_shipped_bank_is_copied_before_it_is_reviewed() -> None:
    box = bank_panel.review_panel()
    press(box, "通过")
    assert "govkit bank convert" in shown(box)
