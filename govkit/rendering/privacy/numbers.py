"""Numbers of persons in a text: identity, mobile, bank card, those of the ledgers; e-mail addresses and paths.

A number that no ledger knows is told by its pattern, so it must stand as people write one: whole, in the groups that
people use, or broken once by a line or a cell. A row or a column of figures is none. A number that a ledger knows is
found however it is broken up.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate, pairwise

from govkit.core.i18n import gettext as _
from govkit.rendering.privacy.text_views import Group, digit_runs

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_REGION = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)\d{4}"
_ID_NUMBER = re.compile(rf"{_REGION}(?:18|19|20)\d{{2}}{_DAY}\d{{3}}[\dX]")
_OLD_ID_NUMBER = re.compile(rf"{_REGION}\d{{2}}{_DAY}\d{{3}}")
_MOBILE = re.compile(r"(?:86|0086)?1[3-9]\d{9}")
_CARD = re.compile(r"[3-69]\d{15,18}")
_NUMBER = re.compile("|".join(one.pattern for one in (_ID_NUMBER, _OLD_ID_NUMBER, _MOBILE, _CARD)))
_LONGEST = 19
_LABELLED = re.compile(r"(?:电话|手机|联系|号码|卡号|账号|帐号|证号|微信|[Tt]el|[Pp]hone|[Mm]obile)\D{0,24}$")
E_MAIL = re.compile(r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_AT = re.compile(r"[ ]?[\[({<]?[ ]?(?:(?<![A-Za-z])at(?![A-Za-z])|艾特|#|@)[ ]?[\])}>]?[ ]?", re.IGNORECASE)
_DOT = re.compile(r"[ ]?[\[({<]?[ ]?(?:(?<![A-Za-z])dot(?![A-Za-z])|点|。|\.)[ ]?[\])}>]?[ ]?", re.IGNORECASE)
_HIDDEN_MAIL = re.compile(
    rf"(?<![A-Za-z0-9_.+-])[A-Za-z0-9][A-Za-z0-9_.+-]{{1,40}}{_AT.pattern}[A-Za-z0-9-]{{1,40}}{_DOT.pattern}"
    r"(?:com|cn|net|org|gov|edu)(?![A-Za-z])",
    re.IGNORECASE,
)
MACHINE_PATH = re.compile(
    r"(?<![A-Za-z])[A-Za-z]:[\\/](?![\\/])[^\s\"'<>|]+|\\\\[\w.-]+\\[^\s\"'<>|]+|file:/[^\s\"'<>]+"
    r"|(?<![\w/.:])/(?:home|Users|root|tmp|var|mnt|media|opt|srv)/[^\s\"'<>|]+"
)
_NO_NUMBER = re.compile(
    r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b(?=\w*[a-f])[0-9a-f]{32,128}\b", re.IGNORECASE
)
"""GUIDs and hashes, whose digits may look like any number."""
_SHORTEST_ANYWHERE = 10
"""The fewest digits by which a number of the ledgers is told in the middle of other digits."""
SHORTEST = 7
_MOST_GROUPS = 19
_SHAPES = {
    11: {(11,), (3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (4, 3, 4), (5, 6), (6, 5), (3, 5, 3), (1,) * 11},
    13: {(2, 11), (2, 3, 4, 4), (2, 3, 8), (2, 7, 4), (13,)},
    15: {(15,), (6, 6, 3), (6, 9)},
    18: {
        (18,),
        (6, 8, 4),
        (6, 4, 4, 4),
        (4, 4, 4, 4, 2),
        (6, 12),
        (14, 4),
        (3, 3, 4, 4, 4),
        (6, 4, 2, 2, 4),
        (1,) * 18,
    },
}
_GOES_ON = re.compile(r"%|\.\d")
"""What shows that a number is the beginning of a percentage or of a decimal."""
_DECIMAL = re.compile(r"(?<![\d.])\d{1,5}\.\d(?![\d.])")
"""A figure with one decimal; two of them are a row of figures, as in data that programs write."""
_THOUSANDS = re.compile(r"\d{1,3}(?:[,，]\d{3})+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A personal value in a folded text: its kind, its span, and its masked form."""

    kind: str
    start: int
    end: int
    shown: str


def number_hits(text: str, known: Set[str]) -> Iterator[Hit]:
    """Yield the numbers, e-mail addresses and paths in a folded text.

    :param known: numbers of the ledgers, as digits.

    >>> [hit.kind == "" for hit in number_hits("138-0000-1234", set())]
    [False]
    >>> list(number_hits("本月138件，去年1372件", set()))
    []
    """
    text = _NO_NUMBER.sub(lambda found: "-" * len(found[0]), text)
    lengths = sorted({len(number) for number in known if len(number) >= _SHORTEST_ANYWHERE}, reverse=True)
    for run in digit_runs(text):
        yield from _known(run, known, lengths)
        yield from _unknown(text, run)
    for kind, pattern in ((_("an e-mail address"), E_MAIL), (_("a path of somebody's computer"), MACHINE_PATH)):
        for found in pattern.finditer(text):
            yield Hit(kind, *found.span(), f"{found[0][:2]}****")
    for found in _HIDDEN_MAIL.finditer(text):
        if "@" not in found[0] or not E_MAIL.search(found[0]):
            yield Hit(_("an e-mail address"), *found.span(), f"{found[0][:2]}****")


