"""An .xlsx file as a package of parts, of which a few are changed and all others copied as they are.

What is not understood is kept: pictures, charts, widths, pivot tables. Large parts are streamed.
"""

import copy
import posixpath
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from lxml import etree

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_WORKBOOK = "xl/workbook.xml"
_SECTIONS = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles")
_NO_STYLES = b"""<styleSheet xmlns="%s"><fonts count="1"><font><sz val="11"/></font></fonts><fills count="2"><fill>
<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1">
<border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf/></cellXfs></styleSheet>"""


class Package:
    """The parts of a workbook, read from its archive when first needed, and those that were changed."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.workbook = self.xml(_WORKBOOK)
        self.main = etree.QName(self.workbook).namespace or ""
        self.office = _STRICT if self.main.startswith("http://purl.oclc.org") else _OFFICE
        self._changed: dict[str, etree._Element | bytes] = {}
        self._types = self.xml("[Content_Types].xml")
        self.change("[Content_Types].xml", self._types)
        self.change(_WORKBOOK, self.workbook)

    def xml(self, name: str) -> etree._Element:
        """Return the root of a part."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        return etree.fromstring(self.archive.read(name), parser)

    def change(self, name: str, content: "etree._Element | bytes") -> None:
        """Replace or add a part."""
        self._changed[name] = content

    def has(self, name: str) -> bool:
        """Return whether the package has this part."""
        return name in self._changed or name in self.archive.namelist()

    def unused(self, pattern: str) -> str:
        """Return a part name that is not taken; the pattern has a place for a number."""
        return next(name for number in range(1, 100_000) if not self.has(name := pattern.format(number)))

    def sheets(self) -> dict[str, str]:
        """Return sheet title → part name, worksheets only, in their order."""
        relations = self.relations(_WORKBOOK)
        found = {}
        for sheet in self.workbook.iter("{*}sheet"):
            kind, target = relations.get(sheet.get(f"{{{self.office}}}id", ""), ("", ""))
            if kind == "worksheet" and target in self.archive.NameToInfo:
                found[sheet.get("name", "")] = target
        return found

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the relations of a part: id → kind (the last word of its type) and the part it leads to."""
        found = {}
        for relation in self._relations(part):
            target = relation.get("Target", "")
            name = target.lstrip("/") if target.startswith("/") else posixpath.join(posixpath.dirname(part), target)
            found[relation.get("Id", "")] = relation.get("Type", "").rpartition("/")[2], posixpath.normpath(name)
        return found

    def relate(self, part: str, kind: str, target: str) -> str:
        """Add a relation of a part to another and return its id."""
        root = self._relations(part)
        taken = {relation.get("Id") for relation in root}
        identity = next(f"rId{number}" for number in range(1, 100_000) if f"rId{number}" not in taken)
        attributes = {"Id": identity, "Type": f"{self.office}/{kind}", "Target": f"/{target}"}
        root.append(root.makeelement(f"{{{_PACKAGE}/relationships}}Relationship", attributes))
        return identity

    def forget_relations(self, part: str) -> None:
        """Remove the relations of a part."""
        self.change(_relations_of(part), etree.Element(f"{{{_PACKAGE}/relationships}}Relationships"))

    def _relations(self, part: str) -> etree._Element:
        name = _relations_of(part)
        known = self._changed.get(name)
        if not isinstance(known, etree._Element):
            blank = etree.Element(f"{{{_PACKAGE}/relationships}}Relationships")
            known = self.xml(name) if self.has(name) else blank
            self.change(name, known)
        return known

    def declare(self, part: str, kind: str) -> None:
        """Declare the content type of a new part, such as ``worksheet``."""
        space = f"{{{_PACKAGE}/content-types}}"
        if kind == "vmlDrawing":
            if not any((d.get("Extension") or "").lower() == "vml" for d in self._types.iter(f"{space}Default")):
                attributes = {
                    "Extension": "vml",
                    "ContentType": "application/vnd.openxmlformats-officedocument.vmlDrawing",
                }
                self._types.insert(0, self._types.makeelement(f"{space}Default", attributes))
            return
        if not any(o.get("PartName") == f"/{part}" for o in self._types.iter(f"{space}Override")):
            attributes = {"PartName": f"/{part}", "ContentType": f"{_SPREADSHEET}.{kind}+xml"}
            self._types.append(self._types.makeelement(f"{space}Override", attributes))

    def first_sheet(self, title: str) -> str:
        """Return the part of the sheet of this title; add it before all others where there is none, and open there."""
        known = self.sheets().get(title)
        position = list(self.sheets()).index(title) if known else 0
        for view in self.workbook.iter("{*}workbookView"):
            view.set("activeTab", str(position))
            view.attrib.pop("firstSheet", None)
        if known:
            return known
        part = self.unused("xl/worksheets/sheet{}.xml")
        sheets = next(self.workbook.iter("{*}sheets"))
        number = max((int(sheet.get("sheetId", "0")) for sheet in sheets), default=0) + 1
        attributes = {"name": title, "sheetId": str(number)}
        sheet = sheets.makeelement(f"{{{self.main}}}sheet", attributes)
        sheet.set(f"{{{self.office}}}id", self.relate(_WORKBOOK, "worksheet", part))
        sheets.insert(0, sheet)
        for name in self.workbook.iter("{*}definedName"):
            if name.get("localSheetId"):
                name.set("localSheetId", str(int(name.get("localSheetId", "0")) + 1))
        self.declare(part, "worksheet")
        return part

    def styles(self) -> "Styles":
        """Return the workbook's formats, to which more can be added."""
        part = next((target for kind, target in self.relations(_WORKBOOK).values() if kind == "styles"), "")
        if not part:
            part = "xl/styles.xml"
            self.relate(_WORKBOOK, "styles", part)
            self.declare(part, "styles")
            self.change(part, etree.fromstring(_NO_STYLES % self.main.encode()))
        known = self._changed.get(part)
        root = known if isinstance(known, etree._Element) else self.xml(part)
        self.change(part, root)
        return Styles(root, self.main)

    def write(self, target: Path, streams: Mapping[str, Iterable[bytes]], comment: bytes) -> None:
        """Write the package: changed parts, streamed parts, and all others as they were.

        :param streams: part → its new content, which is written first, since it may change other parts.
        :param comment: the archive's comment, which no other program keeps.
        """
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
            made.comment = comment
            for name, chunks in streams.items():
                with made.open(name, "w") as part:
                    for chunk in chunks:
                        part.write(chunk)
            for name, content in self._changed.items():
                plain = content if isinstance(content, bytes) else _serialised(content)
                made.writestr(name, plain)
            for name in self.archive.namelist():
                if name not in streams and name not in self._changed and not name.endswith("/"):
                    with self.archive.open(name) as source, made.open(name, "w") as part:
                        while chunk := source.read(1 << 20):
                            part.write(chunk)


