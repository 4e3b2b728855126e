"""One import with a report: each question of the file is read or refused, by its place; nothing is replaced unasked."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from docx import Document
from openpyxl import Workbook, load_workbook

from govkit.cli.bank import bank as bank_commands
from govkit.core.errors import InputError, UsageError
from govkit.exams.bank.bank import load_bank
from govkit.exams.bank.convert import Conversion, examine, import_bank
from govkit.exams.bank.import_report import Status
from tests.exams.bank.word_files import plain, word_file

GOOD = ("1. 首都是（　）。", "A. 北京", "B. 上海", "答案：A")
BAD = ("2. 账目（　）。", "A. 公开", "B. 不公开", "答案：C")
GUESS = ("3. 任期五年。（　）", "答案：A")


def text_bank(folder: Path, *lines: str) -> Path:
    path = folder / "题库.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_report_says_what_became_of_each_question(tmp_path: Path) -> None:
    report = examine(text_bank(tmp_path, "某区题库", *GOOD, *BAD, "一、判断题", *GUESS, "第1页"))
    assert [(item.where.item, item.status) for item in report.items] == [
        ("第 2 行", Status.READ),
        ("第 6 行", Status.REFUSED),
        ("第 11 行", Status.GUESSED),
    ]
    assert len(report.no_questions()) == 2
    assert "3 题：读入 2 题（其中有推断 1 题，有舍弃 0 题），拒收 1 题" in report.summary()


def test_all_or_nothing_unless_the_bad_are_skipped(tmp_path: Path) -> None:
    source, target = text_bank(tmp_path, *GOOD, *BAD), tmp_path / "题库.yaml"
    with pytest.raises(InputError):
        import_bank(source, target)
    assert not target.exists()
    report = import_bank(source, target, Conversion(skip_bad=True))
    assert [question.stem for question in load_bank(target)] == ["首都是（　）。"]
    assert report.copy is not None
    assert "待修改" in report.copy.read_text(encoding="utf-8").splitlines()[4]


def test_a_word_file_comes_back_with_comments(tmp_path: Path) -> None:
    source = word_file(tmp_path / "题库.docx", map(plain, [*GOOD, *BAD]))
    report = import_bank(source, tmp_path / "题库.yaml", Conversion(skip_bad=True))
    assert report.copy is not None
    document = Document(str(report.copy))
    assert ["C" in comment.text for comment in document.comments] == [True]
    commented = [p.text for p in document.paragraphs if p._p.xpath("./w:commentRangeStart")]
    assert commented == ["2. 账目（　）。"]


def test_a_workbook_comes_back_with_comments(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (
        ["题型", "题干", "A", "B", "答案"],
        ["单选", "甲（　）", "一", "二", "A"],
        ["单选", "乙（　）", "一", "二", "D"],
    ):
        sheet.append(row)
    book.save(tmp_path / "题库.xlsx")
    report = import_bank(tmp_path / "题库.xlsx", tmp_path / "题库.yaml", Conversion(skip_bad=True))
    assert report.copy is not None
    comment = load_workbook(report.copy).worksheets[0].cell(3, 1).comment
    assert comment is not None
    assert "D" in comment.text


def test_a_file_is_replaced_only_when_forced(tmp_path: Path) -> None:
    source, target = text_bank(tmp_path, *GOOD), tmp_path / "题库.yaml"
    target.write_text("留着", encoding="utf-8")
    with pytest.raises(UsageError):
        import_bank(source, target)
    assert target.read_text(encoding="utf-8") == "留着"
    import_bank(source, target, Conversion(force=True))
    assert len(load_bank(target)) == 1


def test_ids_that_another_file_of_the_bank_has_are_numbered_anew_on_request(tmp_path: Path) -> None:
    source = text_bank(tmp_path, *GOOD)
    bank = tmp_path / "题库"
    bank.mkdir()
    import_bank(source, bank / "甲.yaml")
    with pytest.raises(InputError) as refused:
        import_bank(source, bank / "乙.yaml")
    assert "q-1" in str(refused.value)
    import_bank(source, bank / "乙.yaml", Conversion(prefix="yi"))
    assert [question.id for question in load_bank(bank)] == ["yi-1", "q-1"]


def test_guesses_are_settled_in_a_file_beside_the_bank(tmp_path: Path) -> None:
    source = text_bank(tmp_path, "一、判断题", *GUESS, "难度：三星")
    assert [item.status for item in examine(source).items] == [Status.GUESSED]
    (tmp_path / "题库.settled.yaml").write_text("判断: {A: 错}\n难度: {三星: 0.6}\n", encoding="utf-8")
    (item,) = examine(source).items
    assert item.question is not None
    assert item.question.difficulty == 0.6
    (tmp_path / "题库.settled.yaml").write_text("难度: {三星: 很难}\n", encoding="utf-8")
    with pytest.raises(InputError):
        examine(source)


def test_the_preview_shows_each_question_as_a_candidate_sees_it(tmp_path: Path) -> None:
    source, page = text_bank(tmp_path, *GOOD, *BAD), tmp_path / "预览.html"
    result = CliRunner().invoke(bank_commands, ["convert", str(source), "--preview", str(page)])
    assert result.exit_code == 0, result.output
    html = page.read_text(encoding="utf-8")
    assert html.count("<article") == 2
    assert "首都是（　）。" in html
    assert "拒收" in html


def test_an_empty_result_is_an_error(tmp_path: Path) -> None:
    for how in (Conversion(), Conversion(skip_bad=True)):
        with pytest.raises(InputError):
            import_bank(text_bank(tmp_path, "没有题目"), tmp_path / "题库.yaml", how)
    assert not (tmp_path / "题库.yaml").exists()
