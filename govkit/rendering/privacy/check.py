"""The privacy check: refuse to publish a finished file that holds personal data or cannot be read.

It knows no institution. It has patterns of its own for identity numbers, mobile telephones, bank cards, e-mail
addresses and paths of a machine; names, addresses and other personal values are given to it, and so are the ordinary
phrases inside which a name does not count. It looks at every text of a file as a person reads it
(:mod:`~govkit.rendering.privacy.text_views`), at its name, and at the whole file's parts put together.
"""

import csv
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, cached_property
from itertools import groupby
from typing import Literal

from govkit.core.errors import InternalError, Problem, Severity, Where
from govkit.core.files import shipped
from govkit.core.i18n import gettext as _
from govkit.core.masks import mask_name
from govkit.rendering.privacy.extract import Part, Unreadable, parts
from govkit.rendering.privacy.extract.coded import decodings
from govkit.rendering.privacy.extract.ocr import read_picture
from govkit.rendering.privacy.names import NameIndex
from govkit.rendering.privacy.numbers import SHORTEST, Hit, is_card_number, is_identity_number, number_hits
from govkit.rendering.privacy.text_views import HAN, Joined, aligned, compatible, digit_runs, plain

__all__ = ["Hit", "PrivacyCheck", "is_card_number", "is_identity_number", "ordinary_phrases", "phrases"]

ORDINARY_PHRASES = "data/privacy/ordinary_phrases.csv"
MOST_TEXT = 30_000_000
MOST_SECONDS = 120
MOST_REPORTED = 20
MOST_TOLD = 200
"""How many values of one text are looked at closely; a text with more is refused all the same."""
SHORTEST_ACCOUNT, SHORTEST_ADDRESS = 10, 6
PROGRAMS = frozenset(
    ("govkit", "typst", "pandoc", "openpyxl", "python-docx", "python-pptx", "microsoft office user", "un-named")
)
"""Authors that programs write into a file and that name no person."""
Pictures = Literal["warn", "refuse", "read"]
"""What a picture means: a warning, a refusal, or a text that a program reads in it."""

_HAN_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")
_CLAUSE = re.compile(r"[，。；：！？,;!?\n]+")
_WORD_CHARACTER = re.compile(f"[0-9A-Za-z{HAN}]")
_REVERSED = re.compile(r"[\u202e\u2067\u200f]")


