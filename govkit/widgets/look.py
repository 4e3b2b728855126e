"""How a file is read, in colours, and the meaning of a doubtful heading settled by a click."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as ipw
from markupsafe import Markup

from govkit.core.errors import GovkitError
from govkit.core.html import render
from govkit.core.i18n import gettext as _
from govkit.institutions import ledgers
from govkit.ledgers.read.headings import MAPPING, UNREAD, Vocabulary, settle, settled_near
from govkit.ledgers.read.preview import Preview, role_titles
from govkit.ledgers.read.sheets import MAX_FILE, OTHER_WORKBOOKS, TEXT_FILES, read_sheets
from govkit.ledgers.read.table import Doubt, Table
from govkit.ledgers.read.workbook import column_letters
from govkit.ledgers.store import Store
from govkit.widgets.panel import Panel, button, heading, html, notice, on_change, panel, problems, show

KEPT = ""
"""The choice that leaves a heading as it is read."""


class FilePreview(Panel):
    """A file that was uploaded, shown as it would be read; each doubtful heading has a choice of columns.

    :param store: the store in whose folder the choices are kept, in 表头对照.csv.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.file: tuple[str, bytes] | None = None
        self.choices: list[tuple[str, str, Any]] = []
        kinds = ",".join((".xlsx", *OTHER_WORKBOOKS, *TEXT_FILES))
        self.upload = ipw.FileUpload(accept=kinds, multiple=False, description=_("Look at a file"))
        on_change(self.upload, self._uploaded)
        self.message, self.shown = ipw.HTML(), ipw.HTML()
        self.doubts = ipw.VBox([])
        self.settle_button = button(_("Settle these headings"), self.settle, main=True, wide=True)
        self.settle_button.layout.display = "none"
        about = _("Nothing is imported here: see how a workbook is read, and settle what its headings mean.")
        title = html(heading(_("How a file is read")), notice(about, "note"))
        self.panel = panel(title, self.upload, self.doubts, self.settle_button, self.message, self.shown)

    @property
    def mapping(self) -> Path | None:
        """The file that the choices are written to; None for a store that is no folder."""
        return None if "://" in self.store.url else Path(self.store.url) / MAPPING

    def _uploaded(self, files: Sequence[Mapping[str, Any]]) -> None:
        if files:
            self.look(str(files[0]["name"]), bytes(files[0]["content"]))

    def look(self, name: str, content: bytes) -> list[Preview]:
        """Show how a file is read, with the choices for its doubtful headings; return the previews of its sheets."""
        self.file = (name, content)
        show(self.message)
        try:
            previews = self._previews(name, content)
        except GovkitError as error:
            self.doubts.children, self.settle_button.layout.display = (), "none"
            show(self.shown, problems(error.problems))
            return []
        self.choices = [
            self._choice(table, doubt) for preview in previews for table in preview.tables for doubt in table.doubts
        ]
        self.doubts.children = [field for _ledger, _heading, field in self.choices]
        self.settle_button.layout.display = "" if self.choices and self.mapping else "none"
        found = [problem for preview in previews for problem in preview.problems]
        show(self.shown, *map(preview_html, previews), problems(found))
        return previews

    def _previews(self, name: str, content: bytes) -> list[Preview]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / (Path(name.replace("\\", "/")).name or "file")
            path.write_bytes(content[: MAX_FILE + 1])
            vocabulary = Vocabulary(ledgers().values(), settled_near(path, self.store.url))
            return [Preview(path.name, sheet, vocabulary) for sheet in read_sheets(path).values()]

    def _choice(self, table: Table, doubt: Doubt) -> tuple[str, str, Any]:
        """Return the ledger, the heading and the field in which its column is chosen."""
        read = _("read as “{column}”") if doubt.read else _("not read")
        kept = read.format(column=table.ledger[doubt.column].title if doubt.read else "")
        options = [(_("as it is: {what}").format(what=kept), KEPT)]
        options += [(column.title, column.title) for column in table.ledger.columns]
        label = _("{cell} “{heading}” is").format(cell=doubt.place, heading=doubt.heading[:20])
        field = ipw.Dropdown(
            options=[*options, (_("do not read it"), UNREAD)],
            value=KEPT,
            description=label,
            style={"description_width": "16em"},
            layout=ipw.Layout(width="36em", max_width="100%"),
        )
        return table.ledger.title, doubt.heading, field

    def settle(self) -> None:
        """Write what was chosen to the office's mapping file, and look at the file again."""
        chosen = [(ledger, words, field.value) for ledger, words, field in self.choices if field.value != KEPT]
        if not chosen or self.mapping is None or self.file is None:
            show(self.message, notice(_("Choose the meaning of a heading first"), "note"))
            return
        try:
            settle(self.mapping, chosen)
        except GovkitError as error:
            show(self.message, problems(error.problems))
            return
        self.look(*self.file)
        done = _("{count} headings are settled in {file}; every import reads them so")
        show(self.message, notice(done.format(count=len(chosen), file=self.mapping), "good"))


def preview_html(preview: Preview) -> Markup:
    """Return a sheet's preview: what was found, a legend, and its cells in the colours of their roles."""
    letters = [column_letters(int(str(column))) for column in preview.sheet.cells.columns]
    titles, counts = role_titles(), preview.counts()
    legend = [(role, f"{titles[role]} {count}") for role, count in counts.items() if count]
    return render(
        "widgets/look.html",
        sheet=preview.sheet.name,
        said=preview.said(),
        legend=legend,
        letters=letters,
        rows=preview.grid(),
        label=_("How the sheet is read"),
    )
