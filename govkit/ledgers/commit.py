"""Commits of the store: who imported which files when, what changed, and how a commit is written as a row."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex
from typing import NotRequired, TypedDict

import pandas as pd
import pyarrow as pa

from govkit.core.i18n import gettext as _
from govkit.ledgers.declare import Ledger
from govkit.ledgers.submission import Submission

ERASE, VACUUM = "erase", "vacuum"
"""The actions of commits that change the past: a person was erased from every version; old versions were dropped."""


@dataclass(frozen=True)
class Source:
    """A file that an import read."""

    name: str
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "Source":
        """Return the name and hash of a file."""
        return cls(path.name, hashlib.sha256(path.read_bytes()).hexdigest())

    @classmethod
    def of_words(cls, words: str) -> "Source":
        """Return the source of a commit that read no file."""
        return cls(words, hashlib.sha256(words.encode()).hexdigest())

    @classmethod
    def of_reports(cls, reports: Iterable[Submission]) -> "list[Source]":
        """Return the sources of what units reported without a row."""
        return [cls(one.source, one.sha256) for one in dict.fromkeys(reports)]

    @classmethod
    def of_entry(cls, ledger: Ledger, rows: pd.DataFrame) -> "Source":
        """Return the source of rows entered by hand: the ledger's title and the rows' salted hash.

        Without a salt the hash of a single row would let anyone try names against it.
        """
        words = token_hex(16) + rows[ledger.names].astype("str").to_csv(index=False)
        return cls(
            _("entered by hand: {ledger}").format(ledger=ledger.title), hashlib.sha256(words.encode()).hexdigest()
        )


@dataclass(frozen=True)
class Change:
    """The numbers of rows that an import added, changed and removed in a ledger, and of those it holds after."""

    ledger: str
    added: int
    changed: int
    removed: int
    rows: int


@dataclass(frozen=True)
class Commit:
    """One version of the store.

    :ivar version: its number, from 1.
    :ivar time: when it was made (UTC).
    :ivar person: who made it.
    :ivar action: ``import``, ``undo``, ``correct``, ``withdraw`` (of a correction), ``report`` (what units reported),
        ``erase`` or ``vacuum``.
    :ivar note: a remark that documents made from it carry.
    :ivar sources: the files that were read.
    :ivar changes: the changes of each ledger it touched.
    :ivar tables: ledger code → version of its Delta table.
    :ivar undoes: the version that it undoes.
    :ivar entry: the hash of its entry in the audit log, which is written first; none behind a URL and in 0.1.0.
    :ivar submissions: what units reported with it.
    :ivar dropped: its rows were dropped by retention; who made it from what is kept.
    """

    version: int
    time: dt.datetime
    person: str
    action: str
    note: str
    sources: tuple[Source, ...]
    changes: tuple[Change, ...]
    tables: Mapping[str, int]
    undoes: int | None = None
    entry: str = ""
    submissions: tuple[Submission, ...] = ()
    dropped: bool = False


COMMIT_SCHEMA = pa.schema(
    [
        ("version", pa.int64()),
        ("time", pa.string()),
        ("person", pa.string()),
        ("action", pa.string()),
        ("note", pa.string()),
        ("sources", pa.string()),
        ("changes", pa.string()),
        ("tables", pa.string()),
        ("undoes", pa.int64()),
        ("entry", pa.string()),
        ("submissions", pa.string()),
    ]
)
"""Columns of the commits table."""
NOTHING = Commit(0, dt.datetime(1970, 1, 1, tzinfo=dt.UTC), "", "", "", (), (), {})
"""The commit of a store that nothing was imported into."""


class CommitRow(TypedDict):
    """A row of the commits table; nested values are JSON."""

    version: int
    time: str
    person: str
    action: str
    note: str
    sources: str
    changes: str
    tables: str
    undoes: int | None
    entry: NotRequired[str | None]
    submissions: NotRequired[str | None]


def commit_row(commit: Commit) -> CommitRow:
    """Return a commit as a row of the commits table."""
    return CommitRow(
        version=commit.version,
        time=commit.time.isoformat(),
        person=commit.person,
        action=commit.action,
        note=commit.note,
        sources=json.dumps([asdict(source) for source in commit.sources], ensure_ascii=False),
        changes=json.dumps([asdict(change) for change in commit.changes]),
        tables="null" if commit.dropped else json.dumps(dict(commit.tables), sort_keys=True),
        undoes=commit.undoes,
        entry=commit.entry,
        submissions=json.dumps([asdict(one) for one in commit.submissions], ensure_ascii=False),
    )


def commit_from(row: CommitRow) -> Commit:
    """Return the commit of a row of the commits table."""
    return Commit(
        version=row["version"],
        time=dt.datetime.fromisoformat(row["time"]),
        person=row["person"],
        action=row["action"],
        note=row["note"],
        sources=tuple(Source(**source) for source in json.loads(row["sources"])),
        changes=tuple(Change(**change) for change in json.loads(row["changes"])),
        tables=json.loads(row["tables"]) or {},
        undoes=row["undoes"],
        entry=row.get("entry") or "",
        submissions=tuple(Submission(**one) for one in json.loads(row.get("submissions") or "[]")),
        dropped=row["tables"] == "null",
    )
