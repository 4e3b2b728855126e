"""How free text is worded for the public: as the office decided, else with every person, number and address masked.

A free text (the title of a matter) may hold anything, so it never goes public as it stands. What was masked is listed
for the clerk, whose decisions are the office's rule file ``public_wordings.csv``: an original and its public wording.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from govkit.core.masks import COMMON_SURNAMES
from govkit.core.spreadsheet import plain_text
from govkit.institutions import ledgers
from govkit.institutions.rulebook import official_texts, rule_rows
from govkit.ledgers.mask import free_texts
from govkit.ledgers.places import Places
from govkit.rendering.privacy.check import PrivacyCheck, ordinary_phrases
from govkit.rendering.privacy.text_views import HAN

WORDS, WORDINGS = "publication_words", "public_wordings"
_UNKNOWN_PERSON = re.compile(
    rf"(?<![{HAN}])([{''.join(sorted(COMMON_SURNAMES))}])[{HAN}]{{1,2}}"
    "(?=家(?![庭园属具电长乡禽政])|同志|先生|女士|夫妇|夫妻|父子|母子|等[0-9一二三四五六七八九十]*[户人名]|户(?![外籍型口数主均厕]))"
)
_ADDRESS = re.compile(
    r"[0-9０-９一二三四五六七八九十]+(?:号楼|号院|号房|栋|幢|单元|室|组[0-9]+号)(?:[0-9]+(?:单元|室|号))*"
    r"|(?<=[路街巷里弄庄村组])[0-9０-９]+号"
)
_LONG_NUMBER = re.compile(r"[0-9０-９][0-9０-９ \-]{4,}[0-9０-９]")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A free text of which something was masked, for the clerk to decide: where it stands and how it would read."""

    ledger: str
    column: str
    original: str
    public: str


class PublicWording:
    """The public wording of the free texts of a store's ledgers.

    :param frames: the ledgers' frames by code, unmasked.
    :param places: the register of places, whose names are nobody's.
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame], places: Places) -> None:
        self._frames, self._places = frames, places
        self._known: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """Return the public wording of a text."""
        if text not in self._known:
            self._known[text] = self._decided.get(text) or self._masked(text)
        return self._known[text]

    def __getstate__(self) -> dict[str, object]:
        self._check  # noqa: B018 - made now, from rows that are not handed on
        return {**self.__dict__, "_frames": {}}

    def proposals(self) -> list[Proposal]:
        """Return the free texts that nobody has decided on and of which something was masked, each once."""
        found: dict[str, Proposal] = {}
        for code, ledger in ledgers().items():
            for name in free_texts(ledger):
                for text in self._frames[code][name].dropna().unique().tolist():
                    public = self(str(text))
                    if public != text and text not in self._decided:
                        found.setdefault(text, Proposal(ledger.title, ledger[name].title, text, public))
        return list(found.values())

    def _masked(self, text: str) -> str:
        said = self._check.withheld(text)
        for pattern, shown in ((_UNKNOWN_PERSON, r"\1某"), (_ADDRESS, "**"), (_LONG_NUMBER, "******")):
            said = pattern.sub(shown, said)
        return said

    @cached_property
    def _decided(self) -> dict[str, str]:
        rows = rule_rows(WORDINGS)
        return {plain_text(row["original"]): plain_text(row["public"]) for row in rows if row["public"].strip()}

    @cached_property
    def _check(self) -> PrivacyCheck:
        return PrivacyCheck(personal_values(self._frames), ordinary_words(self._places))


def personal_values(frames: Mapping[str, pd.DataFrame]) -> dict[str, set[str]]:
    """Return the distinct values of the personal columns of all ledgers, by kind."""
    found: dict[str, set[str]] = {}
    for code, name, kind in _personal_columns():
        found.setdefault(kind, set()).update(map(str, frames[code][name].dropna().unique().tolist()))
    return found


def ordinary_words(places: Places) -> set[str]:
    """Return the phrases inside which a name does not count: places, the kit's sentences, the office's own words."""
    return {place.name for place in places} | ordinary_phrases() | {text.text for text in official_texts(WORDS)}


def _personal_columns() -> Iterator[tuple[str, str, str]]:
    for code, ledger in ledgers().items():
        for column in ledger.columns:
            if column.personal:
                yield code, column.name, column.personal
