"""How trainers write types, right answers and difficulties in spreadsheets and texts, and what is meant by it."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from govkit.exams.bank.answers import normal
from govkit.exams.bank.formats.settled import settled
from govkit.exams.bank.questions import TYPE_LABELS, QuestionType

_TYPE_NAMES: dict[QuestionType, str] = {
    QuestionType.SINGLE_CHOICE: "单选 单项选择 单项 选择 单选择",
    QuestionType.MULTIPLE_CHOICE: "多选 多项选择 多项 不定项 不定项选择 多选择",
    QuestionType.TRUE_FALSE: "判断 判断正误 是非 对错 判断对错 正误",
    QuestionType.FILL_IN: "填空 填充",
    QuestionType.NUMERIC: "数值 计算",
    QuestionType.ORDERING: "排序 排列",
    QuestionType.MATCHING: "匹配 连线 配对",
    QuestionType.SHORT_ANSWER: "简答 问答 论述 名词解释 简述 主观 解答 辨析 写作 论述分析",
    QuestionType.CASE: "案例 案例分析 材料 材料分析 阅读理解 综合",
}
TYPES: dict[str, QuestionType] = {
    **{label: kind for kind, label in TYPE_LABELS.items()},
    **{name: kind for kind, names in _TYPE_NAMES.items() for name in names.split()},
}
"""The types by each of their names, without the word 题."""
_TRUE = "对 正确 √ ✓ ✔ ☑ v t true 是 y yes 1 ○ 真 正 right"
_FALSE = "错 错误 × ✗ ✘ ✕ ╳ x f false 否 n no 0 不对 不正确 假 误 非 wrong"
TRUTHS: dict[str, bool] = dict.fromkeys(_TRUE.split(), True) | dict.fromkeys(_FALSE.split(), False)
"""What the words and signs of a true/false answer mean, in lower case."""
_FACILITY = {
    0.95: "很容易 非常容易 非常简单 极易 很简单",
    0.85: "易 容易 简单 低 简易",
    0.75: "较易 较容易 较简单 偏易",
    0.65: "中 中等 一般 适中 普通 中级 正常",
    0.5: "较难 偏难 较困难",
    0.35: "难 困难 高",
    0.25: "很难 非常难 极难 非常困难",
}
_WORDS = {word: facility for facility, words in _FACILITY.items() for word in words.split()}
_RANGE = re.compile(r"([A-Z])\s*(?:-|–|—|~|〜|至|到)\s*([A-Z])")
_NUMBER = re.compile(r"\d(?:\.\d+)?|0?\.\d+")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)%")


def type_named(text: str) -> QuestionType | None:
    """Return the type of question that a word names, None if it names none.

    >>> type_named("单项选择题"), type_named("一、判断题（每题2分）"), type_named("作业")
    (<QuestionType.SINGLE_CHOICE: 'single_choice'>, <QuestionType.TRUE_FALSE: 'true_false'>, None)
    """
    if kind := settled().types.get(text.strip()):
        return kind
    plain = re.sub(r"[(（【\[].*", "", text.strip())
    plain = re.sub(r"^[\s一二三四五六七八九十\d]+[、.．:：\s]\s*", "", plain)
    return TYPES.get(re.sub(r"(试?题)?(部分)?[\s:：]*$", "", plain).strip())


def truth_of(text: str) -> bool | None:
    """Return what a true/false answer means, None if it says neither.

    >>> truth_of("✘"), truth_of("对。"), truth_of("V"), truth_of("也许")
    (False, True, True, None)
    """
    if (said := settled().truths.get(text.strip())) is not None:
        return said
    return TRUTHS.get(
        unicodedata.normalize("NFKC", text).strip().rstrip("。.,，;；!！").strip("()（）").strip().casefold()
    )


def letters_of(text: str, options: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the option ids that an answer names, in its order, None if any of it names no option.

    Letters may stand together or apart, as a range, or be the words of the options themselves.

    >>> letters_of("A、C", {"A": "甲", "B": "乙", "C": "丙"}), letters_of("Ａ～Ｃ", {}), letters_of("乙", {"B": "乙"})
    (('A', 'C'), ('A', 'B', 'C'), ('B',))
    """
    plain = unicodedata.normalize("NFKC", text).upper().strip().rstrip("。.")
    spread = _RANGE.sub(lambda found: "".join(map(chr, range(ord(found[1]), ord(found[2]) + 1))) or found[0], plain)
    letters = re.sub(r"[\s,;、./|&+和()]", "", spread)
    if re.fullmatch("[A-Z]+", letters) and (not options or set(letters) <= set(options)):
        return tuple(letters)
    ids = {normal(words): name for name, words in options.items()}
    if whole := ids.get(normal(text)):
        return (whole,)
    pieces = [piece for piece in re.split(r"[;；|\n、,，]", text) if piece.strip()]
    named = [ids.get(normal(re.sub(r"^\s*[A-Za-z][.．、:：]\s*", "", piece))) for piece in pieces]
    return tuple(name for name in named if name) if pieces and all(named) else None


