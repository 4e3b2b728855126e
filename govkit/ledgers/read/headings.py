"""Which column of a ledger a heading means: its own title, a synonym, a slip of the pen, or what the office settled.

An office settles doubts in ``表头对照.csv`` with the columns 台账, 表头, 列: a heading, and the title of the column
that it means or 不读. A blank 台账 stands for every ledger.
"""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import RULES, atomic_write, shipped
from govkit.core.i18n import gettext as _
from govkit.core.spreadsheet import csv_text, plain_text
from govkit.ledgers.cells import plain
from govkit.ledgers.declare import Column, Ledger
from govkit.ledgers.read.header import Heading
from govkit.ledgers.read.text import decoded
from govkit.ledgers.units import factor, is_unit

MAPPING = "表头对照.csv"
UNREAD = "不读"
FLOOR = 80.0
"""Likeness (0 to 100) from which a heading is taken for a slip of the pen; below it is a question."""
HINT_FLOOR = 55.0
MARGIN = 8.0
"""How much liker the nearest title must be than the next."""
UNREAD_HEADINGS = frozenset({"序号", "序", "编号序列", "备注", "填报人", "填报日期"})
_ALIKE = (
    (re.compile("(时间|日子|年月日)$"), "日期"),
    (re.compile("^(所属|所在|所处|隶属)"), ""),
    (re.compile("(名字|名称|姓名)$"), "名"),
    (re.compile("(编码|代码|号码|序号|编号|号)$"), "编号"),
    (re.compile("(联系)?(电话|手机|方式)(号码?|编号)?$|^手机(编号)?$"), "联系电话"),
    (re.compile("^(是否|有无)"), ""),
    (re.compile("(情况|的)"), ""),
    (re.compile("(数量|个数|数目|总数)$"), "数"),
    (re.compile("(村庄|村名|村别|行政村|村居|村\\(社区\\)|村（社区）)"), "村"),
    (re.compile("(金额|资金|经费)$"), "款"),
    (re.compile("(类型|种类|类别)$"), "类"),
)
"""Words that headings use for one another."""
_UNITS = ("单位", "单位名称", "填报单位", "乡镇", "乡镇街道")
_PLACES = ("村", "村居", "自然村", *_UNITS[:3])
"""Headings of the column with the unit that a row belongs to."""
_FAINT = UNREAD_HEADINGS | {*_UNITS, *_PLACES}
"""Headings that are often values too."""
_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]")
_NO_UNIT = re.compile(r"必填|选填|可不?填|可空|数字|数值|大写|小写|合计|填.*|如.*|是/?否|√|.*盖章|单选|多选|下拉.*")


@dataclass(frozen=True)
class Match:
    """The column that a heading means.

    :ivar sure: 1 for its own title or what the office settled, less for a guess.
    """

    name: str
    sure: float = 1.0


