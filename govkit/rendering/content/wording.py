"""Wording of figures, changes, dates and lists in official Chinese texts.

Pure functions of values to text. Numbers follow GB/T 15835-2011 as offices print them: Arabic numerals, no
separator up to four digits, a comma every three from five digits on (``1393``, ``15,000``). Rounding is half up,
as people round by hand, never the half-even of binary floats.

Kinds of figure: E exact, A approximate ("余"), L at least ("以上"), R a rounded percentage, N a statement without a
number, U named but unknown. A and L never come out as an exact number.
"""

import datetime as dt
import math
import unicodedata
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, SupportsFloat

Kind = Literal["E", "A", "L", "R", "N", "U"]
Number = int | float | Decimal | SupportsFloat

NOTHING = "—"
"""Printed in place of a missing value."""

WITHHELD = "*"
"""Printed in place of a number that is withheld from the public."""

UNKNOWN = "官方文本待填"
"""Printed in place of a fact whose content the office has to supply."""

_DIGITS = "零一二三四五六七八九"


def is_missing(value: object) -> bool:
    """Return whether ``value`` is None, NaN, NaT, pandas' NA, or infinite (a division that had no base).

    >>> is_missing(float("nan")), is_missing(0)
    (True, False)
    """
    if value is None or (isinstance(value, float) and math.isinf(value)):
        return True
    try:
        return bool(value != value)  # noqa: PLR0124 (only missing values differ from themselves)
    except (TypeError, ValueError):  # pandas' NA refuses to be a truth value
        return type(value).__name__ == "NAType"


def rounded(value: Number, digits: int = 0) -> Decimal:
    """Return ``value`` rounded half up to ``digits`` decimals, from its shortest decimal writing.

    >>> rounded(96.25, 1), rounded(2.5)
    (Decimal('96.3'), Decimal('3'))
    """
    exact = value if isinstance(value, Decimal | int) else Decimal(repr(float(value)))
    result = Decimal(exact).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def number(value: Number | None, unit: str = "", *, digits: int | None = None) -> str:
    """Return an exact number with its unit; a missing value is ``—``.

    :param digits: decimals; by default none for a whole value and one for any other.

    >>> number(1372, "件"), number(15000, "元"), number(None)
    ('1372件', '15,000元', '—')
    """
    if value is None or is_missing(value):
        return NOTHING
    if digits is None:
        digits = 0 if float(value).is_integer() else 1
    return f"{_grouped(rounded(value, digits))}{unit}"


def figure(value: Number | str | None, unit: str = "", kind: Kind = "E", *, digits: int | None = None) -> str:
    """Return a figure in words, by its kind.

    ======  =============================  ==================
    kind    call                           text
    ======  =============================  ==================
    E       ``figure(1372, "件")``          ``1372件``
    A       ``figure(240, "件", "A")``      ``240余件``
    L       ``figure(600, "人次", "L")``    ``600人次以上``
    R       ``figure(98.5, "%", "R")``     ``98.5%``
    N       ``figure("全覆盖", kind="N")``   ``全覆盖``
    U       ``figure(None, kind="U")``     ``官方文本待填``
    ======  =============================  ==================

    >>> figure(240, "件", "A"), figure(600, "人次", "L"), figure(98.5, kind="R")
    ('240余件', '600人次以上', '98.5%')
    """
    if kind == "U":
        return UNKNOWN
    if value is None or is_missing(value):
        return NOTHING
    if kind == "N" or isinstance(value, str):
        return str(value)
    if kind == "A":
        return f"{number(value, digits=digits)}余{unit}"
    if kind == "L":
        return f"{number(value, unit, digits=digits)}以上"
    return number(value, unit or ("%" if kind == "R" else ""), digits=digits)


def yuan(value: Number | None) -> str:
    """Return money given in yuan: whole hundreds from ten thousand on in 万元, anything else in 元.

    >>> yuan(143000), yuan(1056)
    ('14.3万元', '1056元')
    """
    if value is None or is_missing(value):
        return NOTHING
    amount = Decimal(repr(float(value)))
    if abs(amount) >= 10000 and amount % 100 == 0:
        return f"{_grouped((amount / 10000).normalize())}万元"
    return number(value, "元", digits=None if float(value).is_integer() else 2)


def rate(part: Number | None, whole: Number | None) -> float | None:
    """Return ``part`` in ``whole`` in per cent, unrounded; None where either is missing or ``whole`` is zero.

    >>> rate(3, 4), rate(3, 0)
    (75.0, None)
    """
    if part is None or whole is None or is_missing(part) or is_missing(whole) or float(whole) == 0:
        return None
    return float(part) / float(whole) * 100


