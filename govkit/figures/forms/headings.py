"""What the words of a heading mean: an indicator, a place, a period, a unit; anything else is not understood."""

import csv
import io
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import RULES, shipped
from govkit.core.i18n import gettext as _
from govkit.figures.lookup import PlaceRegister, ledger_names, measure_names, plain_name
from govkit.institutions import indicators, institutions, ledgers
from govkit.ledgers.indicator import Measure, Ratio
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place
from govkit.ledgers.read.text import decoded

OFFICE_WORDS = "表格用语.csv"
TOTALS = {"合计", "总计", "小计", "共计", "总和"}
WHOLE = {"全区": "district", "全乡": "township", "全镇": "township", "全街道": "township", "全村": "village"}
NUMBERED = {"序号", "编号", "代码", "行次", "序"}
UNIT_HEADINGS = {"计量单位", "单位"}
REPORTING = {"填报单位", "报送单位", "上报单位", "单位名称", "填报单位名称"}
_ALIKE = ({"人", "名"}, {"件", "起", "宗"}, {"个", "处"}, {"%", "百分比"})
_TIMES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "百万": 1_000_000, "亿": 100_000_000}
_ENUMERATION = re.compile(r"^(?:[一二三四五六七八九十]+[、.]|\d+[、.)](?!\d)|\([一二三四五六七八九十\d]+\))")
_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_TO = "[-—–－~～至到]"


@dataclass(frozen=True)
class When:
    """A period in a heading's words."""

    period: Period


@dataclass(frozen=True)
class Meaning:
    """What a heading's words mean; nothing at all for a word such as 项目.

    :ivar measures: codes of the indicators that it may name.
    :ivar places: codes of the places that it may name.
    :ivar groups: codes of the ledgers it is about, where it names a ledger or an institution.
    :ivar when: the period that it names.
    :ivar unit: the unit that it states.
    :ivar total: whether it is a total over what is listed beside it.
    :ivar remark: whether it heads what only the person who fills in the form can say.
    :ivar reporting: whether it asks for the unit that fills in the form.
    :ivar unknown: the words that are not understood.
    """

    measures: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    when: When | None = None
    unit: str = ""
    total: bool = False
    remark: bool = False
    reporting: bool = False
    unknown: str = ""


