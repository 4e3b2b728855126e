"""Rules as data (``data/rules/``): official texts, thresholds, deadlines and settings, with the dates they hold.

A file in the folder that ``GOVKIT_RULES`` names replaces the shipped file of the same name. Files are checked as they
are read; rules of one subject with overlapping dates are refused.
"""

import csv
import datetime as dt
import io
import os
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path

from govkit.core.errors import InputError, Problem, Where, refuse
from govkit.core.files import RULES, shipped
from govkit.core.i18n import gettext as _

NOT_SUPPLIED = "官方文本待填"

_SUBJECTS: dict[str, tuple[str, ...]] = {
    "quorums": ("meeting",),
    "deadlines": ("matter", "basis", "step"),
    "holidays": ("day",),
    "settings": ("name",),
    "prizes": ("prize",),
    "reporting": ("ledger", "level"),
    "public_wordings": ("original",),
}
"""Rule file → the columns that identify the subject of a rule; in other files it is the entry."""
_LIST_SUBJECT = ("group", "number")
_DAYS = ("day", "effective_from", "effective_to")
_NUMBERS = ("number", "days", "amount")

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Text:
    """One numbered entry of an official list; ``text`` is 官方文本待填 where it is not supplied."""

    group: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Quorum:
    """The thresholds of a meeting for attendance and for a decision, by one article of one version of a rule."""

    meeting: str
    present: Fraction
    present_strictly: bool
    agree: Fraction
    agree_of_entitled: bool
    article: str
    version: str
    source: str
    mark: str

    def attended(self, present: int, entitled: int) -> bool:
        """Return whether enough attended; exactly 2/3 meets "at least 2/3", exactly half fails "more than half"."""
        share, needed = Fraction(present), self.present * entitled
        return share > needed if self.present_strictly else share >= needed

    def carried(self, agreeing: int, present: int, entitled: int) -> bool:
        """Return whether more than the required share agreed."""
        return Fraction(agreeing) > self.agree * (entitled if self.agree_of_entitled else present)

    @property
    def citation(self) -> str:
        """The rule and its article, as a breach cites it."""
        return (
            f"《{self.source}》（{self.version}）{self.article}" if self.version else f"{self.article}（{self.source}）"
        )


def official_texts(name: str) -> tuple[Text, ...]:
    """Return an official list.

    >>> len(official_texts("decision_items"))
    15
    """
    return tuple(Text(row["group"], int(row["number"]), row["text"]) for row in rule_rows(name))


def quorum(meeting: str, on: dt.date) -> Quorum | None:
    """Return the thresholds in force for a meeting on a day, None where no rule is known to hold."""
    for row in rule_rows("quorums"):
        if row["meeting"] == meeting and in_force(row, on):
            return Quorum(
                meeting,
                Fraction(row["present_at_least"].removesuffix("+")),
                row["present_at_least"].endswith("+"),
                Fraction(row["agree_more_than"]),
                row["agree_of"] == "entitled",
                row["article"],
                row["version"],
                row["source"],
                row["mark"],
            )
    return None


def setting(name: str, on: dt.date) -> str:
    """Return a setting of ``settings.csv`` in force on a day.

    :raises InputError: the setting is not supplied; there are no defaults.
    """
    found = known_setting(name, on)
    if not found:
        raise InputError(
            Problem(
                Where(rule_file("settings"), name),
                _("“{name}” is not supplied, and it has no default").format(name=name),
                _("Write the office's own rule into this file, in the column value"),
            )
        )
    return found


def known_setting(name: str, on: dt.date) -> str:
    """Return a setting of ``settings.csv`` in force on a day, an empty text where it is not supplied."""
    values = [row["value"] for row in rule_rows("settings") if row["name"] == name and in_force(row, on)]
    return values[0] if values and values[0] != NOT_SUPPLIED else ""


def in_force(row: Row, on: dt.date) -> bool:
    """Return whether a rule holds on a day; a blank start or end is no bound."""
    return _start(row) <= on <= _end(row)


def rule_rows(name: str) -> tuple[Row, ...]:
    """Return the rows of a rule file: column → text.

    :param name: the file's name without ``.csv``.
    :raises InputError: there is no such file, a column is missing, a cell is wrong, or the dates of two rules overlap.
    """
    return _read(_path(name), _SUBJECTS.get(name, _LIST_SUBJECT))


