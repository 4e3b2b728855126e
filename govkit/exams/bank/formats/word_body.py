"""The body of a Word file as lines and tables: numbers of lists written out, tracked changes as accepted.

Runs that are bold, coloured, underlined or highlighted are marked, for an answer may stand in them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path, PurePosixPath

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.formats.limits import Element, parse_xml
from govkit.exams.bank.formats.lines import Emphasis, Inlays, Line
from govkit.exams.bank.formats.word_math import M, linear, mathml
from govkit.exams.bank.formats.word_numbering import Numbering, W, numbering
from govkit.exams.bank.markup import checked_image

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_TEXT_BOX = f"{W}txbxContent"
_OUT = {f"{W}del", f"{W}moveFrom"}
_CHANGES = {*_OUT, f"{W}ins", f"{W}moveTo"}
_PLAIN_COLOURS = {"", "auto", "000000"}
_SYMBOLS = {"f0fc": "√", "f0fb": "×", "f052": "√", "f051": "×", "f0fe": "√", "f0fd": "×", "f050": "√", "f04f": "×"}
_UNSET = {"0", "false", "off", "none"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the lines of each cell by rows, and its place."""

    rows: list[list[list[Line]]]
    where: Where


@dataclass(slots=True)
class WordBody:
    """A Word file that is being read: its parts, its lists and styles, and what was found in it."""

    path: Path
    members: dict[str, bytes]
    inlays: Inlays = field(default_factory=Inlays)
    problems: list[Problem] = field(default_factory=list)
    root: Element | None = None
    elements: dict[str, Element] = field(default_factory=dict)
    paragraphs: int = 0
    changes: int = 0
    _lists: Numbering = field(default_factory=lambda: Numbering({}, {}))
    _related: dict[str, str] = field(default_factory=dict)
    _numbered: dict[str, tuple[str, int]] = field(default_factory=dict)
    _styled: dict[str, frozenset[Emphasis]] = field(default_factory=dict)
    _code: list[str] = field(default_factory=list)
    _carried: list[tuple[str, frozenset[Emphasis]]] = field(default_factory=list)

    def blocks(self) -> Iterator[Line | Table]:
        """Yield the lines and tables of the body in their order."""
        root = self.root = self._part("word/document.xml")
        assert root is not None  # noqa: S101  -- the caller has looked
        self._lists = numbering(self._part("word/numbering.xml"))
        self._read_styles()
        relations = self._part("word/_rels/document.xml.rels")
        for each in relations if relations is not None else ():
            self._related[each.get("Id") or ""] = each.get("Target") or ""
        body = root.find(f"{W}body")
        yield from self._blocks_in(body if body is not None else root)

    def _part(self, name: str) -> Element | None:
        data = self.members.get(name)
        return parse_xml(data, f"{self.path}:{name}") if data is not None else None

    def _read_styles(self) -> None:
        root = self._part("word/styles.xml")
        bases: dict[str, str] = {}
        for style in root.iterfind(f"{W}style") if root is not None else ():
            name = style.get(f"{W}styleId") or ""
            base = style.find(f"{W}basedOn")
            bases[name] = base.get(f"{W}val", "") if base is not None else ""
            found = style.find(f"{W}pPr/{W}numPr")
            if found is not None:
                self._numbered[name] = _list_of(found)
            if style.get(f"{W}type") == "character":
                self._styled[name] = _emphasis(style.find(f"{W}rPr"))
        for name, first in bases.items():
            base, seen = first, {name}
            while name not in self._numbered and base and base not in seen:
                seen.add(base)
                if base in self._numbered:
                    self._numbered[name] = self._numbered[base]
                base = bases.get(base, "")

    def _blocks_in(self, parent: Element) -> Iterator[Line | Table]:
        for child in parent:
            if child.tag == f"{W}p":
                yield from self._paragraph(child)
            elif child.tag == f"{W}tbl":
                yield self._table(child)
            elif child.tag in _OUT:
                self.changes += 1
            elif isinstance(child.tag, str) and child.tag not in {f"{W}sectPr", f"{W}sdtPr", f"{W}sdtEndPr"}:
                yield from self._blocks_in(child)

    def _paragraph(self, paragraph: Element) -> Iterator[Line]:
        """Yield the lines of a paragraph, and then those of its text boxes."""
        self.paragraphs += 1
        where = Where(str(self.path), item=_("paragraph {number}").format(number=self.paragraphs))
        self.elements[where.item] = paragraph
        settings = paragraph.find(f"{W}pPr")
        runs = [*self._carried, *self._runs(paragraph)]
        self._carried = []
        mark = settings.find(f"{W}rPr/{W}del") if settings is not None else None
        if mark is not None:
            self.changes += 1
            self._carried = runs
            return
        label = self._label(settings) if runs else ""
        if label and "".join(text for text, _kinds in runs).strip():
            runs = [(label, frozenset()), *runs]
        yield from _lines(runs, where)
        for box in _boxes(paragraph):
            yield from (each for each in self._blocks_in(box) if isinstance(each, Line))

    def _label(self, settings: Element | None) -> str:
        if settings is None:
            return ""
        own, style = settings.find(f"{W}numPr"), settings.find(f"{W}pStyle")
        inherited = self._numbered.get(style.get(f"{W}val", "") if style is not None else "")
        if own is None and inherited is None:
            return ""
        number, depth = _list_of(own) if own is not None else ("", 0)
        number = number or (inherited[0] if inherited else "")
        return self._lists.label(number, depth) if number not in {"", "0"} else ""

    def _runs(self, parent: Element) -> Iterator[tuple[str, frozenset[Emphasis]]]:
        """Yield the texts of runs with their emphasis."""
        for child in parent:
            if not isinstance(child.tag, str):
                continue
            self.changes += child.tag in _CHANGES
            if child.tag == f"{W}r":
                yield from self._run(child)
            elif child.tag in {f"{M}oMath", f"{M}oMathPara"}:
                yield self.inlays.put(mathml(child), linear(child)), frozenset()
            elif child.tag == f"{_MC}AlternateContent":
                yield from self._runs(child[0])
            elif child.tag not in _OUT and child.tag not in {f"{W}pPr", f"{W}sdtPr", _TEXT_BOX}:
                yield from self._runs(child)

    def _run(self, run: Element) -> Iterator[tuple[str, frozenset[Emphasis]]]:
        settings = run.find(f"{W}rPr")
        kinds = _emphasis(settings)
        style = settings.find(f"{W}rStyle") if settings is not None else None
        kinds |= self._styled.get(style.get(f"{W}val", ""), frozenset()) if style is not None else frozenset()
        text = "".join(self._content(run))
        if not text:
            return
        place = settings.find(f"{W}vertAlign") if settings is not None else None
        if "underline" in kinds and len(text) > 1 and not text.strip(" \t\u00a0\u3000"):
            text, kinds = "____", kinds - {"underline"}
        elif place is not None and place.get(f"{W}val") in {"superscript", "subscript"} and text.strip():
            tag = "sup" if place.get(f"{W}val") == "superscript" else "sub"
            text = self.inlays.put(f"<{tag}>{escape(text, quote=False)}</{tag}>", text)
        yield text, kinds

    def _content(self, run: Element) -> Iterator[str]:
        """Yield the texts in a run; instructions of fields are kept apart."""
        for child in run:
            tag = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
            if tag == "fldChar":
                yield from self._field(child.get(f"{W}fldCharType") or "")
            elif tag == "instrText":
                self._code.append(child.text or "")
            elif tag == "t":
                yield (child.text or "").replace("\u00a0", " ")
            elif tag in {"tab", "ptab"}:
                yield "\t"
            elif tag in {"br", "cr"}:
                yield "\n"
            elif tag == "noBreakHyphen":
                yield "-"
            elif tag == "sym":
                yield self._symbol(child)
            elif tag in {"drawing", "pict", "object", "AlternateContent"}:
                yield from self._pictures(child[0] if tag == "AlternateContent" and len(child) else child)
            elif tag in {"footnoteReference", "endnoteReference"}:
                yield self.inlays.fault(_("a footnote hangs on it"), _("write the note into the question"))

    def _field(self, kind: str) -> Iterator[str]:
        """Yield a fault at the end of a field that draws a formula."""
        if kind == "begin":
            self._code.append("\0")
        elif kind == "end" and self._code:
            code = ""
            while self._code and (piece := self._code.pop()) != "\0":
                code = piece + code
            if code.strip().upper().startswith("EQ"):
                what = _("the formula “{code}” is a field").format(code=code.strip()[:40])
                yield self.inlays.fault(what, _("write it with Word's equation editor"))

    def _symbol(self, symbol: Element) -> str:
        code = (symbol.get(f"{W}char") or "").lower()
        if code in _SYMBOLS and (symbol.get(f"{W}font") or "").startswith("Wingdings"):
            return _SYMBOLS[code]
        what = _("the symbol {code} of the font {font} is not known").format(code=code, font=symbol.get(f"{W}font"))
        return self.inlays.fault(what, _("type the sign itself"))

    def _pictures(self, parent: Element) -> Iterator[str]:
        for each in parent.iter():
            name = each.get(f"{_R}embed") if each.tag == _BLIP else None
            if isinstance(each.tag, str) and each.tag.endswith("}imagedata"):
                name = each.get(f"{_R}id")
            if name or each.tag == _BLIP:
                yield self._picture(name or "")

    def _picture(self, relation: str) -> str:
        target = self._related.get(relation, "")
        member = str(PurePosixPath("word") / target) if not target.startswith("/") else target[1:]
        data, name = self.members.get(member), PurePosixPath(target).name
        if data is None:
            what = _("the picture “{name}” is missing").format(name=name or relation)
            return self.inlays.fault(what, _("insert the picture again, not as a link"))
        image, problems = checked_image(name, data, Where(str(self.path)))
        if image is None:
            return self.inlays.fault(problems[0].what, problems[0].repair)
        return self.inlays.picture(image)

    def _table(self, table: Element) -> Table:
        where = Where(str(self.path), item=_("table after paragraph {number}").format(number=self.paragraphs))
        rows = []
        first = next(table.iter(f"{W}p"), None)
        if first is not None:
            self.elements[where.item] = first
        for row in table.iter(f"{W}tr"):
            if row.find(f"{W}trPr/{W}del") is not None:
                self.changes += 1
                continue
            cells = [
                [each for each in self._blocks_in(cell) if isinstance(each, Line)] for cell in row.iterfind(f"{W}tc")
            ]
            rows.append(cells)
        return Table(rows, where)


