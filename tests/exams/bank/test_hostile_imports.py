"""Foreign files: other programs' dialects are read, hostile or damaged files are refused as a whole."""

import zipfile
from base64 import b64encode
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from govkit.core.errors import InputError, Problem, UsageError
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.convert import convert, read
from govkit.exams.bank.formats import limits
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    MatchKey,
    NumericKey,
    Option,
    OrderKey,
    Question,
    QuestionType,
    RubricKey,
    TruthKey,
)

QTI2 = "http://www.imsglobal.org/xsd/imsqti_v2p1"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVKIT_LANG", "en")


def saved(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def one(path: Path) -> Question:
    bank, problems = read(path)
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    return bank.questions[0]


def errors(path: Path) -> list[Problem]:
    try:
        _bank, problems = read(path)
    except InputError as refused:
        return list(refused.problems)
    return [problem for problem in problems if problem.severity == "error"]


# ---------------------------------------------------------------- HTML


# ---------------------------------------------------------------- GIFT


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("甲？{=对 ~错}", QuestionType.SINGLE_CHOICE, ChoiceKey(("A",))),
        ("甲？{~%50%一 ~%50%二 ~%-100%三}", QuestionType.MULTIPLE_CHOICE, ChoiceKey(("A", "B"))),
        ("甲。{TRUE}", QuestionType.TRUE_FALSE, TruthKey(True)),
        ("甲。{F#不对#对}", QuestionType.TRUE_FALSE, TruthKey(False)),
        ("甲{=提议 =建议}乙", QuestionType.FILL_IN, BlanksKey((("提议", "建议"),))),
        ("甲？{#5:0.5}", QuestionType.NUMERIC, NumericKey(Decimal(5), Decimal("0.5"))),
        ("甲？{#1..3}", QuestionType.NUMERIC, NumericKey(Decimal(2), Decimal(1))),
        ("甲？{=一 -> 1 =二 -> 2 =三 -> 1}", QuestionType.MATCHING, MatchKey((("1", "A"), ("2", "B"), ("3", "A")))),
        ("甲？{}", QuestionType.SHORT_ANSWER, RubricKey(())),
        (r"a \= \{1\} \: b？{=\~x ~y}", QuestionType.SINGLE_CHOICE, ChoiceKey(("A",))),
    ],
)
def test_gift_as_others_write_it(tmp_path: Path, text: str, kind: QuestionType, key: object) -> None:
    question = one(saved(tmp_path, "a.gift", f"// 说明\n$CATEGORY: $course$/top/甲乙\n\n::题一::{text}\n"))
    assert (question.type, question.key, question.topic) == (kind, key, "甲乙")


def test_gift_escapes_and_missing_words(tmp_path: Path) -> None:
    question = one(saved(tmp_path, "a.gift", r"a \= \{1\}\: {=\~x} 完"))
    assert question.stem == "a = {1}: ____ 完"
    assert question.key == BlanksKey((("~x",),))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("甲？{=对 ~错", "not closed"),
        ("甲？}", "closing brace"),
        ("甲{=a}乙{=b}", "more than one"),
        ("甲？{#百}", "百"),
        ("甲？{甲=对}", "甲"),
    ],
)
def test_broken_gift_is_told_with_its_line(tmp_path: Path, text: str, word: str) -> None:
    problems = errors(saved(tmp_path, "a.gift", f"好？{{=是 ~否}}\n\n{text}\n"))
    assert problems[0].where.item == "line 3"
    assert word in problems[0].what


def test_lost_feedback_is_told(tmp_path: Path) -> None:
    _bank, problems = read(saved(tmp_path, "a.gift", "甲？{=对#好 ~错#不好}"))
    assert "feedback" in problems[0].what


# ---------------------------------------------------------------- Aiken


def test_aiken_as_others_write_it(tmp_path: Path) -> None:
    question = one(saved(tmp_path, "a.txt", "谁提议？\nA) 支部\nB. 大会\nANSWER: A\n"))
    assert (question.stem, question.key) == ("谁提议？", ChoiceKey(("A",)))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("甲？\nA. 一\nB. 二\n", "without"),
        ("甲？\nA. 一\nB. 二\nANSWER: C\n", "“C”"),
        ("甲？\nA. 一\n乱写\nB. 二\nANSWER: A\n", "乱写"),
    ],
)
def test_broken_aiken_is_told(tmp_path: Path, text: str, word: str) -> None:
    assert any(word in problem.what for problem in errors(saved(tmp_path, "a.aiken", text)))