@cache
def form_words(kind: str) -> frozenset[str]:
    """Return the words of a kind in ``data/forms/words.csv``.

    :param kind: ``neutral`` for headings that say nothing of what is counted, ``remark`` for those of columns that only
        the person who fills in the form can fill, ``title`` for words of titles that limit nothing.

    >>> "项目" in form_words("neutral"), "备注" in form_words("remark"), "统计表" in form_words("title")
    (True, True, True)
    """
    with shipped("data/forms/words.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["word"] for row in csv.DictReader(file) if row["kind"] == kind)


def office_words() -> dict[str, str]:
    """Return the headings that the office says in ``表格用语.csv``, in its folder of rules, and the indicator of each.

    :raises InputError: the file lacks a column, or names an indicator that there is none of.
    """
    path = Path(os.environ.get(RULES, "")) / OFFICE_WORDS
    if not os.environ.get(RULES) or not path.is_file():
        return {}
    lines = csv.DictReader(io.StringIO(decoded(path), newline=""))
    known = {plain_name(name): code for code, measure in indicators().items() for name in (code, measure.label)}
    words: dict[str, str] = {}
    problems = []
    for number, line in enumerate(lines, start=2):
        heading, name = (line.get(column) or "" for column in ("表头", "指标"))
        code = known.get(plain_name(name))
        if code and squeezed(heading):
            words[squeezed(heading)] = code
            continue
        what = _("“{heading}” is no indicator’s heading here: “{name}”").format(heading=heading, name=name)
        repair = _("The columns are 表头 and 指标: a form's heading, and the name or code of an indicator")
        problems.append(Problem(Where(OFFICE_WORDS, item=str(number)), what, repair))
    if problems:
        raise InputError(problems)
    return words


def squeezed(text: str) -> str:
    """Return a heading's words without spaces, in half width.

    >>> squeezed("化 解 率（％）")
    '化解率(%)'
    """
    return plain_name(text).replace("：", ":")


@dataclass
class Lexicon:
    """The words that are understood, for the places of a store and a form's own month.

    :ivar places: the register of places.
    :ivar base: the month or period that the form is filled in for.
    :ivar ignored: words that mean nothing, as whoever fills in the form says.
    """

    places: PlaceRegister
    base: Period
    ignored: frozenset[str] = frozenset()
    _measures: dict[str, set[str]] = field(default_factory=dict)
    _places: dict[str, set[str]] = field(default_factory=dict)
    _groups: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        exact: dict[str, set[str]] = {}
        for code, measure in indicators().items():
            _enter(exact, measure_names(measure), code)
        for code, measure in indicators().items():
            _enter(self._measures, (n for n in _variants(measure) if plain_name(n) not in exact), code)
        self._measures |= exact
        for words, code in office_words().items():
            self._measures[words] = {code}
        for place in self.places:
            _enter(self._places, _place_forms(place), place.code)
        for institution in institutions():
            codes = [ledger.code for ledger in institution.ledgers]
            for code in codes:
                _enter(self._groups, (institution.title,), code)
        for code, ledger in ledgers().items():
            _enter(self._groups, ledger_names(ledger), code)

    @property
    def units(self) -> set[str]:
        """Every unit of an indicator, and 人民币 words for money."""
        return {measure.unit for measure in indicators().values()} | {
            "元",
            "万元",
            "千元",
            "亿元",
            "人次",
            "处",
            "名",
            "宗",
        }

    def read(self, text: str) -> Meaning:
        """Return what a heading means."""
        words = _ENUMERATION.sub("", squeezed(text)).strip(":.。、")
        found, words = self._brackets(words)
        own = self._whole(words) or self._placed(words)
        if own is None:
            when, rest = read_period(words, self.base)
            shorter = (rest, rest.strip(":的"), rest.strip(":的数") or "数量")
            own = next(filter(None, (self._whole(one) or self._placed(one) for one in shorter)), None) if when else None
            own = replace(own, when=when) if own else None
        if own is None:
            return replace(found, unknown="、".join(w for w in (found.unknown, words) if w))
        return replace(own, unit=own.unit or found.unit, when=own.when or found.when, unknown=found.unknown)

    def _brackets(self, words: str) -> tuple[Meaning, str]:
        """Return what stands in brackets: a unit or a period; and the words without them."""
        found = Meaning()
        for inside in re.findall(r"\(([^()]*)\)", words):
            unit = inside.removeprefix("单位:").removeprefix("单位")
            when, rest = read_period(inside, self.base)
            if self.is_unit(unit):
                found = replace(found, unit=unit)
            elif when and not rest:
                found = replace(found, when=when)
            elif f"({inside})" in words and words in form_words("neutral"):
                return found, words
            elif inside not in self.ignored and inside not in {"盖章", "公章", "签字", "签章"}:
                found = replace(found, unknown=inside)
        return found, re.sub(r"\([^()]*\)", "", words)

    def is_unit(self, words: str) -> bool:
        """Return whether the words are a unit, such as 件 or 万元."""
        return any(factor(words, unit) is not None for unit in self.units)

    def _whole(self, words: str) -> Meaning | None:  # noqa: PLR0911 - one line for each kind of word
        if not words or words in form_words("neutral") or words in self.ignored:
            return Meaning(reporting=words in REPORTING)
        if words in form_words("remark"):
            return Meaning(remark=True)
        if words in REPORTING:
            return Meaning(reporting=True)
        if words in TOTALS:
            return Meaning(total=True)
        if words in self._measures:
            return Meaning(measures=frozenset(self._measures[words]))
        if words in self._places:
            return Meaning(places=frozenset(self._places[words]))
        if words in WHOLE:
            return Meaning(places=frozenset({f"*{WHOLE[words]}"}))
        if words in self._groups:
            return Meaning(groups=frozenset(self._groups[words]))
        return Meaning(unit=words) if self.is_unit(words) else None

    def _placed(self, words: str) -> Meaning | None:
        """Return the meaning of a place and an indicator in one heading, such as 全区化解率."""
        for end in range(len(words) - 1, 1, -1):
            place, measure = self._whole(words[:end]), self._whole(words[end:])
            if place and measure and place.places and measure.measures:
                return Meaning(measures=measure.measures, places=place.places)
        return None


def _enter(table: dict[str, set[str]], names: Iterable[str], code: str) -> None:
    for name in names:
        table.setdefault(squeezed(name), set()).add(code)


def _variants(measure: Measure) -> list[str]:
    """Return the names with the words for a number that forms put behind them: 化解矛盾纠纷数, 化解矛盾纠纷件数."""
    if isinstance(measure, Ratio):
        return []
    words = ["数", "数量", "总数", measure.unit, f"{measure.unit}数"]
    words += ["人数"] if measure.unit in {"人", "名"} else []
    words += ["金额", "总额"] if measure.unit in {"元", "万元"} else []
    return [name + word for name in measure_names(measure)[1:] for word in words if not name.endswith(("数", "率"))]


def _place_forms(place: Place) -> list[str]:
    if place.level == "district":
        return [place.name, place.code]
    if place.level == "village":
        stem = place.name.removesuffix("村")
        return [place.code, stem + "村", stem, f"{stem}村委会", f"{stem}村民委员会"]
    stem = place.name.removesuffix("街道").removesuffix("乡").removesuffix("镇")
    return [place.code, place.name, *([f"{stem}办事处", f"{place.name}办事处"] if place.name.endswith("街道") else [])]


def factor(wanted: str, unit: str) -> float | None:
    """Return what one ``unit`` is in the unit ``wanted``; None where they measure different things.

    >>> factor("万元", "元"), factor("元", "万元"), factor("名", "人"), factor("人", "人次")
    (0.0001, 10000.0, 1.0, None)
    """
    if wanted == unit or any({wanted, unit} <= alike for alike in _ALIKE):
        return 1.0
    for base in ("元", "人", "人次", "件", "户"):
        sizes = {word + base: times for word, times in _TIMES.items()} | {base: 1}
        if wanted in sizes and unit in sizes:
            return float(sizes[unit] / sizes[wanted])
    return None


def read_period(words: str, base: Period) -> tuple[When | None, str]:
    """Return the period that some words name and the words without it.

    :param base: the period that 本月 and months without a year are counted from.

    >>> when, rest = read_period("2015年1-9月化解率", Period.month("2015-09"))
    >>> when.period.label, rest
    ('2015年1—9月', '化解率')
    """
    for pattern, read in _PERIODS:
        match = re.search(pattern, words)
        if match:
            try:
                when = read(match, base)
            except InputError:
                return None, words
            return when, words[: match.start()] + words[match.end() :]
    return None, words


def _month(year: int, month: int) -> When:
    return When(Period.month(f"{year:04}-{month:02}"))


def _months(year: int, first: int, last: int) -> When:
    return When(Period.months(f"{year:04}-{first:02}", f"{year:04}-{last:02}"))


_PERIODS: tuple[tuple[str, Callable[[re.Match[str], Period], When]], ...] = (
    (r"本年度?累计|年初至今|今年以来|年初以来|1月至本月", lambda _m, b: When(b.year_to_date())),
    (rf"(\d{{4}})年(\d\d?)月?{_TO}(\d\d?)月份?", lambda m, _b: _months(int(m[1]), int(m[2]), int(m[3]))),
    (r"(\d{4})年(\d\d?)月份?(?!\d|日)", lambda m, _b: _month(int(m[1]), int(m[2]))),
    (r"(\d{4})[-./](\d\d?)(?!\d|[-./])", lambda m, _b: _month(int(m[1]), int(m[2]))),
    (r"(\d{4})年第?([一二三四1-4])季度", lambda m, _b: _months(int(m[1]), 3 * _DIGITS[m[2]] - 2, 3 * _DIGITS[m[2]])),
    (r"(\d{4})年(上|下)半年", lambda m, _b: _months(int(m[1]), *((1, 6) if m[2] == "上" else (7, 12)))),
    (r"(\d{4})年(?:度|全年)?(?!\d)", lambda m, _b: _months(int(m[1]), 1, 12)),
    (rf"(?<!\d)(\d\d?)月?{_TO}(\d\d?)月份?", lambda m, b: _months(b.end.year, int(m[1]), int(m[2]))),
    (r"(?<!\d)(\d\d?)月份?(?!\d|日)", lambda m, b: _month(b.end.year, int(m[1]))),
    (r"第([一二三四1-4])季度", lambda m, b: _months(b.end.year, 3 * _DIGITS[m[1]] - 2, 3 * _DIGITS[m[1]])),
    (r"(?:本|当)月", lambda _m, b: _month(b.end.year, b.end.month)),
    (r"本期", lambda _m, b: When(b)),
    (r"上月", lambda _m, b: When(Period.month(b.code).previous())),
    (r"(?:上|去)年同(?:期|月)", lambda _m, b: When(b.year_before())),
)


def title_left_over(text: str, lexicon: Lexicon) -> str:
    """Return the words of a form's title that are not understood, since they may limit what the form is about.

    >>> lexicon = Lexicon(snapshot.places, Period.month("2015-09"))
    >>> [title_left_over(title, lexicon) for title in ("2015年9月矛盾纠纷排查情况统计表", "涉农矛盾纠纷统计表")]
    ['', '涉农']
    """
    words = squeezed(text)
    _when, words = read_period(words, lexicon.base)
    known = {*lexicon._measures, *lexicon._groups, *lexicon._places, *lexicon.ignored}
    for name in sorted((name for name in known if len(name) > 1 and name in words), key=len, reverse=True):
        words = words.replace(name, " ")
    for name in sorted(form_words("title"), key=len, reverse=True):
        words = words.replace(name, " ")
    return re.sub(r"[\s\d\W_]+", "", words)
