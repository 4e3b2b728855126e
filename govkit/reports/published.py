"""The register of published documents: each is kept with its hash and what it was made from; corrections name changes.

It lies in the store's folder ``published/``: ``register.jsonl``, a line an entry, only appended to, and a copy of every
file by its hash. An entry is ``published``, or ``submitted`` until a second person approves it where the setting
公开须二人 asks for two. A document that says something else than the one published before is a correction (更正): a
page of its own names what changed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from difflib import SequenceMatcher
from hashlib import sha256
from pathlib import Path
from typing import Literal

from filelock import FileLock

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import atomic_write
from govkit.core.html import render
from govkit.core.i18n import gettext as _
from govkit.rendering.privacy.extract import Unreadable, parts

FOLDER, REGISTER = "published", "register.jsonl"
CORRECTION = "更正"
_PREFERRED = ("html", "docx", "pdf")
_MOST_CHANGES = 200
Status = Literal["published", "submitted", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a correction changed: the text before and after, either may be empty."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of the register.

    :ivar number: from 1, in the order of the register.
    :ivar files: format → SHA-256 of the file.
    :ivar version: the version of the store that it was made from.
    :ivar template: the hash of the notebook that it was made with.
    :ivar approved_by: the second person, where two are asked for.
    :ivar corrects: the number of the entry that it corrects; 0 for none.
    """

    number: int
    at: str
    status: Status
    person: str
    report: str
    stem: str
    place: str
    period: str
    files: Mapping[str, str]
    version: int
    template: str
    approved_by: str = ""
    corrects: int = 0
    changes: Sequence[Change] = field(default_factory=tuple)


class Register:
    """The register of a store in a folder.

    :raises InputError: the register cannot be read.
    """

    def __init__(self, store: str | Path) -> None:
        self.folder = Path(store) / FOLDER
        self._path = self.folder / REGISTER

    def entries(self) -> list[Entry]:
        """Return the entries, the oldest first, each as it stands now."""
        found: dict[int, Entry] = {}
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
            for line in lines:
                values = json.loads(line)
                values["changes"] = tuple(Change(**change) for change in values["changes"])
                entry = Entry(**values)
                found[entry.number] = entry
        except (OSError, ValueError, TypeError, KeyError) as error:
            what = _("the register of what was published cannot be read")
            raise InputError(Problem(Where(str(self._path)), what, _("Restore it from a copy"))) from error
        return list(found.values())

    def content(self, entry: Entry, fmt: str) -> bytes:
        """Return a file of an entry as it was published.

        :raises InputError: the copy is gone, or is not what was published any more.
        """
        path = self._copy(entry.files[fmt], fmt)
        content = path.read_bytes() if path.is_file() else b""
        if sha256(content).hexdigest() != entry.files[fmt]:
            what = _("the kept copy of “{stem}” is gone or was changed").format(stem=entry.stem)
            raise InputError(Problem(Where(str(path)), what, _("Restore it from a copy")))
        return content

    def add(
        self,
        files: Mapping[str, bytes],
        *,
        person: str,
        report: str,
        stem: str,
        place: str,
        period: str,
        version: int,
        template: str,
        needs_two: bool = False,
    ) -> Entry | None:
        """Enter a document and keep its files; return None if the same was entered last.

        :param files: format → the file.
        :param needs_two: it counts as published when a second person has approved it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        hashes = {fmt: sha256(content).hexdigest() for fmt, content in sorted(files.items())}
        with FileLock(f"{self._path}.lock", timeout=30):
            entries = self.entries()
            same = [one for one in entries if (one.report, one.place, one.period) == (report, place, period)]
            if same and dict(same[-1].files) == hashes:
                return None
            before = next((one for one in reversed(same) if one.status == "published"), None)
            changes = self._changes(before, files) if before else ()
            for fmt, content in files.items():
                atomic_write(self._copy(hashes[fmt], fmt), content)
            entry = Entry(
                number=len(entries) + 1,
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                status="submitted" if needs_two else "published",
                person=person,
                report=report,
                stem=stem,
                place=place,
                period=period,
                files=hashes,
                version=version,
                template=template,
                corrects=before.number if before and changes else 0,
                changes=changes,
            )
            self._append(entry)
        return entry

    def approve(self, hash_: str, person: str) -> Entry:
        """Publish a submitted document, by the hash of one of its files, as its second person; return its entry.

        One that is published already stays as it is.

        :raises InputError: no submitted document has such a file, or the person submitted it.
        """
        with FileLock(f"{self._path}.lock", timeout=30):
            found = [one for one in self.entries() if hash_ in one.files.values()]
            waiting = [one for one in found if one.status == "submitted"]
            if found and not waiting:
                return found[-1]
            if not waiting:
                what = _("nobody has submitted this file for publication")
                repair = _("Render it with `govkit report render`, and change nothing in the file")
                raise InputError(Problem(Where(hash_[:16]), what, repair))
            entry = waiting[-1]
            if person.strip().casefold() == entry.person.strip().casefold():
                what = _("{person} submitted it, and the second person must be somebody else").format(person=person)
                raise InputError(Problem(Where(entry.stem), what, _("Let a colleague approve it, with --by")))
            approved = replace(entry, status="published", approved_by=person)
            self._append(approved)
        return approved

    def _append(self, entry: Entry) -> None:
        line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
        before = self._path.read_bytes() if self._path.exists() else b""
        atomic_write(self._path, before + line.encode())

    def _copy(self, hash_: str, fmt: str) -> Path:
        return self.folder / f"{hash_}.{fmt}"

    def _changes(self, before: Entry, files: Mapping[str, bytes]) -> tuple[Change, ...]:
        """Return what differs in the text of a format that both have; in none of them, the whole document."""
        for fmt in _PREFERRED:
            if fmt in files and fmt in before.files:
                return changes(said(fmt, self.content(before, fmt)), said(fmt, files[fmt]))
        return (Change(before.stem, before.stem),)


def said(fmt: str, content: bytes) -> list[str]:
    """Return the lines that a reader of a document sees, without its provenance."""
    name = f"_.{fmt}"
    if fmt == "html":
        from lxml import html as lxml_html

        tree = lxml_html.document_fromstring(content.decode("utf-8"))
        for node in tree.xpath("//*[contains(@class, 'gk-provenance')]|//style|//script|//title"):
            node.drop_tree()
        content = lxml_html.tostring(tree, encoding="utf-8")
    try:
        text = next(part.text for part in parts(name, content) if part.kind == "text" and part.text.strip())
    except (Unreadable, StopIteration):
        return []
    return [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]


def changes(before: Sequence[str], after: Sequence[str]) -> tuple[Change, ...]:
    """Return the runs of lines that differ, in their order.

    >>> changes(["办结12件", "公开"], ["办结13件", "公开"])
    (Change(before='办结12件', after='办结13件'),)
    """
    found = [
        Change("；".join(before[i1:i2]), "；".join(after[j1:j2]))
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if tag != "equal"
    ]
    return tuple(found[:_MOST_CHANGES])


def correction_page(entry: Entry, before: Entry) -> bytes:
    """Return the page (更正) that names what a document changed in the one published before."""
    shown = {"title": entry.stem, "before": before.at[:10], "changes": entry.changes}
    return f"{render('reports/correction.html', **shown)}\n".encode()