class PrivacyCheck:
    """The check of files for the public; ``PrivacyCheck()`` knows the patterns alone.

    :param personal: values of the ledgers by kind: ``name``, ``phone``, ``id_number``, ``address``, ``narrative``.
    :param ordinary: phrases inside which a name does not count.
    :param staff: login names of those who made the documents; they count like names.

    >>> check = PrivacyCheck({"name": ["欧阳样例"]}, ordinary=["样例村"])
    >>> [problem.where.source for problem in check.check("公示.txt", "由欧阳样例办理".encode())]
    ['公示.txt']
    >>> check.check("公示.txt", "样例村公示".encode())
    []
    """

    def __init__(
        self,
        personal: Mapping[str, Iterable[str]] | None = None,
        ordinary: Iterable[str] = (),
        staff: Iterable[str] = (),
        pictures: Pictures = "warn",
    ) -> None:
        given = {kind: list(values) for kind, values in (personal or {}).items()}
        self.index = NameIndex((*given.get("name", ()), *staff), ordinary)
        self.pictures = pictures
        self.numbers = frozenset(
            digits for kind in ("phone", "id_number") for value in given.get(kind, ()) for digits in _numbers_in(value)
        )
        self.accounts = frozenset(
            words
            for kind in ("address", "narrative", "id_number")
            for value in given.get(kind, ())
            for piece in (value, *(_CLAUSE.split(value) if kind == "narrative" else ()))
            if len(words := _letters(plain(piece))[0]) >= (SHORTEST_ACCOUNT if kind != "address" else SHORTEST_ADDRESS)
        )

    @property
    def names(self) -> frozenset[str]:
        """The names that are looked for, folded."""
        return self.index.names

    @property
    def ordinary(self) -> frozenset[str]:
        """The phrases inside which a name does not count, folded."""
        return self.index.ordinary

    def check(self, name: str, content: bytes) -> list[Problem]:
        """Return the problems of a file, by its name and bytes; it may be published if none of them is an error.

        No problem shows a personal value in full. A file that cannot be read is an error, never an exception.
        """
        found: dict[tuple[str, ...], Problem] = {}
        deadline = time.monotonic() + MOST_SECONDS
        length = pictures = 0
        try:
            for part in (Part("", name, "about"), *parts(name, content)):
                length += len(part.text)
                if length > MOST_TEXT or time.monotonic() > deadline:
                    raise _too_much()
                if part.kind == "picture" and self.pictures == "read" and part.pixels is not None:
                    part = Part(part.place, read_picture(part.pixels()))  # noqa: PLW2901 - the picture as a text
                pictures += part.kind == "picture"
                for key, problem in self._of_part(name, part):
                    found.setdefault((part.place, *key), problem)
        except Unreadable as error:
            found[()] = Problem(Where(name, error.place), error.what, error.repair)
        except (RecursionError, MemoryError):
            found[()] = Problem(Where(name), _too_much().what, _too_much().repair)
        except Exception as error:  # a hostile file may raise anything in a library; it is not published
            what = _("the file cannot be read ({reason})").format(reason=type(error).__name__)
            found[()] = Problem(Where(name), what, _("Open it in its own program and save it again"))
        return _shortened(name, found.values(), pictures, self.pictures)

    def withheld(self, text: str) -> str:
        """Return a text with every personal value masked.

        >>> PrivacyCheck({"name": ["王小明"]}).withheld("王小明（138 0000 1234）申请")
        '王某（******）申请'
        """
        folded, places = aligned(text)
        said = text
        for hit in sorted(_apart(self.hits(folded)), key=lambda one: -one.start):
            said = said[: places[hit.start]] + hit.shown + said[places[hit.end - 1] + 1 :]
        return said

    def _of_part(self, name: str, part: Part) -> Iterator[tuple[tuple[str, ...], Problem]]:
        """Yield the problems of a part, each with a key that is unique within the part."""
        where = Where(name, part.place)
        if part.kind == "author" and part.text.casefold() not in PROGRAMS:
            what = _("the properties name who made the file: {words}").format(words=_mask_word(part.text))
            yield (what,), Problem(where, what, _("Remove the properties and personal information from the file"))
        elif part.kind == "hidden":
            what = _("the file holds what a reader does not see: {what}").format(what=part.text)
            repair = _("Show it or take it out for good: accept changes, delete comments and sheets")
            yield (what,), Problem(where, what, repair)
        elif part.kind in ("text", "column", "about"):
            for said in _readings(part.text):
                yield from self._of_text(where, said, down=part.kind == "column")

    def _of_text(self, where: Where, said: str, *, down: bool) -> Iterator[tuple[tuple[str, ...], Problem]]:
        seen: set[tuple[str, str]] = set()
        for hit in self.hits(said):
            key = (hit.kind, _letters(said[hit.start : hit.end])[0])
            by_chance = down and len(key[1]) < 3 and "\n" in said[hit.start : hit.end]
            if key in seen or by_chance:
                continue
            seen.add(key)
            what = _("it holds {kind}: …{excerpt}…").format(kind=hit.kind, excerpt=self._excerpt(said, hit))
            yield key, Problem(where, what, _("Take it out or mask it, and make the file again"))
            if len(seen) > MOST_TOLD:
                return

    def hits(self, text: str) -> Iterator[Hit]:
        """Yield the personal values in a folded text; they may overlap."""
        yield from number_hits(text, self.numbers)
        name = _("a person's name")
        joined = Joined(text)
        for found in self.index.found(joined):
            start, end = joined.span(*found)
            yield Hit(name, start, end, mask_name(joined.text[slice(*found)]))
        for start, end in self.index.written_otherwise(text):
            yield Hit(name, start, end, "某某")
        yield from self._accounts(text)

    def _accounts(self, text: str) -> Iterator[Hit]:
        if self._account_starts is None:
            return
        said, at = _letters(text)
        for found in self._account_starts.finditer(said):
            start = found.start()
            for words in self._accounts_by_start.get(said[start : start + SHORTEST_ADDRESS], ()):
                if said.startswith(words, start):
                    yield Hit(_("a personal entry of the ledgers"), at[start], at[start + len(words) - 1] + 1, "******")

    @cached_property
    def _accounts_by_start(self) -> dict[str, list[str]]:
        by_start = groupby(sorted(self.accounts), lambda words: words[:SHORTEST_ADDRESS])
        return {start: list(group) for start, group in by_start}

    @cached_property
    def _account_starts(self) -> re.Pattern[str] | None:
        return _any_of(words[0] for words in self.accounts)

    def _excerpt(self, text: str, hit: Hit) -> str:
        """Return the masked hit with a few masked characters around it, to find its place."""
        before, after = (
            self.withheld(text[max(0, hit.start - 40) : hit.start]),
            self.withheld(text[hit.end : hit.end + 40]),
        )
        words = f"{before[-8:]}{hit.shown}{after[:8]}"
        return re.sub(r"\d(?=\d{3})", "*", " ".join(words.split()))


