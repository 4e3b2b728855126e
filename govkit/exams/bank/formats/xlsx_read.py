"""Excel as Chinese trainers lay it out: 题型, 题干, 选项A–F, 答案, 解析, 分值, 难度, 知识点; and columns for the rest.

Columns are found by their title in the first row, in any order; unknown ones are reported. The parts of a case are rows
whose 所属案例 names the case. Answers: ``B``, ``ABD``, ``对``; blanks of a fill-in are separated by ``；``, accepted
answers of one blank by ``|`` (a backslash before either keeps it as text); a matching is ``1=C;2=A`` with the left side
in 左列, one line each. A second sheet 图片 holds pictures as base64 text.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from warnings import catch_warnings

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import normal
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.formats.interchange import Draft, finish
from govkit.exams.bank.formats.limits import MAX_QUESTIONS, open_archive, refused
from govkit.exams.bank.formats.xlsx_write import EXTRA, LETTERS, PICTURES, SHEET, USUAL
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

_TYPES = {
    "单项选择": "单选",
    "多项选择": "多选",
    "不定项选择": "多选",
    "判断正误": "判断",
    "是非": "判断",
    "计算": "数值",
    "连线": "匹配",
    "问答": "简答",
    "案例分析": "案例",
}
_WORDS = {"易": 0.85, "较易": 0.75, "中": 0.65, "中等": 0.65, "较难": 0.5, "难": 0.35}
"""Words for difficulty as expected facility: the kit's own convention, reported when used."""
_TRUTHS = {"对": True, "正确": True, "√": True, "t": True, "true": True, "是": True, "a": True} | dict.fromkeys(
    ("错", "错误", "×", "f", "false", "否", "b", "x"), False
)
_KINDS = {label: kind for kind, label in TYPE_LABELS.items()}


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: its number in the sheet and its cells' texts by column title."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, title: str) -> str:
        return self.cells.get(title, "")


class _Unreadable(ValueError):
    """A cell that cannot be read; its arguments are the column's title, what is wrong and the repair."""


