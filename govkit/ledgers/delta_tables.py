"""The Delta tables of a store: opening, reading, writing, and the lock that its writers take in turns.

A write succeeds only if it makes the very next version after the one that was opened (compare and swap). Delta's own
conflict check is not enough: an overwrite of an empty table removes no file, so two of them at once would both stay.
Before that, writers of a store in a folder take turns by a lock, which the system releases when a process dies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from pyarrow import fs

from govkit.core.errors import InputError, InternalError, Problem, Where
from govkit.core.files import locked, login_name
from govkit.core.i18n import gettext as _

LOCK = ".lock"
"""File name of the lock of a store in a folder."""
LOCK_SECONDS = 120.0
"""How long a writer waits for the writers before it."""
_KEEP_HISTORY = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)
"""Every version stays readable: Delta would otherwise drop log entries that are older than 30 days."""


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
                return DeltaTable(self._path(code), version=version)
            kept = self._opened.get(code)
            if kept is None:
                kept = self._opened[code] = DeltaTable(self._path(code))
            elif version is None:
                kept.update_incremental()
            return kept if version in {None, kept.version()} else DeltaTable(self._path(code), version=version)
        except TableNotFoundError:
            self._refuse_locked(code)
            return None
        except (OSError, DeltaError) as error:
            self._refuse_locked(code)
            raise InternalError(self.damaged(code)) from error

    def rows(self, code: str, table: DeltaTable, columns: list[str] | None = None) -> pa.Table:
        """Return the rows of an opened table.

        :param columns: the columns to read, all by default.
        :raises InputError: this user may not read its files.
        :raises InternalError: the table is damaged.
        """
        newest = self._newest.get(code)
        if newest and newest[0] == table.version():
            return newest[1].select(columns) if columns else newest[1]
        try:
            rows = table.to_pyarrow_table(columns=columns, filesystem=self._filesystem(code))
            if self._remember and columns is None:
                self._newest[code] = (table.version(), rows)
            return rows
        except (OSError, DeltaError, pa.ArrowException) as error:
            self._refuse_locked(code)
            raise InternalError(self.damaged(code)) from error

    def created(self, code: str, schema: pa.Schema, description: str | None = None) -> DeltaTable:
        """Return a table, created empty if absent.

        :raises InternalError: it cannot be created.
        """
        table = self.open(code)
        if table is not None:
            return table
        try:
            return DeltaTable.create(self._path(code), schema, mode="error", description=description)
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
        mark: Transaction | None = None,
    ) -> int:
        """Write rows as the version after the one that ``base`` was opened at, and return its number.

        :raises InputError: somebody else wrote that version.
        :raises InternalError: the table cannot be written.
        """
        schema_mode: Literal["merge", "overwrite"] = "overwrite" if mode == "overwrite" else "merge"
        once = CommitProperties(max_commit_retries=0, app_transactions=[mark] if mark else None)
        try:
            write_deltalake(
                base,
                rows,
                mode=mode,
                schema_mode=schema_mode,
                commit_properties=once,
                post_commithook_properties=_KEEP_HISTORY,
            )
        except CommitFailedError as error:
            raise InputError(written_meanwhile(self.url)) from error
        except (OSError, DeltaError) as error:
            raise InternalError(self._unwritable(code, error)) from error
        if self._remember and mode == "overwrite":
            self._newest[code] = (base.version(), rows)
        return base.version()

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

    def damaged(self, code: str) -> Problem:
        """Return the problem of a table that cannot be read."""
        return Problem(
            Where(self.url, code),
            _("The store's table “{code}” is gone or damaged").format(code=code),
            _("Restore the store's folder from a backup"),
        )

    def _unwritable(self, code: str, error: Exception) -> Problem:
        return Problem(
            Where(self.url, code),
            _("The store cannot be written ({reason})").format(reason=error),
            _("Check that the folder may be written and the disk is not full"),
        )

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
