"""A pandas frame as the cells of a printed table: wording, alignment, widths."""

import datetime as dt
import re
import string
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from numbers import Number
from typing import Any, Literal

from govkit.errors import Fault, Problem, Where
from govkit.i18n import gettext as _
from govkit.reports import wording
from govkit.reports.literal import in_html, in_markdown, plain

Align = Literal["left", "right"]

# Half-width characters that fit the 156 mm text block: at 12 pt (小四), 10.5 pt (五号) and 9 pt (小五).
_ROOM = {"normal": 73, "small": 84, "tiny": 98}
_PADDING = 2
_LONGEST = 48
_SHORT = 8
_NEARLY = 1.1
"""A table so little too wide loses the padding of its widest columns; beyond that its headings wrap."""
_CODE_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LOOKS_LIKE_FIGURE = re.compile(r"[+\-−]?\d[\d,]*(\.\d+)?[余多]?[^\d\s]{0,2}(以上|以内)?|\d{1,2}月\d{1,2}日")
_PRECISION = re.compile(r"\.(\d+)[f%]$")


@dataclass(frozen=True)
class Sheet:
    """A table ready to print: headers and rows of worded cells, and each column's alignment."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    aligns: tuple[Align, ...]

    @classmethod
    def of(cls, frame: Any, caption: str, formats: Mapping[str, str]) -> "Sheet":
        """Return the sheet of ``frame``; columns under code names are a Fault, for no reader knows them."""
        headers = tuple(_header(name, caption) for name in frame.columns)
        columns = [frame.iloc[:, at].tolist() for at in range(len(headers))]
        worded = [_worded(column, formats.get(name)) for name, column in zip(headers, columns, strict=True)]
        aligns = tuple(_align(raw, shown) for raw, shown in zip(columns, worded, strict=True))
        return cls(headers, tuple(zip(*worded, strict=True)), aligns)

    @cached_property
    def natural(self) -> list[int]:
        """Return each column's width in half-width characters if nothing wrapped, padding included."""
        return self._wide(1)

    def _wide(self, lines: int) -> list[int]:
        """Return each column's width if only its heading wrapped, to so many lines; a short one never does."""
        widths = map(display_width, self.headers)
        headings = [width if width <= _SHORT else 2 * ceil(width / 2 / lines) for width in widths]
        columns = zip(headings, *([display_width(cell) for cell in row] for row in self.rows), strict=True)
        return [min(max(column), _LONGEST) + _PADDING for column in columns]

    def size(self) -> str:
        """Return the type size the table needs: normal, small or tiny."""
        count, need = len(self.headers), sum(self.natural)
        if count >= 12 or need > 2.2 * _ROOM["small"]:
            return "tiny"
        return "small" if count >= 8 or need > 1.3 * _ROOM["normal"] else "normal"

    def widths(self) -> str:
        """Return the columns' shares of the text width, three decimals each, comma separated; they add to 1."""
        room = _ROOM[self.size()]
        fitting = (wide for lines in (2, 3) if sum(wide := self._wide(lines)) <= room)
        nearly = sum(self.natural) <= _NEARLY * room
        shares = _shared_out(self.natural if nearly else next(fitting, self.natural), room)
        rounded = [round(share / sum(shares), 3) for share in shares]
        rounded[-1] = round(1 - sum(rounded[:-1]), 3)
        return ",".join(f"{share:.3f}" for share in rounded)

    def markdown(self) -> str:
        """Return a pandoc pipe table."""
        rule = ["--:" if align == "right" else ":--" for align in self.aligns]
        head, *body = [[in_markdown(cell) for cell in row] for row in (self.headers, *self.rows)]
        return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *body))

    def html(self, caption: str, note: str, emphasise_last: bool) -> str:
        """Return the table for JupyterLab."""
        head = "".join(f'<th style="text-align:center">{in_html(name)}</th>' for name in self.headers)
        rows = [self._html_row(row, "td") for row in self.rows]
        if emphasise_last:
            rows[-1] = self._html_row(self.rows[-1], "th")
        above = f"<caption>{in_html(caption)}</caption>" if caption else ""
        below = f"<p><small>{in_html(note)}</small></p>" if note else ""
        return f"<table>{above}<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{below}"

    def _html_row(self, row: Iterable[str], tag: str) -> str:
        cells = [
            f'<{tag} style="text-align:{align}">{in_html(cell)}</{tag}>'
            for cell, align in zip(row, self.aligns, strict=True)
        ]
        return f"<tr>{''.join(cells)}</tr>"


def display_width(text: str) -> int:
    """Return the width of ``text`` in half-width characters: East Asian wide ones count two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text
    )


def _header(name: object, caption: str) -> str:
    text = plain(" ".join(map(str, name)) if isinstance(name, tuple) else name)
    if text and not _CODE_NAME.fullmatch(text):
        return text
    raise Fault(
        Problem(
            Where(_("report"), item=caption or "table"),
            _("the column {name} has no Chinese name").format(name=repr(name)),
            _("Rename the frame's columns before printing it"),
        )
    )


def _worded(column: list[Any], form: str | None) -> list[str]:
    """Return a column's cells as text; its numbers have the same decimals: none, or one where any needs some."""
    numbers = [value for value in column if isinstance(value, Number) and not wording.is_missing(value)]
    digits = 0 if all(float(number).is_integer() for number in numbers) else 1  # type: ignore[arg-type]
    return [_cell(value, form, digits) for value in column]


def _cell(value: Any, form: str | None, digits: int) -> str:
    if wording.is_missing(value):
        return wording.NOTHING
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "是" if value else "否"
    if isinstance(value, dt.date):
        return wording.date(value)
    if form:
        return plain(form.format(_half_up(value, form)))
    return wording.number(value, digits=digits) if isinstance(value, Number) else plain(value) or wording.NOTHING  # type: ignore[arg-type]


def _half_up(value: Any, form: str) -> Any:
    """Return ``value`` rounded as people round, so that a table never differs from a sentence in the last digit."""
    for _text, _name, spec, _conversion in string.Formatter().parse(form):
        found = _PRECISION.search(spec or "")
        if found and isinstance(value, Number):
            return wording.rounded(value, int(found[1]) + (2 if spec and spec.endswith("%") else 0))  # type: ignore[arg-type]
    return value


def _align(raw: Iterable[Any], shown: Iterable[str]) -> Align:
    kinds = [_is_figure(value, text) for value, text in zip(raw, shown, strict=True) if not wording.is_missing(value)]
    return "right" if kinds and all(kinds) else "left"


def _is_figure(value: Any, text: str) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, Number):
        return True
    return isinstance(value, str) and (
        text in {wording.NOTHING, wording.WITHHELD} or _LOOKS_LIKE_FIGURE.fullmatch(text) is not None
    )


def _shared_out(natural: list[int], room: int) -> list[float]:
    """Return widths that fill ``room``: spare room spread evenly, or the widest columns cut to one common cap."""
    spare = room - sum(natural)
    if spare >= 0:
        return [width + spare / len(natural) for width in natural]
    left, open_columns, widths = float(room), len(natural), [float(width) for width in natural]
    for width, at in sorted((width, at) for at, width in enumerate(natural)):
        widths[at] = min(float(width), left / open_columns)
        left, open_columns = left - widths[at], open_columns - 1
    return widths
