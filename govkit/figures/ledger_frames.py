"""The frames of a snapshot by ledger code, read or masked when they are first needed."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.institutions import ledgers
from govkit.ledgers.commit import Commit
from govkit.ledgers.mask import masked
from govkit.ledgers.store import Store

MOST_ROWS = 20_000_000
"""The most rows of a ledger that are read into memory, some 10 GB of them."""


class StoredFrames(Mapping[str, pd.DataFrame]):
    """The ledgers' frames, each read once, when it is first needed."""

    def __init__(self, store: Store, commit: Commit) -> None:
        self._store, self._commit = store, commit
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, code: str) -> pd.DataFrame:
        if code not in self._read:
            self._refuse_too_large(code)
            self._read[code] = self._store.read(ledgers()[code], commit=self._commit)
        return self._read[code]

    def _refuse_too_large(self, code: str) -> None:
        rows = self._store.count(code, self._commit)
        if rows > MOST_ROWS:
            raise InputError(
                Problem(
                    Where(self._store.url, ledgers()[code].title),
                    _("The ledger has {rows} rows, more than are read at once").format(rows=f"{rows:,}"),
                    _('Ask for indicators and figures with engine="duckdb", or for a smaller store'),
                )
            )

    def __iter__(self) -> Iterator[str]:
        return iter(ledgers())

    def __len__(self) -> int:
        return len(ledgers())


class MaskedFrames(Mapping[str, pd.DataFrame]):
    """The ledgers' frames as the public may see them, each masked once, when it is first needed.

    :param wording: gives the public wording of a free text.
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame], wording: Callable[[str], str]) -> None:
        self._frames, self._wording = frames, wording
        self._masked: dict[str, pd.DataFrame] = {}

    def __getitem__(self, code: str) -> pd.DataFrame:
        if code not in self._masked:
            self._masked[code] = masked(self._frames[code], ledgers()[code], self._wording)
        return self._masked[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)