def _known(run: Sequence[Group], known: Set[str], lengths: Sequence[int]) -> Iterator[Hit]:
    """Yield the numbers of the ledgers in a run: long ones anywhere, short ones as whole groups."""
    kind = _("a telephone or identity number of the ledgers")
    digits = "".join(group.digits for group in run)
    ends = [(group, at) for group in run for at in range(len(group.digits))]
    at = 0
    while at < len(digits):
        length = next((one for one in lengths if digits[at : at + one] in known), 0)
        if length:
            yield Hit(kind, _position(ends[at]), _position(ends[at + length - 1]) + 1, "******")
        at += length or 1
    for first in range(len(run)):
        said = ""
        for last in range(first, min(first + 4, len(run))):
            said += run[last].digits
            if len(said) >= _SHORTEST_ANYWHERE or (last > first and run[last].start - run[last - 1].end > 2):
                break
            if len(said) >= SHORTEST and said in known:
                yield Hit(kind, run[first].start, run[last].end, "******")


def _position(place: tuple[Group, int]) -> int:
    group, index = place
    return min(group.start + index, group.end - 1)


def _unknown(text: str, run: Sequence[Group]) -> Iterator[Hit]:
    """Yield the sequences of groups of a run whose digits are one number by their pattern; they do not overlap."""
    offsets = list(accumulate((len(group.digits) for group in run), initial=0))
    digits = "".join(group.digits for group in run)
    first = 0
    while first < len(run):
        for last in range(first, min(first + _MOST_GROUPS, len(run))):
            length = offsets[last + 1] - offsets[first]
            if length > _LONGEST:
                break
            if length < 11 or not _NUMBER.fullmatch(digits, offsets[first], offsets[last + 1]):
                continue
            kind = _kind(text, run, first, last)
            if kind:
                yield Hit(kind, run[first].start, run[last].end, "******")
                first = last
                break
        first += 1


def _kind(text: str, run: Sequence[Group], first: int, last: int) -> str:
    """Return what groups of digits are, empty if they are no number of a person."""
    groups = run[first : last + 1]
    digits = "".join(group.digits for group in groups)
    shape = tuple(len(group.digits) for group in groups)
    before = text[max(0, groups[0].start - 40) : groups[0].start]
    if before.endswith(".") and before[-2:-1].isdigit():  # the decimals of a figure
        return ""
    said = text[groups[0].start : groups[-1].end]
    is_row = "%" in said or len(_DECIMAL.findall(said)) > 1
    if len(groups) > 1 and (is_row or _GOES_ON.match(text, groups[-1].end)):
        return ""
    labelled = bool(_LABELLED.search(before)) and not ("\n" in said and _is_figures(text, run, first, last))
    if _ID_NUMBER.fullmatch(digits):
        right = is_identity_number(digits)
        if right or (shape in _SHAPES[18] and (labelled or not _is_figures(text, run, first, last))):
            return _("an identity number") if right else _("what looks like an identity number, with a slip in it")
    if not labelled and (shape != (len(digits),)) and _is_figures(text, run, first, last):
        return ""
    stands = labelled or shape in _SHAPES.get(len(digits), ()) or (len(groups) == 2 and _broken_once(text, groups))
    fours = all(size == 4 for size in shape[:-1]) and shape[-1] <= 4
    is_card = is_card_number(digits) and (len(groups) == 1 or labelled or fours)
    for kind, pattern, holds in (
        (_("a mobile telephone number"), _MOBILE, stands),
        (_("an identity number of 15 digits"), _OLD_ID_NUMBER, stands),
        (_("a bank card number"), _CARD, is_card),
    ):
        if holds and pattern.fullmatch(digits):
            return kind
    return ""


def _broken_once(text: str, groups: Sequence[Group]) -> bool:
    """Return whether a line end, or the end of a cell, alone stands between two groups."""
    return not text[groups[0].end : groups[1].start].strip() and "\n" in text[groups[0].end : groups[1].start]


def _is_figures(text: str, run: Sequence[Group], first: int, last: int) -> bool:
    """Return whether groups are figures beside others: amounts with thousands, a row or a column of numbers.

    Figures have no leading zero, and other numbers stand before or after them with the same kind of gap.
    """
    groups = run[first : last + 1]
    said = text[groups[0].start : groups[-1].end]
    if len(groups) == 1 or _THOUSANDS.fullmatch(said):
        return len(groups) > 1
    gaps = {_short(text[one.end : two.start]) for one, two in pairwise(groups)}
    if len(gaps) > 1 and not all(gap.isspace() for gap in gaps):
        return not _is_written_apart(groups) or any("\n" in gap or "%" in gap for gap in gaps)
    if any(group.digits.startswith("0") and len(group.digits) > 1 for group in groups):
        return False
    if all(len(group.digits) == 1 for group in groups):  # the ticks of a chart, a row of small counts
        return (first > 0 or last + 1 < len(run)) and not any(group.digits == "X" for group in groups)
    around = [text[run[first - 1].end : groups[0].start]] if first > 0 else []
    around += [text[groups[-1].end : run[last + 1].start]] if last + 1 < len(run) else []
    gap = min(gaps)
    return any(_short(one) == gap for one in around) or ("\n" in gap and len(groups) > 2)


def _short(gap: str) -> str:
    """Return a gap with its spaces as one."""
    return re.sub(r"[ \t]+", " ", gap)


def _is_written_apart(groups: Sequence[Group]) -> bool:
    """Return whether the groups have the usual sizes of a mobile or an identity number."""
    return tuple(len(group.digits) for group in groups) in ((3, 4, 4), (6, 8, 4), (2, 3, 4, 4), (7, 4))


def is_identity_number(digits: str) -> bool:
    """Return whether 18 characters end with the check digit of GB 11643."""
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False)) % 11
    return len(digits) == 18 and digits[-1].upper() == _CHECK[rest]


def is_card_number(digits: str) -> bool:
    """Return whether 16 to 19 digits satisfy the check of bank cards (Luhn)."""
    if not (digits.isdigit() and 16 <= len(digits) <= 19):
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0
