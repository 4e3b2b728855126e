"""A text as a person reads it: folded characters, digits of every script and word, Chinese characters without gaps.

A disguise changes how a value is written, not how it is read. Each view undoes one kind of disguise and knows where in
the folded text its characters stand, so that what is found in it can be shown and masked.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""The Chinese characters, as the inside of a class of a regular expression."""
_UNSEEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U000e0000-\U000e0fff\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff"
    r"\u20d0-\u20ff\ufe20-\ufe2f]"
)
_ALIKE = str.maketrans("已巳曰末士囗朩入彐", "己己日未土口木人ヨ")
"""Characters that a reader takes for another one."""
_DIGIT_WORDS = {
    "0": "零〇○◯⓪洞", "1": "一壹弌幺么丨", "2": "二贰弍两俩", "3": "三叁弎仨", "4": "四肆亖", "5": "五伍", "6": "六陆",
    "7": "七柒拐", "8": "八捌", "9": "九玖勾",
}  # fmt: skip
_LIKE = {"0": "OoQDОоΟοσ", "1": "IlіІΙι|!", "2": "Zz", "5": "Ss", "6": "b", "8": "B", "9": "gq"}
_LIKE_DIGITS = {ord(letter): digit for digit, letters in _LIKE.items() for letter in letters}
_LETTERS = "".join(_LIKE.values())
_SPOKEN = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ling": "0", "dong": "0", "yi": "1", "yao": "1", "er": "2", "liang": "2", "san": "3",
    "si": "4", "wu": "5", "liu": "6", "qi": "7", "guai": "7", "ba": "8", "jiu": "9", "gou": "9",
}  # fmt: skip
_SPOKEN_RUN = re.compile(rf"(?<![A-Za-z])(?:(?:{'|'.join(_SPOKEN)})[\s,.\-]*){{7,}}(?![A-Za-z])", re.IGNORECASE)
_SPOKEN_ONE = re.compile("|".join(sorted(_SPOKEN, key=len, reverse=True)), re.IGNORECASE)
_GAP = rf"[^0-9A-Za-z{HAN}]{{0,8}}"
_RUN = re.compile(rf"[0-9{_LETTERS}](?:{_GAP}[0-9Xx{_LETTERS}])*")
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_BREAK = "\x00"
MOST_GAP = 6
_SHORTEST_NUMBER = 7
_LEAST_DIGITS = 4
"""How many digits of a number are digits at least; the others may be letters that look like digits."""


def compatible(text: str) -> str:
    r"""Return a text in compatibility form (NFKC), without characters of no width, its lines ended by ``\\n``.

    >>> compatible("１３８\u200b０，王曉明")
    '1380,王曉明'
    """
    folded = _UNSEEN.sub("", unicodedata.normalize("NFKC", _UNSEEN.sub("", text)))
    return folded.replace("\r\n", "\n").replace("\r", "\n")


def plain(text: str) -> str:
    r"""Return a text as :func:`compatible` does, in simplified characters; as long as that.

    >>> plain("１３８\u200b０，王曉明")
    '1380,王晓明'
    """
    folded = compatible(text)
    return folded if folded.isascii() else folded.translate(_simplified())


def aligned(text: str) -> tuple[str, list[int]]:
    """Return a text as :func:`plain` does, character by character, and for each character its place in the text.

    >>> aligned("王①")
    ('王1', [0, 1])
    """
    pieces = [(plain(character), place) for place, character in enumerate(text)]
    return "".join(piece for piece, _place in pieces), [place for piece, place in pieces for _one in piece]


def look_alike(text: str) -> str:
    """Return a text with each character that a reader takes for another one replaced by that; as long as it was."""
    return text.translate(_ALIKE)


@cache
def _simplified() -> dict[int, str]:
    """Return the simplified form of each traditional character that has one."""
    convert = words().convert
    pairs = ((code, convert(chr(code))) for code in range(0x4E00, 0xA000))
    return {code: simple for code, simple in pairs if len(simple) == 1 and ord(simple) != code}


