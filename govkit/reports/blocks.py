"""What a report notebook says: title, sections, sentences, tables, remarks.

Each function returns a :class:`Block`, which carries the same content twice: pandoc markdown, from which every format
is made, and HTML to read in JupyterLab. All text is taken literally: markup in a person's or a village's name
comes out as typed, in every format.

In a notebook use them through ``from govkit import reports as r``: there they display at once, so that a
cell may hold several.
"""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from govkit.errors import Fault, Problem, Where
from govkit.i18n import gettext as _
from govkit.reports import wording
from govkit.reports.literal import in_html, in_markdown, plain

MAX_LEVEL = 4
DAY_TO_FILL_IN = "\u3000\u3000年\u3000月\u3000日"


@dataclass(frozen=True)
class Block:
    """One piece of a report in markdown and in HTML; what JupyterLab and the assembler ask for."""

    markdown: str
    html: str
    text: str = field(default="")

    def _repr_mimebundle_(self, **_asked: Any) -> dict[str, str]:
        return {"text/markdown": self.markdown, "text/html": self.html, "text/plain": self.text or plain(self.markdown)}

    def __repr__(self) -> str:
        return self.text or self.markdown


def title(text: str, subtitle: str = "") -> Block:
    """Return the document's title and, if given, the line below it, e.g. ``（2015年9月）``."""
    _needed(text, "title")
    parts = [_fenced("gk-title", in_markdown(text))]
    shown = f'<h1 style="text-align:center">{in_html(text)}</h1>'
    if subtitle:
        parts.append(_fenced("gk-subtitle", in_markdown(subtitle)))
        shown += f'<p style="text-align:center">{in_html(subtitle)}</p>'
    return Block("\n\n".join(parts), shown, text)


def section(text: str, level: int = 1) -> Block:
    """Return a heading without its number: export counts 一、（一）1.（1） over the whole document.

    A heading with nothing below it does not appear, so optional sections vanish with their heading.
    """
    _needed(text, "section")
    if not 1 <= level <= MAX_LEVEL:
        raise _fault(
            _("heading level {level}").format(level=level), _("Use level 1 to {most}").format(most=MAX_LEVEL), text
        )
    return Block(
        _fenced("gk-section", in_markdown(text), level=level), f"<h{level + 1}>{in_html(text)}</h{level + 1}>", text
    )


def say(text: str, **values: object) -> Block:
    """Return a paragraph; ``{name}`` in it is replaced by the value of that name, already worded.

    Without values the text stands as it is, braces and all.
    """
    _needed(text, "say")
    words = _filled(text, values) if values else text
    return Block(in_markdown(words), f'<p style="text-indent:2em">{in_html(words)}</p>', words)


def notice(text: str) -> Block:
    """Return a boxed remark, e.g. that the figures are of the sample district."""
    _needed(text, "notice")
    box = f'<div style="border:1px solid #888;padding:.4em .8em;margin:.5em 0">{in_html(text)}</div>'
    return Block(_fenced("gk-notice", in_markdown(text)), box, text)


def signature(office: str, date: Any) -> Block:
    """Return the signing office and the day, to stand at the right below the text; without a day, a line to fill in."""
    _needed(office, "signature")
    day = DAY_TO_FILL_IN if wording.is_missing(date) else wording.date(date)
    shown = f'<p style="text-align:right">{in_html(office)}<br>{in_html(day)}</p>'
    markdown = "\n\n".join([in_markdown(office), in_markdown(day)])
    return Block(_fenced("gk-signature", markdown), shown, f"{office} {day}")


def provenance(rows: Mapping[str, object] | Iterable[tuple[str, object]]) -> Block:
    """Return the small table at the end that says what the report was made from: name and value a row."""
    pairs = [(str(name), str(value)) for name, value in (rows.items() if isinstance(rows, Mapping) else rows)]
    if not pairs:
        raise _fault(_("the provenance has no rows"), _("Give at least one name and value"), "provenance")
    lines = ["|   |   |", "|:--|:--|", *(f"| {in_markdown(name)} | {in_markdown(value)} |" for name, value in pairs)]
    cells = "".join(
        f'<tr><td style="text-align:left">{in_html(n)}</td><td style="text-align:left">{in_html(v)}</td></tr>'
        for n, v in pairs
    )
    shown = f'<table style="font-size:smaller">{cells}</table>'
    return Block(_fenced("gk-provenance", "\n".join(lines)), shown, "\n".join(f"{n}: {v}" for n, v in pairs))


def table(
    frame: Any,
    caption: str = "",
    *,
    note: str = "",
    emphasise_last: bool = False,
    formats: Mapping[str, str] | None = None,
    empty: str = "",
) -> Block:
    """Return a frame as a table, its column names already Chinese, without its index.

    Numbers stand right, text left, headers centred; a missing value is ``—``. ``formats`` words a column,
    e.g. ``{"化解率": "{:.1f}%"}``; ``emphasise_last`` sets the last row (a total) bold; ``note`` stands below in small
    type. A frame without rows is a Fault unless ``empty`` says what to print in its place.
    """
    from govkit.reports.tables import Sheet

    if len(frame) == 0:
        if empty:
            return say(empty)
        raise _fault(
            _("the table has no rows"),
            _("Render a period that has data, or give the table an `empty` text to print instead"),
            caption or "table",
        )
    sheet = Sheet.of(frame, caption, formats or {})
    settings = {"widths": sheet.widths(), "size": sheet.size(), "last": "strong" if emphasise_last else "plain"}
    parts = [sheet.markdown(), f": {in_markdown(caption)}" if caption else "", in_markdown(note) if note else ""]
    body = "\n\n".join(part for part in parts if part)
    return Block(_fenced("gk-table", body, **settings), sheet.html(caption, note, emphasise_last), caption)


def _filled(text: str, values: Mapping[str, object]) -> str:
    try:
        return text.format(**values)
    except (KeyError, IndexError, ValueError) as error:
        what = _("the sentence {text} cannot be filled: {error}").format(text=repr(text), error=error)
        raise _fault(what, _("Give a value for every name in braces"), "say") from error


def _fenced(kind: str, body: str, **settings: object) -> str:
    pairs = "".join(f' {name}="{html.escape(str(value))}"' for name, value in settings.items())
    return f"::::: {{.{kind}{pairs}}}\n\n{body}\n\n:::::"


def _needed(text: str, block: str) -> None:
    if not text.strip():
        raise _fault(_("the text is empty"), _("Give the text, or leave the call out"), block)


def _fault(what: str, repair: str, item: str) -> Fault:
    return Fault(Problem(Where(_("report"), item=item), what, repair))
