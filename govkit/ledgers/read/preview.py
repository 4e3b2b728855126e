"""A preview of how a file is read: every cell in the colour of what it is for."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _
from govkit.ledgers.cells import is_blank, plain
from govkit.ledgers.read.headings import Vocabulary
from govkit.ledgers.read.layout import Layout, Role, read_layout
from govkit.ledgers.read.sheet import Sheet
from govkit.ledgers.read.table import Table
from govkit.ledgers.read.tables import find_tables
from govkit.ledgers.read.workbook import column_letters

COLOURS: Mapping[Role, tuple[str, str]] = {
    "title": ("magenta", "#e4d7f5"),
    "header": ("cyan", "#c6e5f7"),
    "body": ("green", "#dcf2dc"),
    "total": ("yellow", "#fdf0b5"),
    "note": ("blue", "#e3e6ee"),
    "ignored": ("red", "#f8cdc8"),
}
"""Role → the colour of the terminal, the colour of the page."""
MOST_ROWS = 60
_WIDEST = 16


def role_titles() -> dict[Role, str]:
    """Return role → what it is called on the screen."""
    return {
        "title": _("title"),
        "header": _("header"),
        "body": _("rows"),
        "total": _("totals"),
        "note": _("notes"),
        "ignored": _("not read"),
    }


class Preview:
    """How one sheet is read.

    :ivar roles: row and column → what the cell is for; every filled cell has one.
    :ivar tables: the ledgers found on it.
    :ivar problems: what is wrong with the layout, or was guessed.
    """

    def __init__(self, file: str, sheet: Sheet, vocabulary: Vocabulary) -> None:
        self.sheet = sheet
        self.layout: Layout = read_layout(sheet, vocabulary.knows)
        found = find_tables(file, sheet, vocabulary)
        self.tables = [item for item in found if isinstance(item, Table)]
        self.problems: list[Problem] = [item for item in found if isinstance(item, Problem)]
        self.problems += [problem for table in self.tables for problem in table.problems]
        self.roles = self._roles()

    def _roles(self) -> dict[tuple[int, int], Role]:
        """Return the roles of the cells, those of columns that no ledger reads told apart."""
        roles = self.layout.roles()
        if not self.tables:
            return roles
        read = {
            (row, letters) for table in self.tables for row in table.rows.index for letters in table.letters.values()
        }
        transposed = self.layout.transposed
        for (row, column), role in roles.items():
            place = (column, str(row)) if transposed else (row, column_letters(column))
            if role == "body" and place not in read:
                roles[row, column] = "ignored"
        return roles

    def said(self) -> list[str]:
        """Return a sentence about each ledger found: its rows, totals and the columns it reads."""
        what = _("{ledger}: {rows} rows, {totals} rows of totals; columns {columns}")
        return [
            what.format(
                ledger=table.ledger.title,
                rows=len(table.rows),
                totals=len(table.totals),
                columns="、".join(f"{letters}={table.ledger[name].title}" for name, letters in table.letters.items()),
            )
            for table in self.tables
        ]

    def counts(self) -> dict[Role, int]:
        """Return role → how many filled cells have it."""
        return {role: sum(one == role for one in self.roles.values()) for role in COLOURS}

    def grid(self) -> list[tuple[int, list[tuple[str, Role | None]]]]:
        """Return the shown rows: number, and text and role of each cell; the middle of a long sheet is left out."""
        cells = self.sheet.cells
        numbers = [int(str(row)) for row in cells.index]
        if len(numbers) > MOST_ROWS:
            numbers = [*numbers[: MOST_ROWS * 2 // 3], *numbers[-MOST_ROWS // 3 :]]
        columns = [int(str(column)) for column in cells.columns]
        return [
            (
                row,
                [("" if is_blank(raw := cells.at[row, c]) else plain(raw), self.roles.get((row, c))) for c in columns],
            )
            for row in numbers
        ]


def as_text(preview: Preview, colour: Callable[[str, str], str] | None = None) -> str:
    """Return a sheet's preview for a terminal; without colours the role of each row stands before it.

    :param colour: puts a text into a colour of the terminal.
    """
    titles = role_titles()
    lines = [_("Sheet {sheet}").format(sheet=preview.sheet.name), *preview.said()]
    counted = "，".join(f"{titles[role]} {count}" for role, count in preview.counts().items() if count)
    lines.append(_("Cells: {counted}").format(counted=counted or _("none")))
    last = 0
    for row, cells in preview.grid():
        if row > last + 1 and last:
            lines.append("    …")
        last = row
        roles = [role for _words, role in cells if role]
        words = [_cut(words) for words, _role in cells]
        if colour:
            words = [
                colour(cut, COLOURS[role][0]) if role else cut for cut, (_words, role) in zip(words, cells, strict=True)
            ]
        named = titles[max(set(roles), key=roles.count)] if roles else ""
        lines.append(f"{row:>4} {named}\t" + " | ".join(words).rstrip(" |"))
    return "\n".join(lines)


def _cut(words: str) -> str:
    words = words.replace("\n", "⏎")
    return words if len(words) <= _WIDEST else words[: _WIDEST - 1] + "…"


def as_page(file: str, previews: Sequence[Preview]) -> str:
    """Return a page with the previews of a file's sheets."""
    titles = role_titles()
    style = "".join(f".{role}{{background:{page}}}" for role, (_terminal, page) in COLOURS.items())
    legend = " ".join(f'<span class="{role}">{titles[role]}</span>' for role in COLOURS)
    parts = [f"<h1>{escape(file)}</h1><p>{legend}</p>"]
    for preview in previews:
        said = "".join(f"<p>{escape(words)}</p>" for words in preview.said())
        told = "".join(f"<li>{escape(str(problem))}</li>" for problem in preview.problems)
        head = "".join(f"<th>{column_letters(int(str(c)))}</th>" for c in preview.sheet.cells.columns)
        body = "".join(f"<tr><th>{row}</th>{''.join(map(_page_cell, cells))}</tr>" for row, cells in preview.grid())
        parts.append(f"<h2>{escape(preview.sheet.name)}</h2>{said}<ul>{told}</ul>")
        parts.append(f"<table><tr><th></th>{head}</tr>{body}</table>")
    look = "body{font-family:sans-serif}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:2px 6px}"
    head = f'<meta charset="utf-8"><title>{escape(file)}</title><style>{look}span{{padding:2px 8px}}{style}</style>'
    return f'<!DOCTYPE html><html lang="zh-CN"><head>{head}</head><body>{"".join(parts)}</body></html>'


def _page_cell(cell: tuple[str, Role | None]) -> str:
    words, role = cell
    return f'<td class="{role}">{escape(words)}</td>' if role else "<td></td>"