class Vocabulary:
    """The headings of some ledgers, and what offices write for them.

    :param settled: heading (normalised) and ledger title, or an empty text for all → column title or ``不读``.
    """

    def __init__(self, ledgers: Iterable[Ledger], settled: Mapping[tuple[str, str], str] | None = None) -> None:
        self.ledgers = list(ledgers)
        self.settled = dict(settled or {})
        self._titles = {ledger.code: _titles(ledger) for ledger in self.ledgers}
        self._alike = {ledger.code: _likenesses(ledger, self._titles[ledger.code]) for ledger in self.ledgers}
        self._all = {form for titles in self._titles.values() for form in titles}
        self._all |= {form for alike in self._alike.values() for form in alike}
        self._all |= {head for _ledger, head in (*self.settled, *_shipped())}

    def knows(self, words: str) -> float:
        """Return how sure it is that words are a heading of one of the ledgers, from 0 to 1."""
        form = normal(words)
        if not form or form in _FAINT:
            return 0.5 if form else 0.0
        if form in self._all or alike(form) in self._all or bare_unit(form) in self._all:
            return 1.0
        near = process.extractOne(form, self._all, scorer=fuzz.ratio, score_cutoff=FLOOR) if len(form) > 2 else None
        return 0.8 if near else 0.0

    def meaning(self, heading: Heading, ledger: Ledger) -> Match | None:
        """Return the column of a ledger that a heading means; None where there is none, or too little likeness."""
        for words in forms(heading):
            told = self.settled.get((ledger.title, words), self.settled.get(("", words)))
            if told == UNREAD:
                return Match("", 1.0)
            found = self._titles[ledger.code].get(normal(told) if told else words)
            if found:
                return Match(found, 1.0)
        for words in forms(heading):
            other = _shipped().get((ledger.title, alike(words)))
            found = self._alike[ledger.code].get(alike(words)) or self._titles[ledger.code].get(normal(other or ""))
            if found:
                return Match(found, 0.9)
        return self._slip(heading, ledger)

    def _slip(self, heading: Heading, ledger: Ledger) -> Match | None:
        titles = self._titles[ledger.code]
        for words in forms(heading):
            if len(words) < 3:
                continue
            best = process.extract(words, titles.keys(), scorer=fuzz.ratio, limit=3, score_cutoff=FLOOR - MARGIN)
            rivals = {titles[title]: score for title, score, _index in reversed(best)}
            ranked = sorted(rivals.items(), key=lambda pair: -pair[1])
            if ranked and ranked[0][1] >= FLOOR and (len(ranked) == 1 or ranked[0][1] - ranked[1][1] >= MARGIN):
                return Match(ranked[0][0], ranked[0][1] / 100)
        return None

    def hint(self, words: str, ledger: Ledger, names: Iterable[str]) -> str | None:
        """Return the column, of these, whose title is nearest to a heading that was not understood."""
        titles = {title: name for title, name in self._titles[ledger.code].items() if name in set(names)}
        near = process.extractOne(normal(words), titles.keys(), scorer=_nearness, score_cutoff=HINT_FLOOR)
        return titles[near[0]] if near else None


def _nearness(one: str, other: str, **_options: object) -> float:
    shorter, longer = sorted((one, other), key=len)
    return max(fuzz.ratio(one, other), 75.0 if len(shorter) > 1 and shorter in longer else 0.0)


def forms(heading: Heading) -> Iterator[str]:
    """Yield the normalised words by which a heading may be known: its own, then with its groups before or after."""
    own, groups = normal(heading.text), [normal(words) for words in heading.path[:-1]]
    yield own
    if bare_unit(own) != own:
        yield bare_unit(own)
    for group in reversed(groups):
        yield group + own
        yield own + group


@lru_cache(maxsize=20_000)  # the same few headings are matched against every ledger
def normal(raw: str) -> str:
    """Return a heading without blanks, required marks, unit in brackets and the colon at its end.

    >>> normal("*月增收 （元）"), normal("联系电话：")
    ('月增收', '联系电话')
    """
    words = re.sub(r"[*＊★]|\s", "", plain(raw))
    return _BRACKETS.sub("", words).rstrip(":：.。、") or words


@lru_cache(maxsize=20_000)
def alike(form: str) -> str:
    """Return a heading with words that stand for one another brought to one.

    >>> alike("受理时间") == alike("受理日期"), alike("手机号码") == alike("联系电话")
    (True, True)
    """
    for pattern, word in _ALIKE:
        form = pattern.sub(word, form) or form
    return form


def bare_unit(form: str) -> str:
    """Return a heading without a unit at its end: 金额万元, 金额/万元."""
    match = re.fullmatch(r"(.{2,}?)[/:：,，、-]?([十百千万亿]?[元亩]|%|人次)", form)
    return match[1] if match else form


def _titles(ledger: Ledger) -> dict[str, str]:
    return {form: c.name for c in ledger.columns for form in (normal(c.title), normal(c.heading))}


def _likenesses(ledger: Ledger, titles: Mapping[str, str]) -> dict[str, str]:
    """Return likened title → column, without those that two columns share."""
    found: dict[str, set[str]] = {}
    for title, name in titles.items():
        found.setdefault(alike(title), set()).add(name)
    for word in _PLACES if "village" in ledger["place"].levels else _UNITS:
        found.setdefault(alike(word), set()).add("place")
    return {form: names.pop() for form, names in found.items() if len(names) == 1}


def stated_units(heading: Heading) -> list[str]:
    """Return the words that a heading states as units: in brackets, or at its end.

    >>> stated_units(Heading(1, ("收入", "月增收（万元）"))), stated_units(Heading(1, ("联系电话（必填）",)))
    (['万元'], [])
    """
    found = []
    for words in reversed(heading.path):
        tidy = re.sub(r"\s", "", plain(words))
        inside = [re.sub("^单位[:：]?", "", each) for each in _BRACKETS.findall(tidy)]
        found += [each for each in inside if each and not _NO_UNIT.fullmatch(each)]
        rest = normal(words)
        if bare_unit(rest) != rest:
            found.append(re.sub(r"^[/:：,，、-]", "", rest[len(bare_unit(rest)) :]))
    return found


