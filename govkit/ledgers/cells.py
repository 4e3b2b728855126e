"""Reading of cells: from what a person typed to a typed value, or to the mistake.

Each ``read_*`` takes one raw cell (text, number, date, bool) that is not blank and returns the value, or a
:class:`Bad` with the mistake and its repair. Full-width digits and letters, stray spaces and the usual ways of writing
a day are accepted.
"""

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from govkit.core.i18n import gettext as _
from govkit.ledgers.declare import Column, Kind
from govkit.ledgers.places import Places, unknown_place
from govkit.ledgers.units import factor
from govkit.ledgers.writing import arabic_day, is_about, is_id_number, is_phone

EXCEL_EPOCH = dt.date(1899, 12, 30)
_SERIAL_DAYS = range(18264, 73415)  # 1950-01-01 to 2100-12-31 in Excel's day numbers
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY_OF_YEAR = re.compile(r"(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?")
_MEASURE = re.compile(r"([-+]?[\d,.]+)\s*([^\d\s.,，+-][^\d]*)")
_SCIENTIFIC = re.compile(r"[-+]?\d(\.\d+)?E\+?\d{2,3}", re.IGNORECASE)
MOST_DIGITS = 15
"""Digits of a number that Excel keeps; it turns those after them into zeros."""
DITTO = frozenset(
    {"同上", "同前", "同左", "〃", "″", '"', "”", "“", "''", "〃〃", "々", "—〃—", "-〃-", "上同", "如上"}
)
"""Cells that stand for the cell above them, once tidied by :func:`plain`."""
_NUMBER = re.compile(r"[-+]?(\d+(,\d{3})*|\d*)(\.\d+)?(e[-+]?\d+)?", re.IGNORECASE)
NOT_COMPUTED = "#未计算!"
"""The value of a formula that was never computed, for which the file holds none."""
_EXCEL_ERRORS = {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", NOT_COMPUTED}
_PICTURE = re.compile(r"=(_xlfn\.)?DISPIMG\(.*\)", re.DOTALL)
"""The text of a cell into which WPS put a picture."""
_FULL_WIDTH = {full: full - 0xFEE0 for full in (0xFF0D, *range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B))} | {
    full: full - 0xFEE0 for full in range(0xFF41, 0xFF5B)
}
"""Full-width digits, letters and hyphen; other full-width signs are Chinese punctuation and stay."""
_YES = {"是", "有", "√", "1", "true", "y", "yes"}
_NO = {"否", "无", "×", "0", "false", "n", "no"}
MAX_TEXT = 2000
Typed = str | float | bool | dt.date
"""A cell's value once it is read; whole numbers are a kind of float to the type checker."""


@dataclass(frozen=True, slots=True)
class Bad:
    """The mistake in a cell, and its repair."""

    what: str
    repair: str


@dataclass(frozen=True, slots=True)
class Said:
    """A value that was read with a step that a person should know of, and the words about it."""

    value: "Typed"
    what: str


def is_blank(raw: object) -> bool:
    r"""Return whether a cell holds nothing but white space and invisible characters.

    >>> is_blank("\u3000 "), is_blank(0)
    (True, False)
    """
    if isinstance(raw, str):
        if raw.isalnum():
            return False
        return not raw.strip() or not (raw.isprintable() or _visible(raw))
    return raw is None or (isinstance(raw, float) and math.isnan(raw))


def plain(raw: object) -> str:
    """Return a cell as tidy text: NFKC (full width to half width), no outer blanks, no control characters.

    >>> plain(" ＪＦ－００１ "), plain(3.0)
    ('JF-001', '3')
    """
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    return _visible(unicodedata.normalize("NFKC", str(raw)))


