"""The register of places in force: an office's own, else the shipped one.

An office installs its own register into its store; ``GOVKIT_PLACES`` names one elsewhere (for a store behind a URL).
It is a CSV file with the columns 编码, 名称, 层级 (区, 乡镇（街道）, 村), 上级 (the code of the unit above), 备注.
"""

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from govkit.core.errors import InputError, Problem, Where, refuse
from govkit.core.files import PLACES, REGISTER
from govkit.core.i18n import gettext as _
from govkit.core.spreadsheet import csv_text, plain_text
from govkit.ledgers.cells import plain
from govkit.ledgers.declare import Level
from govkit.ledgers.places import LEVEL_TITLES, Place, Places, shipped_places
from govkit.ledgers.read.text import decoded

HEADINGS = {"编码": "code", "名称": "name", "层级": "level", "上级": "parent", "备注": "remark"}
_LEVELS: dict[str, Level] = {word: level for level, title in LEVEL_TITLES.items() for word in (title, level)}
_LEVELS |= {"示范区": "district", "乡镇": "township", "街道": "township", "乡镇(街道)": "township"}
_ABOVE: dict[Level, Level | None] = {"district": None, "township": "district", "village": "township"}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")


def places_in_force(store: str = "") -> Places:
    """Return the register that ``GOVKIT_PLACES`` names, else the store's own, else the shipped one.

    >>> len(places_in_force().at("village"))
    104

    :raises InputError: the file is missing or wrong.
    """
    named = os.environ.get(PLACES)
    path = Path(named) if named else Path(store) / REGISTER
    if named or ("://" not in store and store and os.path.isfile(path)):  # noqa: PTH113 - Path.is_file raises where one may not look
        return read_register(path)
    return shipped_places()


def no_register(url: str) -> Problem:
    """Return the problem of a store that cannot hold a register."""
    return Problem(
        Where(url),
        _("A store behind a URL holds no register of places"),
        _("Name the register's file in the variable {name}").format(name=PLACES),
    )


def written_register(places: Places) -> str:
    """Return a register as the text of a CSV file, to be edited and installed again.

    >>> written_register(shipped_places()).splitlines()[0]
    '编码,名称,层级,上级,备注'
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(HEADINGS)
    rows.writerows(map(csv_text, (p.code, p.name, LEVEL_TITLES[p.level], p.parent, p.remark)) for p in places)
    return text.getvalue()


def read_register(path: Path) -> Places:
    """Return the places of a register file.

    :raises InputError: the file is missing or wrong; it carries every problem.
    """
    if not path.is_file():
        raise InputError(Problem(Where(str(path)), _("There is no such file"), _("Check the path and the file name")))
    lines = csv.DictReader(io.StringIO(decoded(path), newline=""))
    columns = {HEADINGS.get(plain(heading), plain(heading)): heading for heading in lines.fieldnames or ()}
    missing = [title for title, name in HEADINGS.items() if name not in columns and name != "remark"]
    if missing:
        raise InputError(
            Problem(
                Where(path.name),
                _("The columns {columns} are missing").format(columns="、".join(missing)),
                _("Use the headings {headings}").format(headings="、".join(HEADINGS)),
            )
        )
    rows = [
        (lines.line_num, {name: plain_text(plain(row.get(heading) or "")) for name, heading in columns.items()})
        for row in lines
        if any(isinstance(cell, str) and cell.strip() for cell in row.values())
    ]
    refuse([problem for number, row in rows for problem in _row_problems(path.name, number, row)])
    places = [Place(r["code"], r["name"], _LEVELS[r["level"]], r["parent"], r.get("remark", "")) for _n, r in rows]
    refuse(list(_register_problems(path.name, places)))
    return Places(places)


def _row_problems(file: str, number: int, row: dict[str, str]) -> Iterator[Problem]:
    where = Where(file, item=_("line {number}").format(number=number))
    if not _CODE.fullmatch(row["code"]):
        yield Problem(
            where,
            _("“{value}” is not a code").format(value=row["code"]),
            _("Use letters, digits and hyphens, 40 at the most"),
        )
    if not row["name"]:
        yield Problem(where, _("The name is blank"), _("Fill it in; this column may not be left blank"))
    if row["level"] not in _LEVELS:
        yield Problem(
            where,
            _("“{value}” is not one of the words allowed here").format(value=row["level"]),
            _("Choose one of: {choices}").format(choices="、".join(LEVEL_TITLES.values())),
        )


def _register_problems(file: str, places: list[Place]) -> Iterator[Problem]:
    where = Where(file)
    for what, values in ((_("code"), (p.code for p in places)), (_("name"), (p.name for p in places))):
        for value, count in Counter(values).items():
            if count > 1:
                yield Problem(
                    where,
                    _("The {what} “{value}” stands there {count} times").format(what=what, value=value, count=count),
                    _("Every place needs a code and a name of its own; add the township unit's name to the village's"),
                )
    levels = {place.code: place.level for place in places}
    if list(levels.values()).count("district") != 1:
        yield Problem(where, _("There must be exactly one district"), _("Give one row the level 区 and no unit above"))
    for place in places:
        above = _ABOVE[place.level]
        if above != (levels.get(place.parent) if place.parent else None):
            yield Problem(
                Where(file, item=place.name),
                _("“{value}” is not the unit above it").format(value=place.parent),
                _("Write the code of the {level} it belongs to").format(
                    level=LEVEL_TITLES.get(above or "district", "")
                ),
            )