def _relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return f"{folder}/_rels/{name}.rels"


def _serialised(root: etree._Element) -> bytes:
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written


class Styles:
    """The cell formats of a workbook: numbers that cells name, each a combination of font, fill, borders."""

    def __init__(self, root: etree._Element, main: str) -> None:
        self._root = root
        self._main = main
        self._formats = self._section("cellXfs")
        self._filled: dict[tuple[int, str], int] = {}
        self._fills: dict[str, int] = {}
        self._ours: set[str] = set()

    def _section(self, name: str) -> etree._Element:
        found = self._root.find(f"{{*}}{name}")
        if found is None:
            found = self._root.makeelement(f"{{{self._main}}}{name}")
            later = set(_SECTIONS[_SECTIONS.index(name) + 1 :]) | {"colors", "extLst"}
            before = (n for n, child in enumerate(self._root) if etree.QName(child).localname in later)
            self._root.insert(next(before, len(self._root)), found)
        return found

    def _append(self, section: etree._Element, child: etree._Element) -> int:
        section.append(child)
        section.set("count", str(len(section)))
        return len(section) - 1

    def _made(self, written: str) -> etree._Element:
        return etree.fromstring(f'<x xmlns="{self._main}">{written}</x>')[0]

    def fill(self, colour: str) -> int:
        """Return the number of a solid fill."""
        if colour not in self._fills:
            made = f'<fill><patternFill patternType="solid"><fgColor rgb="{colour}"/></patternFill></fill>'
            self._fills[colour] = self._append(self._section("fills"), self._made(made))
        return self._fills[colour]

    def filled(self, number: int, colour: str) -> int:
        """Return the format ``number`` with another fill; no fill where the colour is an empty text."""
        key = (number, colour)
        if key not in self._filled:
            made = self._clone(number)
            made.set("fillId", str(self.fill(colour)) if colour else "0")
            made.set("applyFill", "1")
            self._filled[key] = self._append(self._formats, made)
        return self._filled[key]

    def has_fill(self, number: int, colours: Iterable[str]) -> bool:
        """Return whether a format has a solid fill of one of these colours."""
        fills = self._section("fills")
        index = int(self._clone(number).get("fillId") or 0)
        colour = fills[index].find(".//{*}fgColor") if index < len(fills) else None
        return colour is not None and colour.get("rgb") in set(colours)

    def text(self, font: str = "", colour: str = "", wrap: bool = False) -> int:
        """Return a new format of text.

        :param font: XML of what its font has beside that of the standard one.
        """
        fonts = self._section("fonts")
        made = self._made(
            '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" applyNumberFormat="1" quotePrefix="1"/>'
        )
        if font:
            own = copy.deepcopy(fonts[0]) if len(fonts) else self._made("<font/>")
            for part in self._made(f"<font>{font}</font>"):
                for same in own.findall(f"{{*}}{etree.QName(part).localname}"):
                    own.remove(same)
                own.insert(0, part)
            made.set("fontId", str(self._append(fonts, own)))
            made.set("applyFont", "1")
        if colour:
            made.set("fillId", str(self.fill(colour)))
            made.set("applyFill", "1")
        if wrap:
            made.append(self._made('<alignment vertical="top" wrapText="1"/>'))
            made.set("applyAlignment", "1")
        return self._append(self._formats, made)

    def _clone(self, number: int) -> etree._Element:
        known = number < len(self._formats)
        return copy.deepcopy(self._formats[number]) if known else self._made('<xf numFmtId="0"/>')