def _visible(words: str) -> str:
    if not words.isprintable():
        words = "".join(c for c in words if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf"})
    return words.strip()


def reader(
    column: Column, places: Places, year: int | None = None, scale: Fraction | None = None
) -> Callable[[object], Typed | Bad | Said]:
    """Return the function that reads one cell of this column.

    :param year: the year of a day that is written without one.
    :param scale: what one in the sheet's unit is in the column's own, where the heading states another unit.

    >>> from govkit.institutions import ledgers
    >>> from govkit.ledgers.places import shipped_places
    >>> read = reader(ledgers()["disputes"]["found_on"], shipped_places())
    >>> read("２０１５年９月１日"), read("三月").repair
    (datetime.date(2015, 9, 1), '请按“2015-09-01”的样式填写日期')
    """
    readers: dict[Kind, Callable[[object], Typed | Bad | Said]] = {
        "text": lambda raw: read_words(raw, column),
        "date": lambda raw: read_day(raw, year),
        "integer": lambda raw: read_measure(raw, column, scale),
        "number": lambda raw: read_measure(raw, column, scale),
        "flag": read_flag,
        "choice": lambda raw: read_choice(raw, column),
        "place": lambda raw: read_place(raw, column, places),
    }
    read = readers[column.kind]

    def one(raw: object) -> Typed | Bad | Said:
        if isinstance(raw, Bad):
            return raw
        if isinstance(raw, str) and raw[:1] in "#=_":
            if raw in _EXCEL_ERRORS:
                return _failed_formula(raw)
            if _PICTURE.fullmatch(raw):
                return Bad(_("The cell holds a picture"), _("Write what it shows, or leave the cell blank"))
        return read(raw)

    return one


def read_words(raw: object, column: Column) -> str | Bad:
    """Return a text cell; refused are numbers that lost digits, and telephone numbers that are none.

    >>> from govkit.ledgers.declare import phone
    >>> read_words(13800002638.0, phone()), read_words(410825198001011234.0, phone()).what
    ('13800002638', '“4.10825E+17”是存成数值的长号码，Excel只保留前15位，后面的数字已经丢失')
    """
    number = isinstance(raw, int | float) and not isinstance(raw, bool)
    if (number and abs(float(str(raw))) >= 10**MOST_DIGITS) or (
        isinstance(raw, str) and _SCIENTIFIC.fullmatch(raw.strip())
    ):
        return _lost_digits(raw)
    words = read_text(raw)
    if isinstance(words, Bad) or column.personal not in {"name", "phone", "id_number", "address"}:
        return words
    if words in {"TRUE", "FALSE"}:
        return Bad(
            _("“{value}” is a logical value, not {title}").format(value=words, title=column.title),
            _("Write what it stands for as text"),
        )
    if column.personal == "phone":
        return _checked_phone(words)
    return _checked_id_number(words) if column.personal == "id_number" else words


def _lost_digits(raw: object) -> Bad:
    what = _("“{value}” is a number in scientific notation; its other digits are lost")
    if isinstance(raw, float | int):
        what = _("“{value}” is a long number stored as a number; Excel keeps 15 digits, the others are lost")
    return Bad(
        what.format(value=f"{raw:.6G}" if isinstance(raw, float | int) else plain(raw)),
        _("Set the column's format to text, and write the whole number again from its source"),
    )


def _checked_phone(words: str) -> str | Bad:
    if is_phone(words):
        return words
    return Bad(
        _("“{value}” is no telephone number").format(value=_quoted(words)),
        _("A mobile number has 11 digits; a landline has 7 or 8, with its area code before them"),
    )


def _checked_id_number(words: str) -> str | Bad:
    if is_id_number(words):
        return words
    return Bad(
        _("“{value}” is no ID number").format(value=_quoted(words)),
        _("It has 18 digits, the last of which may be X"),
    )


def read_day(raw: object, year: int | None) -> dt.date | Bad | Said:
    """Return a day; one without a year is a day of the year that the sheet states.

    >>> read_day("9月3日", 2015).value, read_day("9月3日", None).what
    (datetime.date(2015, 9, 3), '“9月3日”没有写年份')
    """
    match = _DAY_OF_YEAR.fullmatch(plain(raw)) if isinstance(raw, str) else None
    if match is None:
        return read_date(raw)
    if year is None:
        return Bad(
            _("“{value}” has no year").format(value=_quoted(raw)),
            _("Write the day like 2015-09-01, or the year above the table, like “年度：2015”"),
        )
    day = read_date(f"{year}-{match[1]}-{match[2]}")
    return (
        day
        if isinstance(day, Bad)
        else Said(day, _("Days without a year are days of {year}, the year stated above the table").format(year=year))
    )


def read_measure(raw: object, column: Column, scale: Fraction | None = None) -> float | int | Bad | Said:
    """Return a number in the column's unit, from a bare number or from one with a unit of its own.

    :param scale: what one in the sheet's unit is in the column's own; for bare numbers only.

    >>> from govkit.ledgers.declare import number
    >>> money = number("money", "资金", unit="元")
    >>> read_measure("1,200元", money), read_measure("0.12万元", money).value, read_measure("5亩", money).what
    (1200.0, 1200.0, '“5亩”的单位是“亩”，本列按“元”填写')
    """
    whole = column.kind == "integer"
    match = _MEASURE.fullmatch(plain(raw)) if isinstance(raw, str) else None
    value = read_number(match[1]) if match else None
    if match is None or isinstance(value, Bad | None):
        return _bare_number(raw, column, scale)
    stated = match[2].strip()
    if is_about(plain(raw)):
        return _about(raw)
    share = factor(stated, column.unit) if column.unit or stated[0] in "万萬亿億" else None
    if share is None:
        return _wrong_unit(raw, stated, column)
    exact = _times(value, share)
    if whole and not exact.is_integer():
        return Bad(_("“{value}” is not a whole number").format(value=_quoted(raw)), _("Write a whole number"))
    typed = int(exact) if whole else exact
    if share == 1:
        return typed
    words = _("“{value}” was converted to {typed} {unit}")
    return Said(typed, words.format(value=_quoted(raw), typed=f"{typed:.15g}", unit=column.unit))


def _bare_number(raw: object, column: Column, scale: Fraction | None) -> float | int | Bad | Said:
    if isinstance(raw, str) and is_about(plain(raw)):
        return _about(raw)
    if column.kind == "integer" and not scale:
        return read_integer(raw)
    value = read_number(raw)
    if isinstance(value, Bad):
        return read_integer(raw) if column.kind == "integer" else value
    if scale:
        value = _times(value, scale)
    if column.unit == "%" and 0 < value < 1 and not isinstance(raw, str):
        words = _("Numbers below 1 in a % column are read as they stand: {value} stands for {percent}")
        return Said(value, words.format(value=f"{value:.15g}", percent=f"{value:.15g}%"))
    return read_integer(value) if column.kind == "integer" else value


def shown_number(number: Fraction) -> str:
    """Return an exact factor as messages write it.

    >>> shown_number(Fraction(10_000)), shown_number(Fraction(1, 15))
    ('10000', '1/15')
    """
    return f"{float(number):.15g}" if number.denominator in {1, 10, 100, 1000, 10_000} else str(number)


def _times(value: float, share: Fraction) -> float:
    return float(Fraction(Decimal(repr(value))) * share)


def _about(raw: object) -> Bad:
    return Bad(
        _("“{value}” is no exact number").format(value=_quoted(raw)),
        _("A ledger holds exact numbers; write the exact one, or leave the cell blank where the column allows it"),
    )


def _wrong_unit(raw: object, stated: str, column: Column) -> Bad:
    if not column.unit:
        return read_integer(raw) if column.kind == "integer" else _bad_number(raw)  # type: ignore[return-value]
    return Bad(
        _("“{value}” is in “{stated}”, but this column is in “{unit}”").format(
            value=_quoted(raw), stated=stated, unit=column.unit
        ),
        _("Convert it, and write the number only"),
    )


def read_text(raw: object) -> str | Bad:
    """Return the text with half-width digits and letters, without invisible characters and outer blanks."""
    if isinstance(raw, dt.datetime | dt.date):
        return f"{raw:%Y-%m-%d}"
    if isinstance(raw, str) and raw.isascii() and raw.isprintable() and len(raw) <= MAX_TEXT:
        return raw.strip()
    words = _visible(unicodedata.normalize("NFC", raw).translate(_FULL_WIDTH)) if isinstance(raw, str) else plain(raw)
    if len(words) > MAX_TEXT:
        return Bad(
            _("The text has {length} characters").format(length=len(words)),
            _("Shorten it to {limit} characters at the most").format(limit=MAX_TEXT),
        )
    return words


def read_date(raw: object) -> dt.date | Bad:
    """Return a day from a date, a usual way of writing one, or Excel's day number.

    >>> read_date("2015年9月1日") == read_date("2015/9/1") == read_date(42248.0)
    True
    """
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return _serial_day(raw)
    words = plain(raw)
    match = _DAY.fullmatch(words) or _COMPACT_DAY.fullmatch(words) or _DAY.fullmatch(arabic_day(words))
    if not match:
        return _bad_date(words)
    try:
        return dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return _bad_date(words)


def read_integer(raw: object) -> int | Bad:
    """Return a whole number below 2**53.

    >>> read_integer("1,200"), read_integer("12人").what
    (1200, '“12人”不是整数')
    """
    value = read_number(raw)
    if isinstance(value, Bad):
        return Bad(
            _("“{value}” is not a whole number").format(value=_quoted(raw)),
            _("Write digits only, without words or units"),
        )
    if not value.is_integer() or abs(value) >= 2**53:
        return Bad(_("“{value}” is not a whole number").format(value=_quoted(raw)), _("Write a whole number"))
    return int(value)


def read_number(raw: object) -> float | Bad:
    """Return a number; ``1,200`` and ``１２００`` are 1200.

    >>> read_number("１２．５")
    12.5
    """
    if isinstance(raw, bool | dt.date):
        return _bad_number(raw)
    if isinstance(raw, int | float):
        return float(raw) if math.isfinite(raw) else _bad_number(raw)
    words = plain(raw).replace(" ", "")
    if not words or not _NUMBER.fullmatch(words) or not any(c.isdigit() for c in words):
        return _bad_number(raw)
    value = float(words.replace(",", ""))
    return value if math.isfinite(value) else _bad_number(raw)


def read_flag(raw: object) -> bool | Bad:
    """Return True for 是 and the like, False for 否 and the like.

    >>> read_flag("√"), read_flag("无")
    (True, False)
    """
    words = plain(raw).lower()
    if words in _YES:
        return True
    if words in _NO:
        return False
    return Bad(_("“{value}” is neither 是 nor 否").format(value=_quoted(raw)), _("Write 是 or 否"))


def read_choice(raw: object, column: Column) -> str | Bad:
    """Return the listed word; spaces, width and accepted synonyms do not matter.

    >>> from govkit.ledgers.declare import choice
    >>> read_choice(" 街 道 ", choice("level", "层级", ("村", "乡镇"), synonyms={"街道": "乡镇"}))
    '乡镇'
    """
    words = _squeezed(raw)
    for listed in column.choices:
        if words == _squeezed(listed):
            return listed
    for other, listed in column.synonyms.items():
        if words == _squeezed(other):
            return listed
    return Bad(
        _("“{value}” is not one of the words allowed here").format(value=_quoted(raw)),
        _("Choose one of: {choices}").format(choices="、".join(column.choices)),
    )


def read_place(raw: object, column: Column, places: Places) -> str | Bad:
    """Return the code of the place named; only the levels that the column allows.

    >>> from govkit.ledgers.declare import place
    >>> from govkit.ledgers.places import shipped_places
    >>> read_place("北西尚", place(), shipped_places())
    'yangmiao-02'
    """
    words = _squeezed(raw)
    place = places.by_name.get(words) or places.recognised(words)
    if place is None:
        return Bad(*unknown_place(_quoted(raw), places))
    if place.level not in column.levels:
        return Bad(
            _("“{value}” is not a unit that belongs in this column").format(value=place.name),
            _("Write a unit of the right level, as in the drop-down list"),
        )
    return place.code


def _squeezed(raw: object) -> str:
    return re.sub(r"\s+", "", plain(raw))


def _quoted(raw: object, limit: int = 40) -> str:
    words = plain(raw)
    return words if len(words) <= limit else words[:limit] + "…"


def _serial_day(raw: float) -> dt.date | Bad:
    if math.isfinite(raw) and int(raw) in _SERIAL_DAYS:
        return EXCEL_EPOCH + dt.timedelta(days=int(raw))
    words = plain(raw)
    match = _COMPACT_DAY.fullmatch(words)
    if match:
        return read_date(words)
    return _bad_date(words)


def _bad_date(words: str) -> Bad:
    return Bad(_("“{value}” is not a day").format(value=_quoted(words)), _("Write the day like 2015-09-01"))


def _bad_number(raw: object) -> Bad:
    return Bad(
        _("“{value}” is not a number").format(value=_quoted(raw)), _("Write digits only, without words or units")
    )


def _failed_formula(raw: str) -> Bad:
    return Bad(
        _("The formula gives the error {value}").format(value=raw), _("Fix the formula, or write the value itself")
    )
