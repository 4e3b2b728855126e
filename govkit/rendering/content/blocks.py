"""What a report notebook says: title, sections, sentences, tables, remarks.

Each function returns a :class:`Block`, which carries the same content twice: pandoc markdown, from which every format
is made, and HTML to read in JupyterLab. All text is taken literally: markup in a person's or a village's name
comes out as typed, in every format.

In a notebook use them as ``r`` (:mod:`govkit.rendering.content`): there they display at once, so that a cell may hold
several.
"""

import datetime as dt
import html
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from numbers import Number
from typing import Any, Literal

from markupsafe import Markup

from govkit.core.errors import InternalError, Problem, Where
from govkit.core.html import in_markdown, plain, render
from govkit.core.i18n import gettext as _
from govkit.rendering.content import wording

MAX_LEVEL = 4
UNCHECKED = "未经公开检查"
DAY_TO_FILL_IN = "\u3000\u3000年\u3000月\u3000日"


@dataclass(frozen=True)
class Block:
    """One piece of a report in markdown and in HTML; JupyterLab and the exporters read its mime bundle."""

    markdown: str
    html: str
    text: str = ""

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return {
            "text/markdown": self.markdown,
            "text/html": str(self.html),
            "text/plain": self.text or plain(self.markdown),
        }

    def __repr__(self) -> str:
        return self.text or self.markdown


def title(text: str, subtitle: str = "") -> Block:
    """Return the document's title and, if given, the line below it.

    :raises InternalError: the text is empty.

    >>> title("基层四项基础制度运行情况通报", "（2015年9月）")
    基层四项基础制度运行情况通报
    """
    needed(text, "title")
    parts = [fenced("gk-title", in_markdown(text))]
    shown = element("h1", text, "text-align:center")
    if subtitle:
        parts.append(fenced("gk-subtitle", in_markdown(subtitle)))
        shown += element("p", subtitle, "text-align:center")
    return Block("\n\n".join(parts), shown, text)


def section(text: str, level: int = 1) -> Block:
    """Return a heading without its number: export counts 一、（一）1.（1） over the whole document.

    A heading with nothing below it does not appear, so optional sections vanish with their heading.

    :param level: 1 to 4.
    :raises InternalError: the text is empty, or there is no such level.

    >>> section("矛盾调解化解", level=2).html
    Markup('<h3>矛盾调解化解</h3>')
    """
    needed(text, "section")
    if not 1 <= level <= MAX_LEVEL:
        what = _("heading level {level}").format(level=level)
        raise _fault(what, _("Use level 1 to {most}").format(most=MAX_LEVEL), text)
    return Block(fenced("gk-section", in_markdown(text), level=level), element(f"h{level + 1}", text), text)


def say(text: str, **values: object) -> Block:
    """Return a paragraph.

    :param text: the sentences; ``{name}`` is replaced by the value of that name. Without values the text stays as it
        is, braces included.
    :param values: what the names stand for, already in words, or objects whose items and attributes the text names.
    :raises InternalError: the text is empty, or names a value that is not given.

    >>> say("本月排查矛盾纠纷{found}。", found="157件")
    本月排查矛盾纠纷157件。
    """
    needed(text, "say")
    words = _filled(text, values) if values else text
    return Block(in_markdown(words), element("p", words, "text-indent:2em"), words)


def notice(text: str) -> Block:
    """Return a boxed remark.

    :raises InternalError: the text is empty.

    >>> notice("样例数据：仅供演示。")
    样例数据：仅供演示。
    """
    needed(text, "notice")
    box = element("div", text, "border:1px solid #888;padding:.4em .8em;margin:.5em 0")
    return Block(fenced("gk-notice", in_markdown(text)), box, text)


def unchecked() -> Block:
    """Return the warning, in large letters, that nobody has checked a document for the public for personal data.

    Our own pipeline takes it out once the document has passed the privacy check.

    >>> unchecked()
    未经公开检查
    """
    shown = element("p", UNCHECKED, "font-size:2.5em;font-weight:bold;text-align:center;border:4px solid #b00020")
    return Block(fenced("gk-unchecked", in_markdown(UNCHECKED)), shown, UNCHECKED)


def signature(office: str, date: Any, *, sealed: bool = False) -> Block:
    """Return the signing office and the day, set at the right below the text.

    :param date: a date or ``YYYY-MM-DD``; None leaves a line to fill in.
    :param sealed: leave room for a seal over both, and set them as a sealed document has them.
    :raises InternalError: the office is empty.

    >>> signature("示范区办公室", "2015-10-08")
    示范区办公室 2015年10月8日
    """
    needed(office, "signature")
    day = DAY_TO_FILL_IN if wording.is_missing(date) else wording.date(date)
    shown = Markup('<p style="text-align:right">{}<br>{}</p>').format(plain(office), plain(day))
    markdown = "\n\n".join([in_markdown(office), in_markdown(day)])
    settings = {"sealed": "yes"} if sealed else {}
    return Block(fenced("gk-signature", markdown, **settings), shown, f"{office} {day}")


