"""Word files of questions: .docx, and .doc through LibreOffice where it is installed.

The body is a stream of lines and tables (:mod:`govkit.exams.bank.formats.word_body`). A table is one of questions, of
options, of the key, or a table of a stem; its lines go to the parser that plain texts have.
"""

import re
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.formats.interchange import Draft, finish
from govkit.exams.bank.formats.limits import open_archive, read_bytes, refused
from govkit.exams.bank.formats.lines import Inlays, Line
from govkit.exams.bank.formats.office import by_office
from govkit.exams.bank.formats.tables import HEADER_ROWS, Sheet, table_of, title_of
from govkit.exams.bank.formats.text_read import read_lines
from govkit.exams.bank.formats.word_body import Table, WordBody, html_table, told_changes
from govkit.exams.bank.formats.xlsx_read import drafts_of

_OLE = b"\xd0\xcf\x11\xe0"
_FLOWING = re.compile(
    r"\s*(?:[（(]?[A-HＡ-Ｈ]\s*[.．、:：)）]|\d{1,4}\s*[.．、]|第\s*\d+\s*题|[【\[]?(?:参考|正确)?(?:答案|解析)[】\]]?\s*[:：]?)"
)


def read(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the questions of a Word file and its problems.

    :raises InputError: the file is protected, damaged, holds macros, or is a .doc and LibreOffice is not installed.
    """
    if path.suffix.lower() == ".doc":
        return _converted(path)
    return _read(path, path)


def _read(path: Path, named: Path) -> tuple[Bank, list[Problem]]:
    data = read_bytes(path)
    if data.startswith(_OLE):
        what = _("protected by a password, or in the old format .doc")
        raise refused(named, what, _("take the password away and save it as .docx"))
    members = open_archive(path)
    if any(name.lower().endswith("vbaproject.bin") for name in members):
        raise refused(named, _("it holds macros"), _("save it as .docx, without macros"))
    if "word/document.xml" not in members:
        raise refused(named, _("no text of Word in it"), _("save it again in Word as .docx"))
    body = WordBody(named, members)
    lines: list[Line] = []
    drafts: list[Draft] = []
    refusals: list[Problem] = []
    for block in body.blocks():
        if isinstance(block, Line):
            lines.append(block)
        elif sheet := _sheet(block):
            found, told, wrong = drafts_of(named, *table_of(named, sheet, alone=False))
            drafts += found
            body.problems += told
            refusals += wrong
        else:
            lines += _lines_of(block, body.inlays)
    asked, problems, wrong = read_lines(lines, body.inlays)
    tabled = [Draft(body.inlays.fill(draft.question), draft.where, draft.tags) for draft in drafts]
    return finish([*asked, *tabled], [*told_changes(body), *body.problems, *problems], [*refusals, *wrong])


def _sheet(table: Table) -> Sheet | None:
    """Return a table that has a row of titles as a sheet, None for any other."""
    rows = [["\n".join(line.text.strip() for line in cell).strip() for cell in row] for row in table.rows]
    for row in rows[:HEADER_ROWS]:
        titles = {title_of(text) for text in row if text and len(text) <= 20}
        if "题干" in titles and titles & {"答案", "选项", "选项A"}:
            return Sheet(table.where.item, False, rows)
    return None


def _lines_of(table: Table, inlays: Inlays) -> Iterator[Line]:
    """Yield the lines of a table of options, questions or answers; any other table is one character of a line."""
    texts = [["".join(line.text for line in cell).strip() for cell in row] for row in table.rows]
    if key := list(_key(texts, table.where)):
        yield from key
    elif any(_FLOWING.match(text) for row in texts for text in row):
        for row in table.rows:
            yield from _flowing(row)
    else:
        yield Line(html_table(table, inlays), table.where)


def _flowing(row: list[list[Line]]) -> Iterator[Line]:
    """Yield the lines of a row: cells of one line each side by side, else one after the other."""
    cells = [[line for line in cell if line.text.strip()] for cell in row]
    if any(len(cell) > 1 for cell in cells):
        yield from (line for cell in cells for line in cell)
        return
    text, spans = "", []
    for line in (cell[0] for cell in cells if cell):
        shift = len(text) + 4 if text else 0
        spans += [(kind, begin + shift, end + shift) for kind, begin, end in line.emphasis]
        text = f"{text}    {line.text}" if text else line.text
        where = line.where
    if text:
        yield Line(text, where, tuple(spans))


def _key(rows: list[list[str]], where: Where) -> Iterator[Line]:
    """Yield the answers of a table of the key: numbers above or beside answers."""
    number, answer = {"题号", "序号", "题目", "编号"}, {"答案", "参考答案", "正确答案", "标准答案"}
    heads = [row[0].replace(" ", "") if row else "" for row in rows]
    if any(head in number and below in answer for head, below in pairwise(heads)):
        yield Line("参考答案", where)
        for above, below in pairwise(rows):
            if above and below and above[0].replace(" ", "") in number and below[0].replace(" ", "") in answer:
                pairs = [(one, two) for one, two in zip(above[1:], below[1:], strict=False) if one or two]
                yield from (Line(f"{one}. {two}", where) for one, two in pairs)
    elif rows and len(rows[0]) % 2 == 0 and rows[0] and {*rows[0][::2]} <= number and {*rows[0][1::2]} <= answer:
        yield Line("参考答案", where)
        for row in rows[1:]:
            yield from (
                Line(f"{one}. {two}", where) for one, two in zip(row[::2], row[1::2], strict=False) if one or two
            )


def _converted(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the questions of a .doc, converted in a folder of its own."""
    data = read_bytes(path)
    if data.startswith(b"PK"):
        return _read(path, path)
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise refused(
            path,
            _("protected by a password, or in the old format .doc"),
            _("take the password away and save it as .docx"),
        )
    with tempfile.TemporaryDirectory() as folder:
        return _read(by_office(path, Path(folder), "docx"), path)