# ---------------------------------------------------------------- XML


BOMB = """<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<quiz><question type="truefalse"><questiontext><text>&b;</text></questiontext></question></quiz>"""
OUTSIDE = """<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz><question type="essay"><name>
<text>&x;</text></name></question></quiz>"""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (BOMB, "document type"),
        (OUTSIDE, "document type"),
        ("<quiz><question>", "not XML"),
        ("<quiz>" + "<a>" * 400 + "</a>" * 400 + "</quiz>", "not XML"),
        ("<html/>", "no <quiz>"),
        ("", "not XML"),
        ('<quiz><question type="calculated"/></quiz>', "calculated"),
        ('<quiz><question type="numerical"><answer fraction="100"><text>多</text></answer></question></quiz>', "多"),
    ],
)
def test_hostile_or_broken_xml_is_refused(tmp_path: Path, text: str, word: str) -> None:
    told = " ".join(problem.what for problem in errors(saved(tmp_path, "a.xml", text)))
    assert word in told
    assert "root:" not in told


def test_moodle_as_moodle_writes_it(tmp_path: Path) -> None:
    picture = b64encode(b"\x89PNG\r\n\x1a\n12").decode()
    text = f"""<quiz>
<question type="category"><category><text>$course$/top/四议/甲//乙</text></category></question>
<question type="multichoice"><name><text>题一</text></name>
<questiontext format="html"><text><![CDATA[<p>谁<b>提议</b>？<img src="@@PLUGINFILE@@/a.png"><script>x</script></p>]]>
</text><file name="a.png" path="/" encoding="base64">{picture}</file></questiontext>
<defaultgrade>2.0000000</defaultgrade><single>true</single>
<answer fraction="100" format="html"><text><![CDATA[<p>支部</p>]]></text><feedback><text>好</text></feedback></answer>
<answer fraction="0" format="html"><text><![CDATA[<p>大会</p>]]></text></answer></question></quiz>"""
    bank, problems = read(saved(tmp_path, "a.xml", text))
    question = bank.questions[0]
    assert question.stem == '<p>谁<b>提议</b>？<img src="a.png"></p>'
    assert (question.topic, question.points, question.key) == ("甲/乙", Decimal(2), ChoiceKey(("A",)))
    assert question.images[0].data.endswith(b"12")
    assert [problem.severity for problem in problems] == ["warning"]


def test_cloze_blanks(tmp_path: Path) -> None:
    text = """<quiz><question type="cloze"><name><text>a</text></name><questiontext format="html"><text>
    先{1:SHORTANSWER:=提议~%0%建议#近~错}后{1:SA:=2/3~=三分之二}</text></questiontext></question></quiz>"""
    question = one(saved(tmp_path, "a.xml", text))
    assert question.key == BlanksKey((("提议",), ("2/3", "三分之二")))
    assert question.stem == "先____后____"


# ---------------------------------------------------------------- packages


