"""The Delta tables of a store: opening, reading, writing, and the lock that its writers take in turns.

A write succeeds only if it makes the very next version after the one that was opened (compare and swap). Delta's own
conflict check is not enough: an overwrite of an empty table removes no file, so two of them at once would both stay.
Before that, writers of a store in a folder take turns by a lock, which the system releases when a process dies.
"""

import random
import re
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Literal, TypedDict, TypeVar
from urllib.parse import unquote

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import (
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.fs import DeltaStorageHandler
from pyarrow import fs

from govkit.core.errors import InputError, InternalError, Problem, Where
from govkit.core.files import locked, login_name
from govkit.core.i18n import gettext as _

T = TypeVar("T")
LOCK = ".lock"
"""File name of the lock of a store in a folder."""
LOCK_SECONDS = 120.0
"""How long a writer waits for the writers before it."""
YEAR = "_year"
"""The column that journals are partitioned by: the year of the ledger's own date."""
_GROUP_ROWS = 131_072
"""Rows of a group of a Parquet file; a reader skips the groups that hold no row of the place it asks for."""
PATIENCE = {
    "timeout": "60s",
    "connect_timeout": "10s",
    "max_retries": "4",
    "retry_timeout": "120s",
    "backoff_config.init_backoff": "200ms",
    "backoff_config.max_backoff": "5s",
}
"""How long an object store is waited for and how often it is asked again, as deltalake's storage options."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CHECKPOINT = "_last_checkpoint"
_ONCE = CommitProperties(max_commit_retries=0)
_KEEP_HISTORY = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)
"""Every version stays readable: Delta would otherwise drop log entries that are older than 30 days."""


class Overtaken(InputError):
    """Somebody else wrote the version that a writer was about to write; nothing of the writer's was kept."""


class _How(TypedDict):
    """How every write is done."""

    writer_properties: WriterProperties
    commit_properties: CommitProperties
    post_commithook_properties: PostCommitHookProperties


class Tables:
    """The Delta tables under a folder, or under any URL that Delta Lake accepts.

    :param remember: keep each table open and its newest rows in memory, for many small commits in a row.
    """

    def __init__(self, url: str, *, remember: bool = False) -> None:
        self.url, self._remember = url, remember
        self._opened: dict[str, DeltaTable] = {}
        self._newest: dict[str, tuple[int, pa.Table]] = {}

    @property
    def folder(self) -> Path | None:
        """The folder of the store; None for a store behind a URL."""
        return None if "://" in self.url else Path(self.url)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let one writer at a time into a store in a folder; a store behind a URL has no lock.

        :raises InputError: other writers held the store for longer than ``LOCK_SECONDS``.
        :raises InternalError: the folder cannot be written.
        """
        if self.folder is None:
            yield
            return
        from filelock import FileLock, Timeout

        lock = FileLock(self.folder / LOCK, timeout=LOCK_SECONDS)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout as error:
            raise InputError(_busy(self.url)) from error
        except OSError as error:
            raise InternalError(self._unwritable("", error)) from error
        try:
            yield
        finally:
            lock.release()

    def open(self, code: str, version: int | None = None) -> DeltaTable | None:
        """Return a table as of a version, the latest by default; None where there is none.

        :raises InputError: this user may not read the store's folder.
        :raises InternalError: the table is damaged.
        """
        try:
            if not self._remember:
                return self._table(code, version)
            kept = self._opened.get(code)
            if kept is None:
                kept = self._opened[code] = self._table(code)
            elif version is None:
                kept.update_incremental()
            return kept if version in {None, kept.version()} else self._table(code, version)
        except TableNotFoundError:
            self._refuse_locked(code)
            return None
        except (OSError, DeltaError) as error:
            self._refuse_locked(code)
            raise InternalError(self._unreadable(code, error)) from error

    def opened(self, code: str, version: int) -> DeltaTable:
        """Return a table as of a version that a commit names.

        :raises InternalError: the table is gone or damaged.
        """
        table = self.open(code, version)
        if table is None:
            raise InternalError(self.damaged(code))
        return table

    def latest(self, code: str) -> DeltaTable:
        """Return a table as of its latest version.

        :raises InternalError: the table is gone or damaged.
        """
        table = self.open(code)
        if table is None:
            raise InternalError(self.damaged(code))
        return table

    def rows(
        self, code: str, table: DeltaTable, columns: list[str] | None = None, where: pc.Expression | None = None
    ) -> pa.Table:
        """Return the rows of an opened table.

        :param columns: the columns to read, all by default.
        :raises InputError: this user may not read its files.
        :param where: a condition; files and groups of rows that cannot meet it are not read.
        :raises InternalError: the table is damaged.
        """
        newest = self._newest.get(code)
        if newest and newest[0] == table.version():
            found = newest[1] if where is None else newest[1].filter(where)
            return found.select(columns) if columns else found
        try:
            rows = self.dataset(code, table).to_table(columns=columns, filter=where)
        except (OSError, DeltaError, pa.ArrowException) as error:
            self._refuse_locked(code)
            raise InternalError(self._unreadable(code, error)) from error
        if self._remember and columns is None and where is None:
            self._newest[code] = (table.version(), rows)
        return rows

    def dataset(self, code: str, table: DeltaTable) -> ds.Dataset:
        """Return an opened table as a data set whose files are read when it is scanned."""
        return table.to_pyarrow_dataset(filesystem=self._filesystem(code))

    def created(self, code: str, schema: pa.Schema, description: str | None = None) -> DeltaTable:
        """Return a table, created empty if absent; one with the column ``_year`` is partitioned by it.

        :raises InternalError: it cannot be created.
        """
        table = self.open(code)
        if table is not None:
            return table
        try:
            return DeltaTable.create(
                self._path(code),
                schema,
                mode="error",
                description=description,
                partition_by=[YEAR] if YEAR in schema.names else None,
                storage_options=self._options,
            )
        except (OSError, DeltaError) as error:
            table = self.open(code)
            if table is None:
                raise InternalError(self._unwritable(code, error)) from error
            return table

    def write(
        self,
        base: DeltaTable,
        code: str,
        rows: pa.Table,
        *,
        mode: Literal["append", "overwrite"],
        years: Sequence[int] | None = None,
        onto: int | None = None,
        mark: Transaction | None = None,
    ) -> int:
        """Write rows as the version after the one that ``base`` was opened at, and return its number.

        :param years: overwrite the rows of these years only, whose files alone are replaced; by default all rows.
        :param onto: the version whose other years stay; later ones were undone, or their import died.
        :raises InputError: somebody else wrote that version.
        :raises InternalError: the table cannot be written.
        """
        once = CommitProperties(max_commit_retries=0, app_transactions=[mark] if mark else None)
        how = _How(
            writer_properties=WriterProperties(max_row_group_size=_GROUP_ROWS),
            commit_properties=once,
            post_commithook_properties=_KEEP_HISTORY,
        )
        try:
            if years is not None and onto is not None and base.version() != onto:
                base.restore(onto, commit_properties=once, post_commithook_properties=_KEEP_HISTORY)
            if mode == "append":
                write_deltalake(base, rows, mode=mode, schema_mode="merge", **how)
            else:
                write_deltalake(
                    base,
                    rows,
                    mode=mode,
                    schema_mode="overwrite" if years is None else "merge",
                    partition_by=[YEAR] if years is None and YEAR in rows.schema.names else None,
                    predicate=None if years is None else f"{YEAR} IN ({', '.join(map(str, years))})",
                    **how,
                )
        except CommitFailedError as error:
            raise Overtaken(written_meanwhile(self.url)) from error
        except (OSError, DeltaError) as error:
            raise InternalError(self._unwritable(code, error)) from error
        if self._remember and mode == "overwrite" and years is None:
            self._newest[code] = (base.version(), rows)
        return base.version()

    def compacted(self, code: str, version: int) -> int:
        """Join the small files of a table as of a version, and return the version that has the same rows in fewer.

        :raises InputError: somebody else wrote the table meanwhile.
        :raises InternalError: the table cannot be written.
        """
        base = self.latest(code)
        files = self.opened(code, version).file_uris()
        if len(files) == len({uri.rpartition("/")[0] for uri in files}):
            return version
        try:
            if base.version() != version:
                base.restore(version, commit_properties=_ONCE, post_commithook_properties=_KEEP_HISTORY)
            base.optimize.compact(commit_properties=_ONCE, post_commithook_properties=_KEEP_HISTORY)
        except CommitFailedError as error:
            raise Overtaken(written_meanwhile(self.url)) from error
        except (OSError, DeltaError) as error:
            raise InternalError(self._unwritable(code, error)) from error
        return base.version()

    def purged(self, code: str, versions: Collection[int]) -> int:
        """Delete the files of a table that neither these versions nor the latest need, and return how many those were.

        A latest version that is none of these (undone, or of an import that died) becomes the greatest of these.

        :raises InternalError: the files cannot be deleted.
        """
        base = self.latest(code)
        try:
            if versions and base.version() not in versions:
                base.restore(max(versions), commit_properties=_ONCE, post_commithook_properties=_KEEP_HISTORY)
            wanted, last = {f"_delta_log/{_CHECKPOINT}"}, base.version()
            for version in {*versions, last}:
                table = self._table(code, version)
                table.create_checkpoint()
                wanted |= {f"_delta_log/{version:020}.{end}" for end in ("json", "checkpoint.parquet")}
                wanted |= set(pa.table(table.get_add_actions())["path"].to_pylist())
            self._table(code).create_checkpoint()  # what a reader looks for first
            return self._deleted(code, base, wanted)
        except CommitFailedError as error:
            raise Overtaken(written_meanwhile(self.url)) from error
        except (OSError, DeltaError) as error:
            raise InternalError(self._unwritable(code, error)) from error

    def retried(self, write: Callable[[], T]) -> T:
        """Do a write again where others overtook it, as long as writers of a folder would wait for their turn.

        :raises InputError: others went on overtaking it, or the write was refused.
        """
        ends = time.monotonic() + LOCK_SECONDS
        for number in count(1):
            try:
                return write()
            except Overtaken:
                if self.folder is not None or time.monotonic() > ends:
                    raise
            time.sleep(random.uniform(0, min(5.0, 0.2 * number)))
        raise AssertionError

    def _deleted(self, code: str, table: DeltaTable, wanted: Collection[str]) -> int:
        """Delete every file of a table that is not wanted, and return how many those were."""
        store = self._filesystem(code) or fs.PyFileSystem(DeltaStorageHandler.from_table(table._table, self._options))
        found = store.get_file_info(fs.FileSelector("", recursive=True))
        gone = [info.path for info in found if info.is_file and unquote(info.path) not in wanted]
        for path in gone:
            store.delete_file(path)
        return len(gone)

    def _filesystem(self, code: str) -> fs.FileSystem | None:
        """Return Arrow's own file system for a folder; the one of deltalake calls Python from Arrow's threads.

        A thread that does so while the interpreter ends is unwound through C++, which aborts the process.
        """
        if self.folder is None:
            return None
        return fs.SubTreeFileSystem(str(self.folder.absolute() / code), fs.LocalFileSystem())

    def _refuse_locked(self, code: str) -> None:
        """Refuse a store in a folder that this user may not enter, or a table of it that has files he may not read.

        :raises InputError: it is so.
        """
        if self.folder is not None and (path := locked(self._path(code))):
            raise InputError(no_right(path))

    def _table(self, code: str, version: int | None = None) -> DeltaTable:
        return DeltaTable(self._path(code), version=version, storage_options=self._options)

    @property
    def _options(self) -> dict[str, str] | None:
        return dict(PATIENCE) if self.folder is None else None

    def _unreadable(self, code: str, error: Exception) -> Problem:
        """Return the problem of a table that cannot be read: a folder was damaged, a service may answer again."""
        if self.folder is not None:
            return self.damaged(code)
        return Problem(
            Where(self.url, code),
            _("The store's table “{code}” cannot be read now ({reason})").format(code=code, reason=_short(error)),
            _("Check the address, the network and the access keys, and try again; nothing was changed"),
        )

    def damaged(self, code: str) -> Problem:
        """Return the problem of a table that cannot be read."""
        return Problem(
            Where(self.url, code),
            _("The store's table “{code}” is gone or damaged").format(code=code),
            _("Restore the store's folder from a backup"),
        )

    def _unwritable(self, code: str, error: Exception) -> Problem:
        repair = _("Check that the folder may be written and the disk is not full")
        if self.folder is None:
            repair = _("Check the address, the network and the access keys, and try again; nothing was changed")
        what = _("The store cannot be written ({reason})").format(reason=_short(error))
        return Problem(Where(self.url, code), what, repair)

    def _path(self, code: str) -> str:
        return f"{self.url.rstrip('/')}/{code}"


def as_arrow(frame: pd.DataFrame) -> pa.Table:
    """Return rows as a table keeps them."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(fields)).replace_schema_metadata(None)


def no_right(path: str) -> Problem:
    """Return the problem that this user may not read a store's folder, or a file of it."""
    return Problem(
        Where(path),
        _("The account “{person}” may not read this: the system does not let it in").format(person=login_name()),
        _("Ask whoever looks after the store for the right to read it, or use an account that has it"),
    )


def _short(error: Exception) -> str:
    """Return an error in one line, which may hold a whole answer of a service."""
    return " ".join(_COLOUR.sub("", str(error)).replace("↳", " ").split())[:300]


def written_meanwhile(url: str) -> Problem:
    """Return the problem of a writer that was overtaken by another."""
    return Problem(
        Where(url),
        _("Somebody else changed the store at the same moment; nothing of this import was kept"),
        _("Import again"),
    )


def _busy(url: str) -> Problem:
    return Problem(
        Where(url),
        _("Other imports have been writing to the store for {seconds} seconds").format(seconds=int(LOCK_SECONDS)),
        _("Wait until they have ended, then import again"),
    )
