"""Marks in a worksheet: cells filled, comments added, those of an earlier copy removed; the sheet is streamed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO
from xml.sax.saxutils import escape

import numpy as np
from lxml import etree

from govkit.ledgers.package import Package, Styles
from govkit.ledgers.read.archive import Address, column_letters, column_number

COLOURS = {"error": "FFFFC7CE", "warning": "FFFFEB9C"}
AUTHOR = "govkit"
MARK = "〔待修改〕"
"""The beginning of what is added to a comment of the user's own."""
_CHUNK = 1 << 20
_ROW = re.compile(rb"<((?:\w+:)?)row\b([^>]*?)(/?)>")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>.*?</(?:\w+:)?c>)", re.DOTALL)
_NUMBER = re.compile(rb"""\sr=["'](\d+)["']""")
_ADDRESS = re.compile(rb"""\sr=["']([A-Za-z]+)\d+["']""")
_STYLE = re.compile(rb"""\ss=["'](\d+)["']""")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s([^>]*)>")
_SELECTED = re.compile(rb"""\stabSelected=["'](?:1|true)["']""")
_DATA = re.compile(rb"<((?:\w+:)?)sheetData\b[^>]*?(/?)>")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Z]+)(\d+):([A-Z]+)(\d+)["']""")
_LEGACY = re.compile(rb"""<(?:\w+:)?legacyDrawing\s[^>]*?:id=["']([^"']+)["']""")
_AFTER = re.compile(rb"<(?:\w+:)?(?:legacyDrawingHF|drawingHF|picture|webPublishItems|tableParts)\b")
_EXTENSIONS = re.compile(rb"<(/?)(?:\w+:)?extLst\b")
_SHAPE = re.compile(rb"<((?:\w+:)?)shape\b.*?</\1shape>", re.DOTALL)
_SHAPE_CELL = re.compile(rb"<(?:\w+:)?Row>(\d+)</(?:\w+:)?Row>\s*<(?:\w+:)?Column>(\d+)</")
_VML = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202" coordsize="21600,21600" '
    b'o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    b'<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>'
)
_FIRST_NOTE = 900_001
"""The number of our first comment's box; boxes need numbers of their own, and programs begin at 1,025."""
_NOTE = (
    '<v:shape xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel" id="_x0000_s{number}" type="#_x0000_t202" '
    'style="position:absolute;width:320px;height:{height}px;visibility:hidden" '
    'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"/></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column>'
    "</x:ClientData></v:shape>"
)


@dataclass(frozen=True)
class Mark:
    """What a cell is marked with: the worse severity of its problems, and their words."""

    severity: str
    words: str


@dataclass
class Survey:
    """What lies behind the rows of a sheet: its merged areas, and the relation of its drawing of comments."""

    merged: "np.ndarray[tuple[int, int], np.dtype[np.int64]]" = field(
        default_factory=lambda: np.empty((0, 4), np.int64)
    )
    drawing: str = ""

    def first_cell(self, cell: Address) -> Address:
        """Return the first cell of the merged area that a cell lies in, else the cell itself."""
        if not len(self.merged):
            return cell
        row, column = cell
        top, left, bottom, right = self.merged.T
        inside = np.flatnonzero((top <= row) & (row <= bottom) & (left <= column) & (column <= right))
        return (int(top[inside[0]]), int(left[inside[0]])) if len(inside) else cell


def survey(sheet: IO[bytes]) -> Survey:
    """Return what lies behind the rows of a sheet."""
    found, merged, tail = Survey(), set(), b""
    while chunk := sheet.read(_CHUNK):
        block = tail + chunk
        if b"mergeCell " in block or b"legacyDrawing" in block:
            merged |= {
                (int(r), column_number(c.decode()), int(last), column_number(right.decode()))
                for c, r, right, last in _MERGED.findall(block)
            }
            drawing = _LEGACY.search(block)
            found.drawing = drawing[1].decode() if drawing else found.drawing
        start = block.rfind(b"<")
        tail = block[start:] if len(block) - start < 1_000 else b""
    if merged:
        found.merged = np.array(sorted(merged), np.int64)
    return found