def package(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


MANIFEST = """<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><resources>
<resource identifier="r" type="imsqti_item_xmlv2p1" href="i.xml"/></resources></manifest>"""


def qti_item(body: str, declared: str = "") -> str:
    inside = f"{declared}<itemBody>{body}</itemBody>"
    return f'<assessmentItem xmlns="{QTI2}" identifier="i" title="第一题">{inside}</assessmentItem>'


DECLARED = """<responseDeclaration identifier="RESPONSE" cardinality="{}" baseType="identifier"><correctResponse>{}
</correctResponse></responseDeclaration>"""


def test_qti_as_others_write_it(tmp_path: Path) -> None:
    body = """<p>谁提议？</p><choiceInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>选一个</prompt>
    <simpleChoice identifier="opt_7">支部</simpleChoice><simpleChoice identifier="opt_9">大会</simpleChoice>
    </choiceInteraction>"""
    declared = DECLARED.format("single", "<value>opt_9</value>")
    members: dict[str, str | bytes] = {"imsmanifest.xml": MANIFEST, "i.xml": qti_item(body, declared)}
    question = one(package(tmp_path / "a.zip", members))
    assert question.key == ChoiceKey(("B",))
    assert question.options == (Option("A", "支部"), Option("B", "大会"))
    assert "谁提议" in question.stem
    assert "选一个" in question.stem


def test_qti_ordering_of_foreign_identifiers(tmp_path: Path) -> None:
    body = """<p>排序</p><orderInteraction responseIdentifier="RESPONSE">
    <simpleChoice identifier="x1">乙</simpleChoice><simpleChoice identifier="x2">甲</simpleChoice></orderInteraction>"""
    declared = DECLARED.format("ordered", "<value>x2</value><value>x1</value>")
    members: dict[str, str | bytes] = {"imsmanifest.xml": MANIFEST, "i.xml": qti_item(body, declared)}
    assert one(package(tmp_path / "a.zip", members)).key == OrderKey(("B", "A"))


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"a.txt": "x"}, "no imsmanifest.xml"),
        ({"imsmanifest.xml": MANIFEST}, "lacks “i.xml”"),
        ({"imsmanifest.xml": MANIFEST, "i.xml": BOMB}, "document type"),
        ({"imsmanifest.xml": BOMB}, "document type"),
        ({"imsmanifest.xml": MANIFEST, "i.xml": qti_item("<p>甲</p>")}, "nothing to answer"),
        ({"imsmanifest.xml": MANIFEST, "i.xml": qti_item("<hotspotInteraction responseIdentifier='R'/>")}, "hotspot"),
        ({"imsmanifest.xml": MANIFEST, "i.xml": "<html/>"}, "no QTI item"),
        ({"../evil.xml": "x", "imsmanifest.xml": MANIFEST}, "leaves the package"),
        ({"/etc/evil.xml": "x", "imsmanifest.xml": MANIFEST}, "leaves the package"),
    ],
)
def test_hostile_packages_are_refused(tmp_path: Path, members: dict[str, str | bytes], word: str) -> None:
    told = [problem.what for problem in errors(package(tmp_path / "a.zip", members))]
    assert any(word in what for what in told), told


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.zip", {"imsmanifest.xml": MANIFEST, "big": b"0" * (limits.MAX_FILE + 1)})
    assert path.stat().st_size < 100_000
    assert "unpacks beyond" in errors(path)[0].what


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_MEMBERS", 3)
    assert "4 files" in errors(package(tmp_path / "a.zip", {str(n): "" for n in range(4)}))[0].what


def test_unusual_packing_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("imsmanifest.xml", MANIFEST)
    assert "unusual" in errors(tmp_path / "a.zip")[0].what


@pytest.mark.parametrize("name", ["a.zip", "a.xlsx", "a.xml", "a.gift", "a.txt", "a.yaml", "folder"])
def test_what_is_not_there_is_told(tmp_path: Path, name: str) -> None:
    assert errors(tmp_path / name)[0].where.source.endswith(name)


def test_a_package_cut_in_the_middle_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.zip", {"imsmanifest.xml": MANIFEST * 50})
    data = bytearray(path.read_bytes())
    data[60:70] = b"\xff" * 10
    path.write_bytes(data)
    assert "not a readable zip" in errors(path)[0].what


@pytest.mark.parametrize("name", ["a.zip", "a.xlsx"])
def test_what_is_no_zip_is_refused(tmp_path: Path, name: str) -> None:
    assert "not a readable zip" in errors(saved(tmp_path, name, "不是压缩包"))[0].what


# ---------------------------------------------------------------- Excel


