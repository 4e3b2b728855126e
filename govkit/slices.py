"""What of the ledgers a report reads, by the hash of its content: the rows of its place, and what all reports share.

A report that reads ``place`` gets the rows of each ledger that belong to its place: a village its own, a township unit
those of its villages and its own, the district all. Rows of every date count, because a matter of this month may be
settled in a later one. What is not a row and yet enters a report counts for every report: the places, the first and
last month of the data, the remarks of the imports, an office's own rules. (The kit's rules and the published figures
are files whose hash is part of the manifest's environment.)
"""

from collections import defaultdict
from functools import cached_property

import numpy as np
import pandas as pd

from govkit.book import Book
from govkit.files import digest, own_files
from govkit.ledgers.places import Place
from govkit.reports.manifest import hashed


class Slices:
    """The slices of a book; with ``whole``, every report is said to read everything."""

    def __init__(self, book: Book, *, whole: bool = False) -> None:
        self.book, self.whole = book, whole

    def of(self, place: Place) -> dict[str, str]:
        """Return the slices that a report of this place reads: a hash by the ledger's code, and one of the rest."""
        column = {"township": "township", "village": "place"}.get(place.level)
        if self.whole or column is None:
            return self._district
        return {code: groups.get(place.code, "") for code, groups in self._by[column].items()} | self._shared

    @cached_property
    def _district(self) -> dict[str, str]:
        return {code: _digest(rows) for code, rows in self._rows.items()} | self._shared

    @cached_property
    def _by(self) -> dict[str, dict[str, dict[str, str]]]:
        """By ``township`` and by ``place``: each ledger's hashes. A township unit's is that of its places' hashes."""
        units: dict[str, dict[str, dict[str, str]]] = {"township": {}, "place": {}}
        for code, rows in self._rows.items():
            frame = self.book.frames[code]
            found = {keys: _digest(part) for keys, part in rows.groupby([frame["township"], frame["place"]])}
            units["place"][code] = {str(place): rows_hash for (_township, place), rows_hash in found.items()}
            within: dict[str, list[list[str]]] = defaultdict(list)
            for (township, place), rows_hash in found.items():
                within[str(township)].append([place, rows_hash])
            units["township"][code] = {unit: hashed(places)[:32] for unit, places in within.items()}
        return units

    @cached_property
    def _rows(self) -> dict[str, pd.Series]:
        """A 64-bit hash of every row of each ledger, in the frame's order, which is that of its key."""
        return {
            code: pd.Series(pd.util.hash_pandas_object(frame, index=False, categorize=True), index=frame.index)
            for code, frame in self.book.frames.items()
        }

    @cached_property
    def _shared(self) -> dict[str, str]:
        first, last = self.book.span
        places = [[place.code, place.name, place.level, place.township] for place in self.book.places]
        own = digest(own_files(self.book.store.url))
        return {"shared": hashed([places, first.code, last.code, self.book.remarks(), own])[:32]}


def _digest(rows: pd.Series) -> str:
    return hashed([len(rows), np.ascontiguousarray(rows.to_numpy()).tobytes().hex()])[:32]