class Marker:
    """The marks of one sheet: first the comments are replaced, then the sheet is streamed with its fills."""

    def __init__(
        self, package: Package, part: str, styles: Styles, found: Survey, marks: Mapping[Address, Mark]
    ) -> None:
        self._styles = styles
        self._drawing, self._office = "", package.office
        removed = self._replace_comments(package, part, found.drawing, marks)
        self._rows: dict[int, dict[int, str]] = {}
        for row, column in removed:
            self._rows.setdefault(row, {})[column] = ""
        for (row, column), mark in marks.items():
            self._rows.setdefault(row, {})[column] = COLOURS[mark.severity]

    # --- comments ---------------------------------------------------------------------------------------------------

    def _replace_comments(
        self, package: Package, part: str, drawing: str, marks: Mapping[Address, Mark]
    ) -> list[Address]:
        """Remove the comments of an earlier copy and write those of this one; return the cells that had one."""
        relations = package.relations(part)
        name = next((target for kind, target in relations.values() if kind == "comments"), "")
        if not name and not marks:
            return []
        root = (
            package.xml(name)
            if name
            else etree.fromstring(f'<comments xmlns="{package.main}"><authors/><commentList/></comments>')
        )
        listed = next(root.iter("{*}commentList"))
        removed, marked = _without_earlier(root, listed)
        _add_comments(root, listed, marks)
        if not name:
            name = package.unused("xl/comments{}.xml")
            package.relate(part, "comments", name)
            package.declare(name, "comments")
        package.change(name, root)
        vml = relations[drawing][1] if drawing in relations else ""
        if not vml:
            vml = package.unused("xl/drawings/vmlDrawing{}.vml")
            self._drawing = package.relate(part, "vmlDrawing", vml)
            package.declare(vml, "vmlDrawing")
        shapes = package.archive.read(vml) if vml in package.archive.NameToInfo else _VML
        package.change(vml, _with_notes(shapes, removed, marks))
        return [*removed, *marked]

    # --- cells ------------------------------------------------------------------------------------------------------

    def streamed(self, sheet: IO[bytes]) -> Iterator[bytes]:
        """Yield the sheet's XML with its marks, and without the mark of a selected tab."""
        head, data, buffer = _head(sheet)
        yield _SELECTED.sub(b"", head)
        if data is None:
            yield buffer
            return
        prefix, closed = data[1], data[2]
        columns = _column_styles(head)
        left = sorted(self._rows)
        last = 0
        yield b"<%ssheetData>" % prefix
        end_tag = b"</%ssheetData>" % prefix
        while not closed:
            chunk = sheet.read(_CHUNK)
            buffer += chunk
            end = buffer.find(end_tag)
            cut = end if end >= 0 else buffer.rfind(b"<%srow" % prefix)
            if cut > 0:
                segment, buffer = buffer[:cut], buffer[cut:]
                changed, last, left = self._segment(segment, last, left, columns, prefix)
                yield from changed
            if end >= 0 or not chunk:
                break
        for row in left:
            yield self._new_row(row, columns, prefix)
        yield b"" if buffer.startswith(end_tag) else end_tag
        yield self._tail(buffer + sheet.read(), prefix)

    def _segment(
        self, segment: bytes, last: int, left: list[int], columns: dict[int, int], prefix: bytes
    ) -> tuple[list[bytes], int, list[int]]:
        """Return whole rows with their marks, the number of the last one, and the rows yet to be marked."""
        first, final = _ROW.search(segment), _numbered_last(segment, prefix)
        if first is None:
            return [segment], last, left
        number = _NUMBER.search(first[2])
        if number and final is not None and (not left or left[0] > final):
            return [segment], final, left
        done: list[bytes] = []
        at = 0
        for tag in _ROW.finditer(segment):
            number = _NUMBER.search(tag[2])
            row = int(number[1]) if number else last + 1
            while left and last < left[0] < row:
                done += [segment[at : tag.start()], self._new_row(left[0], columns, prefix)]
                at, left = tag.start(), left[1:]
            if left and left[0] == row:
                end = tag.end() if tag[3] else _after(segment, b"</%srow>" % prefix, tag.end())
                done += [segment[at : tag.start()], self._marked(segment[tag.start() : end], tag, row, columns)]
                at, left = end, left[1:]
            last = row
        return [*done, segment[at:]], last, left

    def _marked(self, row: bytes, tag: re.Match[bytes], number: int, columns: dict[int, int]) -> bytes:
        """Return a row's XML with its cells filled; a cell that is not there is put in its place."""
        wanted = dict(sorted(self._rows[number].items()))
        prefix, own = tag[1], _STYLE.search(tag[2])
        start = b"<%srow%s>" % (prefix, tag[2])

        def blank(column: int, colour: str) -> bytes:
            style = int(own[1]) if own else columns.get(column, 0)
            return self._blank((number, column), colour, style, prefix)

        body = b"" if tag[3] else row[tag.end() - tag.start() : row.rindex(b"</")]
        done, at, column = [start], 0, 0
        for cell in _CELL.finditer(body):
            address = _ADDRESS.search(cell[1])
            column = column_number(address[1].decode()) if address else column + 1
            done.append(body[at : cell.start()])
            at = cell.end()
            done += [blank(c, wanted.pop(c)) for c in list(wanted) if c < column]
            done.append(self._restyled(cell[0], wanted.pop(column)) if column in wanted else cell[0])
        done += [blank(c, colour) for c, colour in wanted.items()]
        return b"".join([*done, body[at:], b"</%srow>" % prefix])

    def _new_row(self, number: int, columns: dict[int, int], prefix: bytes) -> bytes:
        cells = sorted(self._rows[number].items())
        blanks = b"".join(self._blank((number, c), colour, columns.get(c, 0), prefix) for c, colour in cells)
        return b'<%srow r="%d">%s</%srow>' % (prefix, number, blanks, prefix) if blanks else b""

    def _blank(self, address: Address, colour: str, style: int, prefix: bytes) -> bytes:
        """Return a filled cell without a value, for a place where the sheet has none."""
        if not colour:
            return b""
        written = f"{column_letters(address[1])}{address[0]}".encode()
        return b'<%sc r="%s" s="%d"/>' % (prefix, written, self._styles.filled(style, colour))

    def _restyled(self, cell: bytes, colour: str) -> bytes:
        end = cell.index(b">")
        tag = cell[:end]
        known = _STYLE.search(tag)
        style = int(known[1]) if known else 0
        if not colour and not self._styles.has_fill(style, COLOURS.values()):
            return cell
        made = b' s="%d"' % self._styles.filled(style, colour)
        if known:
            return tag[: known.start()] + made + tag[known.end() :] + cell[end:]
        split = end - 1 if tag.endswith(b"/") else end
        return cell[:split] + made + cell[split:]

    def _tail(self, tail: bytes, prefix: bytes) -> bytes:
        """Return what stands behind the rows, with the drawing of the comments in its place."""
        if not self._drawing:
            return tail
        after = _AFTER.search(tail)
        at = after.start() if after else _extensions(tail)
        made = f'legacyDrawing xmlns:rel="{self._office}" rel:id="{self._drawing}"/>'.encode()
        return b"".join([tail[:at], b"<", prefix, made, tail[at:]])


