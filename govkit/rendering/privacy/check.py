"""The privacy check: refuse to publish a finished file that holds personal data or cannot be read.

It knows no institution. It has patterns of its own for identity numbers, mobile telephones, bank cards, e-mail
addresses and paths of a machine; names, addresses and other personal values are given to it, and so are the ordinary
phrases inside which a name does not count.

How names count. A name of three characters or more counts anywhere outside an ordinary phrase (a place's name, a
sentence of a template). A name of two characters is often part of another word, so it counts only by itself, after a
word that asks for a name (申请人) or before one that follows a name (同志). Long accounts count where they occur whole.
"""

import csv
import re
import time
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby

from govkit.core.errors import InternalError, Problem, Where
from govkit.core.files import shipped
from govkit.core.i18n import gettext as _
from govkit.rendering.privacy.extract import Part, Unreadable, parts

ORDINARY_PHRASES = "data/privacy/ordinary_phrases.csv"
MOST_TEXT = 30_000_000
MOST_SECONDS = 120
MOST_REPORTED = 20
SHORTEST_ACCOUNT, SHORTEST_ADDRESS = 10, 6
PROGRAMS = frozenset(("govkit", "typst", "pandoc", "openpyxl", "python-docx", "microsoft office user", "un-named"))
"""Authors that programs write into a file and that name no person."""

