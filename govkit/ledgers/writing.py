"""How people write days, approximate numbers, telephone and ID numbers."""

import re

_CHINESE_DAY = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]"
)
_CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_ABOUT = re.compile(r"^(约|大约|近|不到|超过|逾)|(余|多|左右|以上|以下)(?=$|\D{0,3}$)|[~～]")
_PHONE = re.compile(
    r"(\+?86)?1[3-9]\d{9}|(\+?86)?(0\d{2,3})?[2-9]\d{6,7}(转\d{1,6})?|(400|800)\d{7}|1\d{2,5}|[2-9]\d{2,5}"
)
_BETWEEN_PHONES = re.compile(r"[、,，;；/\n]|或|\s{2,}")
_ID_NUMBER = re.compile(r"\d{15}|\d{17}[\dX]", re.IGNORECASE)


def arabic_day(words: str) -> str:
    """Return a day in Chinese numerals in digits; anything else as it is."""
    match = _CHINESE_DAY.fullmatch(words)
    if not match:
        return words
    return "-".join((match[1].translate(_CHINESE_DIGITS), *map(_counted, match.group(2, 3))))


def _counted(words: str) -> str:
    tens, ten, ones = words.rpartition("十")
    digits = (ones or ("0" if ten else "")).translate(_CHINESE_DIGITS)
    return f"{(tens or '1').translate(_CHINESE_DIGITS)}{digits}" if ten else digits


def is_about(words: str) -> bool:
    """Return whether words give a number that is not exact.

    >>> is_about("约5"), is_about("30余"), is_about("5")
    (True, True, False)
    """
    return bool(_ABOUT.search(words)) and any(c.isdigit() for c in words)


def is_phone(words: str) -> bool:
    """Return whether words are telephone numbers, one or several.

    >>> is_phone("13800002638"), is_phone("0391-3560000、13800002638"), is_phone("1380000263")
    (True, True, False)
    """
    numbers = (re.sub(r"[-\s()（）－—.]|^(电话|手机)[:：]?", "", one) for one in _BETWEEN_PHONES.split(words))
    return all(_PHONE.fullmatch(number) for number in numbers if number)


def is_id_number(words: str) -> bool:
    """Return whether words have the form of an ID number."""
    return bool(_ID_NUMBER.fullmatch(words))
