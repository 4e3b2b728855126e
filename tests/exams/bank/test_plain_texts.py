"""Plain texts of questions are read as a person reads them; a line that belongs to no question is reported."""

from pathlib import Path

import pytest

from govkit.core.errors import InputError, Problem
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.convert import convert, read
from govkit.exams.bank.questions import BlanksKey, ChoiceKey, Question, RubricKey, TruthKey


def read_text(folder: Path, text: str) -> tuple[Bank, list[Problem]]:
    path = folder / "题库.txt"
    path.write_text(text, encoding="utf-8")
    return read(path)


def clean(folder: Path, text: str) -> list[Question]:
    bank, problems = read_text(folder, text)
    assert [str(problem) for problem in problems] == []
    return list(bank)


def shown(question: Question) -> tuple[str, str]:
    key = question.key
    match key:
        case ChoiceKey(right):
            return question.type.label, "".join(right)
        case TruthKey(value):
            return question.type.label, "对" if value else "错"
        case BlanksKey(blanks):
            return question.type.label, "；".join("/".join(blank) for blank in blanks)
        case RubricKey(_, model):
            return question.type.label, model
    return question.type.label, ""


ONE_LINE_EACH = "1. 首都是（　）。\nA. 北京\nB. 上海\n答案：A\n"


@pytest.mark.parametrize(
    "text",
    [
        ONE_LINE_EACH,
        "1、首都是（　）。\nA、北京　　B、上海\n【答案】A\n",
        "1．首都是（　）。\nＡ．北京 Ｂ．上海\n正确答案：A\n",
        "(1) 首都是（　）。\n(A) 北京\n(B) 上海\n参考答案: A\n",
        "第1题 首都是（　）。\nA) 北京\nB) 上海\n答：A\n",
        "1. 首都是（ A ）。\nA. 北京\nB. 上海\n",
        "1. 首都是（A）。\nA. 北京；B. 上海\n答案：A\n",
        "1. 首都是（　）。\nA. 北京\nB. 上海\n\n参考答案\n1. A\n",
        "1. 首都是（　）。\nA. 北京\nB. 上海\n答案：北京\n",
    ],
    ids=range(9),
)
def test_a_single_choice_in_the_layouts_people_use(tmp_path: Path, text: str) -> None:
    (question,) = clean(tmp_path, text)
    assert shown(question) == ("单选", "A")
    assert question.stem == "首都是（　）。"
    assert [option.text for option in question.options] == ["北京", "上海"]


def test_sections_give_type_and_points(tmp_path: Path) -> None:
    text = """
一、单项选择题（每题2分，共4分）
1. 甲（　）。
A. 一 B. 二
答案：B
2. 乙（　）。
A. 一 B. 二
答案：A
二、多项选择题（每小题3分）
1. 丙（　）。
A. 一 B. 二 C. 三
答案：A、C
三、判断题
1. 丁。（　）
答案：×
四、填空题
1. 戊是____和____。
答案：己/已；庚
五、简答题（共10分）
1. 辛？
答案：壬
癸
"""
    questions, problems = read_text(tmp_path, text)
    assert [problem.what for problem in problems] == ["题目q-1-6：没有评分标准"]
    assert [shown(question) for question in questions] == [
        ("单选", "B"),
        ("单选", "A"),
        ("多选", "AC"),
        ("判断", "错"),
        ("填空", "己/已；庚"),
        ("简答", "壬\n癸"),
    ]
    assert [int(question.points) for question in questions] == [2, 2, 3, 1, 1, 1]


@pytest.mark.parametrize(
    ("key", "answers"),
    [
        ("1-5 ABDAC", "ABDAC"),
        ("1—3：ABD　4～5：AC", "ABDAC"),
        ("1.A 2.B 3.D 4.A 5.C", "ABDAC"),
        ("1、A；2、B；3、D；4、A；5、C", "ABDAC"),
    ],
)
def test_a_key_at_the_end(tmp_path: Path, key: str, answers: str) -> None:
    asked = "".join(f"{number}. 第{number}问（　）。\nA. 一 B. 二 C. 三 D. 四\n" for number in range(1, 6))
    questions = clean(tmp_path, f"{asked}\n参考答案：\n{key}\n")
    assert "".join(shown(question)[1] for question in questions) == answers


def test_a_key_by_sections_where_numbers_begin_anew(tmp_path: Path) -> None:
    text = (
        "一、单选题\n1. 甲（　）。\nA. 一 B. 二\n2. 乙（　）。\nA. 一 B. 二\n二、判断题\n1. 丙。（　）\n2. 丁。（　）\n"
        "参考答案\n单选题：1-2 BA\n判断题：1.√ 2.×\n"
    )
    assert [shown(question)[1] for question in clean(tmp_path, text)] == ["B", "A", "对", "错"]


def test_labels_after_the_answer(tmp_path: Path) -> None:
    text = f"{ONE_LINE_EACH}解析：首都在北京。\n共两行。\n难度：简单\n考点：常识\n分值：3分\n出处：宪法\n"
    (question,) = clean(tmp_path, text)
    assert question.explanation == "首都在北京。\n共两行。"
    assert (question.difficulty, question.topic, int(question.points)) == (0.85, "常识", 3)
    assert question.source is not None
    assert question.source.law == "宪法"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1. 甲（　）。\nA. 一\nB. 二\n答案：C\n", "C"),
        ("1. 甲（ B ）。\nA. 一\nB. 二\n答案：A\n", "B"),
        ("1. 甲（　）。\nA. 一\nB. 二\n", "q-1"),
        ("一、排序题\n1. 甲（　）。\nA. 一\nB. 二\n答案：AB\n", "排序"),
        ("没有题目\n只有文字\n", "题"),
        ("", "题"),
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_written(tmp_path: Path, text: str, said: str) -> None:
    source, target = tmp_path / "题库.txt", tmp_path / "题库.yaml"
    source.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        convert(source, target)
    assert any(said in problem.what for problem in refused.value.problems if problem.severity == "error")
    assert not target.exists()


def test_lines_that_belong_to_no_question_are_reported_each(tmp_path: Path) -> None:
    bank, problems = read_text(tmp_path, f"某区题库\n2026年\n{ONE_LINE_EACH}第1页\n")
    assert len(bank) == 1
    assert [problem.where.item for problem in problems] == ["第 1 行", "第 2 行", "第 7 行"]


def test_points_that_are_no_number_are_reported(tmp_path: Path) -> None:
    bank, problems = read_text(tmp_path, f"{ONE_LINE_EACH}分值：若干\n")
    assert [int(question.points) for question in bank] == [1]
    assert ["若干" in problem.what for problem in problems] == [True]


def test_an_answer_of_the_key_without_a_question_is_refused_at_its_line(tmp_path: Path) -> None:
    _bank, problems = read_text(tmp_path, f"{ONE_LINE_EACH.replace('答案：A', '')}\n参考答案\n1.A 2.B\n")
    assert [(problem.severity, problem.where.item) for problem in problems] == [("error", "第 7 行")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "题库.txt"
    path.write_bytes(ONE_LINE_EACH.replace("\n", "\r\n").encode(encoding))
    bank, problems = read(path)
    assert problems == []
    assert [shown(question) for question in bank] == [("单选", "A")]


def test_several_letters_in_aiken_make_a_multiple_choice(tmp_path: Path) -> None:
    (question,) = clean(tmp_path, "“两公开”有（　）。\nA. 决议公开\nB. 实施结果公开\nC. 财务公开\nANSWER: AB\n")
    assert shown(question) == ("多选", "AB")