_UNIT_LINE = re.compile(r"(?:计量|金额|货币|数量|面积)?单位\s*[:：]?\s*([^\s)）]{1,12})")


def scale(column: Column, heading: Heading, above: Iterable[str]) -> Fraction | str | None:
    """Return what one in the heading's unit is in the column's own, where it is not the same.

    :param above: the texts above the table, which may state the unit of all its numbers.
    :return: the unit's words where it is unknown or does not belong to the column.
    """
    if column.kind not in {"integer", "number"}:
        return None
    own = [unit for unit in stated_units(heading) if normal(unit) not in normal(column.title)]
    if own:
        shares = [share for share in (factor(unit, column.unit) for unit in own) if share is not None]
        if not shares and not column.unit and not any(is_unit(unit) for unit in own):
            return None
        return own[0] if not shares and column.unit else (None if not shares or shares[0] == 1 else shares[0])
    if not column.unit:
        return None
    for words in above:
        for unit in _UNIT_LINE.findall(words):
            share = next((f for one in re.split("[、,，/和]", unit) if (f := factor(one, column.unit))), None)
            if share is not None and share != 1:
                return share
    return None


def read_mapping(path: Path) -> dict[tuple[str, str], str]:
    """Return what a mapping file settles: ledger title (or an empty text) and normalised heading → column title.

    :raises InputError: the file lacks a column, or a line says nothing.
    """
    lines = csv.DictReader(io.StringIO(decoded(path), newline=""))
    lacking = {"台账", "表头", "列"} - set(lines.fieldnames or ())
    if lacking:
        raise InputError(
            Problem(
                Where(path.name, item="1"),
                _("The column “{column}” is missing").format(column="、".join(sorted(lacking))),
                _("The first line is 台账,表头,列"),
            )
        )
    settled = {}
    for number, line in enumerate(lines, start=2):
        ledger, heading, column = (plain(plain_text(line[name] or "")) for name in ("台账", "表头", "列"))
        if not heading or not column:
            raise InputError(
                Problem(
                    Where(path.name, item=str(number)),
                    _("The line names no heading or no column"),
                    _("Write the heading as it stands in the sheet, and the title of the column or 不读"),
                )
            )
        settled[ledger, normal(heading)] = column
    return settled


def settled_near(path: Path, store: str = "") -> dict[tuple[str, str], str]:
    """Return what the office settled: in its rules, the store's folder and beside the workbook; the last counts most.

    :param path: the workbook.
    :param store: the store's URL.
    :raises InputError: a mapping file cannot be read.
    """
    rules = os.environ.get(RULES, "")
    folders = [Path(rules)] if rules else []
    folders += [Path(store)] if store and "://" not in store else []
    told: dict[tuple[str, str], str] = {}
    for file in (folder / MAPPING for folder in (*folders, path.parent)):
        told |= read_mapping(file) if file.is_file() else {}
    return told


def settle(path: Path, choices: Iterable[tuple[str, str, str]]) -> None:
    """Write to a mapping file what headings mean; other lines of the file stay.

    :param path: the mapping file; it is made where there is none.
    :param choices: title of the ledger, or an empty text for all; the heading; the title of the column, or ``不读``.
    :raises InputError: the file is there and cannot be read.
    """
    kept = read_mapping(path) if path.is_file() else {}
    kept |= {(ledger, normal(heading)): column for ledger, heading, column in choices}
    words = io.StringIO()
    writer = csv.writer(words, lineterminator="\n")
    lines = ((ledger, form, column) for (ledger, form), column in kept.items())
    writer.writerows([("台账", "表头", "列"), *(map(csv_text, line) for line in lines)])
    atomic_write(path, words.getvalue().encode("utf-8-sig"))


@lru_cache(maxsize=1)
def _shipped() -> Mapping[tuple[str, str], str]:
    """Return the synonyms that come with the kit, by ledger title and likened heading."""
    found = read_mapping(shipped("data/headings.csv"))
    return {(ledger, alike(heading)): column for (ledger, heading), column in found.items()}
