"""Spreadsheets as trainers lay them out: 题型, 题干, 选项A–F, 答案, 解析, 分值, 难度, 知识点; and columns for the rest.

:mod:`govkit.exams.bank.formats.tables` finds the columns; unknown ones are reported. The parts of a case are rows
whose 所属案例 names the case. Answers: ``B``, ``ABD``, ``对``; blanks of a fill-in are separated by ``；``, accepted
answers of one blank by ``|`` (a backslash before either keeps it as text); a matching is ``1=C;2=A`` with the left side
in 左列, one line each. A second sheet 图片 holds pictures as base64 text.
"""

import re
import unicodedata
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import normal
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.formats.interchange import Draft, Dropped, Guessed, credit_of, finish
from govkit.exams.bank.formats.settled import settled
from govkit.exams.bank.formats.tables import Row, tables
from govkit.exams.bank.formats.written import (
    BLANKS,
    blanks_marked,
    bracketed,
    facility_of,
    letters_of,
    same_options,
    truth_of,
    type_named,
)
from govkit.exams.bank.formats.xlsx_write import LETTERS, PICTURES, RULES
from govkit.exams.bank.markup import checked_image, to_html
from govkit.exams.bank.questions import (
    TYPE_LABELS,
    BlanksKey,
    ChoiceKey,
    Criterion,
    Image,
    Key,
    MatchKey,
    NumericKey,
    Option,
    OrderKey,
    Question,
    QuestionType,
    RubricKey,
    Source,
    TruthKey,
)


class _Unreadable(ValueError):
    """A cell that cannot be read; its arguments are the column's title, what is wrong and the repair."""