def provenance(rows: Mapping[str, object] | Iterable[tuple[str, object]], *, hidden: bool = False) -> Block:
    """Return the small table at the end that says what the report was made from.

    :param rows: name and value of each line.
    :param hidden: leave the table out of the pages; it then stands in the file's properties alone.
    :raises InternalError: there are no rows.

    >>> provenance({"台账版本": "第3版"})
    台账版本: 第3版
    """
    pairs = [(str(name), str(value)) for name, value in (rows.items() if isinstance(rows, Mapping) else rows)]
    if not pairs:
        raise _fault(_("the provenance has no rows"), _("Give at least one name and value"), "provenance")
    lines = ["|   |   |", "|:--|:--|", *(f"| {in_markdown(name)} | {in_markdown(value)} |" for name, value in pairs)]
    shown = render("rendering/provenance.html", rows=[(plain(name), plain(value)) for name, value in pairs])
    settings = {"hidden": "yes"} if hidden else {}
    return Block(fenced("gk-provenance", "\n".join(lines), **settings), shown, "\n".join(f"{n}: {v}" for n, v in pairs))


def table(
    frame: Any,
    caption: str = "",
    *,
    note: str = "",
    emphasise_last: bool = False,
    formats: Mapping[str, str] | None = None,
    empty: str = "",
) -> Block:
    r"""Return a frame as a table without its index: numbers right, text left, headers centred, missing values ``—``.

    :param frame: a pandas frame whose column names are the Chinese headings.
    :param note: a line below the table in small type.
    :param emphasise_last: set the last row, a total, bold.
    :param formats: a format for a column's values, such as ``{"化解率": "{:.1f}%"}``.
    :param empty: the sentence to print in place of a table without rows.
    :raises InternalError: a column has a code name, or there are no rows and no ``empty``.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"单位": ["阳庙镇"], "化解率": [96.55]})
    >>> print(table(frame, "化解情况", formats={"化解率": "{:.1f}%"}).markdown.split("\n\n")[1])
    | 单位 | 化解率 |
    | :-- | --: |
    | 阳庙镇 | 96\.6\% |
    """
    if len(frame) == 0:
        if empty:
            return say(empty)
        raise _fault(
            _("the table has no rows"),
            _("Render a period that has data, or give the table an `empty` text to print instead"),
            caption or "table",
        )
    grid = Grid.of(frame, caption, formats or {})
    settings = {"widths": grid.widths(), "size": grid.size(), "last": "strong" if emphasise_last else "plain"}
    parts = [grid.markdown(), f": {in_markdown(caption)}" if caption else "", in_markdown(note) if note else ""]
    body = "\n\n".join(part for part in parts if part)
    return Block(fenced("gk-table", body, **settings), grid.html(caption, note, emphasise_last), caption)


def _filled(text: str, values: Mapping[str, object]) -> str:
    try:
        return text.format(**values)
    except (KeyError, IndexError, ValueError) as error:
        what = _("the sentence {text} cannot be filled: {error}").format(text=repr(text), error=error)
        raise _fault(what, _("Give a value for every name in braces"), "say") from error


def fenced(kind: str, body: str, **settings: object) -> str:
    """Return a fenced block of pandoc markdown of a kind like ``gk-title``, by which the exporters recognise it."""
    pairs = "".join(f' {name}="{html.escape(str(value))}"' for name, value in settings.items())
    return f"::::: {{.{kind}{pairs}}}\n\n{body}\n\n:::::"


def element(tag: str, text: str, style: str = "") -> Markup:
    """Return an HTML element around a text."""
    attribute = Markup(' style="{}"').format(style) if style else ""
    return Markup("<{0}{1}>{2}</{0}>").format(tag, attribute, plain(text))


def needed(text: str, block: str) -> None:
    """Raise InternalError if a block's text is empty."""
    if not text.strip():
        raise _fault(_("the text is empty"), _("Give the text, or leave the call out"), block)


def _fault(what: str, repair: str, item: str) -> InternalError:
    return InternalError(Problem(Where(_("report"), item=item), what, repair))


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
class Grid:
    """A table ready to print: headers and rows of worded cells, and each column's alignment."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    aligns: tuple[Align, ...]

    @classmethod
    def of(cls, frame: Any, caption: str, formats: Mapping[str, str]) -> "Grid":
        """Return the grid of ``frame``; a column under a code name is an InternalError, for no reader knows it."""
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
        widths = map(wording.half_widths, self.headers)
        headings = [width if width <= _SHORT else 2 * ceil(width / 2 / lines) for width in widths]
        columns = zip(headings, *([wording.half_widths(cell) for cell in row] for row in self.rows), strict=True)
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

    def html(self, caption: str, note: str, emphasise_last: bool) -> Markup:
        """Return the table for JupyterLab."""
        return render(
            "rendering/table.html",
            caption=plain(caption),
            note=plain(note),
            headers=self.headers,
            rows=[list(zip(row, self.aligns, strict=True)) for row in self.rows],
            emphasise_last=emphasise_last,
        )


def _header(name: object, caption: str) -> str:
    text = plain(" ".join(map(str, name)) if isinstance(name, tuple) else name)
    if text and not _CODE_NAME.fullmatch(text):
        return text
    raise InternalError(
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
