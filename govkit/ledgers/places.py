"""Places: the district, its township units and villages.

:mod:`govkit.ledgers.register` chooses between an office's own register and the shipped one (``data/places.csv``).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import cast

from rapidfuzz import fuzz, process

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import shipped
from govkit.core.i18n import gettext as _
from govkit.ledgers.declare import Level

_BODY = re.compile(
    r"((?<=村)|(?=村)|(?<=社区))(村?民?委员会|村?委会?|村?党支部|村?党总支|村两委|居委会)$|"
    r"(人民政府|政府|党委|办事处|党工委|镇委|乡委|村民委员会|村委会|村党支部|党支部|支部委员会)$"
)
"""What stands after a unit's name where its body is meant."""
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
        return [place for place in (self.below(within) if within else self.all) if place.level == level]

    def below(self, code: str) -> list[Place]:
        """Return a place and all places below it, in register order.

        >>> [place.name for place in shipped_places().below("yangmiao")][:2]
        ['阳庙镇', '梁庄村']
        """
        return self._below.get(code, [])

    @cached_property
    def _below(self) -> dict[str, list[Place]]:
        """Code → the place and all places below it."""
        found: dict[str, list[Place]] = {}
        for place in self.all:
            for code in self.line(place.code):
                found.setdefault(code, []).append(place)
        return found

    def line(self, code: str) -> tuple[str, ...]:
        """Return the codes from the place up to the district."""
        place = self._by_code[code]
        return (code, *self.line(place.parent)) if place.parent else (code,)

    def recognised(self, text: str) -> Place | None:
        """Return the place that staff mean by a name with the units above it before it, or with its body after it.

        None where there is no such place, or where it does not lie in the unit named before it.

        >>> places = shipped_places()
        >>> [places.recognised(text).name for text in ("阳庙镇北西尚村", "北西尚村村委会", "示范区阳庙镇人民政府")]
        ['北西尚村', '北西尚村', '阳庙镇']
        >>> places.recognised("宁郭镇北西尚村")
        """
        bare = _BODY.sub("", text)
        for start in range(len(bare)):
            place = self.by_name.get(bare[start:])
            if place is not None and self._lies_in(place, bare[:start]):
                return place
        return None

    def _lies_in(self, place: Place, before: str) -> bool:
        """Return whether words before a place's name are names of units above it, the largest first."""
        for code in reversed(self.line(place.code)[1:]):
            name = self[code].name
            short = name.removesuffix("街道").removesuffix("办事处")
            before = before.removeprefix(name).removeprefix(short if len(short) > 1 else name).removeprefix("办事处")
        return not before

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
    near = process.extract(text, places.by_name.keys(), scorer=fuzz.ratio, limit=3, score_cutoff=50)
    if near:
        names = "、".join(dict.fromkeys(places.by_name[name].name for name, _score, _index in near))
        return what, _("Did you mean {names}?").format(names=names)
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
