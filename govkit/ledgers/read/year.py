"""The year and the month that a ledger is for, as its title or its file states them; the day of a report is none."""

import re
from collections.abc import Iterable

from govkit.ledgers.cells import plain

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*年|年度?\s*:\s*((?:19|20)\d{2})(?!\d)")
_DAY = re.compile(
    r"(?<!\d)(?:19|20)\d{2}\s*(?:年\s*\d{1,2}\s*月\s*\d{1,2}\s*[日号]?|[-./]\s*\d{1,2}\s*[-./]\s*\d{1,2})|(?<!\d)(?:19|20)\d{6}(?!\d)"
)
_MONTH = re.compile(
    r"(?<!\d)((?:19|20)\d{2})\s*(?:年度?\s*|[-./])(\d{1,2})\s*(?:月份?|(?![\d年]))|"
    r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(?!\d)|(?<![\d年个])(\d{1,2})\s*月份?(?!\d)"
)
_CLAUSES = re.compile(r"[\s,，;；。()（）【】\[\]_—–-]+")
_REPORTING = re.compile(
    r"填报|填表|报送|上报|呈报|报出|制表|打印|导出|编制|印发|更新|修改|录入|汇总时间|统计时间|截至|截止|日期|定稿|备份|交于|提交|发文"
)


def year_stated(above: Iterable[str], sheet: str, file: str) -> tuple[int | None, str]:
    """Return the year that is stated first in the texts above the table, the sheet's name, the file's name, and where.

    Days, and years in words about reporting, are no ledger's year; two years at once are none either.

    >>> year_stated(["马村2015年度台账", "填报日期：2016年1月5日"], "纠纷", "2016年1月报送.xlsx")
    (2015, '马村2015年度台账')
    >>> year_stated(["填报日期：2016年1月5日"], "纠纷", "2016年1月报送.xlsx")
    (None, '')
    """
    for words in (*above, plain(sheet), plain(file)):
        years = {int(before or after) for clause in _clauses(words) for before, after in _YEAR.findall(clause)}
        if years:
            return (years.pop(), words) if len(years) == 1 else (None, "")
    return None, ""


def months_stated(words: str) -> set[tuple[int | None, int]]:
    """Return the years and months that a text states; the year is None where it names the month alone.

    >>> months_stated("阳庙镇2015年9月台账（填报日期：2015年10月3日）"), months_stated("9月份报表")
    ({(2015, 9)}, {(None, 9)})
    >>> months_stated("2015年度台账"), months_stated("201509"), months_stated("马村2015-09.xlsx")
    (set(), {(2015, 9)}, {(2015, 9)})
    """
    found = set()
    for clause in _clauses(re.sub(r"(?<=\d{4})-(?=\d{1,2}(?!\d))", ".", words)):
        for long, month, short, number, alone in _MONTH.findall(clause):
            if 1 <= (stated := int(month or number or alone)) <= 12:
                found.add((int(long or short) if long or short else None, stated))
    return found


def _clauses(words: str) -> list[str]:
    """Return the parts of a text that speak of no reporting, without days."""
    bare = re.sub(r"(日期|时间)\s+", r"\1:", re.sub(r"\s*:\s*(?=\d)", ":", _DAY.sub("", plain(words))))
    bare = re.sub(r"(\d{4})\s+年", r"\1年", bare)
    return [clause for clause in _CLAUSES.split(bare) if not _REPORTING.search(clause)]
