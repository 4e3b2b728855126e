"""Places: the district, its township units and villages.

:mod:`govkit.ledgers.register` chooses between an office's own register and the shipped one (``data/places.csv``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import cast

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import shipped
from govkit.core.i18n import gettext as _
from govkit.ledgers.declare import Level

LEVEL_TITLES: dict[Level, str] = {"district": "区", "township": "乡镇（街道）", "village": "村"}


@dataclass(frozen=True, slots=True)
class Place:
    """One unit: its code, name, level, the code of the unit above it, and a remark on what is synthetic about it."""

    code: str
    name: str
    level: Level
    parent: str
    remark: str = ""

    @property
    def township(self) -> str:
        """The code of the township unit it belongs to; for a district or a township unit its own code."""
        return self.parent if self.level == "village" else self.code


class Places:
    """A register of places, looked up by code or by the name that staff write.

    >>> places = shipped_places()
    >>> places.find("北西尚").name, len(places.at("village", places.find("阳庙镇").code))
    ('北西尚村', 18)
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self.all: tuple[Place, ...] = tuple(places)
        self._by_code = {place.code: place for place in self.all}

    def __getitem__(self, code: str) -> Place:
        return self._by_code[code]

    def __iter__(self) -> Iterator[Place]:
        return iter(self.all)

    @cached_property
    def by_name(self) -> dict[str, Place]:
        """Name → place, with the forms that staff use: a village with or without 村."""
        names: dict[str, Place] = {}
        for place in self.all:
            for form in _forms(place):
                names.setdefault(form, place)
        return names

    @cached_property
    def names(self) -> dict[str, str]:
        """Code → name."""
        return {place.code: place.name for place in self.all}

    @property
    def district(self) -> Place:
        """The one place without a parent."""
        return next(place for place in self.all if place.level == "district")

    def at(self, level: Level, within: str = "") -> list[Place]:
        """Return the places of a level, in register order.

        :param within: the code of a place; only itself and places below it are returned.
        """
        return [p for p in self.all if p.level == level and (not within or within in self.line(p.code))]

    def line(self, code: str) -> tuple[str, ...]:
        """Return the codes from the place up to the district."""
        place = self._by_code[code]
        return (code, *self.line(place.parent)) if place.parent else (code,)

    def find(self, text: str) -> Place:
        """Return the place with this code or name.

        :raises InputError: there is no such place; the repair gives the nearest names.
        """
        place = self._by_code.get(text) or self.by_name.get(text)
        if place is None:
            raise InputError(Problem(Where(_("place")), *unknown_place(text, self)))
        return place


def unknown_place(text: str, places: Places) -> tuple[str, str]:
    """Return the mistake and the repair for an unknown place name."""
    what = _("There is no place called “{value}”").format(value=text)
    near = get_close_matches(text, list(places.by_name), n=3, cutoff=0.5)
    if near:
        return what, _("Did you mean {names}?").format(
            names="、".join(dict.fromkeys(places.by_name[n].name for n in near))
        )
    return what, _("Choose a name from the drop-down list, or add the place to the register of places")


def _forms(place: Place) -> set[str]:
    if place.level != "village":
        return {place.name}
    return {place.name, place.name.removesuffix("村"), place.name.removesuffix("村") + "村"}


@cache
def shipped_places() -> Places:
    """Return the shipped register.

    >>> shipped_places().district.name
    '示范区'
    """
    return read_places(shipped("data/places.csv"))


def read_places(path: Path) -> Places:
    """Return the register of a CSV file with the columns code, name, level, parent, remark, unchecked."""
    import csv

    with path.open(encoding="utf-8-sig", newline="") as file:
        return Places(
            Place(row["code"], row["name"], cast(Level, row["level"]), row["parent"], row["remark"])
            for row in csv.DictReader(file)
        )
