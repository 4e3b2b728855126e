"""A workbook that arrived: its cells, when it was last saved, and what was recognised in it."""

import datetime as dt
import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from lxml import etree

from govkit.core.errors import Problem, Where
from govkit.ledgers.collect.incoming import Arrived
from govkit.ledgers.places import Place, Places
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.sheets import read_here
from govkit.ledgers.read.table import Table
from govkit.ledgers.submission import Submission

_OURS_UNTIL = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
"""Workbooks that we write bear a constant moment before this day, which says nothing."""
_CORE = "docProps/core.xml"
_MOST_CORE = 1 << 16
_MODIFIED = "{http://purl.org/dc/terms/}modified"
_CHUNK = 1 << 20


@dataclass
class Delivery:
    """A workbook that arrived, and what was recognised in it.

    :ivar arrived: where it lies, and its name as it was sent.
    :ivar unit: whose it is; None where nothing tells.
    :ivar month: for which month, like ``2015-09``; an empty text where nothing tells.
    :ivar stated: whether the month is stated, so that rows of other months are older matters that were carried on.
    :ivar told_by: what the unit and the month were told by, in words.
    :ivar month_at: where the month stands.
    :ivar tables: what was found on its sheets.
    :ivar nil: ledger code → where the unit declares that there was nothing.
    :ivar unfilled: the ledgers that have a sheet with neither rows nor a declaration.
    :ivar saved: when the workbook was last saved, as it says itself.
    :ivar sha256: the hash of the file.
    :ivar content: the hash of what its cells hold.
    :ivar filler: who filled it in.
    :ivar problems: what is wrong with it as a whole.
    :ivar known: the ledgers that were taken from this very file before; it was not read again.
    """

    arrived: Arrived
    unit: Place | None = None
    month: str = ""
    stated: bool = False
    told_by: tuple[str, str] = ("", "")
    month_at: Where | None = None
    tables: list[Table | Problem] = field(default_factory=list)
    nil: dict[str, Where] = field(default_factory=dict)
    unfilled: list[str] = field(default_factory=list)
    saved: dt.datetime | None = None
    sha256: str = ""
    content: str = ""
    filler: str = ""
    problems: list[Problem] = field(default_factory=list)
    known: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The workbook's name as it was sent."""
        return self.arrived.name

    @property
    def codes(self) -> set[str]:
        """The ledgers that it reports: with rows, or as nothing."""
        return {item.ledger.code for item in self.tables if isinstance(item, Table)} | set(self.nil) | self.known

    def names(self) -> Iterator[str]:
        """Yield what names it: its file, then its folder or archive outwards, then its mail."""
        yield from reversed(self.arrived.name.split("/"))
        yield self.arrived.subject


def known_delivery(arrived: Arrived, sha256: str, taken: Sequence[Submission], places: Places) -> Delivery:
    """Return a workbook as it was recognised when it was taken, without reading it."""
    first = taken[0]
    return Delivery(
        arrived,
        places[first.unit],
        first.month,
        stated=True,
        saved=dt.datetime.fromisoformat(first.saved) if first.saved else None,
        sha256=sha256,
        content=sha256,
        filler=first.filler,
        known=frozenset(one.ledger for one in taken),
    )


def read_with_properties(path: Path) -> tuple[str, dict[str, Sheet], dt.datetime | None]:
    """Return the hash of a file, its sheets, and when it was last saved, where it says so; in the capped child."""
    return file_hash(path), read_here(path), _saved(path)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes; an empty text where it cannot be read."""
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
    except OSError:
        return ""
    return found.hexdigest()


def cells_hash(sheets: Iterable[Sheet]) -> str:
    """Return a hash of what the cells of sheets hold, whatever their formats and the file's own moments."""
    found = hashlib.sha256()
    for sheet in sheets:
        found.update(sheet.name.encode())
        if not sheet.cells.empty:
            found.update(pd.util.hash_pandas_object(sheet.cells.astype("str"), index=True).to_numpy().tobytes())
    return found.hexdigest()


def _saved(path: Path) -> dt.datetime | None:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_CORE) as file:
            content = file.read(_MOST_CORE)
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        words = etree.fromstring(content, parser).findtext(_MODIFIED) or ""
        moment = dt.datetime.fromisoformat(words)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, etree.LxmlError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return moment if moment > _OURS_UNTIL else None