def read(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the questions of a spreadsheet, from all its sheets, and its problems."""
    rows, pictures, problems = tables(path)
    drafts, told, refused = drafts_of(path, rows, problems, pictures)
    return finish(drafts, told, refused)


def drafts_of(
    path: Path, rows: list[Row], problems: list[Problem], pictures: list[list[str]] | None = None
) -> tuple[list[Draft], list[Problem], list[Problem]]:
    """Return the questions of a table's rows, the problems of its cells, and one problem for each row refused."""
    drafts: list[Draft] = []
    problems, refused = list(problems), list[Problem]()
    images = _images(pictures or [], path, problems)
    for row in rows:
        where = Where(str(path), row.sheet, _("row {row}").format(row=row.number))
        try:
            drafts.append(_draft(row, where, images, problems))
        except _Unreadable as error:
            column, what, repair = error.args
            refused.append(Problem(Where(str(path), row.sheet, f"{column} {row.number}"), what, repair))
    return drafts, problems, refused


def _draft(row: Row, where: Where, images: dict[str, list[Image]], problems: list[Problem]) -> Draft:
    kind = _kind(_unfolded_options(row), where, problems)
    html = row["格式"] == "html"
    row = _bracketed(_unfolded_options(row), kind)
    question = Question(
        id=row["题号"] or f"q-{row.number}",
        type=kind,
        stem=_html(row["题干"], html),
        points=_decimal(row, "分值", "1"),
        key=_key(row, kind, where, problems),
        topic=row["知识点"],
        difficulty=_difficulty(row, where, problems),
        options=tuple(_options(row, kind, html)),
        prompts=tuple(_prompts(row, html)),
        explanation=_html(row["解析"], html),
        source=_source(row),
        author=row["出题人"],
        reviewed=_date(row, "审定日期"),
        enemies=tuple(re.split(r"[\s,，、;；]+", row["互斥题"])) if row["互斥题"] else (),
        images=tuple(images.get(row["题号"], ())),
        markup="html",
    )
    if kind is QuestionType.FILL_IN and isinstance(question.key, BlanksKey):
        question = replace(question, stem=blanks_marked(question.stem, len(question.key.blanks)))
    return Draft(question, where, (f"case={row['所属案例']}",) if row["所属案例"] else ())


def _unfolded_options(row: Row) -> Row:
    """Return the row with the options in a cell of their own where they stand below the stem in its cell."""
    found = re.search(r"\n\s*[（(]?[AＡ]\s*[.．、:：)）]", row["题干"])
    if (
        found is None
        or _option_texts(row)
        or not re.search(r"[\s;；][（(]?[BＢ]\s*[.．、:：)）]", row["题干"][found.end() :])
    ):
        return row
    stem, options = row["题干"][: found.start()].strip(), row["题干"][found.start() :].strip()
    return replace(row, cells={**row.cells, "题干": stem, "选项": options})


def _kind(row: Row, where: Where, problems: list[Problem]) -> QuestionType:
    """Return the type that the row names, or its sheet's name, or its answer shows; a guess is reported."""
    text = row["题型"]
    if text:
        kind = type_named(text)
        if kind is None:
            what = _("unknown type “{type}”").format(type=text)
            raise _Unreadable("题型", what, _("use one of {known}").format(known="、".join(TYPE_LABELS.values())))
        return kind if kind is not QuestionType.SINGLE_CHOICE or text.startswith("单") else _choice_kind(row)
    kind = type_named(row.sheet) or _shown_kind(row)
    what = _("no type is given; it is read as {type}").format(type=kind.label)
    problems.append(Guessed(where, what, _("write the type into the column 题型")))
    return kind


def _choice_kind(row: Row) -> QuestionType:
    """Return single or multiple choice for a type that says only 选择, by the number of right options."""
    letters = letters_of(row["答案"], _option_texts(row)) or ()
    return QuestionType.MULTIPLE_CHOICE if len(letters) > 1 else QuestionType.SINGLE_CHOICE


def _shown_kind(row: Row) -> QuestionType:
    texts = _option_texts(row)
    if texts and same_options(list(texts.values())) is None:
        return _choice_kind(row)
    if texts or truth_of(row["答案"]) is not None:
        return QuestionType.TRUE_FALSE
    return QuestionType.FILL_IN if re.search(BLANKS, row["题干"]) else QuestionType.SHORT_ANSWER


def _html(text: str, html: bool) -> str:
    return text if html else to_html(text)


def _decimal(row: Row, title: str, default: str) -> Decimal:
    text = row[title].removesuffix("分") or default
    try:
        number = Decimal(normal(text)) if len(text) <= 40 else Decimal("NaN")
    except InvalidOperation:
        what = _("“{value}” in “{name}” is no number").format(value=text, name=title)
        raise _Unreadable(title, what, _("write a number")) from None
    return number


def _date(row: Row, title: str) -> date | None:
    text = row[title]
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        what = _("“{value}” in “{name}” is no date").format(value=text, name=title)
        raise _Unreadable(title, what, _("write it as 2025-12-31")) from None


def _bracketed(row: Row, kind: QuestionType) -> Row:
    """Return the row without an answer inside the brackets of its stem, which a candidate would see.

    :raises _Unreadable: the answer in the brackets is not that of the column.
    """
    options = _option_texts(row)
    found = bracketed(row["题干"], kind, options)
    if found is None:
        return row
    stem, inside = found
    if row["答案"] and not _same_answer(inside, row["答案"], kind, options):
        what = _("the stem's brackets say “{inside}”, the answer says “{answer}”")
        shown = what.format(inside=inside, answer=row["答案"])
        raise _Unreadable("题干", shown, _("empty the brackets of the stem, and keep the right answer"))
    return replace(row, cells={**row.cells, "题干": stem, "答案": row["答案"] or inside})


def _same_answer(one: str, other: str, kind: QuestionType, options: dict[str, str]) -> bool:
    if kind is QuestionType.TRUE_FALSE:
        return truth_of(one) == truth_of(other)
    return set(letters_of(one, options) or ()) == set(letters_of(other, options) or ())


def _difficulty(row: Row, where: Where, problems: list[Problem]) -> float | None:
    text = row["难度"]
    facility = facility_of(text) if text else None
    repair = _("write the expected share of marks, 0 to 1, to be exact")
    if text and facility is None:
        what = _("the difficulty “{word}” is not understood; the question is kept without one").format(word=text)
        problems.append(Dropped(where, what, repair))
    elif text and not re.match(r"[\d.]", text) and not settled().difficulty(text):
        what = _("the difficulty “{word}” is taken as {value}").format(word=text, value=facility)
        problems.append(Guessed(where, what, repair))
    return facility


def _options(row: Row, kind: QuestionType, html: bool) -> Iterator[Option]:
    if kind in {QuestionType.TRUE_FALSE, QuestionType.CASE}:
        return
    for letter, text in _option_texts(row).items():
        yield Option(letter, _html(text, html))


def _option_texts(row: Row) -> dict[str, str]:
    """Return the texts of the options by letter, from a column each or all from one cell."""
    texts = [row[f"选项{letter}"] for letter in LETTERS]
    last = max((index for index, text in enumerate(texts) if text), default=-1)
    if last >= 0:
        return dict(zip(LETTERS, texts[: last + 1], strict=False))
    together = row["选项"]
    marked = list(re.finditer(r"(?:^|(?<=[\s;；|,，]))[(（]?([A-ZＡ-Ｚ])[)）]?[.．、:：)）\s]\s*", together))
    if len(marked) > 1:
        ends = [found.start() for found in marked[1:]] + [len(together)]
        pieces = [together[found.end() : end] for found, end in zip(marked, ends, strict=True)]
    else:
        pieces = re.split(r"\n|\s*[;；|]\s*", together) if together else []
    return dict(zip(LETTERS, (piece.strip(" ;；|,，\n") for piece in pieces), strict=False))


def _prompts(row: Row, html: bool) -> Iterator[Option]:
    lines = [line for line in row["左列"].split("\n") if line.strip()]
    for number, line in enumerate(lines, 1):
        yield Option(str(number), _html(_unfold(line), html))


def _key(row: Row, kind: QuestionType, where: Where, problems: list[Problem]) -> Key | None:
    answer = row["答案"]
    if kind is QuestionType.SHORT_ANSWER:
        return RubricKey(tuple(_criteria(row)), answer)
    if not answer or kind is QuestionType.CASE:
        return None
    if kind is QuestionType.TRUE_FALSE:
        return _truth(row, answer, where, problems)
    return _with_credits(row, _KEYS[kind](row, answer))


def _with_credits(row: Row, key: Key) -> Key:
    """Return a key with the answers that are worth a part of the marks, and its rules for texts."""
    if not isinstance(key, (ChoiceKey, BlanksKey, NumericKey)):
        return key
    try:
        partly = tuple(credit_of(_unfold(line)) for line in row["部分得分"].split("\n") if line.strip())
    except (ValueError, ArithmeticError):
        what = _("“{text}” is no credit").format(text=row["部分得分"][:40])
        raise _Unreadable("部分得分", what, _("write share|tolerance|blank|answer, like 0.5|0|0|B")) from None
    rules = row["作答规则"].split()
    if unknown := [rule for rule in rules if rule not in RULES or not isinstance(key, BlanksKey)]:
        what = _("unknown rule “{rule}”").format(rule=unknown[0])
        raise _Unreadable("作答规则", what, _("use one of {known}").format(known="、".join(RULES)))
    named = {RULES[rule] for rule in rules}
    if isinstance(key, BlanksKey):
        return BlanksKey(key.blanks, partly, "case_sensitive" in named, "wildcards" in named)
    return replace(key, credits=partly)


def _letters(row: Row, answer: str) -> tuple[str, ...]:
    options = _option_texts(row)
    letters = letters_of(answer, options)
    if letters is None:
        what = _("“{text}” names no option").format(text=answer[:40])
        raise _Unreadable("答案", what, _("write the letters of the right options, like AC"))
    return letters


def _truth(row: Row, answer: str, where: Where, problems: list[Problem]) -> Key:
    """Return the key of a true/false question; a letter means what its option says, or A right and B wrong."""
    texts = list(_option_texts(row).values())
    letter = unicodedata.normalize("NFKC", answer).strip().upper()
    if letter in {"A", "B"}:
        said = same_options(texts)
        if said is None and texts:
            what = _("the options of a true/false question say “{text}”").format(text=" / ".join(texts)[:60])
            raise _Unreadable("选项A", what, _("write 正确 and 错误, or change the type"))
        if said is None:
            what = _("the answer {letter} is read as {truth}").format(
                letter=letter, truth="对" if letter == "A" else "错"
            )
            problems.append(Guessed(where, what, _("write 对 or 错")))
        return TruthKey((said or {"A": True, "B": False})[letter])
    value = truth_of(answer)
    if value is None:
        raise _Unreadable("答案", _("“{text}” is neither T nor F").format(text=answer), "对 / 错")
    return TruthKey(value)


def _blanks(_row: Row, answer: str) -> Key:
    return BlanksKey(tuple(tuple(_split(blank, "|")) for blank in _split(answer, "；;", keep=True)))


def _split(text: str, marks: str, keep: bool = False) -> list[str]:
    """Split at unescaped marks; a backslash escapes the next character (and is kept with ``keep``)."""
    pieces = [""]
    for found in re.finditer(r"\\(.)|(.)", text, re.DOTALL):
        escaped, bare = found.groups()
        if bare is not None and bare in marks:
            pieces.append("")
        else:
            pieces[-1] += found.group() if keep else escaped or bare
    return [piece if keep else piece.strip() for piece in pieces]


def _number(row: Row, _answer: str) -> Key:
    unit = row["单位"]
    text = row["答案"].removesuffix(unit) if unit else row["答案"]
    percent = not unit and text.endswith("%")
    value = _decimal(_only(row, "答案", text.removesuffix("%") if percent else text), "答案", "")
    value = value.scaleb(-2) if percent else value
    return NumericKey(value, _decimal(row, "误差", "0"), unit)


def _match(_row: Row, answer: str) -> Key:
    pairs = re.findall(r"(\d+)\s*[=＝\-—→:：]?\s*([A-Z])", answer.upper())
    return MatchKey(tuple(sorted(((prompt, option) for prompt, option in pairs), key=lambda pair: int(pair[0]))))


_KEYS: dict[QuestionType, Callable[[Row, str], Key]] = {
    QuestionType.SINGLE_CHOICE: lambda row, answer: ChoiceKey(_letters(row, answer)),
    QuestionType.MULTIPLE_CHOICE: lambda row, answer: ChoiceKey(tuple(sorted(set(_letters(row, answer))))),
    QuestionType.FILL_IN: _blanks,
    QuestionType.NUMERIC: _number,
    QuestionType.ORDERING: lambda _row, answer: OrderKey(tuple(re.findall("[A-Z]", normal(answer).upper()))),
    QuestionType.MATCHING: _match,
}


def _only(row: Row, title: str, text: str) -> Row:
    return replace(row, cells={title: text})


def _criteria(row: Row) -> Iterator[Criterion]:
    for line in row["评分标准"].split("\n"):
        points, _space, text = line.strip().partition(" ")
        if text:
            worth = _decimal(_only(row, "评分标准", points), "评分标准", "0")
            yield Criterion(_unfold(text.strip()), worth)


def _source(row: Row) -> Source | None:
    titles = ("法规", "条款", "版本", "施行日期", "失效日期", "依据标记")
    if not any(row[title] for title in titles):
        return None
    began, ended = _date(row, "施行日期"), _date(row, "失效日期")
    return Source(row["法规"], row["条款"], row["版本"], began, ended, row["依据标记"])


def _images(rows: list[list[str]], path: Path, problems: list[Problem]) -> dict[str, list[Image]]:
    data: dict[tuple[str, str], str] = {}
    for row in rows:
        owner, name, _order, text = (*row, "", "", "", "")[:4]
        data[owner, name] = data.get((owner, name), "") + text
    images: dict[str, list[Image]] = {}
    for (owner, name), text in data.items():
        try:
            raw = b64decode(text, validate=True)
        except ValueError:
            raw = b""
        image, found = checked_image(name, raw, Where(str(path), PICTURES, name))
        problems += found
        if image:
            images.setdefault(owner, []).append(image)
    return images


def _unfold(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found.group(1) == "n" else found.group(1), text)
