"""The table of commits: which versions a store has, and which version of each ledger's table belongs to each."""

from collections.abc import Sequence

import pyarrow as pa
from deltalake import DeltaTable, Transaction

from govkit.core.errors import GovkitError, InputError, InternalError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.commit import COMMIT_SCHEMA, Commit, commit_from, commit_row
from govkit.ledgers.delta_tables import Overtaken, Tables, written_meanwhile

COMMITS = "_commits"
"""The name of the table."""
FORMAT = 2
"""The format of a store; the description of its table of commits names it. Stores of 0.1.0 name none: they have 1."""
_FORMAT_NAME = "govkit store, format "
_WRITER = "govkit"


class CommitTable:
    """The commits of a store, oldest first, each appended or all replaced in one atomic step."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def read(self) -> list[Commit]:
        """Return every commit, oldest first; none where nothing was ever imported.

        :raises InputError: a newer version of govkit wrote the store.
        :raises InternalError: the table is damaged.
        """
        table = self._tables.open(COMMITS)
        if table is None:
            return []
        self._refuse_newer(table)
        return self._rows(table)

    def _rows(self, table: DeltaTable) -> list[Commit]:
        return [commit_from(row) for row in self._tables.rows(COMMITS, table).sort_by("version").to_pylist()]

    def opened_at(self, version: int) -> DeltaTable:
        """Return the table, created if absent, whose latest commit must be of a version.

        :raises InputError: somebody else appended a commit.
        """
        table = self._tables.created(COMMITS, COMMIT_SCHEMA, f"{_FORMAT_NAME}{FORMAT}")
        if max((commit.version for commit in self._rows(table)), default=0) != version:
            raise Overtaken(written_meanwhile(self._tables.url))
        return table

    def append(self, base: DeltaTable, commit: Commit) -> None:
        """Append a commit to the table as it was opened.

        :raises InputError: somebody else appended one.
        :raises InternalError: the table cannot be written, or nobody knows whether it was.
        """
        row = pa.Table.from_pylist([commit_row(commit)], schema=COMMIT_SCHEMA)
        try:
            self._tables.write(base, COMMITS, row, mode="append", mark=Transaction(_WRITER, commit.version))
        except GovkitError:
            if not self._holds(commit):
                raise

    def _holds(self, commit: Commit) -> bool:
        """Return whether a commit is there though its writing failed: an object store may answer wrongly, or twice."""
        if self._tables.folder is not None:
            return False
        try:
            return commit in self.read()
        except GovkitError as error:
            raise InternalError(_unknown_outcome(self._tables.url, commit.version)) from error

    def replace(self, base: DeltaTable, commits: Sequence[Commit]) -> None:
        """Replace all commits in one step, and let the table say the newest format.

        :raises InputError: somebody else wrote meanwhile.
        """
        rows = pa.Table.from_pylist([commit_row(commit) for commit in commits], schema=COMMIT_SCHEMA)
        description = f"{_FORMAT_NAME}{FORMAT}"
        if base.metadata().description != description:
            base.alter.set_table_description(description)
        self._tables.write(base, COMMITS, rows, mode="overwrite")

    def _refuse_newer(self, table: DeltaTable) -> None:
        found = (table.metadata().description or "").removeprefix(_FORMAT_NAME)
        if found.isdigit() and int(found) > FORMAT:
            what = _("A newer version of govkit wrote the store (format {found}; this program reads up to {known})")
            raise InputError(
                Problem(
                    Where(self._tables.url),
                    what.format(found=found, known=FORMAT),
                    _("Install the newer version of govkit, or choose another store"),
                )
            )


def _unknown_outcome(url: str, version: int) -> Problem:
    return Problem(
        Where(url),
        _("The store does not answer any more; whether version {version} was made is not known").format(
            version=version
        ),
        _("When it answers again, see `govkit ledger log`; import again if the version is not there"),
    )
