from dataclasses import replace

import pytest

from govkit.institutions import indicators
from govkit.ledgers.declare import Column, choice, integer, place, text
from govkit.ledgers.dictionary import allowed, dictionary
from tests.ledgers.books import DISPUTES, LEDGERS

TEXT = dictionary(LEDGERS, list(indicators().values()))


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split(" | ")]


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (text("a", "甲"), ""),
        (integer("a", "甲"), "不小于0"),
        (integer("a", "甲", minimum=1, maximum=6), "1至6"),
        (integer("a", "甲", minimum=None, maximum=6), "不大于6"),
        (choice("a", "甲", ("村", "区"), synonyms={"村级": "村"}), "村、区；也接受：村级（即村）"),
        (place(levels=("township", "village")), "乡镇（街道）、村的名称"),
        (text("a", "甲", refers_to=("disputes", "dispute_id")), "引用“矛盾纠纷台账”的 dispute_id"),
    ],
)
def test_allowed_words(column: Column, words: str) -> None:
    assert allowed(column, {"disputes": "矛盾纠纷台账"}) == words


def test_every_ledger_and_column_is_there() -> None:
    for ledger in LEDGERS:
        section = TEXT.split(f"（`{ledger.code}`）")[1].split("### ")[0]
        assert ledger.about in section
        lines = {cells(line)[0]: cells(line) for line in section.splitlines() if line.startswith("| ")}
        for column in ledger.columns:
            written = lines[column.heading]
            assert written[1] == f"`{column.name}`"
            assert written[3] == ("是" if column.required else "否")
            assert written[7] == column.note


def test_personal_and_public_columns_are_distinguished() -> None:
    section = TEXT.split(f"（`{DISPUTES.code}`）")[1].split("### ")[0]
    lines = {cells(line)[0]: cells(line) for line in section.splitlines() if line.startswith("| ")}
    assert lines["当事人"][5:7] == ["姓名", "脱敏后公开"]
    assert lines["简要情况"][5:7] == ["情况描述", "否"]
    assert lines["纠纷类型"][5:7] == ["", "是"]


def test_every_indicator_is_there_with_what_it_divides() -> None:
    lines = {cells(line)[0]: cells(line) for line in TEXT.split("## 指标")[1].splitlines() if line.startswith("| ")}
    for indicator in indicators().values():
        assert lines[indicator.code][1:4] == [indicator.label, indicator.unit, indicator.definition]
    assert lines["G6"][4:] == ["化解矛盾纠纷", "排查矛盾纠纷", "矛盾纠纷台账"]


def test_a_bar_in_a_note_does_not_break_the_table() -> None:
    ledger = replace(DISPUTES, columns=(*DISPUTES.columns, text("more", "甲|乙", note="丙\n丁")))
    line = next(line for line in dictionary([ledger], []).splitlines() if "甲" in line and "more" in line)
    assert line.startswith("| 甲\\|乙 | `more` |")
    assert line.endswith("| 丙 丁 |")
