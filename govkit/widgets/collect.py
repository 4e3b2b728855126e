"""The panel of a month's reports: collect a folder, a coloured grid of units by ledgers with filters, lists, export."""

import datetime as dt
from pathlib import Path
from typing import Any

import ipywidgets as ipw

from govkit.core.errors import GovkitError, InputError
from govkit.core.html import render
from govkit.core.i18n import gettext as _
from govkit.institutions import ledgers
from govkit.institutions.month.board import WORDS, Board, Cell, board, coloured, lists
from govkit.institutions.month.collecting import BOARD, Collecting, declare_nil
from govkit.institutions.reporting import opened
from govkit.ledgers.collect.outcome import Round
from govkit.ledgers.export import MIME
from govkit.ledgers.period import Period
from govkit.ledgers.store import Store
from govkit.widgets.opening import opens
from govkit.widgets.panel import (
    WIDE,
    Panel,
    button,
    heading,
    html,
    notice,
    on_change,
    panel,
    person_field,
    problems,
    save_beside,
    show,
    text_field,
)

MOST_PROBLEMS = 50
_STYLE = {"description_width": "7em"}
_ALL = ""


@opens("collect")
def collect(folder: str = "", period: str = "", store: str = "store", person: str = "") -> Any:
    """Return the panel of a month's reports over a store, which need not exist yet.

    :param folder: the folder with what arrived; may be chosen on the panel.
    :param period: the month, like ``2015-09``; the month before today's by default.
    :param store: the store; it is made by the first import.
    :param person: who collects; the login name by default.
    :raises InputError: the month is none.

    Example::

        collect("收到的表", "2015-09")
    """
    return Reports(store, period, folder=folder, person=person).panel


