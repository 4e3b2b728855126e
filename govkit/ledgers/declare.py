"""How a ledger (台账) is declared, once.

A :class:`Ledger` lists its columns and row rules. From that one declaration come the checker, the Excel template,
the data dictionary and the mask; nothing restates it. Every ledger has a ``place`` column and one date column
(``dated``): they say which unit and which period a row belongs to, for slicing, for replacing and for reports.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from govkit.core.errors import Severity
from govkit.core.i18n import gettext as _

Kind = Literal["text", "date", "integer", "number", "choice", "flag", "place"]
Personal = Literal["name", "phone", "id_number", "address", "narrative"]
Level = Literal["district", "township", "village"]

DTYPES: dict[Kind, str] = {
    "text": "str",
    "date": "datetime64[us]",
    "integer": "Int64",
    "number": "Float64",
    "choice": "str",
    "flag": "boolean",
    "place": "str",
}
"""The pandas dtype in which a column of each kind is kept, in memory and read back from the store."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its code name, what staff see, what a cell may hold, and how far it may travel."""

    name: str
    title: str
    kind: Kind
    required: bool = True
    unit: str = ""
    choices: tuple[str, ...] = ()
    synonyms: dict[str, str] = field(default_factory=dict, hash=False)
    levels: tuple[Level, ...] = ("village",)
    minimum: float | None = None
    maximum: float | None = None
    refers_to: tuple[str, str] | None = None
    personal: Personal | None = None
    public: bool = True
    note: str = ""

    @property
    def heading(self) -> str:
        """The header cell staff see: the title and, in brackets, the unit."""
        return f"{self.title}（{self.unit}）" if self.unit else self.title

    @property
    def dtype(self) -> str:
        """The pandas dtype of the column."""
        return DTYPES[self.kind]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule over the cells of one row.

    ``holds`` takes the typed frame and returns a boolean Series, True where the row is right. ``what`` and ``repair``
    may name columns in braces; the offending row's values are put in. ``columns[0]`` is the cell that is marked.
    """

    columns: tuple[str, ...]
    holds: Callable[[Any], Any]
    what: str
    repair: str
    severity: Severity = "error"


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A declared ledger. ``key`` names the columns that identify a row; ``dated`` the date it belongs to.

    ``standing`` ledgers are registers (grids, centres, supervisors): a row counts from its date on, and a workbook
    restates the unit's whole register. The others are journals: a row belongs to the year of its date, and a workbook
    restates the unit's year.
    """

    code: str
    title: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    dated: str
    standing: bool = False
    rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        missing = {"place", self.dated, *self.key} - set(names)
        if missing or len(set(names)) < len(names):
            raise ValueError(f"ledger {self.code}: columns missing or repeated: {sorted(missing) or names}")

    def __getitem__(self, name: str) -> Column:
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def names(self) -> list[str]:
        """Column names in declared order."""
        return list(self._by_name)

    @property
    def labels(self) -> dict[str, str]:
        """Code name → the Chinese heading staff see."""
        return {column.name: column.heading for column in self.columns}

    def empty(self) -> Any:
        """Return a frame with this ledger's columns and dtypes and no rows."""
        import pandas as pd

        return pd.DataFrame({column.name: pd.Series(dtype=column.dtype) for column in self.columns})


def text(name: str, title: str, **more: Any) -> Column:
    """Declare a free-text column."""
    return Column(name=name, title=title, kind="text", **more)


def person(name: str, title: str, **more: Any) -> Column:
    """Declare a column with a person's name."""
    return text(name, title, **{"personal": "name", **more})


def phone(name: str = "phone", title: str = "联系电话", **more: Any) -> Column:
    """Declare a telephone number, which may be blank and is never public."""
    return text(name, title, **{"required": False, "personal": "phone", "public": False, **more})


def narrative(name: str, title: str, **more: Any) -> Column:
    """Declare a free account of a matter, which may name persons, may be blank and is never public."""
    return text(name, title, **{"required": False, "personal": "narrative", "public": False, **more})


def date(name: str, title: str, **more: Any) -> Column:
    """Declare a calendar day."""
    return Column(name=name, title=title, kind="date", **more)


def integer(name: str, title: str, **more: Any) -> Column:
    """Declare a whole number, not below 0 unless said otherwise."""
    return Column(name=name, title=title, kind="integer", **{"minimum": 0, **more})


def number(name: str, title: str, **more: Any) -> Column:
    """Declare a number, not below 0 unless said otherwise."""
    return Column(name=name, title=title, kind="number", **{"minimum": 0, **more})


def choice(name: str, title: str, choices: Sequence[str], **more: Any) -> Column:
    """Declare one of a list of words; ``synonyms`` maps other words that are accepted to the listed one."""
    return Column(name=name, title=title, kind="choice", choices=tuple(choices), **more)


def flag(name: str, title: str, **more: Any) -> Column:
    """Declare yes or no (是/否)."""
    return Column(name=name, title=title, kind="flag", choices=("是", "否"), **more)


def place(title: str = "所在村", levels: Sequence[Level] = ("village",), **more: Any) -> Column:
    """Declare the unit a row belongs to, written by its name and kept by its code."""
    return Column(name="place", title=title, kind="place", levels=tuple(levels), **more)


def in_order(first: Column, later: Column) -> Rule:
    """``later`` is not before ``first``."""
    return Rule(
        columns=(later.name, first.name),
        holds=lambda f: f[later.name].isna() | f[first.name].isna() | (f[later.name] >= f[first.name]),
        what=_("{later_title} {{{later}}} lies before {first_title} {{{first}}}").format(
            later_title=later.title, later=later.name, first_title=first.title, first=first.name
        ),
        repair=_("Correct one of the two days"),
    )


def not_above(part: Column, whole: Column) -> Rule:
    """``part`` counts some of ``whole`` and so is not above it."""
    return Rule(
        columns=(part.name, whole.name),
        holds=lambda f: f[part.name].isna() | f[whole.name].isna() | (f[part.name] <= f[whole.name]),
        what=_("{part_title} {{{part}}} is more than {whole_title} {{{whole}}}").format(
            part_title=part.title, part=part.name, whole_title=whole.title, whole=whole.name
        ),
        repair=_("Correct one of the two numbers"),
    )


def needed_when(column: Column, when: Callable[[Any], Any], because: str) -> Rule:
    """``column`` is filled in wherever ``when`` holds; ``because`` says the case in words."""
    return Rule(
        columns=(column.name,),
        holds=lambda f: ~when(f).fillna(value=False).astype(bool) | f[column.name].notna(),
        what=_("{title} is blank, though {because}").format(title=column.title, because=because),
        repair=_("Fill in {title}").format(title=column.title),
    )


def blank_unless(column: Column, when: Callable[[Any], Any], because: str) -> Rule:
    """``column`` is blank wherever ``when`` does not hold; ``because`` says what it takes in words."""
    return Rule(
        columns=(column.name,),
        holds=lambda f: when(f).fillna(value=False).astype(bool) | f[column.name].isna(),
        what=_("{title} is filled in ({{{name}}}), but {because}").format(
            title=column.title, name=column.name, because=because
        ),
        repair=_("Clear {title}, or correct what contradicts it").format(title=column.title),
    )
