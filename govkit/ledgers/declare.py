"""Declaration of ledgers (台账): columns and row rules, as values.

The checker, the Excel template, the data dictionary and the masks all follow from the one declaration. Every ledger has
a ``place`` column and one date column (``dated``), which assign a row to a unit and a period.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from govkit.core.errors import Severity
from govkit.core.i18n import gettext as _

if TYPE_CHECKING:
    import pandas as pd

    RowTest = Callable[[pd.DataFrame], pd.Series]

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
"""The pandas dtype of each kind of column, in memory and as read back from the store."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a ledger.

    :ivar name: the code name.
    :ivar title: the Chinese name that staff see.
    :ivar kind: what its cells hold.
    :ivar required: whether a cell must be filled in.
    :ivar unit: the unit of its numbers.
    :ivar choices: the words that a cell may hold, for kind ``choice``.
    :ivar synonyms: other accepted words → the listed word.
    :ivar levels: the levels of the places that a cell may hold, for kind ``place``.
    :ivar minimum: the smallest number allowed.
    :ivar maximum: the largest number allowed.
    :ivar refers_to: the code of a ledger and the column of it that holds this column's values.
    :ivar personal: the kind of personal data, which selects the mask.
    :ivar public: whether the public may see it, masked where it is personal.
    :ivar note: a hint for whoever fills it in.
    """

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
        """The header cell: the title and, in brackets, the unit."""
        return f"{self.title}（{self.unit}）" if self.unit else self.title

    @property
    def dtype(self) -> str:
        """The pandas dtype of the column."""
        return DTYPES[self.kind]


class Options(TypedDict, total=False):
    """Further properties of a :class:`Column`, as the functions that declare one take them."""

    required: bool
    unit: str
    synonyms: dict[str, str]
    minimum: float | None
    maximum: float | None
    refers_to: tuple[str, str]
    personal: Personal
    public: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule over the cells of one row.

    :ivar columns: the columns it concerns; the first one's cell is marked where the rule is broken.
    :ivar holds: takes the typed frame and returns a boolean series, True where the row keeps the rule.
    :ivar what: the mistake; columns named in braces are replaced by the row's values.
    :ivar repair: the repair, with braces like ``what``.
    :ivar severity: ``error`` refuses the row, ``warning`` does not.
    """

    columns: tuple[str, ...]
    holds: "RowTest"
    what: str
    repair: str
    severity: Severity = "error"


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A ledger: a register or a journal of one kind of matter.

    A register (``standing``: grids, centres, supervisors) counts a row from its date on, and an import covers the
    units that it has rows of. A journal counts a row in the year of its date, and an import covers units and months.

    :ivar code: the code name.
    :ivar title: the Chinese name.
    :ivar about: what it holds, for staff.
    :ivar columns: its columns, in the order of the template.
    :ivar key: the columns that identify a row.
    :ivar dated: the column with the day that a row belongs to.
    :ivar standing: whether it is a register.
    :ivar rules: its row rules.
    :ivar synonyms: other names that people call it by.
    :raises ValueError: a column is named twice, or ``place``, ``dated`` or a key column is missing.

    >>> visits = Ledger(
    ...     code="visits", title="走访台账", about="走访，一户一行。", key=("visit_id",), dated="visited_on",
    ...     columns=(text("visit_id", "编号"), place(), date("visited_on", "日期"), integer("met", "人数", unit="人")),
    ... )
    >>> visits.labels["met"], visits["met"].minimum
    ('人数（人）', 0)
    """

    code: str
    title: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    dated: str
    standing: bool = False
    rules: tuple[Rule, ...] = ()
    synonyms: tuple[str, ...] = ()

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

    def empty(self) -> "pd.DataFrame":
        """Return a frame with this ledger's columns and dtypes and without rows."""
        import pandas as pd

        return pd.DataFrame({column.name: pd.Series(dtype=column.dtype) for column in self.columns})


def text(name: str, title: str, **more: Unpack[Options]) -> Column:
    """Declare a free-text column."""
    return Column(name=name, title=title, kind="text", **more)


def person(name: str, title: str, **more: Unpack[Options]) -> Column:
    """Declare a column with a person's name."""
    more.setdefault("personal", "name")
    return text(name, title, **more)


def phone(name: str = "phone", title: str = "联系电话", **more: Unpack[Options]) -> Column:
    """Declare a telephone number, which may be blank and is private.

    >>> phone().required, phone().public
    (False, False)
    """
    return text(name, title, **_private("phone", more))


