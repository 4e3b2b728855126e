"""The words by which a person is known, taken out of cells, file names and log entries, and looked for in raw files."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _

ERASED = "（已删除）"
"""What stands where a person's words stood."""
_NAME = re.compile("[A-Za-z\u3400-\u9fff\U00020000-\U000323af·•]+")
_SHORTEST = 2


@dataclass(frozen=True)
class Person:
    """The words of one person: name, telephone number, identity number and the like.

    :ivar words: the words.
    :ivar others: longer names that contain one of the words; they are other persons', and stay.

    >>> one = Person(("张样例", "13800001234"), ("张样例文",))
    >>> one.without("张样例、李样例，138-0000-1234；张样例文另案")
    '（已删除）、李样例，（已删除）；张样例文另案'
    """

    words: tuple[str, ...]
    others: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = [
            Problem(
                Where("ledger erase", item=word),
                _("“{value}” is too short to be a person's").format(value=word),
                _("Write the whole name, telephone number or identity number"),
            )
            for word in self.words
            if len("".join(word.split())) < _SHORTEST
        ]
        if not self.words:
            problems = [Problem(Where("ledger erase"), _("No person is named"), _("Write the name and the numbers"))]
        if problems:
            raise InputError(problems)

    def without(self, text: str) -> str:
        """Return a text with the person's words taken out."""
        return self._pattern.sub(lambda hit: hit[0] if hit["other"] else ERASED, text)

    def longer_names(self, cells: Iterable[str]) -> set[str]:
        """Return the names in cells of names that contain one of the words and more."""
        names = (name for cell in cells for name in _NAME.findall(cell))
        return {name for name in names if any(word in name and word != name for word in self.words)}

    def found_in(self, content: bytes) -> bool:
        """Return whether bytes hold one of the words as UTF-8 or as JSON escapes it."""
        for other in self.others:
            for form in _forms(other):
                content = content.replace(form, b"")
        return any(form in content for word in self.words for form in _forms(word))

    @cached_property
    def loosely(self) -> str:
        """A regular expression that matches wherever a word may stand."""
        return "|".join(f"(?:{_letters(word)})" for word in self.words)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        others = "|".join(map(re.escape, sorted(self.others, key=len, reverse=True))) or "(?!)"
        return re.compile(f"(?P<other>{others})|" + "|".join(map(_whole, self.words)))


def cleaned(rows: pa.Table, person: Person, key: Sequence[str] = ()) -> tuple[pa.Table, dict[str, list[int]]]:
    """Return rows with a person's words taken out of every text, and column → the rows that were changed.

    :param key: the columns of the row's number, which stays different from every other.
    """
    changed: dict[str, list[int]] = {}
    for at, column in enumerate(rows.schema):
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            continue
        cells = rows.column(column.name)
        hits = np.flatnonzero(pc.fill_null(pc.match_substring_regex(cells, person.loosely), False).to_numpy())
        new = {int(row): person.without(cells[int(row)].as_py()) for row in hits}
        new = {row: cell for row, cell in new.items() if cell != cells[row].as_py()}
        if not new:
            continue
        if column.name in key:
            new = {row: f"{cell}{row}" for row, cell in new.items()}
        mask = np.zeros(rows.num_rows, dtype=bool)
        mask[list(new)] = True
        replaced = pc.replace_with_mask(cells.combine_chunks(), mask, pa.array(list(new.values()), column.type))
        rows = rows.set_column(at, column, replaced)
        changed[column.name] = list(new)
    return rows, changed


def left(folder: Path, person: Person) -> Iterator[Path]:
    """Yield the files below a folder that still hold a word of the person, in their bytes or in a Parquet column."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if person.found_in(content) or (path.suffix == ".parquet" and person.found_in(_texts(content))):
                yield path


def _texts(content: bytes) -> bytes:
    """Return every text of a Parquet file, uncompressed."""
    try:
        table = pq.read_table(io.BytesIO(content))
    except (OSError, pa.ArrowException):
        return b""
    return "\n".join(str(column.to_pylist()) for column in table.columns).encode()


def _forms(word: str) -> tuple[bytes, bytes]:
    return word.encode(), word.encode("ascii", "backslashreplace")


def _letters(word: str) -> str:
    """Return a pattern of a word whose letters may stand apart, digits by hyphens too."""
    letters = [char for char in word if not char.isspace()]
    plain = all(char.isascii() and char.isalnum() for char in letters)
    return (r"[\s\-－—]*" if plain else r"\s*").join(map(re.escape, letters))


def _whole(word: str) -> str:
    """Return a pattern of a word; a number within a longer number is another one."""
    return rf"(?<![0-9A-Za-z]){_letters(word)}(?![0-9A-Za-z])" if word[-1].isascii() else _letters(word)