def facility_of(text: str) -> float | None:
    """Return the expected facility that a difficulty stands for, None if it is not understood.

    A number from 0 to below 1 or a percentage is the share of the marks expected; a whole number may be a level of some
    scale and is not understood. Words follow the kit's own convention.

    >>> facility_of("0.7"), facility_of("70%"), facility_of("简单"), facility_of("3"), facility_of("★★")
    (0.7, 0.7, 0.85, None, None)
    """
    if (given := settled().difficulty(text)) is not None:
        return given
    plain = unicodedata.normalize("NFKC", text).strip()
    if percent := _PERCENT.fullmatch(plain):
        share = float(percent[1]) / 100
        return share if share <= 1 else None
    if _NUMBER.fullmatch(plain) and ("." in plain or plain == "0"):
        return float(plain) if float(plain) <= 1 else None
    return _WORDS.get(plain.removesuffix("题"))


BLANKS = r"_{2,}|（\s*）|\(\s*\)"
"""A blank as trainers write it: underscores or an empty pair of brackets."""
_UNDERSCORES = re.compile("_{2,}")


def blanks_marked(stem: str, blanks: int) -> str:
    """Return a stem with its blanks as ``____``; empty brackets are blanks unless the underscores alone suffice.

    >>> blanks_marked("（ ）由__选举产生", 2), blanks_marked("函数f()返回____", 1)
    ('____由____选举产生', '函数f()返回____')
    """
    enough = len(_UNDERSCORES.findall(stem)) == blanks
    return re.sub(_UNDERSCORES if enough else BLANKS, "____", stem)


_ANSWERED = re.compile(r"[（(]([^（()）]{1,20})[）)]")
_BRACKETED = frozenset({QuestionType.SINGLE_CHOICE, QuestionType.MULTIPLE_CHOICE, QuestionType.TRUE_FALSE})


def bracketed(stem: str, kind: QuestionType, options: Mapping[str, str]) -> tuple[str, str] | None:
    """Return a stem with the brackets emptied that hold an answer, and that answer, None if there are none.

    >>> bracketed("首都是（ A ）。", QuestionType.SINGLE_CHOICE, {"A": "甲", "B": "乙"})
    ('首都是（　）。', 'A')
    """
    if kind not in _BRACKETED:
        return None
    for found in _ANSWERED.finditer(stem):
        inside = found[1].strip()
        letters = re.sub(r"[\s,，、]", "", unicodedata.normalize("NFKC", inside)).upper()
        chosen = bool(re.fullmatch("[A-Z]+", letters)) and set(letters) <= set(options)
        if chosen or (kind is QuestionType.TRUE_FALSE and truth_of(inside) is not None):
            return f"{stem[: found.start()]}（　）{stem[found.end() :]}", inside
    return None


def same_options(texts: Sequence[str]) -> dict[str, bool] | None:
    """Return what each option of a true/false question says, by its letter, None if they do not say right and wrong.

    >>> same_options(["错误", "正确"])
    {'A': False, 'B': True}
    """
    said = [truth_of(text) for text in texts]
    if len(said) != 2 or None in said or said[0] == said[1]:
        return None
    return {"A": bool(said[0]), "B": bool(said[1])}