def html_table(table: Table, inlays: Inlays) -> str:
    """Return the character that stands for a table in a stem."""
    rows = [[" ".join(line.text.strip() for line in cell) for cell in row] for row in table.rows]
    cells = ["".join(f"<td>{inlays.as_html(text)}</td>" for text in row) for row in rows]
    html = "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"
    return inlays.put(html, " / ".join(inlays.as_plain(" ".join(row)) for row in rows))


def _list_of(settings: Element) -> tuple[str, int]:
    number, depth = settings.find(f"{W}numId"), settings.find(f"{W}ilvl")
    place = depth.get(f"{W}val", "0") if depth is not None else "0"
    return (number.get(f"{W}val", "") if number is not None else ""), int(place) if place.isdigit() else 0


def _on(element: Element | None) -> bool:
    return element is not None and (element.get(f"{W}val") or "1") not in _UNSET


def _emphasis(settings: Element | None) -> frozenset[Emphasis]:
    """Return the ways in which a run stands out."""
    if settings is None:
        return frozenset()
    found: set[Emphasis] = set()
    if _on(settings.find(f"{W}b")):
        found.add("bold")
    if _on(settings.find(f"{W}u")):
        found.add("underline")
    colour = settings.find(f"{W}color")
    if colour is not None and (colour.get(f"{W}val") or "").lower() not in _PLAIN_COLOURS:
        found.add("colour")
    shade = settings.find(f"{W}shd")
    if _on(settings.find(f"{W}highlight")) or (
        shade is not None and (shade.get(f"{W}fill") or "auto").lower() not in {"auto", "ffffff"}
    ):
        found.add("highlight")
    return frozenset(found)


