"""Word files of questions are read as Word shows them; what cannot be read is refused by name, at its paragraph."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from govkit.core.errors import InputError, Problem
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.convert import convert, read
from govkit.exams.bank.questions import Question
from tests.exams.bank.layouts import BUILT_ON, KEPT_APART, Layout, items, outcome, shown_key
from tests.exams.bank.word_files import Block, Paragraph, Run, grid, picture, plain, word_file

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf500f0003860180"
    "5a347d6b0000000049454e44ae426082"
)
CHOICE = ("A. 北京", "B. 上海", "答案：A")


@pytest.mark.parametrize("layout", [*BUILT_ON, *KEPT_APART], ids=lambda layout: layout.__name__)
def test_every_layout_is_read_exactly_or_refused(tmp_path: Path, layout: Layout) -> None:
    found = outcome(layout, items(40), tmp_path)
    assert (found.exact, found.wrong) == (found.asked, 0), found.examples


def opened(
    folder: Path, blocks: Iterable[Block], pictures: dict[str, bytes] | None = None
) -> tuple[Bank, list[Problem]]:
    return read(word_file(folder / "题库.docx", blocks, pictures))


def errors(problems: list[Problem]) -> list[str]:
    return [problem.what for problem in problems if problem.severity == "error"]


def one(folder: Path, *blocks: Block, pictures: dict[str, bytes] | None = None) -> Question:
    bank, problems = opened(folder, blocks, pictures)
    assert errors(problems) == []
    (question,) = bank
    return question


def stem(*runs: Run) -> Paragraph:
    return Paragraph((Run("1. "), *runs))


def test_raised_and_lowered_letters_stay(tmp_path: Path) -> None:
    low, high = Run("2", '<w:vertAlign w:val="subscript"/>'), Run("3", '<w:vertAlign w:val="superscript"/>')
    question = one(tmp_path, stem(Run("H"), low, Run("O 占 10 m"), high, Run("（　）。")), *map(plain, CHOICE))
    assert question.stem == "H<sub>2</sub>O 占 10 m<sup>3</sup>（　）。"


def test_a_fraction_stays_a_fraction(tmp_path: Path) -> None:
    def part(name: str, text: str) -> str:
        return f"<m:{name}><m:r><m:t>{text}</m:t></m:r></m:{name}>"

    formula = f"<m:oMath><m:f>{part('num', '1')}{part('den', '2')}</m:f></m:oMath>"
    question = one(tmp_path, stem(Run("须有"), Run("", xml=formula), Run("以上到会（　）。")), *map(plain, CHOICE))
    assert "12" not in question.stem.replace("<", " ").replace(">", " ").split()
    assert "<mfrac>" in question.stem


def test_a_picture_in_the_stem_comes_along(tmp_path: Path) -> None:
    shown = stem(Run("图中是（　）。"), Run("", xml=picture("a.png")))
    question = one(tmp_path, shown, *map(plain, CHOICE), pictures={"a.png": PNG})
    assert [(image.name, image.data) for image in question.images] == [("a.png", PNG)]
    assert '<img src="a.png"' in question.stem


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (Run("", xml=picture("没有.png")), "没有.png"),
        (Run("", xml='<w:r><w:sym w:font="Webdings" w:char="F061"/></w:r>'), "Webdings"),
        (Run("", xml='<w:r><w:footnoteReference w:id="1"/></w:r>'), "脚注"),
    ],
)
def test_what_cannot_be_read_refuses_its_question_only(tmp_path: Path, run: Run, said: str) -> None:
    bank, problems = opened(
        tmp_path,
        [stem(Run("图中是（　）。"), run), *map(plain, CHOICE), plain("2. 首都是（　）。"), *map(plain, CHOICE)],
    )
    assert [said in what for what in errors(problems)] == [True]
    assert [problem.where.item for problem in problems if problem.severity == "error"] == ["第 1 段"]
    assert [question.stem for question in bank] == ["首都是（　）。"]
    assert len(bank.refused) == 1


def test_a_table_of_data_stays_in_the_stem(tmp_path: Path) -> None:
    question = one(
        tmp_path, plain("1. 下表中人数最多的是（　）。"), grid([["村", "人数"], ["甲村", "35"]]), *map(plain, CHOICE)
    )
    assert "<td>甲村</td><td>35</td>" in question.stem


def test_tracked_changes_are_read_as_accepted_and_said(tmp_path: Path) -> None:
    gone = Run("", xml="<w:del><w:r><w:delText>上海</w:delText></w:r></w:del>")
    new = Run("", xml="<w:ins><w:r><w:t>首都</w:t></w:r></w:ins>")
    bank, problems = opened(tmp_path, [stem(gone, new, Run("是（　）。")), *map(plain, CHOICE)])
    assert [question.stem for question in bank] == ["首都是（　）。"]
    assert [problem.severity for problem in problems] == ["warning"]
    assert "修订" in problems[0].what


def test_two_kinds_of_emphasis_that_disagree_refuse(tmp_path: Path) -> None:
    bold, red = Paragraph((Run("A. 北京", "<w:b/>"),)), Paragraph((Run("B. 上海", '<w:color w:val="FF0000"/>'),))
    _bank, problems = opened(tmp_path, [plain("1. 首都是（　）。"), bold, red])
    assert [("A / B" in what) for what in errors(problems)] == [True]


def test_an_emphasised_word_within_an_option_is_no_answer(tmp_path: Path) -> None:
    option = Paragraph((Run("A. 不"), Run("得", "<w:b/>"), Run("公开")))
    _bank, problems = opened(tmp_path, [plain("1. 账目（　）。"), option, plain("B. 公开")])
    assert len(errors(problems)) == 1


def test_a_case_with_its_parts(tmp_path: Path) -> None:
    lines = [
        *(
            "五、案例分析题",
            "某村换届，登记参加选举的村民1200人，投票700人。",
            "1. 选举（　）。",
            "A. 有效",
            "B. 无效",
            "答案：A",
        ),
        *("2. 简述理由。（4分）", "答案：过半数投票（2分）", "公开计票（2分）"),
    ]
    question = one(tmp_path, *map(plain, lines))
    assert (question.type.label, int(question.points)) == ("案例", 5)
    assert [(part.type.label, shown_key(part)) for part in question.parts] == [("单选", "A"), ("简答", "")]
    assert question.stem == "某村换届，登记参加选举的村民1200人，投票700人。"


def test_numbered_points_within_an_answer_are_no_questions(tmp_path: Path) -> None:
    lines = ["一、简答题", "1. 简述步骤。", "答案：", "1. 受理", "2. 核查", "2. 简述期限。", "答案：十五日"]
    bank, problems = opened(tmp_path, map(plain, lines))
    assert [problem.where.item for problem in problems if problem.severity == "error"] == ["第 2 段", "第 5 段"]
    assert [question.stem for question in bank if shown_key(question)] == ["简述期限。"]


@pytest.mark.parametrize("cut", [10, 400])
def test_a_truncated_file_is_refused(tmp_path: Path, cut: int) -> None:
    path = word_file(tmp_path / "题库.docx", [plain("1. 首都是（　）。"), *map(plain, CHOICE)])
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError):
        read(path)


def test_a_protected_file_and_one_with_macros_are_refused_with_the_repair(tmp_path: Path) -> None:
    protected = tmp_path / "甲.docx"
    protected.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512)
    macros = word_file(tmp_path / "乙.docx", [plain("1. 首都是（　）。"), *map(plain, CHOICE)])
    with zipfile.ZipFile(macros, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"x")
    for path, said in ((protected, "密码"), (macros, "宏")):
        with pytest.raises(InputError) as refused:
            read(path)
        assert said in str(refused.value)


def test_lines_that_belong_to_no_question_are_listed_at_their_paragraph(tmp_path: Path) -> None:
    blocks = [plain("某区题库"), plain("1. 首都是（　）。"), *map(plain, CHOICE), plain("第1页 共3页")]
    _bank, problems = opened(tmp_path, blocks)
    assert [problem.where.item for problem in problems] == ["第 1 段", "第 6 段"]


def test_word_to_a_bank_of_yaml(tmp_path: Path) -> None:
    path = word_file(tmp_path / "题库.docx", [plain("1. 首都是（　）。"), *map(plain, CHOICE)])
    assert convert(path, tmp_path / "题库.yaml") == []
    assert "首都是" in (tmp_path / "题库.yaml").read_text(encoding="utf-8")


@pytest.mark.office
@pytest.mark.slow
def test_an_old_word_file_through_libreoffice(tmp_path: Path) -> None:
    from govkit.exams.bank.formats.office import by_office

    new = word_file(tmp_path / "题库.docx", [plain("首都是（　）。", "number"), *map(plain, CHOICE)])
    (tmp_path / "旧").mkdir()
    old = by_office(new, tmp_path / "旧", "doc")
    bank, problems = read(old)
    assert errors(problems) == []
    assert [(question.stem, shown_key(question)) for question in bank] == [("首都是（　）。", "A")]


@pytest.mark.office
@pytest.mark.slow
def test_an_old_workbook_through_libreoffice(tmp_path: Path) -> None:
    from openpyxl import Workbook

    from govkit.exams.bank.formats.office import by_office

    book = Workbook()
    for row in (["题型", "题干", "A", "B", "答案"], ["单选", "通过率是（　）。", 0.85, 0.9, "A"]):
        book.worksheets[0].append(row)
    for cell in ("C2", "D2"):
        book.worksheets[0][cell].number_format = "0%"
    book.save(tmp_path / "题库.xlsx")
    (tmp_path / "旧").mkdir()
    bank, problems = read(by_office(tmp_path / "题库.xlsx", tmp_path / "旧", "xls"))
    assert errors(problems) == []
    assert [[option.text for option in question.options] for question in bank] == [["85%", "90%"]]