def rule_file(name: str) -> str:
    """Return the file name of a rule file."""
    return f"{name}.csv"


def _path(name: str) -> Path:
    folders = [*([Path(os.environ[RULES])] if os.environ.get(RULES) else []), shipped("data/rules")]
    for folder in folders:
        if (folder / rule_file(name)).is_file() and Path(name).name == name:
            return folder / rule_file(name)
    choices = "、".join(sorted({path.stem for folder in folders for path in folder.glob("*.csv")}))
    what, repair = _("There is no rule file “{value}”"), _("Choose one of: {choices}").format(choices=choices)
    raise InputError(Problem(Where(rule_file(name)), what.format(value=rule_file(name)), repair))


@cache
def _read(path: Path, subject: tuple[str, ...]) -> tuple[Row, ...]:
    header, numbered = _cells(path)
    refuse(_missing_columns(path, header))
    refuse([problem for number, row in numbered for problem in _bad_cells(path.name, number, row)])
    refuse(_overlaps(path.name, numbered, subject))
    return tuple(row for _, row in numbered)


def _cells(path: Path) -> tuple[list[str], list[tuple[int, Row]]]:
    """Return the header, and each row with its line number; the encoding is UTF-8 or GB18030."""
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            reader = csv.DictReader(io.StringIO(content.decode(encoding), newline=""), restval="", restkey="")
            return list(reader.fieldnames or ()), list(enumerate(reader, 2))
        except UnicodeDecodeError:
            continue
    raise InputError(
        Problem(
            Where(path.name),
            _("The text is neither UTF-8 nor GB18030"),
            _("Open it in Excel or WPS and save it as “CSV UTF-8” or as .xlsx"),
        )
    )


def _missing_columns(path: Path, header: list[str]) -> list[Problem]:
    """Return a problem where an office's own file lacks columns of the shipped one."""
    model = shipped(f"data/rules/{path.name}")
    wanted = _cells(model)[0] if model.is_file() else []
    missing = [column for column in wanted if column not in header]
    if not missing:
        return []
    return [
        Problem(
            Where(path.name),
            _("The columns {columns} are missing").format(columns="、".join(missing)),
            _("Start from the file that travels with the kit, and keep its header"),
        )
    ]


def _bad_cells(file: str, number: int, row: Row) -> list[Problem]:
    bad_days = [column for column in _DAYS if row.get(column) and not _is_day(row[column])]
    bad_numbers = [column for column in _NUMBERS if column in row and not row[column].isdecimal()]
    return [
        Problem(
            Where(file, item=_line(number)),
            _("“{value}” in {column} is not a day").format(value=row[column], column=column),
            _("Write the day like 2022-05-01, or leave it blank"),
        )
        for column in bad_days
    ] + [
        Problem(
            Where(file, item=_line(number)),
            _("“{value}” in {column} is not a whole number").format(value=row[column], column=column),
            _("Write a number such as 25"),
        )
        for column in bad_numbers
    ]


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _overlaps(file: str, numbered: list[tuple[int, Row]], subject: tuple[str, ...]) -> list[Problem]:
    """Return a problem for each pair of rules of one subject whose dates overlap."""

    def about(entry: tuple[int, Row]) -> tuple[str, ...]:
        return tuple(entry[1].get(column) or "" for column in subject)

    problems = []
    for words, group in groupby(sorted(numbered, key=about), about):
        ordered = sorted(group, key=lambda entry: _start(entry[1]))
        problems += [
            Problem(
                Where(file, item=_line(number)),
                _("“{subject}” holds from {start}, but the rule in line {other} still holds then").format(
                    subject="、".join(filter(None, words)), start=row["effective_from"] or _("(blank)"), other=before
                ),
                _("End the older rule the day before the newer one starts"),
            )
            for (before, earlier), (number, row) in pairwise(ordered)
            if _end(earlier) >= _start(row)
        ]
    return problems


def _line(number: int) -> str:
    return _("line {number}").format(number=number)


def _start(row: Row) -> dt.date:
    return dt.date.fromisoformat(row.get("effective_from") or dt.date.min.isoformat())


def _end(row: Row) -> dt.date:
    return dt.date.fromisoformat(row.get("effective_to") or dt.date.max.isoformat())