def _head(sheet: IO[bytes]) -> tuple[bytes, re.Match[bytes] | None, bytes]:
    """Return what stands before the rows, the tag that begins them, and what was read behind it."""
    buffer = b""
    while chunk := sheet.read(_CHUNK):
        buffer += chunk
        if data := _DATA.search(buffer):
            return buffer[: data.start()], data, buffer[data.end() :]
    return buffer, None, b""


def _numbered_last(segment: bytes, prefix: bytes) -> int | None:
    tag = _ROW.match(segment, max(0, segment.rfind(b"<%srow" % prefix)))
    number = _NUMBER.search(tag[2]) if tag else None
    return int(number[1]) if number else None


def _after(segment: bytes, tag: bytes, start: int) -> int:
    found = segment.find(tag, start)
    return found + len(tag) if found >= 0 else len(segment)


def _column_styles(head: bytes) -> dict[int, int]:
    styles: dict[int, int] = {}
    for tag in _COLUMN.findall(head):
        words = dict(re.findall(rb"""(\w+)=["'](\d+)["']""", tag))
        if b"style" in words:
            span = range(int(words.get(b"min", 1)), min(int(words.get(b"max", 1)), 500) + 1)
            styles |= dict.fromkeys(span, int(words[b"style"]))
    return styles


