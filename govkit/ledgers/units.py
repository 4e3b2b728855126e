"""Units of numbers: what one is of another, as headings and cells state them."""

import re
import unicodedata
from fractions import Fraction

_MULTIPLES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_KINDS = (
    "元 圆 块 块钱 人民币 角=1/10",
    "m2 平方米 平米 亩=2000/3 公顷=10000 ha=10000 平方公里=1000000 km2=1000000",
    "米 m 公里=1000 千米=1000 km=1000 里=500",
    "公斤 千克 kg 斤=1/2 吨=1000 t=1000",
    "% 百分比 百分数 百分之 ‰=1/10",
    "天 日 周=7",
    "小时 时 分钟=1/60",
    "人 名 位 口 个",
    "人次 次",
    "件 起 宗 项 桩 条 个",
    "家 处 所 座 个 村",
    "次 场 期 回 届",
    "户 家",
    "分",
)
"""Units of one kind each, and how many of the kind's first unit they are."""
_SIZES = tuple({u: Fraction(size or 1) for u, _, size in (w.partition("=") for w in kind.split())} for kind in _KINDS)
_MULTIPLE = re.compile(rf"([{''.join(_MULTIPLES)}]*)(.*)")


def tidy_unit(words: str) -> str:
    """Return a unit in one spelling: half width, simplified, without blanks.

    >>> tidy_unit(" 萬 元"), tidy_unit("㎡"), tidy_unit("％")
    ('万元', 'm2', '%')
    """
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", words)).replace("萬", "万").replace("億", "亿").lower()


def is_unit(words: str) -> bool:
    """Return whether words name a unit, with or without a multiple such as 万.

    >>> is_unit("万元"), is_unit("盖章")
    (True, False)
    """
    return any(rest in kind or (multiple > 1 and not rest) for multiple, rest in _read(words) for kind in _SIZES)


def factor(stated: str, wanted: str) -> Fraction | None:
    """Return how many of the wanted unit one of the stated unit is; None where they do not belong together.

    A multiple alone (万) counts the wanted unit's own base.

    >>> factor("万元", "元"), factor("元", "万元"), factor("万", "万元"), factor("亩", "元")
    (Fraction(10000, 1), Fraction(1, 10000), Fraction(1, 1), None)
    """
    if tidy_unit(stated) == tidy_unit(wanted):
        return Fraction(1)
    for wanted_multiple, base in reversed(_read(wanted)):
        for multiple, unit in _read(stated):
            for kind in _SIZES:
                if base in kind and unit in kind:
                    return Fraction(multiple, wanted_multiple) * kind[unit] / kind[base]
            if multiple > 1 and unit in {"", base}:
                return Fraction(multiple, wanted_multiple)
    return None


def _read(words: str) -> list[tuple[int, str]]:
    """Return the ways to read a unit as multiple and base: 千米 is one unit, 万元 is 10,000 of another."""
    unit = tidy_unit(words)
    match = _MULTIPLE.fullmatch(unit)
    assert match  # noqa: S101 - both parts may be empty
    multiple = 1
    for sign in match[1]:
        multiple *= _MULTIPLES[sign]
    return [(1, unit), (multiple, match[2])] if match[1] else [(1, unit)]