def read(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the questions of a workbook's first sheet and its problems."""
    open_archive(path)  # refuses zip bombs before openpyxl opens the workbook
    rows, pictures, problems = _rows(path)
    drafts: list[Draft] = []
    images = _images(pictures, path, problems)
    for row in rows:
        where = Where(str(path), SHEET, _("row {row}").format(row=row.number))
        try:
            drafts.append(_draft(row, where, images, problems))
        except _Unreadable as error:
            column, what, repair = error.args
            problems.append(Problem(Where(str(path), SHEET, f"{column} {row.number}"), what, repair))
    return finish(drafts, problems)


def _rows(path: Path) -> tuple[list[_Row], list[list[str]], list[Problem]]:
    """Return the question rows, the picture rows, and the problems of the header."""
    from openpyxl import load_workbook

    try:
        with catch_warnings(action="ignore"):  # of styles and extensions that no question depends on
            book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        what = _("not a readable workbook: {reason}").format(reason=str(error)[:200])
        raise refused(path, what, _("save it again in Excel as .xlsx")) from None
    try:
        lines = list(_lines(book.worksheets[0]))
        pictures = [line for _number, line in _lines(book[PICTURES])] if PICTURES in book.sheetnames else []
    except Exception as error:
        what = _("not a readable workbook: {reason}").format(reason=str(error)[:200])
        raise refused(path, what, _("save it again in Excel as .xlsx")) from None
    finally:
        book.close()
    titles = [title.replace(" ", "") for title in lines[0][1]] if lines else []
    rows = [_Row(number, dict(zip(titles, line, strict=False))) for number, line in lines[1:] if any(line)]
    return rows, pictures[1:], _header(path, titles)


def _lines(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_row=MAX_QUESTIONS + 2, max_col=64, values_only=True)
    for number, row in enumerate(rows, 1):
        yield number, [_cell(value) for value in row]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return format(Decimal(repr(value)).normalize(), "f")
    return str(value).replace("\r\n", "\n").strip()


def _header(path: Path, titles: list[str]) -> list[Problem]:
    known = {*USUAL, *EXTRA, *(f"选项{letter}" for letter in LETTERS)}
    where = Where(str(path), SHEET, _("row {row}").format(row=1))
    problems = [
        Problem(where, _("the column “{title}” is missing").format(title=title), _("add it to the first row"))
        for title in ("题型", "题干", "答案")
        if title not in titles
    ]
    for title in titles:
        if title and title not in known:
            what = _("the column “{title}” is left out").format(title=title)
            problems.append(Problem(where, what, _("a question keeps nothing of this name"), "warning"))
        if title and titles.count(title) > 1:
            problems.append(Problem(where, _("“{text}” appears twice").format(text=title), _("keep one")))
    return problems


def _draft(row: _Row, where: Where, images: dict[str, list[Image]], problems: list[Problem]) -> Draft:
    kind = _kind(row["题型"])
    html = row["格式"] == "html"
    question = Question(
        id=row["题号"] or f"q-{row.number}",
        type=kind,
        stem=_html(row["题干"], html),
        points=_decimal(row, "分值", "1"),
        key=_key(row, kind),
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
        # Trainers write a blank as underscores or as an empty pair of brackets.
        question = replace(question, stem=re.sub(r"_{2,}|（\s*）|\(\s*\)", "____", question.stem))
    return Draft(question, where, (f"case={row['所属案例']}",) if row["所属案例"] else ())


def _kind(text: str) -> QuestionType:
    name = text.removesuffix("题")
    kind = _KINDS.get(_TYPES.get(name, name))
    if kind is None:
        what = _("unknown type “{type}”").format(type=text)
        raise _Unreadable("题型", what, _("use one of {known}").format(known="、".join(_KINDS)))
    return kind


def _html(text: str, html: bool) -> str:
    return text if html else to_html(text)


def _decimal(row: _Row, title: str, default: str) -> Decimal:
    text = row[title].removesuffix("分") or default
    try:
        number = Decimal(normal(text)) if len(text) <= 40 else Decimal("NaN")
    except InvalidOperation:
        what = _("“{value}” in “{name}” is no number").format(value=text, name=title)
        raise _Unreadable(title, what, _("write a number")) from None
    return number


def _date(row: _Row, title: str) -> date | None:
    text = row[title]
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        what = _("“{value}” in “{name}” is no date").format(value=text, name=title)
        raise _Unreadable(title, what, _("write it as 2025-12-31")) from None


def _difficulty(row: _Row, where: Where, problems: list[Problem]) -> float | None:
    text = row["难度"]
    if not text:
        return None
    if text in _WORDS:
        what = _("the difficulty “{word}” is taken as {value}").format(word=text, value=_WORDS[text])
        problems.append(Problem(where, what, _("write the expected share of marks, 0 to 1, to be exact"), "warning"))
        return _WORDS[text]
    return float(_decimal(row, "难度", "0"))


def _options(row: _Row, kind: QuestionType, html: bool) -> Iterator[Option]:
    if kind in {QuestionType.TRUE_FALSE, QuestionType.CASE}:
        return
    texts = [row[f"选项{letter}"] for letter in LETTERS]
    last = max((index for index, text in enumerate(texts) if text), default=-1)
    for letter, text in zip(LETTERS, texts[: last + 1], strict=False):
        yield Option(letter, _html(text, html))


def _prompts(row: _Row, html: bool) -> Iterator[Option]:
    lines = [line for line in row["左列"].split("\n") if line.strip()]
    for number, line in enumerate(lines, 1):
        yield Option(str(number), _html(_unfold(line), html))


def _key(row: _Row, kind: QuestionType) -> Key | None:
    answer = row["答案"]
    if kind is QuestionType.SHORT_ANSWER:
        return RubricKey(tuple(_criteria(row)), answer)
    if not answer or kind is QuestionType.CASE:
        return None
    return _KEYS[kind](row, answer)


def _letters(answer: str) -> tuple[str, ...]:
    return tuple(re.findall("[A-Z]", normal(answer).upper()))


def _truth(_row: _Row, answer: str) -> Key:
    value = _TRUTHS.get(normal(answer))
    if value is None:
        raise _Unreadable("答案", _("“{text}” is neither T nor F").format(text=answer), "对 / 错")
    return TruthKey(value)


def _blanks(_row: _Row, answer: str) -> Key:
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


def _number(row: _Row, _answer: str) -> Key:
    unit = row["单位"]
    text = row["答案"].removesuffix(unit) if unit else row["答案"]
    value = _decimal(_Row(row.number, {"答案": text}), "答案", "")
    return NumericKey(value, _decimal(row, "误差", "0"), unit)


def _match(_row: _Row, answer: str) -> Key:
    pairs = re.findall(r"(\d+)\s*[=＝\-—→:：]?\s*([A-Z])", answer.upper())
    return MatchKey(tuple(sorted(((prompt, option) for prompt, option in pairs), key=lambda pair: int(pair[0]))))


_KEYS: dict[QuestionType, Callable[[_Row, str], Key]] = {
    QuestionType.SINGLE_CHOICE: lambda _row, answer: ChoiceKey(_letters(answer)),
    QuestionType.MULTIPLE_CHOICE: lambda _row, answer: ChoiceKey(tuple(sorted(set(_letters(answer))))),
    QuestionType.TRUE_FALSE: _truth,
    QuestionType.FILL_IN: _blanks,
    QuestionType.NUMERIC: _number,
    QuestionType.ORDERING: lambda _row, answer: OrderKey(_letters(answer)),
    QuestionType.MATCHING: _match,
}


def _criteria(row: _Row) -> Iterator[Criterion]:
    for line in row["评分标准"].split("\n"):
        points, _space, text = line.strip().partition(" ")
        if text:
            worth = _decimal(_Row(row.number, {"评分标准": points}), "评分标准", "0")
            yield Criterion(_unfold(text.strip()), worth)


def _source(row: _Row) -> Source | None:
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