_ASKS_FOR_NAME = (
    *("姓名", "户主", "申请人", "当事人", "负责人", "联系人", "经办人", "代办员", "调解员", "网格员", "监督员"),
    *("建议人", "帮扶人", "考生", "评委", "村民", "党员", "群众", "书记", "主任", "户", "由", "为", "是", ":"),
)
_FOLLOWS_NAME = ("同志", "先生", "女士", "一家", "家", "户", "等", "反映", "申请", "(", "、", ",")
_NO_SURNAME = re.compile(
    "(?:[工过流章日教里课行路]程|提高|[关由对将用属位处等大小至低高应已定不基]于|[主紧扩]张|[任如]何|[允也或]许|地方|[一每本上下四]周"
    "|[园森造山]林|[国]王|[金]黄|[到达完建构组形促变]成|[公和水]平|[和治平]安)$"
)
"""Words that end in a character which is a surname elsewhere: 工程建成 names no person 程建成."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"

_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_REGION = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)\d{4}"
_GAP = r"[ \-]?"
_LABELLED = re.compile(r"(?:电话|手机|联系|号码|卡号|账号|帐号|证号|微信|[Tt]el)\D{0,8}$")
_BEFORE, _AFTER = r"(?<![0-9A-Za-z.])", r"(?![0-9A-Za-z])"
ID_NUMBER = re.compile(rf"{_BEFORE}{_REGION}{_GAP}(?:18|19|20)\d{{2}}{_DAY}{_GAP}\d{{3}}[\dXx]{_AFTER}")
OLD_ID_NUMBER = re.compile(rf"{_BEFORE}{_REGION}{_GAP}\d{{2}}{_DAY}{_GAP}\d{{3}}{_AFTER}")
MOBILE = re.compile(rf"(?<![\d.])(?:\+?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)")
CARD = re.compile(rf"{_BEFORE}[3-69]\d{{3}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{1,3}})?{_AFTER}")
E_MAIL = re.compile(r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
MACHINE_PATH = re.compile(
    r"(?<![A-Za-z])[A-Za-z]:[\\/](?![\\/])[^\s\"'<>|]+|\\\\[\w.-]+\\[^\s\"'<>|]+|file:/[^\s\"'<>]+"
    r"|(?<![\w/.:])/(?:home|Users|root|tmp|var|mnt|media|opt|srv)/[^\s\"'<>|]+"
)
_NO_NUMBER = re.compile(
    r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b(?=\w*[a-f])[0-9a-f]{32,128}\b", re.IGNORECASE
)
"""GUIDs and hashes, whose digits may look like any number."""
_NOBODY = re.compile(
    r"匿名|不详|未知|保密|无名氏|某|(?:委会|委员会|支部|办公室|派出所|司法所|工作组|工作队|调解室|服务中心)$"
)
"""Entries of a column of names that name no person."""
_DIGITS = re.compile(r"\d[\d\- ()]{4,}\d")
_GAP_IN_WORD = re.compile(r"(?<=[\u4e00-\u9fff])[ \t]+(?=[\u4e00-\u9fff])")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")
_SEPARATORS = re.compile(r"[、,，;；/|\s]+")
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


@dataclass(frozen=True, slots=True)
class Hit:
    """A personal value in a text: its kind, its span, and its masked form."""

    kind: str
    start: int
    end: int
    shown: str


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
    ) -> None:
        given = {kind: list(values) for kind, values in (personal or {}).items()}
        names = {name for kind in ("name",) for value in given.get(kind, ()) for name in _names_in(value)}
        self.names = frozenset(names | {name for value in staff for name in _names_in(value)})
        self.numbers = frozenset(
            digits
            for kind in ("phone", "id_number")
            for value in given.get(kind, ())
            if len(digits := _digits(value)) >= 7
        )
        self.accounts = frozenset(
            words
            for kind in ("address", "narrative", "id_number")
            for value in given.get(kind, ())
            if len(words := _plain(value).strip()) >= (SHORTEST_ACCOUNT if kind != "address" else SHORTEST_ADDRESS)
        )
        self.ordinary = frozenset(phrase for phrase in map(_plain, ordinary) if len(phrase) >= 2)

    def check(self, name: str, content: bytes) -> list[Problem]:
        """Return the problems of a file, by its name and bytes; it may be published if none of them is an error.

        No problem shows a personal value in full. A file that cannot be read is an error, never an exception.
        """
        found: dict[tuple[str, ...], Problem] = {}
        deadline = time.monotonic() + MOST_SECONDS
        length = pictures = 0
        try:
            for part in parts(name, content):
                length += len(part.text)
                if length > MOST_TEXT or time.monotonic() > deadline:
                    raise _too_much()
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
        return _shortened(name, found.values(), pictures)

    def withheld(self, text: str) -> str:
        """Return a text with every personal value masked."""
        words = _plain(text)
        for hit in sorted(_apart(self._hits(words)), key=lambda one: -one.start):
            words = words[: hit.start] + hit.shown + words[hit.end :]
        return words

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
        elif part.kind in ("text", "about"):
            text = _plain(part.text)
            for words in dict.fromkeys((text, _GAP_IN_WORD.sub("", text))):
                for hit in self._hits(words):
                    what = _("it holds {kind}: …{excerpt}…").format(kind=hit.kind, excerpt=self._excerpt(words, hit))
                    key = (hit.kind, words[hit.start : hit.end].replace(" ", ""))
                    yield key, Problem(where, what, _("Take it out or mask it, and make the file again"))

    def _hits(self, text: str) -> Iterator[Hit]:
        yield from _patterned(text)
        yield from self._numbers(text)
        yield from self._named(text)
        yield from self._accounts(text)

    def _numbers(self, text: str) -> Iterator[Hit]:
        if not self.numbers:
            return
        for found in _DIGITS.finditer(text):
            if _digits(found[0]) in self.numbers:
                yield Hit(_("a telephone or identity number of the ledgers"), *found.span(), "******")

    def _named(self, text: str) -> Iterator[Hit]:
        if self._first_letters is None:
            return
        for found in self._first_letters.finditer(text):
            start = found.start()
            for length in self._lengths[found[0]]:
                name = text[start : start + length]
                if name in self.names and self._counts(text, start, start + len(name)):
                    yield Hit(_("a person's name"), start, start + len(name), _mask_word(name))

    def _counts(self, text: str, start: int, end: int) -> bool:
        """Return whether a name in a text means a person."""
        before, after = text[max(0, start - 4) : start], text[end : end + 2]
        if not _HAN_RUN.fullmatch(text[start:end]):  # Latin letters: only as a separate word
            return not (before[-1:].isalnum() or after[:1].isalnum() or before.endswith(("-", "_", ":", "/", ".")))
        if end - start == 2:
            alone = not _is_letter(before[-1:]) and not _is_letter(after[:1])
            asked = before.endswith(_ASKS_FOR_NAME) and not _is_letter(after[:1])
            if not alone and not asked and not (after.startswith(_FOLLOWS_NAME) and not _is_letter(before[-1:])):
                return False
        if _NO_SURNAME.search(text[max(0, start - 1) : start + 1]):
            return False
        return not self._is_ordinary(text, start, end)

    def _is_ordinary(self, text: str, start: int, end: int) -> bool:
        """Return whether a name lies inside an ordinary phrase."""
        for phrase in self._phrases_with.get(text[start:end], ()):
            at = text.find(phrase, max(0, end - len(phrase)), start + len(phrase))
            if at >= 0:
                return True
        return False

    @cached_property
    def _phrases_with(self) -> dict[str, list[str]]:
        """The ordinary phrases that hold a name, by the name."""
        held: dict[str, list[str]] = {}
        for phrase in self.ordinary:
            for start in range(len(phrase)):
                for length in self._lengths.get(phrase[start], ()):
                    name = phrase[start : start + length]
                    if name in self.names:
                        held.setdefault(name, []).append(phrase)
        return held

    def _accounts(self, text: str) -> Iterator[Hit]:
        if self._account_starts is None:
            return
        for found in self._account_starts.finditer(text):
            start = found.start()
            for words in self._accounts_by_start.get(text[start : start + SHORTEST_ADDRESS], ()):
                if text.startswith(words, start):
                    yield Hit(_("a personal entry of the ledgers"), start, start + len(words), "******")

    @cached_property
    def _accounts_by_start(self) -> dict[str, list[str]]:
        by_start = groupby(sorted(self.accounts), lambda words: words[:SHORTEST_ADDRESS])
        return {start: list(group) for start, group in by_start}

    @cached_property
    def _account_starts(self) -> re.Pattern[str] | None:
        return _any_of(words[0] for words in self.accounts)

    @cached_property
    def _lengths(self) -> dict[str, list[int]]:
        """For each first letter of a name, how long the names are that begin with it, the longest first."""
        found: dict[str, set[int]] = {}
        for name in self.names:
            found.setdefault(name[0], set()).add(len(name))
        return {letter: sorted(lengths, reverse=True) for letter, lengths in found.items()}

    @cached_property
    def _first_letters(self) -> re.Pattern[str] | None:
        return _any_of(self._lengths)

    def _excerpt(self, text: str, hit: Hit) -> str:
        """Return the masked hit with a few masked characters around it, to find its place."""
        before, after = (
            self.withheld(text[max(0, hit.start - 40) : hit.start]),
            self.withheld(text[hit.end : hit.end + 40]),
        )
        words = f"{before[-8:]}{hit.shown}{after[:8]}"
        return re.sub(r"\d(?=\d{3})", "*", " ".join(words.split()))


def _any_of(letters: Iterable[str]) -> re.Pattern[str] | None:
    inside = "".join(map(re.escape, sorted(set(letters))))
    return re.compile(f"[{inside}]") if inside else None


def is_identity_number(digits: str) -> bool:
    """Return whether 18 characters end with the check digit of GB 11643."""
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False)) % 11
    return len(digits) == 18 and digits[-1].upper() == _CHECK[rest]


def is_card_number(digits: str) -> bool:
    """Return whether 16 to 19 digits satisfy the check of bank cards (Luhn)."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return 16 <= len(digits) <= 19 and sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _patterned(text: str) -> Iterator[Hit]:
    text = _NO_NUMBER.sub(lambda found: "-" * len(found[0]), text)
    ids = [
        *(Hit(_id_kind(found[0]), *found.span(), "******") for found in _found(ID_NUMBER, text)),
        *(Hit(_("an identity number of 15 digits"), *found.span(), "******") for found in _found(OLD_ID_NUMBER, text)),
    ]
    yield from ids
    for found in _found(MOBILE, text):
        yield Hit(_("a mobile telephone number"), *found.span(), f"{_digits(found[0])[-11:][:3]}****")
    for found in _found(CARD, text):
        if is_card_number(_digits(found[0])) and not any(_overlap(found.span(), one) for one in ids):
            yield Hit(_("a bank card number"), *found.span(), "******")
    for kind, pattern in ((_("an e-mail address"), E_MAIL), (_("a path of somebody's computer"), MACHINE_PATH)):
        for found in pattern.finditer(text):
            yield Hit(kind, *found.span(), f"{found[0][:2]}****")