def narrative(name: str, title: str, **more: Unpack[Options]) -> Column:
    """Declare a free account of a matter, which may name persons, may be blank and is private."""
    return text(name, title, **_private("narrative", more))


def _private(personal: Personal, more: Options) -> Options:
    more.setdefault("required", False)
    more.setdefault("personal", personal)
    more.setdefault("public", False)
    return more


def date(name: str, title: str, **more: Unpack[Options]) -> Column:
    """Declare a calendar day."""
    return Column(name=name, title=title, kind="date", **more)


def integer(name: str, title: str, **more: Unpack[Options]) -> Column:
    """Declare a whole number, by default not below 0."""
    more.setdefault("minimum", 0)
    return Column(name=name, title=title, kind="integer", **more)


def number(name: str, title: str, **more: Unpack[Options]) -> Column:
    """Declare a number, by default not below 0."""
    more.setdefault("minimum", 0)
    return Column(name=name, title=title, kind="number", **more)


def choice(name: str, title: str, choices: Sequence[str], **more: Unpack[Options]) -> Column:
    """Declare one of a list of words.

    >>> choice("level", "层级", ("村", "乡镇"), synonyms={"街道": "乡镇"}).choices
    ('村', '乡镇')
    """
    return Column(name=name, title=title, kind="choice", choices=tuple(choices), **more)


def flag(name: str, title: str, **more: Unpack[Options]) -> Column:
    """Declare yes or no (是/否)."""
    return Column(name=name, title=title, kind="flag", choices=("是", "否"), **more)


def place(title: str = "所在村", levels: Sequence[Level] = ("village",), **more: Unpack[Options]) -> Column:
    """Declare the unit that a row belongs to, written by name and kept by code."""
    return Column(name="place", title=title, kind="place", levels=tuple(levels), **more)


def in_order(first: Column, later: Column) -> Rule:
    """Return the rule that ``later`` is not before ``first``; blanks keep it.

    >>> import pandas as pd
    >>> rule = in_order(date("found_on", "排查日期"), date("settled_on", "化解日期"))
    >>> days = pd.to_datetime(["2015-03-02"]), pd.to_datetime(["2015-03-01"])
    >>> rule.holds(pd.DataFrame(dict(zip(("found_on", "settled_on"), days)))).tolist()
    [False]
    """
    return Rule(
        columns=(later.name, first.name),
        holds=lambda f: f[later.name].isna() | f[first.name].isna() | (f[later.name] >= f[first.name]),
        what=_("{later_title} {{{later}}} lies before {first_title} {{{first}}}").format(
            later_title=later.title, later=later.name, first_title=first.title, first=first.name
        ),
        repair=_("Correct one of the two days"),
    )


def not_above(part: Column, whole: Column) -> Rule:
    """Return the rule that ``part`` is not above ``whole``; blanks keep it."""
    return Rule(
        columns=(part.name, whole.name),
        holds=lambda f: f[part.name].isna() | f[whole.name].isna() | (f[part.name] <= f[whole.name]),
        what=_("{part_title} {{{part}}} is more than {whole_title} {{{whole}}}").format(
            part_title=part.title, part=part.name, whole_title=whole.title, whole=whole.name
        ),
        repair=_("Correct one of the two numbers"),
    )


def needed_when(column: Column, when: "RowTest", because: str) -> Rule:
    """Return the rule that a column is filled in wherever a condition holds.

    :param when: takes the typed frame and returns a boolean series; a missing value does not hold.
    :param because: the condition in Chinese.
    """
    return Rule(
        columns=(column.name,),
        holds=lambda f: ~when(f).fillna(value=False).astype(bool) | f[column.name].notna(),
        what=_("{title} is blank, though {because}").format(title=column.title, because=because),
        repair=_("Fill in {title}").format(title=column.title),
    )


def blank_unless(column: Column, when: "RowTest", because: str) -> Rule:
    """Return the rule that a column is blank wherever a condition does not hold.

    :param when: takes the typed frame and returns a boolean series; a missing value does not hold.
    :param because: in Chinese, why the column does not apply.
    """
    return Rule(
        columns=(column.name,),
        holds=lambda f: when(f).fillna(value=False).astype(bool) | f[column.name].isna(),
        what=_("{title} is filled in ({{{name}}}), but {because}").format(
            title=column.title, name=column.name, because=because
        ),
        repair=_("Clear {title}, or correct what contradicts it").format(title=column.title),
    )
