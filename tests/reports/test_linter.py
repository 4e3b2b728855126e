"""The linter of sentences finds what it is for, and leaves good sentences alone."""

import pytest

from tests.reports.linter import faults, passages


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("给予处分0人，其中警告0人、严重警告0人。", "a part that is zero"),
        ("决议0项、公开0项。", "a list of zeros"),
        ("整改率—。", "an undefined number"),
        ("站所职能并入一个办公室（F3）。", "a bare code"),
        ("参数pay_base没有填写。", "a name of the program"),
        ("本月排查{found}。", "a placeholder"),
        ("示范区示范区通报", "a doubled noun"),
        ("日接待600以上人次", "a qualifier in the wrong place"),
        ("用时1以内周", "a qualifier in the wrong place"),
        ("日接待691.6人次", "a count with decimals"),
        ("本月，，没有。", "two marks"),
        ("警告2人人", "a unit that stands twice"),
    ],
)
def test_a_fault_is_found(text: str, found: str) -> None:
    assert found in faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "本月，全区按程序决策重大事项11项，比上月增加3件。",
        "化解率98.5%，比上月提高1.2个百分点。",
        "日接待600人次以上，用时1周以内。",
        "其中警告2人、严重警告4人。",
        "户均增收1056元，人均120元，10人次。",
        "北西尚村村务公开公示",
    ],
)
def test_a_good_sentence_has_none(text: str) -> None:
    assert faults(text) == []


def test_a_page_is_read_by_paragraphs_and_cells() -> None:
    page = "<html><head><style>p{}</style></head><body class='x'><p>甲<b>乙</b></p><td>丙 &amp; 丁</td></body></html>"
    assert list(passages(page)) == ["甲乙", "丙 & 丁"]
