"""Spreadsheets as trainers lay them out are read as a person reads them, and every guess is reported."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from govkit.core.errors import InputError, Problem
from govkit.exams.bank.answers import blank_right, numeric_right
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.convert import convert, read
from govkit.exams.bank.questions import BlanksKey, ChoiceKey, NumericKey, Question, QuestionType, TruthKey

Lines = list[list[Any]]
SINGLE: list[Any] = ["单选题", "首都是（　）。", "北京", "上海", "A"]
TITLES = ["题型", "题干", "选项A", "选项B", "答案"]


def workbook(path: Path, sheets: dict[str, Lines]) -> Path:
    book = Workbook()
    del book["Sheet"]
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    book.save(path)
    return path


def read_sheet(folder: Path, *lines: list[Any]) -> tuple[Bank, list[Problem]]:
    return read(workbook(folder / "a.xlsx", {"题库": list(lines)}))


def one(folder: Path, *lines: list[Any]) -> Question:
    bank, problems = read_sheet(folder, *lines)
    assert [problem.what for problem in problems if problem.severity == "error"] == []
    (question,) = bank
    return question


def right(question: Question) -> str:
    assert isinstance(question.key, ChoiceKey)
    return "".join(question.key.right)


@pytest.mark.parametrize(
    "titles",
    [
        ["题型", "题干", "选项A", "选项B", "答案"],
        ["题型（必填）", "题干（必填）", "选项 A", "选项 B", "正确答案（必填）"],
        ["试题类型*", "试题内容*", "A", "B", "标准答案*"],
        ["类型：", "题目：", "A选项", "B选项", "参考答案："],
        ["【题型】题型", "问题", "选项1", "选项2", "正确选项"],
        ["题目类型", "题目", "选项(A)", "选项(B)", "答案"],
        ["题型", "题干", "选项Ａ", "选项Ｂ", "答 案"],
    ],
    ids=lambda titles: titles[1],
)
def test_titles_by_their_usual_names(tmp_path: Path, titles: list[str]) -> None:
    question = one(tmp_path, titles, SINGLE)
    assert [option.text for option in question.options] == ["北京", "上海"]
    assert right(question) == "A"


def test_a_table_below_title_rows(tmp_path: Path) -> None:
    lines: Lines = [["2026年度题库"], ["填表说明：红色为必填"], [], TITLES, SINGLE]
    assert right(one(tmp_path, *lines)) == "A"


def test_every_sheet_is_read_and_its_name_may_give_the_type(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        {
            "单选题": [["题干", "选项A", "选项B", "答案"], ["甲？", "是的", "不是", "B"]],
            "二、多选题": [["题干", "选项A", "选项B", "选项C", "答案"], ["乙？", "一", "二", "三", "AC"]],
            "判断题": [["题干", "答案"], ["丙。", "×"]],
            "名词解释": [["题干", "答案"], ["丁", "戊"]],
        },
    )
    bank, problems = read(path)
    assert [question.type.label for question in bank] == ["单选", "多选", "判断", "简答"]
    assert len([problem for problem in problems if "没有写题型" in problem.what]) == 4


def test_a_sheet_without_questions_is_named_and_a_file_without_any_is_refused(tmp_path: Path) -> None:
    lines: Lines = [["使用说明"], ["请逐题填写"]]
    bank, problems = read(workbook(tmp_path / "a.xlsx", {"题库": [TITLES, SINGLE], "其他": lines}))
    assert len(bank) == 1
    assert [(problem.where.part, problem.severity) for problem in problems] == [("其他", "warning")]
    with pytest.raises(InputError):
        convert(workbook(tmp_path / "b.xlsx", {"说明": lines, "封面": lines}), tmp_path / "b.yaml")
    assert not (tmp_path / "b.yaml").exists()


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        ("A.北京 B.上海 C.广州", ["北京", "上海", "广州"]),
        ("A、北京\nB、上海\nC、广州", ["北京", "上海", "广州"]),
        ("(A)北京；(B)上海；(C)广州", ["北京", "上海", "广州"]),
        ("北京|上海|广州", ["北京", "上海", "广州"]),
        ("北京\n上海\n广州", ["北京", "上海", "广州"]),
        ("Ａ．维生素A Ｂ．维生素B Ｃ．钙", ["维生素A", "维生素B", "钙"]),
    ],
)
def test_options_in_one_cell(tmp_path: Path, cell: str, options: list[str]) -> None:
    question = one(tmp_path, ["题型", "题干", "选项", "答案"], ["单选", "甲？", cell, "B"])
    assert [option.text for option in question.options] == options
    assert right(question) == "B"


@pytest.mark.parametrize(
    ("answer", "letters"),
    [
        ("ABC", "ABC"),
        ("A,B,C", "ABC"),
        ("A、C", "AC"),
        ("Ａ，Ｄ", "AD"),
        ("a c", "AC"),
        ("A-C", "ABC"),
        ("A～D", "ABCD"),
        ("A至B、D", "ABD"),
        ("甲；丙", "AC"),
        ("丁、乙", "BD"),
        ("A.甲 ；B.乙", "AB"),
    ],
)
def test_right_options_as_they_are_written(tmp_path: Path, answer: str, letters: str) -> None:
    titles = ["题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案"]
    assert right(one(tmp_path, titles, ["多选题", "哪些？", "甲", "乙", "丙", "丁", answer])) == letters


@pytest.mark.parametrize("answer", ["E", "甲和戊", "AE", "C-A", "见解析"])
def test_an_answer_that_names_no_option_is_refused_with_its_cell(tmp_path: Path, answer: str) -> None:
    titles = ["题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案"]
    _bank, problems = read_sheet(tmp_path, titles, ["多选题", "哪些？", "甲", "乙", "丙", "丁", answer])
    assert [(problem.severity, problem.where.item) for problem in problems] == [("error", "答案 2")]


@pytest.mark.parametrize(
    ("word", "truth"),
    [
        *((word, True) for word in ("对", "正确", "√", "✓", "✔", "T", "true", "Y", "是", "1", "V", "对。", " √ ")),
        *((word, False) for word in ("错", "错误", "×", "✗", "✘", "F", "FALSE", "n", "否", "0", "x", "（×）", "不对")),
    ],
)
def test_truth_as_it_is_written(tmp_path: Path, word: str, truth: bool) -> None:
    assert one(tmp_path, ["题型", "题干", "答案"], ["判断题", "甲。", word]).key == TruthKey(truth)


@pytest.mark.parametrize(
    ("options", "answer", "truth"),
    [
        (["错误", "正确"], "A", False),
        (["错误", "正确"], "B", True),
        (["对", "错"], "A", True),
        (["×", "√"], "B", True),
        (["", ""], "A", True),
        (["", ""], "B", False),
    ],
)
def test_a_letter_means_what_its_option_says(tmp_path: Path, options: list[str], answer: str, truth: bool) -> None:
    question = one(tmp_path, TITLES, ["判断题", "地球是平的。", *options, answer])
    assert question.key == TruthKey(truth)
    assert question.options == ()


def test_options_of_a_true_false_question_that_say_other_things_are_refused(tmp_path: Path) -> None:
    _bank, problems = read_sheet(tmp_path, TITLES, ["判断题", "甲。", "北京", "上海", "A"])
    assert [problem.severity for problem in problems] == ["error"]


def test_a_cell_counts_as_what_it_shows(tmp_path: Path) -> None:
    book = Workbook()
    sheet: Any = book.active
    cells = [(0.85, "0%"), (0.985, "0.0%"), (datetime(1998, 11, 4), 'yyyy"年"m"月"d"日"'), (0.85, "0%"), (3.0, "0")]
    sheet.append(["题型", "题干", "答案"])
    for number, (value, form) in enumerate(cells, 2):
        kind = "数值" if number > 4 else "填空题"
        sheet.append([kind, f"第{number}题（　）", value])
        sheet.cell(number, 3).number_format = form
    book.save(tmp_path / "a.xlsx")
    bank, problems = read(tmp_path / "a.xlsx")
    assert not [problem for problem in problems if problem.severity == "error"]
    keys = [question.key for question in bank]
    blanks = [key.blanks[0][0] for key in keys if isinstance(key, BlanksKey)]
    assert blanks == ["85%", "98.5%", "1998年11月4日"]
    assert isinstance(keys[0], BlanksKey)
    assert blank_right(keys[0], 0, "百分之八十五")
    percent, whole = (key for key in keys if isinstance(key, NumericKey))
    assert [numeric_right(percent, given) for given in ("0.85", "85%", "85", "0.86")] == [True, True, False, False]
    assert whole.value == Decimal(3)


@pytest.mark.parametrize(
    ("word", "facility"),
    [
        ("简单", 0.85),
        ("较难", 0.5),
        ("很难", 0.25),
        ("0.7", 0.7),
        ("70%", 0.7),
        ("0", 0.0),
        ("3", None),
        ("1", None),
        ("★★", None),
        ("A", None),
        ("120%", None),
    ],
)
def test_a_difficulty_that_is_not_understood_is_reported_and_the_question_kept(
    tmp_path: Path, word: str, facility: float | None
) -> None:
    bank, problems = read_sheet(tmp_path, [*TITLES, "难度"], [*SINGLE, word])
    assert [question.difficulty for question in bank] == [facility]
    assert bool(problems) == (facility is None or not word[0].isdigit())
    assert all(problem.severity == "warning" for problem in problems)


@pytest.mark.parametrize(
    ("stem", "answer", "shown"),
    [
        ("首都是（ A ）。", "A", "首都是（　）。"),
        ("首都是(A)。", "", "首都是（　）。"),
        ("维生素（A）和首都（　）。", "B", None),
        ("首都（北京）是？", "A", "首都（北京）是？"),
    ],
)
def test_an_answer_inside_the_stem_is_taken_out(tmp_path: Path, stem: str, answer: str, shown: str | None) -> None:
    bank, problems = read_sheet(tmp_path, TITLES, ["单选题", stem, "北京", "上海", answer])
    if shown is None:
        assert [problem.where.item for problem in problems] == ["题干 2"]
    else:
        (question,) = bank
        assert question.stem == shown
        assert right(question) == "A"


def test_a_true_false_mark_inside_the_stem_is_taken_out(tmp_path: Path) -> None:
    question = one(tmp_path, ["题型", "题干", "答案"], ["判断题", "地球是平的。（×）", ""])
    assert question.stem == "地球是平的。（　）"
    assert question.key == TruthKey(False)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("选择题", QuestionType.SINGLE_CHOICE),
        ("单项选择题", QuestionType.SINGLE_CHOICE),
        ("不定项选择题", QuestionType.MULTIPLE_CHOICE),
        ("论述题", QuestionType.SHORT_ANSWER),
        ("名词解释", QuestionType.SHORT_ANSWER),
    ],
)
def test_types_by_their_usual_names(tmp_path: Path, name: str, kind: QuestionType) -> None:
    choice = kind is not QuestionType.SHORT_ANSWER
    assert one(tmp_path, TITLES, [name, "甲？", *(["子", "丑", "A"] if choice else ["", "", "乙"])]).type is kind


def test_a_type_that_says_only_choice_follows_the_number_of_right_options(tmp_path: Path) -> None:
    assert one(tmp_path, TITLES, ["选择题", "甲？", "子", "丑", "AB"]).type is QuestionType.MULTIPLE_CHOICE


def test_a_filled_column_without_a_title_is_refused_and_two_of_one_meaning_too(tmp_path: Path) -> None:
    _bank, problems = read_sheet(tmp_path, [*TITLES, ""], [*SINGLE, "多出来的"])
    assert ["多出来的" in problem.what for problem in problems] == [True]
    _bank, problems = read_sheet(tmp_path, [*TITLES, "正确答案"], [*SINGLE, "B"])
    assert [problem.severity for problem in problems] == ["error"]


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_table_of_any_separator_and_encoding(tmp_path: Path, mark: str, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(mark.join(line) for line in (TITLES, SINGLE)) + "\n", encoding=encoding)
    bank, problems = read(path)
    assert problems == []
    assert [right(question) for question in bank] == ["A"]


def test_a_text_table_whose_quote_is_not_closed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('题型,题干,答案\n判断,"甲。,对\n判断,乙。,错\n', encoding="utf-8")
    with pytest.raises(InputError):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize(("columns", "refused"), [(64, False), (65, True)])
def test_cells_beyond_the_last_column_that_is_read_are_refused(tmp_path: Path, columns: int, refused: bool) -> None:
    titles = [*TITLES, *[f"备注{number}" for number in range(columns - len(TITLES))]]
    row = [*SINGLE, *["记"] * (columns - len(SINGLE))]
    _bank, problems = read_sheet(tmp_path, titles, row)
    assert any(problem.severity == "error" for problem in problems) == refused