class Reports(Panel):
    """The panel of a month's reports; it displays itself.

    :param store: the store, as a folder or a URL.
    :param period: the month; the month before today's by default.
    :param on: the day on which the board is looked at; today by default.

    Example::

        Reports("store", "2015-09").collect()
    """

    def __init__(
        self, store: str, period: str = "", *, folder: str = "", person: str = "", on: dt.date | None = None
    ) -> None:
        self.store, self.on = store, on or dt.date.today()
        before = Period.month(f"{self.on:%Y-%m}").previous()
        month = Period.month(period) if period else before
        self.month = text_field(_("Month"), month.code)
        self.folder = text_field("收到的文件夹", folder, "文件夹、压缩包或邮件的路径")
        self.person = person_field()
        self.person.value = person or self.person.value
        self.told, self.counts, self.grid, self.written = (ipw.HTML() for _number in range(4))
        self.called = ipw.Textarea(description="催报", style=_STYLE, layout=ipw.Layout(width="100%", height="9em"))
        self.returned = ipw.Textarea(description="退回", style=_STYLE, layout=ipw.Layout(width="100%", height="9em"))
        self._filters()
        self._build()
        self.draw()

    @property
    def board(self) -> Board:
        """The board of the month as the filters narrow it."""
        states = [self.state.value] if self.state.value else []
        codes = [self.ledger.value] if self.ledger.value else []
        return self._whole.narrowed(self.township.value, states, codes, late=self.late.value)

    def collect(self) -> Round | None:
        """Collect the folder, show what came of it and return it; None after an error, which is shown."""
        show(self.told, notice("正在收表，请稍候……"))
        folder = Path(self.folder.value.strip() or ".")
        target = folder.absolute().parent / "收表"
        try:
            month = Period.month(self.month.value.strip()).code
            found = Collecting(self.store, self.person.value.strip(), target, month, on=self.on).collect([folder])
        except GovkitError as error:
            show(self.told, problems(error.problems))
            return None
        round_ = found.round
        said = f"{found.board.month.label}，{round_.files}份表：导入{len(round_.of('taken'))}个单位，"
        said += (
            f"{len(round_.of('unchanged'))}个没有变化，退回{len(round_.of('returned'))}个。退回件和清单在“{target}”。"
        )
        passed = sum(len(outcome.passed) for outcome in round_.outcomes)
        said += f"有{passed}份旧版本或重复的没有用。" if passed else ""
        self.draw()
        shown = round_.problems[:MOST_PROBLEMS]
        more = len(round_.problems) - len(shown)
        rest = notice(_("… and {count} more.").format(count=more)) if more else ""
        show(self.told, notice(said, "warning" if round_.errors else "good"), problems(shown) if shown else "", rest)
        return round_

    def draw(self) -> None:
        """Read the store and draw board and lists."""
        try:
            month = Period.month(self.month.value.strip())
            self._whole = board(opened(Store(self.store)), month, self.on)
        except GovkitError as error:
            show(self.told, problems(error.problems))
            return
        for field, name in ((self.called, "催报"), (self.returned, "退回")):
            field.value = lists(self._whole)[name]
        with self._quietly():
            self._offer()
        self.draw_grid()

    def draw_grid(self) -> None:
        """Draw the grid as the filters narrow it."""
        found = self.board
        counts = found.counts()
        said = "，".join(f"{word}{counts[state]}" for state, word in WORDS.items() if word)
        undated = "" if found.dated else "没有填报送期限，不算迟报几天。"
        show(self.counts, notice(f"{found.month.label}，{len(found.units)}个单位：{said}。{undated}", "note"))
        titles = ledgers()
        rows = [
            {
                "unit": unit.name,
                "above": found.places[unit.township].name,
                "state": found.state(unit),
                "words": WORDS[found.state(unit)] + (f"（缺{lack}本）" if (lack := found.lacking(unit)) else ""),
                "cells": [_shown(found.cell(unit, code)) for code in found.ledgers],
            }
            for unit in found.units
        ]
        headings = ["单位", "乡镇（街道）", "情况", *(titles[code].title for code in found.ledgers)]
        show(self.grid, render("widgets/collect_board.html", headings=headings, rows=rows, label="报送情况"))

    def export(self) -> Path | None:
        """Write the board, as the filters narrow it, as a workbook and return its path; None after an error."""
        return save_beside(self.written, Path(f"{self.board.month.code}{BOARD}"), coloured(self.board), MIME)

    def declare(self) -> None:
        """Record a declared nothing of the chosen unit and ledger."""
        names = [self.nil_ledger.value] if self.nil_ledger.value else []
        try:
            month = Period.month(self.month.value.strip())
            commit = declare_nil(self.store, self.nil_unit.value or "", names, month, self.person.value.strip())
        except InputError as error:
            show(self.told, problems(error.problems))
            return
        self.draw()
        done = "、".join(ledgers()[one.ledger].title for one in commit.submissions)
        show(
            self.told, notice(f"已登记零报告（第{commit.version}版）：{done}。可以用 govkit ledger undo 撤销。", "good")
        )

    def _filters(self) -> None:
        self.township = ipw.Dropdown(options=[("全部", _ALL)], description="乡镇", style=_STYLE)
        states = [(word, state) for state, word in WORDS.items() if word]
        self.state = ipw.Dropdown(options=[("全部", _ALL), *states], description="情况", style=_STYLE)
        self.ledger = ipw.Dropdown(options=[("全部", _ALL)], description="台账", style=_STYLE)
        self.late = ipw.Checkbox(description="只看迟报的", indent=False)
        self.nil_unit = ipw.Combobox(description="单位", style=_STYLE, ensure_option=True)
        self.nil_ledger = ipw.Dropdown(options=[("全部未报的", _ALL)], description="台账", style=_STYLE)
        for field in (self.township, self.state, self.ledger, self.late):
            on_change(field, lambda _new: None if self._quiet else self.draw_grid())
        self.month.continuous_update = False
        on_change(self.month, lambda _new: self.draw())

    def _offer(self) -> None:
        """Offer what the board holds in the filters, and keep what was chosen."""
        whole, titles = self._whole, ledgers()
        towns = [(whole.places[code].name, code) for code in dict.fromkeys(unit.township for unit in whole.units)]
        named = [(titles[code].title, code) for code in whole.ledgers]
        for field, first, options in (
            (self.township, "全部", towns),
            (self.ledger, "全部", named),
            (self.nil_ledger, "全部未报的", named),
        ):
            chosen = field.value
            field.options = [(first, _ALL), *options]
            field.value = chosen if chosen in dict(options).values() else _ALL
        self.nil_unit.options = [unit.name for unit in whole.units]

    def _build(self) -> None:
        flow = ipw.Layout(flex_flow="row wrap", width="100%")
        collecting = ipw.HBox([button("收表", self.collect, main=True), button("重新读取", self.draw)], layout=flow)
        filters = ipw.HBox([self.township, self.state, self.ledger, self.late], layout=flow)
        declaring = ipw.HBox([self.nil_unit, self.nil_ledger, button("登记零报告", self.declare)], layout=flow)
        self.panel = panel(
            self.month,
            self.folder,
            self.person,
            collecting,
            self.told,
            html(heading("报送情况")),
            filters,
            self.counts,
            self.grid,
            button("导出Excel", self.export),
            self.written,
            html(heading("贴到群里的清单"), notice("只有单位和数目，可以复制。", "note")),
            self.called,
            self.returned,
            html(heading("登记零报告"), notice("单位打电话说本月没有的，在这里登记。", "note")),
            declaring,
        )
        self.panel.layout = WIDE


def _shown(cell: Cell) -> dict[str, str]:
    """Return a cell of the grid: its state, its words, and what is said when a pointer rests on it."""
    parts = [
        f"收到{cell.received}" if cell.received else "",
        f"填表人{cell.filler}" if cell.filler else "",
        f"收表人{cell.person}" if cell.person else "",
        f"第{cell.version}版" if cell.version else "",
        f"{cell.rows}行" if cell.state == "reported" and cell.version else "",
        f"{cell.problems}处问题" if cell.problems else "",
        cell.source,
    ]
    return {"state": cell.state, "words": cell.words or "—", "about": "，".join(filter(None, parts))}