def _readings(text: str) -> Iterator[str]:
    """Yield a text folded, with its codes resolved, and backwards where it is written from right to left."""
    folded = plain(text)
    yield folded
    yield from map(plain, decodings(text))
    if _REVERSED.search(text):
        yield folded[::-1]


def _letters(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of a folded text, and the position of each."""
    at = [found.start() for found in _WORD_CHARACTER.finditer(text)]
    return "".join(text[place] for place in at), at


def _numbers_in(value: str) -> Iterator[str]:
    """Yield the numbers in a cell as digits: each of them, and one that is written in several groups."""
    for text in dict.fromkeys((plain(value), *re.split(r"[、,;/|]", plain(value)))):
        for run in digit_runs(text):
            digits = "".join(group.digits for group in run)
            if SHORTEST <= len(digits) <= 20:
                yield digits


def _any_of(letters: Iterable[str]) -> re.Pattern[str] | None:
    inside = "".join(map(re.escape, sorted(set(letters))))
    return re.compile(f"[{inside}]") if inside else None


def _overlap(span: tuple[int, int], hit: Hit) -> bool:
    return span[0] < hit.end and hit.start < span[1]


def _apart(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits that do not overlap; of overlapping ones the longest."""
    chosen: list[Hit] = []
    for hit in sorted(hits, key=lambda one: one.start - one.end):
        if not any(_overlap((hit.start, hit.end), other) for other in chosen):
            chosen.append(hit)
    return chosen


def _shortened(name: str, found: Iterable[Problem], pictures: int, meaning: Pictures) -> list[Problem]:
    problems = list(found)
    if len(problems) > MOST_REPORTED:
        what = _("{count} more places are not listed").format(count=len(problems) - MOST_REPORTED)
        problems = [*problems[:MOST_REPORTED], Problem(Where(name), what, _("Fix these first and check again"))]
    if pictures:
        what = _("{count} pictures, which nobody has read").format(count=pictures)
        severity: Severity = "error" if meaning == "refuse" else "warning"
        problems.append(Problem(Where(name), what, _("Look at them yourself before you publish"), severity=severity))
    return problems


@cache
def ordinary_phrases() -> frozenset[str]:
    """Return the phrases of the kit's documents, from the reviewed file :data:`ORDINARY_PHRASES` and nowhere else.

    :raises InternalError: the file is missing or no such table.
    """
    path = shipped(ORDINARY_PHRASES)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return frozenset(line["phrase"] for line in csv.DictReader(file))
    except (OSError, ValueError, KeyError, csv.Error) as error:
        what = _("the list of ordinary phrases cannot be read ({reason})").format(reason=type(error).__name__)
        raise InternalError(Problem(Where(str(path)), what, _("Install the kit again"))) from error


def phrases(text: str) -> Collection[str]:
    """Return the runs of two or more Chinese characters of a text, each once.

    >>> list(phrases("本月办结{count}件，按时办结"))
    ['本月办结', '按时办结']
    """
    return dict.fromkeys(_HAN_RUN.findall(compatible(text)))


def _mask_word(words: str) -> str:
    return f"{words[:1]}{'*' * min(len(words) - 1, 6)}"


def _too_much() -> Unreadable:
    return Unreadable(_("the file holds more than can be checked"), _("Publish it in parts"))