def _lines(runs: list[tuple[str, frozenset[Emphasis]]], where: Where) -> Iterator[Line]:
    """Yield the lines of runs, a line break ends one."""
    text, spans = "", list[tuple[Emphasis, int, int]]()
    for piece, kinds in runs:
        for number, part in enumerate(piece.split("\n")):
            if number:
                yield Line(text, where, _joined(spans))
                text, spans = "", []
            spans += [(kind, len(text), len(text) + len(part)) for kind in kinds if part]
            text += part
    yield Line(text, where, _joined(spans))


def _joined(spans: list[tuple[Emphasis, int, int]]) -> tuple[tuple[Emphasis, int, int], ...]:
    """Return spans, those that touch as one: Word cuts a phrase into several runs."""
    joined: list[tuple[Emphasis, int, int]] = []
    for kind, begin, end in sorted(spans):
        if joined and joined[-1][0] == kind and joined[-1][2] == begin:
            joined[-1] = kind, joined[-1][1], end
        else:
            joined.append((kind, begin, end))
    return tuple(joined)


def _boxes(paragraph: Element) -> list[Element]:
    """Return the text boxes of a paragraph, each once: Word writes them twice for older readers."""
    boxes = list(paragraph.iter(_TEXT_BOX))
    kept: list[Element] = []
    for box in boxes:
        twice = any(parent.tag == f"{_MC}Fallback" for parent in box.iterancestors())
        nested = any(parent in kept for parent in box.iterancestors())
        if not twice and not nested:
            kept.append(box)
    return kept


def told_changes(body: WordBody) -> list[Problem]:
    """Return the warning that tracked changes were taken as accepted."""
    if not body.changes:
        return []
    what = _("{count} tracked changes: the text is read as if all were accepted").format(count=body.changes)
    return [Problem(Where(str(body.path)), what, _("accept or reject the changes in Word"), "warning")]
