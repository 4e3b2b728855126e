"""Platforms whose exports can be imported, each declared by a file ``platform_<name>.csv`` under ``data/rules/``.

The headings of the real platform are not known; the shipped file is an illustrative example.
"""

import os
from pathlib import Path

from govkit.core.errors import InputError, Problem, UsageError, Where
from govkit.core.files import RULES, shipped
from govkit.core.i18n import gettext as _
from govkit.institutions.rulebook import Row, rule_file, rule_rows
from govkit.ledgers.declare import Ledger
from govkit.ledgers.read.platform_export import Platform

PREFIX = "platform_"
LEDGER, COLUMN, WORD, NUMBERS, FIXED = "台账", "栏目", "取值", "前缀", "固定"
"""Kinds of rows in the file: the ledger, a heading, a word, a prefix of numbers, a value of every row."""


def platform_names() -> list[str]:
    """Return the names of all platforms, the office's own included.

    >>> "示意平台" in platform_names()
    True
    """
    own = Path(os.environ[RULES]) if os.environ.get(RULES) else None
    folders = [folder for folder in (own, shipped("data/rules")) if folder]
    files = {file.stem.removeprefix(PREFIX) for folder in folders for file in folder.glob(f"{PREFIX}*.csv")}
    return sorted(files)


def platform(name: str) -> Platform:
    """Return a platform by its name.

    :raises UsageError: there is no such platform.
    :raises InputError: its file names no ledger, or a column that its ledger lacks.
    """
    if name not in platform_names():
        raise UsageError(
            Problem(
                Where("--platform", item=name),
                _("There is no platform “{value}”").format(value=name),
                _("Choose one of: {choices}").format(choices="、".join(platform_names())),
            )
        )
    rows = rule_rows(PREFIX + name)
    ledger = _ledger(name, rows)
    _refuse_unknown(name, ledger, rows)
    rows_of = {kind: [row for row in rows if row["group"] == kind] for kind in (COLUMN, WORD, NUMBERS, FIXED)}
    return Platform(
        name=name,
        ledger=ledger,
        headings={row["platform"]: row["ledger"] for row in rows_of[COLUMN]},
        words={(row["ledger"], row["platform"]): row["value"] for row in rows_of[WORD]},
        prefixes={row["ledger"]: row["value"] for row in rows_of[NUMBERS]},
        fixed={row["ledger"]: row["value"] for row in rows_of[FIXED]},
    )


def _ledger(name: str, rows: tuple[Row, ...]) -> Ledger:
    from govkit.institutions import ledgers

    by_title = {ledger.title: ledger for ledger in ledgers().values()}
    titles = [row["ledger"] for row in rows if row["group"] == LEDGER]
    if len(titles) == 1 and titles[0] in by_title:
        return by_title[titles[0]]
    raise InputError(
        Problem(
            Where(rule_file(PREFIX + name), LEDGER),
            _("The file does not name one ledger that the platform's rows go to"),
            _("Write one row with {kind} and the ledger's title").format(kind=LEDGER),
        )
    )


def _refuse_unknown(name: str, ledger: Ledger, rows: tuple[Row, ...]) -> None:
    titles = {column.title for column in ledger.columns}
    problems = [
        Problem(
            Where(rule_file(PREFIX + name), row["group"], row["number"]),
            _("“{value}” is no column of {ledger}").format(value=row["ledger"], ledger=ledger.title),
            _("Choose one of: {choices}").format(choices="、".join(column.title for column in ledger.columns)),
        )
        for row in rows
        if row["group"] != LEDGER and row["ledger"] and row["ledger"] not in titles
    ]
    if problems:
        raise InputError(problems)