def _extensions(tail: bytes) -> int:
    """Return where the sheet's own extensions begin, else its end tag."""
    depth, end = 0, tail.rfind(b"</")
    for tag in reversed(list(_EXTENSIONS.finditer(tail))):
        if tag[1] and not depth and tail[tag.start() : end].rstrip().count(b"<") > 1:
            break
        depth += 1 if tag[1] else -1
        if not depth:
            return tag.start()
    return end


def _without_earlier(root: etree._Element, listed: etree._Element) -> tuple[list[Address], list[Address]]:
    """Remove the comments of an earlier copy; return the cells that have none now, and those that keep the user's."""
    authors = [author.text for author in root.iter("{*}author")]
    removed, kept = [], []
    for comment in list(listed):
        number = int(comment.get("authorId") or 0)
        if number < len(authors) and authors[number] == AUTHOR:
            removed.append(_address(comment.get("ref", "A1")))
            listed.remove(comment)
            continue
        for run in list(comment.iter("{*}r")):
            if "".join(run.itertext()).lstrip().startswith(MARK):
                run.getparent().remove(run)
                kept.append(_address(comment.get("ref", "A1")))
    return removed, kept


def _add_comments(root: etree._Element, listed: etree._Element, marks: Mapping[Address, Mark]) -> None:
    space = f"{{{etree.QName(root).namespace}}}"
    authors = next(root.iter("{*}authors"))
    names = [author.text for author in authors]
    if AUTHOR not in names:
        authors.append(authors.makeelement(f"{space}author"))
        authors[-1].text = AUTHOR
        names.append(AUTHOR)
    own = {_address(comment.get("ref", "A1")): comment for comment in listed}
    for cell, mark in marks.items():
        words = mark.words
        if cell in own:
            place = own[cell].find("{*}text")
            words = f"\n{MARK}\n{words}"
        else:
            attributes = {"ref": f"{column_letters(cell[1])}{cell[0]}", "authorId": str(names.index(AUTHOR))}
            listed.append(listed.makeelement(f"{space}comment", attributes))
            place = listed[-1]
            place.append(place.makeelement(f"{space}text"))
            place = place[0]
        if place is not None:
            place.append(etree.fromstring(_run(words, etree.QName(root).namespace or "")))


def _run(words: str, space: str) -> str:
    return f'<r xmlns="{space}"><t xml:space="preserve">{escape(words)}</t></r>'


def _address(ref: str) -> Address:
    letters = ref.rstrip("0123456789")
    return int(ref[len(letters) :] or 1), column_number(letters)


def _with_notes(vml: bytes, removed: Sequence[Address], marks: Mapping[Address, Mark]) -> bytes:
    """Return a drawing with the boxes of removed comments gone and those of new ones added."""
    gone, kept = set(removed), set()

    def keep(shape: re.Match[bytes]) -> bytes:
        cell = _SHAPE_CELL.search(shape[0])
        address = (int(cell[1]) + 1, int(cell[2]) + 1) if cell else (0, 0)
        if address in gone:
            return b""
        kept.add(address)
        return shape[0]

    vml = _SHAPE.sub(keep, vml)
    notes = "".join(
        _NOTE.format(number=number, row=row - 1, column=column - 1, height=_height(mark.words))
        for number, ((row, column), mark) in enumerate(marks.items(), start=_FIRST_NOTE)
        if (row, column) not in kept
    )
    end = vml.rfind(b"</xml>")
    return vml[:end] + notes.encode() + vml[end:]


def _height(words: str) -> int:
    return min(400, 30 + 18 * (words.count("\n") + 1 + len(words) // 24))
