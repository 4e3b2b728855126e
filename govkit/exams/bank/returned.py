"""A copy of an imported file in which each refused question is marked: by comments, or lines of a text."""

import io
import re
import zipfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from lxml import etree

from govkit.core.errors import Problem
from govkit.core.files import atomic_write
from govkit.core.spreadsheet import guard, writable
from govkit.exams.bank.formats.limits import Element, open_archive, parse_xml, read_text
from govkit.exams.bank.formats.tables import sheets_of
from govkit.exams.bank.formats.word_body import WordBody
from govkit.exams.bank.formats.word_numbering import W
from govkit.exams.bank.import_report import ImportReport

SUFFIX = "-待修改"
_COMMENTS = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"
_SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RED = "FFFFC7CE"


def returned(report: ImportReport, folder: Path) -> ImportReport:
    """Write the copy into ``folder`` and return the report with its path; an earlier copy is never replaced."""
    source, problems = report.source, report.errors()
    kind = source.suffix.lower()
    if kind == ".docx":
        data, ending = _word(source, problems), ".docx"
    elif kind in {".xlsx", ".csv", ".xls"}:
        data, ending = _workbook(source, problems), ".xlsx"
    elif kind in {".txt", ".gift", ".aiken", ".xml", ".yaml"}:
        data, ending = _text(source, problems), source.suffix
    else:
        listed = "\n".join(f"{problem.where}：{problem.what} → {problem.repair}" for problem in problems)
        data, ending = listed.encode(), ".txt"
    target = next(path for path in _names(folder, source.stem, ending) if not path.exists())
    atomic_write(target, data)
    return replace(report, copy=target)


def _names(folder: Path, stem: str, ending: str) -> list[Path]:
    return [folder / f"{stem}{SUFFIX}{f'({number})' if number > 1 else ''}{ending}" for number in range(1, 10_000)]


def _said(problems: list[Problem]) -> dict[tuple[str, str], str]:
    """Return what is said at each place: by its part and its item."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for problem in problems:
        found[problem.where.part, problem.where.item].append(f"{problem.what} → {problem.repair}")
    return {place: "\n".join(texts) for place, texts in found.items()}


def _number(item: str) -> int:
    numbers = re.findall(r"\d+", item)
    return int(numbers[-1]) if numbers else 0


def _text(source: Path, problems: list[Problem]) -> bytes:
    lines = read_text(source).split("\n")
    comment = {".gift": "// {}", ".xml": "<!-- {} -->", ".yaml": "# {}"}.get(source.suffix.lower(), "【待修改：{}】")
    by_line: dict[int, list[str]] = defaultdict(list)
    for (_part, item), said in _said(problems).items():
        shown = said.replace("\n", "；").replace("--", "—")
        by_line[min(max(_number(item), 1), len(lines))].append(comment.format(shown))
    marked = [text for number, line in enumerate(lines, 1) for text in (*_after_head(by_line, number, source), line)]
    return "\n".join(marked).encode()


def _after_head(by_line: dict[int, list[str]], number: int, source: Path) -> list[str]:
    """Return the comments before a line; in XML none stands before the declaration."""
    first = 2 if source.suffix.lower() == ".xml" else 1
    if number < first:
        return []
    return [*by_line.get(number, []), *(by_line.get(1, []) if number == first == 2 else [])]


def _workbook(source: Path, problems: list[Problem]) -> bytes:
    from openpyxl import Workbook, load_workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    if source.suffix.lower() == ".xlsx":
        book = load_workbook(source)
    else:
        book = Workbook()
        book.remove(book.worksheets[0])
        for number, sheet in enumerate(sheets_of(source), 1):
            page = book.create_sheet(sheet.name[:31] or f"Sheet{number}")
            for row in sheet.lines:
                page.append([writable(text) for text in row])
        guard(book)
    names = {sheet.title: sheet for sheet in book.worksheets}
    for (part, item), said in _said(problems).items():
        page = names.get(part, book.worksheets[0])
        at = max(_number(item), 1)
        page.cell(at, 1).comment = Comment(said, "govkit", height=120, width=320)
        for each in page[at]:
            each.fill = PatternFill("solid", fgColor=_RED)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def _word(source: Path, problems: list[Problem]) -> bytes:
    """Return a Word file with a comment at each paragraph that a problem names."""
    members = open_archive(source)
    body = WordBody(source, members)
    for _block in body.blocks():
        pass
    comments = _comments_part(members, source)
    known = [int(each.get(f"{W}id") or 0) for each in comments]
    first = max(known, default=-1) + 1
    for number, ((_part, item), said) in enumerate(_said(problems).items(), first):
        place = body.elements.get(item)
        if place is not None:
            _comment(comments, place, number, said)
    assert body.root is not None  # noqa: S101  -- its blocks were read
    members["word/document.xml"] = _bytes(body.root)
    members["word/comments.xml"] = _bytes(comments)
    _declare(members, source)
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return output.getvalue()


def _bytes(root: Element) -> bytes:
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True))


def _comments_part(members: dict[str, bytes], source: Path) -> Element:
    data = members.get("word/comments.xml")
    return parse_xml(data, str(source)) if data else etree.Element(f"{W}comments", nsmap={"w": _SPACE})


def _comment(comments: Element, paragraph: Element, number: int, said: str) -> None:
    name = {f"{W}id": str(number)}
    comment = etree.SubElement(comments, f"{W}comment", {**name, f"{W}author": "govkit", f"{W}initials": "G"})
    for line in said.split("\n"):
        run = etree.SubElement(etree.SubElement(comment, f"{W}p"), f"{W}r")
        etree.SubElement(run, f"{W}t").text = line
    begin = 1 if len(paragraph) and paragraph[0].tag == f"{W}pPr" else 0
    paragraph.insert(begin, etree.Element(f"{W}commentRangeStart", name))
    paragraph.append(etree.Element(f"{W}commentRangeEnd", name))
    run = etree.SubElement(paragraph, f"{W}r")
    etree.SubElement(run, f"{W}commentReference", name)


def _declare(members: dict[str, bytes], source: Path) -> None:
    """Name the part of the comments in the package, where it is not named yet."""
    types = parse_xml(members["[Content_Types].xml"], str(source))
    space = types.tag.rpartition("}")[0] + "}"
    if not any(each.get("PartName") == "/word/comments.xml" for each in types):
        etree.SubElement(types, f"{space}Override", {"PartName": "/word/comments.xml", "ContentType": _COMMENTS})
    members["[Content_Types].xml"] = _bytes(types)
    name = "word/_rels/document.xml.rels"
    relations = parse_xml(members[name], str(source)) if name in members else None
    if relations is None:
        space = "http://schemas.openxmlformats.org/package/2006/relationships"
        relations = etree.Element(f"{{{space}}}Relationships", nsmap={None: space})
    space = relations.tag.rpartition("}")[0] + "}"
    if not any(each.get("Type") == _RELATION for each in relations):
        named = {"Id": "rIdGovkitComments", "Type": _RELATION, "Target": "comments.xml"}
        etree.SubElement(relations, f"{space}Relationship", named)
    members[name] = _bytes(relations)