def _found(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield a pattern's matches; one with spaces may be a row of figures and counts only after a word like 电话."""
    for found in pattern.finditer(text):
        if " " not in found[0] or _LABELLED.search(text[max(0, found.start() - 14) : found.start()]):
            yield found


def _id_kind(words: str) -> str:
    return (
        _("an identity number")
        if is_identity_number("".join(c for c in words if c.isalnum()))
        else _("what looks like an identity number, with a slip in it")
    )


def _overlap(span: tuple[int, int], hit: Hit) -> bool:
    return span[0] < hit.end and hit.start < span[1]


def _apart(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits that do not overlap; of overlapping ones the longest."""
    chosen: list[Hit] = []
    for hit in sorted(hits, key=lambda one: one.start - one.end):
        if not any(_overlap((hit.start, hit.end), other) for other in chosen):
            chosen.append(hit)
    return chosen


def _shortened(name: str, found: Iterable[Problem], pictures: int) -> list[Problem]:
    problems = list(found)
    if len(problems) > MOST_REPORTED:
        what = _("{count} more places are not listed").format(count=len(problems) - MOST_REPORTED)
        problems = [*problems[:MOST_REPORTED], Problem(Where(name), what, _("Fix these first and check again"))]
    if pictures:
        what = _("{count} pictures, which nobody has read").format(count=pictures)
        problems.append(Problem(Where(name), what, _("Look at them yourself before you publish"), severity="warning"))
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
    return dict.fromkeys(_HAN_RUN.findall(_plain(text)))


def _names_in(value: str) -> Iterator[str]:
    """Yield the name in a cell and, where it lists several, each of them."""
    whole = _GAP_IN_WORD.sub("", _plain(value)).strip()
    for name in (whole, *_SEPARATORS.split(_plain(value))):
        if 2 <= len(name) <= 30 and not name.isdigit() and not _NOBODY.search(name):
            yield name


def _plain(text: str) -> str:
    """Return a text with full-width digits and letters narrowed and zero-width characters removed."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).replace("\u3000", " ").replace("\r", "\n")


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit() or c in "Xx") if text else ""


def _is_letter(character: str) -> bool:
    return bool(character) and character.isalnum()


def _mask_word(words: str) -> str:
    return f"{words[:1]}{'*' * min(len(words) - 1, 6)}"


def _too_much() -> Unreadable:
    return Unreadable(_("the file holds more than can be checked"), _("Publish it in parts"))
