"""A question whose answers are worth different shares of the marks is refused by name: never full marks for a part."""

from pathlib import Path

import pytest

from govkit.core.errors import InputError
from govkit.exams.bank.convert import convert, read


def moodle(kind: str, answers: str) -> tuple[str, str]:
    head = f'<quiz><question type="{kind}"><name><text>问</text></name><questiontext><text>问</text></questiontext>'
    return "xml", f"{head}{answers}</question></quiz>"


def answer(fraction: int, text: str) -> str:
    return f'<answer fraction="{fraction}"><text>{text}</text></answer>'


REFUSED = {
    "a short answer": ("gift", "::最好::最好的动物是 {=Frog =%50%Cat =%25%Dog}"),
    "a single choice": ("gift", "::半对::选哪个？{=全对 ~%50%半对 ~错}"),
    "several numbers": ("gift", "::几个::共有几个？{#=9:0 =%50%5:0}"),
    "a part first": ("gift", "::几个::共有几个？{#=%50%5:0 =9:0}"),
    "one number worth a part": ("gift", "::几个::共有几个？{#=%50%5:0}"),
    "Moodle's short answer": moodle("shortanswer", answer(100, "Frog") + answer(50, "Cat")),
    "Moodle's choice": moodle(
        "multichoice", f"<single>false</single>{answer(70, '甲')}{answer(30, '乙')}{answer(-100, '丙')}"
    ),
    "Moodle's cloze": (
        "xml",
        moodle("cloze", "")[1].replace(
            "<text>问</text></questiontext>", "<text>{1:SA:=甲~%50%乙}</text></questiontext>"
        ),
    ),
    "Moodle's numbers": moodle("numerical", answer(100, "9") + answer(100, "5")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_partial_credit_is_refused_and_nothing_written(tmp_path: Path, name: str) -> None:
    ending, text = REFUSED[name]
    source, target = tmp_path / f"题库.{ending}", tmp_path / "题库.yaml"
    source.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        convert(source, target)
    assert any("存不下" in problem.what for problem in refused.value.problems)
    assert not target.exists()


@pytest.mark.parametrize(
    "text",
    [
        "::最好::最好的动物是 {=Frog =%100%Cat}",
        "::两个::选两个 {~%50%甲 ~%50%乙 ~%-100%丙}",
        "::三个::选三个 {~%33.33333%甲 ~%33.33333%乙 ~%33.33334%丙 ~%-100%丁}",
        "::几个::共有几个？{#9:0}",
        "::几个::共有几个？{#=9:0}",
    ],
)
def test_even_shares_are_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "题库.gift"
    path.write_text(text, encoding="utf-8")
    bank, problems = read(path)
    assert len(bank) == 1
    assert [problem for problem in problems if problem.severity == "error"] == []
