"""Writing the Excel layout of :mod:`govkit.exams.bank.formats.xlsx_read`."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from govkit.core.errors import Problem, Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.core.spreadsheet import guard
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.formats.interchange import Holds, credit_text, losses
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Key,
    MatchKey,
    NumericKey,
    OrderKey,
    Question,
    QuestionType,
    RubricKey,
    Source,
    TruthKey,
)

HOLDS = Holds("Excel", frozenset(QuestionType))

SHEET, PICTURES = "题库", "图片"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
USUAL = ("题型", "题干", *(f"选项{letter}" for letter in LETTERS[:6]), "答案", "解析", "分值", "难度", "知识点")
EXTRA = (
    *("题号", "所属案例", "左列", "误差", "单位", "评分标准", "部分得分", "作答规则"),
    *("法规", "条款", "版本", "施行日期", "失效日期", "依据标记"),
    *("出题人", "审定日期", "互斥题", "格式"),
)
RULES = {"区分大小写": "case_sensitive", "星号代表任意文字": "wildcards"}
"""How texts are compared, as the column 作答规则 names it."""
CELL = 32_000
"""Characters written into one cell; Excel's limit is 32,767."""


def write(bank: Bank, path: Path) -> list[Problem]:
    """Write a bank as a workbook without loss; a text that begins with ``=`` stays text."""
    from openpyxl import Workbook

    book = Workbook()
    sheet: Any = book.active
    sheet.title = SHEET
    titles = [*USUAL[:8], *_more_options(bank), *USUAL[8:], *EXTRA]
    _append(sheet, 1, titles)
    for number, cells in enumerate(_records(bank), 2):
        _append(sheet, number, [cells.get(title, "") for title in titles])
    pictures = list(_picture_rows(bank))
    if pictures:
        second = book.create_sheet(PICTURES)
        for number, line in enumerate([["题号", "文件名", "序", "数据"], *pictures], 1):
            _append(second, number, line)
    guard(book)
    buffer = BytesIO()
    book.save(buffer)
    atomic_write(path, buffer.getvalue())
    return [*losses(bank, HOLDS, path), *_cut(bank, path)]


def _cut(bank: Bank, path: Path) -> Iterator[Problem]:
    for question in bank:
        for item in (question, *question.parts):
            if max(len(item.stem), len(item.explanation)) > CELL:
                what = _("a text of question {id} is too long for a cell and is cut").format(id=item.id)
                yield Problem(Where(str(path)), what, _("shorten it, or choose another format"), "warning")


def _append(sheet: Any, row: int, values: list[str]) -> None:
    """Write a row as texts."""
    for column, value in enumerate(values, 1):
        if value:
            cell = sheet.cell(row, column)
            cell.value = value
            cell.data_type = "s"


def _more_options(bank: Bank) -> list[str]:
    """Return titles for options beyond F, as many as the bank needs."""
    most = max((len(item.options) for question in bank for item in question.items()), default=0)
    return [f"选项{letter}" for letter in LETTERS[6:most]]


def _records(bank: Bank) -> Iterator[dict[str, str]]:
    """Yield one row for each question, a case's parts after it."""
    for question in bank:
        yield _record(question)
        for part in question.parts:
            yield _record(part) | {"所属案例": question.id}


def _record(question: Question) -> dict[str, str]:
    source = question.source or Source("")
    numeric = question.key if isinstance(question.key, NumericKey) else None
    cells = {
        "题型": question.type.label,
        "题干": question.stem,
        "答案": _answer(question.key) if question.key else "",
        "解析": question.explanation,
        "分值": format(question.points, "f"),
        "难度": "" if question.difficulty is None else repr(question.difficulty),
        "知识点": question.topic,
        "题号": question.id,
        "左列": "\n".join(_fold(prompt.text) for prompt in question.prompts),
        "误差": format(numeric.tolerance, "f") if numeric else "",
        "单位": numeric.unit if numeric else "",
        "评分标准": _rubric(question.key),
        "部分得分": _credits(question.key),
        "作答规则": " ".join(_rules(question.key)),
        "法规": source.law,
        "条款": source.article,
        "版本": source.version,
        "施行日期": source.in_force_from.isoformat() if source.in_force_from else "",
        "失效日期": source.in_force_to.isoformat() if source.in_force_to else "",
        "依据标记": source.mark,
        "出题人": question.author,
        "审定日期": question.reviewed.isoformat() if question.reviewed else "",
        "互斥题": "，".join(question.enemies),
        "格式": "" if question.markup == "plain" else question.markup,
    }
    return cells | {f"选项{option.id}": option.text for option in question.options}


def _answer(key: Key) -> str:
    return _ANSWERS[type(key)](key)


_ANSWERS: dict[type, Callable[[Any], str]] = {
    ChoiceKey: lambda key: "".join(key.right),
    TruthKey: lambda key: "对" if key.value else "错",
    BlanksKey: lambda key: "；".join("|".join(map(_escape, blank)) for blank in key.blanks),
    NumericKey: lambda key: format(key.value, "f"),
    OrderKey: lambda key: "".join(key.order),
    MatchKey: lambda key: ";".join(f"{prompt}={option}" for prompt, option in key.pairs),
    RubricKey: lambda key: key.model,
}


def _escape(text: str) -> str:
    return re.sub(r"([\\|；;])", r"\\\1", text)


def _fold(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _rubric(key: Key | None) -> str:
    rows = key.criteria if isinstance(key, RubricKey) else ()
    return "\n".join(f"{format(row.points, 'f')} {_fold(row.text)}" for row in rows)


def _credits(key: Key | None) -> str:
    rows = key.credits if isinstance(key, (ChoiceKey, BlanksKey, NumericKey)) else ()
    return "\n".join(_fold(credit_text(row)) for row in rows)


def _rules(key: Key | None) -> list[str]:
    return [name for name in RULES if isinstance(key, BlanksKey) and getattr(key, RULES[name])]


def _picture_rows(bank: Bank) -> Iterator[list[str]]:
    """Yield (id, file name, number, base64) rows, one for each cell that a picture fills."""
    for question in bank:
        for item in (question, *question.parts):
            for image in item.images:
                text = b64encode(image.data).decode()
                for number, begin in enumerate(range(0, len(text), CELL), 1):
                    yield [item.id, image.name, str(number), text[begin : begin + CELL]]
