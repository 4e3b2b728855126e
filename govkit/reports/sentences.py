"""Rules by which the sentences of an official document are written from figures.

What is zero, undefined or trivial is not told; a change is worded by its magnitude; what a document has told once it
does not tell again. Each rule is a function of values to words, and gives an empty text where there is nothing to say.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from govkit.rendering.content import wording

if TYPE_CHECKING:
    from govkit.figures.figure import Figure, Figures

MANY = 10
"""The count below which a percentage says less than the number itself."""
SLIGHT, MARKED = 5.0, 50.0
"""Changes in per cent: below the first one slight, from the second one marked."""
SLIGHT_POINTS = 1.0
"""Changes of a rate in percentage points below which it has hardly moved."""
NAMED = 3
"""How many units a sentence names."""
BEHIND_POINTS = 3.0
"""How many percentage points a unit's rate must lie below the whole's to be named for it."""
ENOUGH = 5
"""How many matters a unit must have had for its rate to be compared."""


def change_in_count(now: float | None, before: float | None, unit: str, than: str = "上月") -> str:
    """Return how a count changed, by magnitude; empty where there is nothing to compare.

    >>> change_in_count(125, 103, "件"), change_in_count(102, 100, "件"), change_in_count(250, 100, "件")
    ('比上月增加22件，增长21.4%', '比上月略增2件', '比上月增加150件，是上月的2.5倍')
    """
    if now is None or before is None or wording.is_missing(now) or wording.is_missing(before) or now == before == 0:
        return ""
    gap = now - before
    if gap == 0:
        return f"与{than}持平"
    said = wording.number(abs(gap), unit)
    share = abs(gap) / before * 100 if before else 0.0
    if before < MANY or share < 0.05:
        return f"比{than}{'增加' if gap > 0 else '减少'}{said}"
    if share < SLIGHT:
        return f"比{than}略{'增' if gap > 0 else '减'}{said}"
    if gap > 0 and share >= 100:
        return f"比{than}增加{said}，是{than}的{wording.number(now / before, digits=1)}倍"
    marked = "明显" if share >= MARKED else ""
    verb, growth = ("增加", "增长") if gap > 0 else ("减少", "下降")
    return f"比{than}{marked}{verb}{said}，{growth}{wording.number(share, '%', digits=1)}"


def change_in_rate(now: float | None, before: float | None, than: str = "上月") -> str:
    """Return how a rate in per cent changed, in percentage points; empty where there is nothing to compare.

    >>> change_in_rate(98.5, 97.3), change_in_rate(98.5, 98.2), change_in_rate(None, 98.2)
    ('比上月提高1.2个百分点', '比上月略升0.3个百分点', '')
    """
    if now is None or before is None or wording.is_missing(now) or wording.is_missing(before):
        return ""
    gap = wording.rounded(now, 1) - wording.rounded(before, 1)
    if gap == 0:
        return f"与{than}持平"
    slight = abs(gap) < SLIGHT_POINTS
    verb = ("略升" if slight else "提高") if gap > 0 else ("略降" if slight else "下降")
    return f"比{than}{verb}{abs(gap)}个百分点"


def parts_of(whole: float | None, parts: Sequence[tuple[str, float | None]], unit: str) -> str:
    """Return the parts of a count that are not zero; a single one that is all of it is told without its number.

    >>> parts_of(8, [("警告", 2), ("严重警告", 4), ("撤销党内职务", 2)], "人")
    '其中警告2人、严重警告4人、撤销党内职务2人'
    >>> parts_of(2, [("警告", 0), ("严重警告", 2)], "人"), parts_of(0, [("警告", 0)], "人")
    ('均为严重警告', '')
    """
    there = [(name, value) for name, value in parts if value and not wording.is_missing(value)]
    if not there or not whole:
        return ""
    if len(there) == 1 and there[0][1] == whole:
        return f"均为{there[0][0]}"
    return "其中" + "、".join(f"{name}{wording.number(value, unit)}" for name, value in there)


def best_units(values: Mapping[str, float | None], unit: str = "%") -> str:
    """Return which units have the highest values; empty where fewer than two have one, or all have the same.

    >>> best_units({"阳庙镇": 98.04, "宁郭镇": 97.0, "苏家作乡": 99.6, "李万街道": 90.0})
    '苏家作乡（99.6%）、阳庙镇（98.0%）居前'
    >>> best_units({"阳庙镇": 100.0, "宁郭镇": 100.0})
    ''
    """
    known = _ranked(values)
    if len(known) < 2 or known[0][1] == known[-1][1]:
        return ""
    first = [(name, value) for name, value in known if value == known[0][1]]
    if len(first) > NAMED or 2 * len(first) > len(known):
        return ""
    top = first if len(first) > 1 else known[: min(2, len(known) - 1)]
    if len({value for _name, value in top}) == 1 and len(top) > 1:
        return f"{wording.joined((name for name, _value in top), '、')}（{_said(top[0][1], unit)}）居前"
    return f"{'、'.join(f'{name}（{_said(value, unit)}）' for name, value in top)}居前"


def units_behind(values: Mapping[str, float | None], whole: float | None, *, named: bool) -> str:
    """Return which units lie behind the whole's rate by some points, the lowest first, or only how many.

    >>> units_behind({"阳庙镇": 80.0, "宁郭镇": 97.0, "苏家作乡": 91.0}, 96.0, named=True)
    '阳庙镇（80.0%）、苏家作乡（91.0%）'
    >>> units_behind({"阳庙镇": 80.0, "宁郭镇": 97.0}, 96.0, named=False)
    '1个单位'
    """
    if whole is None:
        return ""
    low = [one for one in reversed(_ranked(values)) if one[1] <= whole - BEHIND_POINTS]
    if not low:
        return ""
    return _named(low, "%") if named else f"{len(low)}个单位"


def most_of(values: Mapping[str, float | None], unit: str, *, named: bool) -> str:
    """Return which units have the most of something that there should be none of, or only how many have any.

    >>> most_of({"阳庙镇": 5, "宁郭镇": 0, "苏家作乡": 2}, "件", named=True)
    '阳庙镇（5件）、苏家作乡（2件）'
    >>> most_of({"阳庙镇": 5, "宁郭镇": 0}, "件", named=False), most_of({"阳庙镇": 0}, "件", named=True)
    ('1个单位', '')
    """
    some = [one for one in _ranked(values) if one[1] > 0]
    if not some:
        return ""
    return _named(some, unit) if named else f"{len(some)}个单位"


def sentence(*clauses: str) -> str:
    """Return the clauses that are not empty as one sentence; none gives an empty text.

    >>> sentence("", "排查矛盾纠纷125件", "比上月增加22件"), sentence("", "")
    ('排查矛盾纠纷125件，比上月增加22件。', '')
    """
    there = [clause.strip("，；。") for clause in clauses if clause]
    return f"{'，'.join(there)}。" if there else ""


def _ranked(values: Mapping[str, float | None]) -> list[tuple[str, float]]:
    known = [(n, float(v)) for n, v in values.items() if v is not None and not wording.is_missing(v)]
    return sorted(known, key=lambda one: -one[1])


def _named(units: Sequence[tuple[str, float]], unit: str) -> str:
    listed = "、".join(f"{name}（{_said(value, unit)}）" for name, value in units[:NAMED])
    return listed + (f"等{len(units)}个单位" if len(units) > NAMED else "")


def _said(value: float, unit: str) -> str:
    return wording.number(value, unit, digits=1 if unit == "%" else None)


class Account:
    """The telling of a place's figures in one document: each figure is told once, what is zero or undefined never.

    :param few: the codes of counts that are withheld from one to ``withheld``.
    """

    def __init__(self, f: "Figures", *, withheld: int = 0, few: frozenset[str] = frozenset()) -> None:
        self.f, self.withheld, self.few = f, withheld, few
        self._told: set[tuple[str, str]] = set()

    def count(self, words: str, code: str, *, changed: bool = False) -> str:
        """Return the month's count after its words, with its change if asked; empty where it is zero or told before."""
        figure = self.f[code]
        if not figure.value or not self._first(code, "month"):
            return ""
        if code in self.few and figure.value <= self.withheld:
            return f"{words}{FEW}"
        compared = changed and figure.comparable
        more = change_in_count(figure.value, figure.before, figure.measure.unit) if compared else ""
        return f"{words}{figure}" + (f"，{more}" if more else "")

    def year(self, words: str, code: str) -> str:
        """Return the year's count after its words; empty where zero, told before, or the same as the month's."""
        figure = self.f[code]
        same = figure.year_to_date == figure.value and ("month", code) in self._told
        if not figure.year_to_date or same or not self._first(code, "year"):
            return ""
        hidden = code in self.few and figure.year_to_date <= self.withheld
        return f"{words}{FEW}" if hidden else f"{words}{figure.ytd}"

    def rate(self, words: str, code: str, *, full: str = "") -> str:
        """Return the month's rate after its words, ``full`` where it is 100 %; empty where undefined or told before."""
        figure = self.f[code]
        if figure.value is None or not self._first(code, "month"):
            return ""
        return full if full and wording.rounded(figure.value, 1) == 100 else f"{words}{figure}"

    def year_rate(self, words: str, code: str, *, full: str = "") -> str:
        """Return the year's rate after its words; as :meth:`rate`."""
        figure = self.f[code]
        if figure.year_to_date is None or not self._first(code, "year"):
            return ""
        return full if full and wording.rounded(figure.year_to_date, 1) == 100 else f"{words}{figure.ytd}"

    def parts(self, whole: str, parts: Iterable[tuple[str, str]], *, to_date: bool = False) -> str:
        """Return the parts of a count in words, each by its name and its code; see :func:`parts_of`."""
        named = [(name, _value(self.f[code], to_date)) for name, code in parts]
        return parts_of(_value(self.f[whole], to_date), named, self.f[whole].measure.unit)

    def units(self, code: str, base: str, *, to_date: bool = True) -> dict[str, float | None]:
        """Return each unit's value by name, None where its base is too small to be compared."""
        values, bases = (self._by_unit(one, to_date) for one in (code, base))
        return {name: value if (bases[name] or 0) >= ENOUGH else None for name, value in values.items()}

    def _by_unit(self, code: str, to_date: bool) -> dict[str, float | None]:
        table = self.f.values_by_unit(code, to_date=to_date)
        return {} if table.empty else dict(zip(table.iloc[:, 0], table.iloc[:, 1], strict=True))

    def _first(self, code: str, span: str) -> bool:
        key = (span, self.f[code].measure.code)
        is_first = key not in self._told
        self._told.add(key)
        return is_first


FEW = "数量较少（不公开具体数）"
"""Said in place of a count that is withheld from the public."""


def _value(figure: "Figure", to_date: bool) -> float | None:
    return figure.year_to_date if to_date else figure.value