def percent(part: Number | None, whole: Number | None = 100, *, digits: int = 1) -> str:
    """Return a rounded percentage; a missing value or a zero ``whole`` gives ``—``.

    :param whole: by default 100: ``part`` is in per cent already.

    >>> percent(1372, 1393), percent(98.5), percent(1, 0)
    ('98.5%', '98.5%', '—')
    """
    value = rate(part, whole)
    return NOTHING if value is None else number(value, "%", digits=digits)


def change(
    now: Number | None,
    before: Number | None,
    unit: str = "",
    *,
    than: str = "上月",
    current: str = "本月",
    is_rate: bool = False,
    digits: int | None = None,
) -> str:
    """Return the change from ``before`` to ``now`` in words; from zero there is no growth rate, so none is given.

    :param unit: the unit of both values.
    :param than: the name of the earlier period; ``current`` that of the later one.
    :param is_rate: both values are in per cent; the change is in percentage points.
    :param digits: decimals of the difference.

    >>> change(157, 145, "件")
    '比上月增加12件，增长8.3%'
    >>> change(98.5, 97.3, is_rate=True)
    '比上月提高1.2个百分点'
    """
    if now is None or is_missing(now):
        return f"{current}无数据"
    if before is None or is_missing(before):
        return f"{than}无数据"
    if is_rate:
        return _points(now, before, than, 1 if digits is None else digits)
    return _counts(now, before, unit, than, digits)


def numeral(value: int) -> str:
    """Return a number from 1 to 99 in Chinese numerals, as headings count.

    :raises ValueError: the number is out of this range.

    >>> numeral(1), numeral(10), numeral(11), numeral(99)
    ('一', '十', '十一', '九十九')
    """
    if not 1 <= value <= 99:
        raise ValueError(f"Chinese numerals are written for 1 to 99, not {value}")
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def heading_number(level: int, value: int) -> str:
    """Return the number of a heading of a level from 1 to 4 (GB/T 9704-2012).

    >>> [heading_number(level, 2) for level in (1, 2, 3, 4)]
    ['二、', '（二）', '2.', '（2）']
    """
    if level == 1:
        return f"{numeral(value)}、"
    if level == 2:
        return f"（{numeral(value)}）"
    return f"{value}." if level == 3 else f"（{value}）"


def date(value: dt.date | str | Any) -> str:
    """Return a day without leading zeros.

    :param value: a date, a timestamp or ``YYYY-MM-DD``.

    >>> date("2015-10-08")
    '2015年10月8日'
    """
    day = dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return NOTHING if is_missing(day) else f"{day.year}年{day.month}月{day.day}日"


def month(value: dt.date | str | Any) -> str:
    """Return a month without a leading zero.

    :param value: ``YYYY-MM``, a date or a pandas Period.

    >>> month("2015-09")
    '2015年9月'
    """
    year, number_ = _year_month(value)
    return f"{year}年{number_}月"


def year_to_date(value: dt.date | str | Any) -> str:
    """Return the span from January to the month.

    >>> year_to_date("2015-09"), year_to_date("2015-01")
    ('2015年1—9月', '2015年1月')
    """
    year, number_ = _year_month(value)
    return f"{year}年1月" if number_ == 1 else f"{year}年1—{number_}月"


def joined(items: Iterable[object], last: str = "和") -> str:
    """Return a list in a sentence; an empty list gives an empty text.

    >>> joined(["甲", "乙", "丙"])
    '甲、乙和丙'
    """
    words = [str(item) for item in items]
    return last.join(["、".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def half_widths(text: str) -> int:
    """Return the width of ``text`` in half-width characters: East Asian wide ones count two, combining ones none.

    >>> half_widths("2015年")
    6
    """
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text
    )


def _year_month(value: Any) -> tuple[int, int]:
    if not isinstance(value, str):
        return int(value.year), int(value.month)
    first = dt.date.fromisoformat(f"{value[:7]}-01")
    return first.year, first.month


def _grouped(value: Decimal) -> str:
    return f"{value:,f}" if abs(value) >= 10000 else f"{value:f}"


def _points(now: Number, before: Number, than: str, digits: int) -> str:
    # The difference of the printed rates, so that a reader who subtracts them gets the same.
    gap = rounded(now, digits) - rounded(before, digits)
    if gap == 0:
        return f"与{than}持平"
    return f"比{than}{'提高' if gap > 0 else '下降'}{abs(gap)}个百分点"


def _counts(now: Number, before: Number, unit: str, than: str, digits: int | None) -> str:
    gap = Decimal(repr(float(now))) - Decimal(repr(float(before)))
    if gap == 0:
        return f"与{than}持平"
    more, growth = ("增加", "增长") if gap > 0 else ("减少", "下降")
    text = f"比{than}{more}{number(abs(gap), unit, digits=digits)}"
    share = rate(abs(gap), before)
    if share is None or share < 0:
        return text
    return f"{text}，{growth}{'不足0.1%' if rounded(share, 1) == 0 else number(share, '%', digits=1)}"
