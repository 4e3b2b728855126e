"""Names to declarations: a ledger, an indicator or a place by its code, its Chinese name or a synonym."""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property
from html import escape
from typing import TypeVar, cast

import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.declare import Ledger, Level
from govkit.ledgers.indicator import Measure
from govkit.ledgers.places import LEVEL_TITLES, Place, Places

T = TypeVar("T")
_NEAR, _SHOWN, _LISTED = 55, 3, 12
_LEVELS: dict[str, Level] = {word: level for level, word in LEVEL_TITLES.items()}
_LEVELS |= {"示范区": "district", "全区": "district", "乡镇": "township", "街道": "township", "乡": "township"}
_LEVELS |= {"镇": "township", "乡镇街道": "township", "行政村": "village", "districts": "district"}
_LEVELS |= {"townships": "township", "villages": "village"}
_DISTRICT = ("区", "全区", "本区", "区级")
_OFFICE = ("办事处", "办")


def listed(names: object) -> list[str]:
    """Return one name or several as a list.

    >>> listed("G4"), listed(("G4", "G6"))
    (['G4'], ['G4', 'G6'])
    """
    return list(names) if isinstance(names, Iterable) and not isinstance(names, str) else [cast(str, names)]


def plain_name(name: object) -> str:
    """Return a name as it is compared: width, case, spaces and quotation marks do not matter.

    >>> plain_name(" Ｇ６ "), plain_name("“化解 率”")
    ('g6', '化解率')
    """
    text = unicodedata.normalize("NFKC", str(name)).casefold()
    return "".join(char for char in text if not char.isspace() and char not in "“”\"'《》")


def ledger_names(ledger: Ledger) -> tuple[str, ...]:
    """Return the names that a ledger is found by: its code, its title with and without 台账, its synonyms."""
    return (ledger.code, ledger.title, ledger.title.removesuffix("台账"), *ledger.synonyms)


def measure_names(measure: Measure) -> tuple[str, ...]:
    """Return the names that an indicator is found by: its code, its label, its synonyms."""
    return (measure.code, measure.label, *measure.synonyms)


def find(name: object, items: Mapping[str, T], names: Mapping[str, Iterable[str]], what: str, listing: str) -> T:
    """Return the item that bears a name.

    :param items: code → item.
    :param names: code → the names it is found by.
    :param what: the mistake where there is none.
    :param listing: how all of them are listed, for the repair.
    :raises InputError: no item bears the name; the repair gives the nearest names.
    """
    known = {plain_name(one): code for code, listed in names.items() for one in listed}
    code = known.get(plain_name(name))
    if code is not None:
        return items[code]
    near = nearest(plain_name(name), known)
    if near:
        said = "、".join(_named(code, names[code]) for code in near)
        raise InputError(
            Problem(Where(str(name)), what, f"{_('Did you mean {names}?').format(names=said)} {listing}".strip())
        )
    more = f"…{listing}" if len(items) > _LISTED else ""
    choices = _("Choose one of: {choices}").format(choices="、".join(list(items)[:_LISTED]) + more)
    raise InputError(Problem(Where(str(name)), what, choices))


def nearest(text: str, known: Mapping[str, str]) -> list[str]:
    """Return the codes of up to three names most like a text, the nearest first."""
    from rapidfuzz import fuzz, process

    found = process.extract(text, list(known), scorer=fuzz.ratio, score_cutoff=_NEAR, limit=2 * _SHOWN)
    return list(dict.fromkeys(known[name] for name, _score, _at in found))[:_SHOWN]


def level_of(word: object) -> Level:
    """Return the level that a word names, such as ``village``, 村 or 乡镇（街道）.

    :raises InputError: the word names no level.

    >>> level_of("乡镇"), level_of("village")
    ('township', 'village')
    """
    levels: dict[str, Level] = {level: level for level in LEVEL_TITLES}
    names: dict[Level, list[str]] = {
        level: [level, *(w for w, of in _LEVELS.items() if of == level)] for level in levels.values()
    }
    what = _("“{value}” is no level of units").format(value=word)
    return find(word, levels, {str(level): listed for level, listed in names.items()}, what, "")


def _named(code: str, names: Iterable[str]) -> str:
    title = next((name for name in names if name != code), "")
    return f"{title}（{code}）" if title else code


class PlaceRegister(Places):
    """The places of a snapshot: looked up by code, name or the forms that staff use; called, a frame of them.

    >>> snapshot.places("village").shape
    (104, 5)
    >>> snapshot.places.find("文昌办事处").name, snapshot.places.find("全区").name
    ('文昌街道', '示范区')
    """

    def __call__(self, level: Level | None = None, within: str = "") -> pd.DataFrame:
        """Return the places as a frame with Chinese headings, indexed by code.

        :param level: only those of a level: ``district``, ``township`` or ``village``.
        :param within: only the place of this name and those below it.
        :return: the columns 名称, 层级, 上级, 所属乡镇（街道）, 备注.
        :raises InputError: there is no such level or place.
        """
        from govkit.figures.table import Table

        inside = self.find(within).code if within else ""
        wanted = level_of(level) if level else None
        rows = [
            p for p in self.all if (not wanted or p.level == wanted) and (not inside or inside in self.line(p.code))
        ]
        frame = Table(
            {
                "名称": [p.name for p in rows],
                "层级": [LEVEL_TITLES[p.level] for p in rows],
                "上级": [self.names.get(p.parent, "") for p in rows],
                "所属乡镇（街道）": ["" if p.level == "district" else self.names[p.township] for p in rows],
                "备注": [p.remark for p in rows],
            },
            index=pd.Index([p.code for p in rows], name="编码"),
        )
        return frame.about({}, masks={})

    def find(self, text: str) -> Place:
        """Return the place with this code or name.

        :raises InputError: there is no such place; the repair gives the nearest names.
        """
        known = self._by_code.get(text) or self.by_name.get(text)
        if known is not None:
            return known
        what = _("There is no place called “{value}”").format(value=text)
        return find(text, self._by_code, self._forms, what, "")

    @cached_property
    def _forms(self) -> dict[str, list[str]]:
        """Code → every name that a place is found by; a short form that two places share is nobody's."""
        taken = {plain_name(name) for name in self.by_name}
        forms = {place.code: [place.name, place.code] for place in self.all}
        for name, place in self.by_name.items():
            forms[place.code].append(name)
        short: dict[str, list[str]] = {}
        for place in self.all:
            for form in _short_forms(place):
                if plain_name(form) not in taken:
                    short.setdefault(form, []).append(place.code)
        for form, codes in short.items():
            if len(codes) == 1:
                forms[codes[0]].append(form)
        return forms

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.names)

    def __repr__(self) -> str:
        counts = "、".join(f"{title}{len(self.at(level))}" for level, title in LEVEL_TITLES.items())
        return f"{type(self).__name__}({self.district.name!r}: {counts})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{self().to_html()}"


def _short_forms(place: Place) -> list[str]:
    if place.level == "district":
        return [place.name, *_DISTRICT]
    if place.level == "village":
        return []
    stem = place.name.removesuffix("街道").removesuffix("乡").removesuffix("镇")
    return [stem, *(f"{place.name}{word}" for word in _OFFICE), *(f"{stem}{word}" for word in _OFFICE)]