@cache
def words() -> Any:
    """Return the dictionary of Chinese words and characters, loaded once (a quarter of a second)."""
    from opencc_jieba_pyo3 import OpenCC

    return OpenCC("t2s")


def preload() -> None:
    """Load the dictionary and what is made from it, so that processes that are forked have it."""
    _simplified(), _digits()


@cache
def _digits() -> dict[int, str]:
    """Return the digit that each character stands for: of any script, circled, or a Chinese word."""
    found = {ord(word): digit for digit, spoken in _DIGIT_WORDS.items() for word in spoken}
    for code in (*range(0x660, 0x3040), *range(0xA620, 0xABFA), *range(0x104A0, 0x1FBFA)):
        value = unicodedata.digit(chr(code), None) or unicodedata.numeric(chr(code), None)
        if value is not None and value in range(10) and unicodedata.category(chr(code)) in ("Nd", "No", "Nl"):
            found[code] = str(int(value))
    return found


@dataclass(frozen=True, slots=True)
class Group:
    """Digits that stand together: the digits (a check digit X among them), and their span in the folded text."""

    digits: str
    start: int
    end: int


def digit_runs(text: str) -> list[list[Group]]:
    """Return the runs of groups of digits of a folded text with at least seven digits; no letter stands in a run.

    Digit words and letters that look like digits are read as digits.

    >>> [[group.digits for group in run] for run in digit_runs("电话一三八 0000.l234，共3人")]
    [['138', '0000', '1234']]
    """
    said = text if text.isascii() else text.translate(_digits())
    said = _SPOKEN_RUN.sub(_spoken, said) if _SPOKEN_RUN.search(said) else said
    runs = []
    for found in _RUN.finditer(said):
        if sum(character.isdigit() for character in found[0]) < _LEAST_DIGITS:
            continue
        groups, at = [], found.start()
        for piece in re.finditer(rf"[0-9Xx{_LETTERS}]+", found[0]):
            digits = piece[0].translate(_LIKE_DIGITS).upper()
            if "X" in digits[:-1]:
                continue
            groups.append(Group(digits, at + piece.start(), at + piece.end()))
        if sum(len(group.digits) for group in groups) >= _SHORTEST_NUMBER:
            runs.append(groups)
    return runs


def _spoken(found: "re.Match[str]") -> str:
    """Return digits in place of spelt words, padded so that positions stay what they were."""
    return _SPOKEN_ONE.sub(lambda one: _SPOKEN[one[0].lower()].ljust(len(one[0])), found[0])


class Joined:
    r"""The Chinese characters of a folded text without what stands between them; letters and digits break it.

    :ivar text: the characters, with a mark where more than a gap stands between two of them.
    :ivar folded: the same with characters that look like others replaced, to compare names with.
    :ivar at: the position of each of them in the folded text.

    >>> Joined("王 小-明，3号李四").text.split("\x00")
    ['王小明', '号李四']
    """

    def __init__(self, text: str) -> None:
        self.source = text
        places = [found.start() for found in _HAN_CHARACTER.finditer(text)]
        said: list[str] = []
        self.at: list[int] = []
        for before, place in pairwise([-1, *places]):
            gap = text[before + 1 : place]
            if before >= 0 and gap and (len(gap) > MOST_GAP or any(one.isalnum() for one in gap)):
                said.append(_BREAK)
                self.at.append(before + 1)
            said.append(text[place])
            self.at.append(place)
        self.text = "".join(said)
        self.folded = look_alike(self.text)

    def gap(self, index: int) -> str:
        """Return what stands between a character and the one before it; a line end at the beginning of the text."""
        if not 0 < index < len(self.at):
            return "\n"
        if _BREAK in self.text[index - 1 : index + 1]:
            return _BREAK
        return self.source[self.at[index - 1] + 1 : self.at[index]]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the folded text of characters of the view."""
        return self.at[start], self.at[end - 1] + 1