def workbook(tmp_path: Path, rows: list[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    path = tmp_path / "a.xlsx"
    book.save(path)
    return path


TITLES = ["题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案", "解析", "分值", "难度", "知识点"]


@pytest.mark.parametrize(
    ("row", "kind", "key"),
    [
        (["单选题", "甲？", "一", "二", "", "", "b", "", 2, 0.7, "甲"], "single_choice", ChoiceKey(("B",))),
        (
            ["多项选择题", "甲？", "一", "二", "三", "", "A、C", "", "2分", "中", ""],
            "multiple_choice",
            ChoiceKey(("A", "C")),
        ),
        (["判断题", "甲。", "正确", "错误", "", "", "√", "", 1, "", ""], "true_false", TruthKey(True)),
        (["判断", "甲。", "", "", "", "", "B", "", 1, "", ""], "true_false", TruthKey(False)),
        (
            ["填空题", "甲（  ）乙（）", "", "", "", "", "一|1；二", "", 2, "", ""],
            "fill_in",
            BlanksKey((("一", "1"), ("二",))),
        ),
        (["数值题", "甲？", "", "", "", "", 12.5, "", 1, "", ""], "numeric", NumericKey(Decimal("12.5"))),
        (["排序题", "甲？", "一", "二", "三", "", "C-A-B", "", 1, "", ""], "ordering", OrderKey(("C", "A", "B"))),
        (["简答题", "甲？", "", "", "", "", "参考", "", 5, "", ""], "short_answer", RubricKey((), "参考")),
    ],
)
def test_excel_as_trainers_write_it(tmp_path: Path, row: list[object], kind: str, key: object) -> None:
    question = one(workbook(tmp_path, [TITLES, row]))
    assert (question.type, question.key) == (kind, key)


@pytest.mark.parametrize(
    ("rows", "item", "word"),
    [
        ([TITLES, ["抢答题", "甲？", "", "", "", "", "A"]], "题型 2", "抢答题"),
        ([TITLES, ["单选", "甲？", "一", "二", "", "", "A", "", "两百"]], "row 2", "200"),
        ([TITLES, ["单选", "甲？", "一", "二", "", "", "A", "", "多"]], "分值 2", "多"),
        ([TITLES, ["单选", "甲？", "一", "", "三", "", "A"]], "row 2", "option B has no text"),
        ([TITLES, ["单选", "甲？", "一", "二", "", "", "F"]], "答案 2", "“F”"),
        ([["题型", "题干"], ["判断", "甲。"]], "row 1", "答案"),
    ],
)
def test_excel_errors_name_row_and_column(tmp_path: Path, rows: list[list[object]], item: str, word: str) -> None:
    if "两百" in rows[1]:
        assert one(workbook(tmp_path, rows)).points == 200
        return
    problems = errors(workbook(tmp_path, rows))
    assert any(problem.where.item == item and word in problem.what for problem in problems), problems


def test_nothing_written_is_a_formula(tmp_path: Path) -> None:
    question = Question(
        "a", QuestionType.TRUE_FALSE, '=HYPERLINK("http://x")', Decimal(1), TruthKey(True), author="@cmd"
    )
    source, target = tmp_path / "a.yaml", tmp_path / "a.xlsx"
    from govkit.exams.bank.bank import save_bank

    save_bank(Bank((question,)), source)
    convert(source, target)
    cells = [cell for row in load_workbook(target).worksheets[0].iter_rows(min_row=2) for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.value for cell in cells if cell.quotePrefix} == {question.stem, "@cmd"}
    assert one(target).stem == question.stem


def test_far_away_cells_do_not_cost_memory(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(TITLES)
    book.worksheets[0].append(["判断", "甲。", "", "", "", "", "对"])
    book.worksheets[0]["XFD1048576"] = "x"
    book.save(tmp_path / "a.xlsx")
    assert one(tmp_path / "a.xlsx").stem == "甲。"


# ---------------------------------------------------------------- convert


def test_nothing_is_written_when_something_is_wrong(tmp_path: Path) -> None:
    source = saved(tmp_path, "a.gift", "好？{=是 ~否}\n\n坏？{=是\n")
    with pytest.raises(InputError):
        convert(source, tmp_path / "b.xml")
    assert [file.name for file in tmp_path.iterdir()] == ["a.gift"]


@pytest.mark.parametrize(
    ("source", "target"), [("a.gift", "b.doc"), ("a.gift", "a.gift"), ("a.gift", "none/b.xml"), ("a.wps", "b.xml")]
)
def test_wrong_calls(tmp_path: Path, source: str, target: str) -> None:
    saved(tmp_path, "a.gift", "好？{=是 ~否}")
    with pytest.raises(UsageError):
        convert(tmp_path / source, tmp_path / target)


def test_formats_may_be_named(tmp_path: Path) -> None:
    source = saved(tmp_path, "a.dat", "好？{=是 ~否}")
    convert(source, tmp_path / "b.dat", from_="gift", to="qti2.1")
    with zipfile.ZipFile(tmp_path / "b.dat") as archive:
        assert QTI2.encode() in archive.read("items/q-1.xml")
    with pytest.raises(UsageError):
        convert(source, tmp_path / "c.dat", from_="gift", to="docx")


def test_an_empty_source_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no questions"):
        convert(saved(tmp_path, "a.gift", "// nothing\n"), tmp_path / "b.xml")
