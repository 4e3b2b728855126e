"""What-if on the weights of the appraisal: sliders that add up to 100, ranks before and after, export to Excel.

The panel computes and shows; it changes neither the store nor the rules.
"""

from datetime import date
from pathlib import Path
from typing import Any

import ipywidgets as ipw
import pandas as pd

from govkit.core.errors import GovkitError, InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.figures.snapshot import Snapshot
from govkit.ledgers.export import MIME, workbook
from govkit.ledgers.places import Place
from govkit.rendering.batch import file_stem
from govkit.reports.appraisal_whatif import WhatIf
from govkit.widgets.opening import opens, over_store
from govkit.widgets.panel import WIDE, Panel, html, notice, on_change, on_click, panel, save_beside, show, table, told

_STYLE = {"description_width": "5em"}


@opens("appraisal_whatif")
def whatif(store: str = "", place: str = "", period: str = "", table: str = "", folder: str | Path = ".") -> Any:
    """Return the what-if panel over a store; without any near by, an offer of the sample.

    :param store: the store; the one in the current folder or above it by default.
    :param place: the district or the township unit to begin with, by name or code; the district by default.
    :param period: the month to begin with; the ledgers' latest by default.
    :param table: the file name of the appraisal table, without ``.csv``; the one in the settings by default.
    :param folder: the folder that workbooks are exported to.
    :raises InputError: one of these is wrong, or the store named cannot be used.

    Example::

        whatif("store", "阳庙镇", "2015-09")
    """
    return over_store(store, lambda snapshot: Weights(snapshot, table, folder, place=place, period=period).panel)


class Weights(Panel):
    """The what-if panel over a snapshot; it displays itself.

    :param snapshot: the ledgers, as of one version.
    :param table_name: the file name of the appraisal table, without ``.csv``; the one in the settings by default.
    :param folder: the folder that workbooks are exported to.
    :param place: the district or a township unit, by name or code; the district by default.
    :param period: a month; the ledgers' latest by default.
    :raises InputError: the store has no rows, or there is no such table, place or month.

    Example::

        Weights(govkit.open("store")).set({1: 15.0, 2: 35.0})
    """

    def __init__(
        self,
        snapshot: Snapshot,
        table_name: str = "",
        folder: str | Path = ".",
        *,
        place: str = "",
        period: str = "",
    ) -> None:
        self.snapshot, self.table_name, self.folder = snapshot, table_name, Path(folder)
        first, last = snapshot.span
        self._months = [month.code for month in last.last_months(240) if month.start >= first.start]
        self.page = WhatIf(snapshot.figures(_unit(snapshot, place).code, period), table_name)
        self._build()
        self.draw()

    @property
    def weights(self) -> dict[int, float]:
        """The weights of the sliders by item number."""
        return {number: slider.value for number, slider in self.sliders.items()}

    def set(self, weights: dict[int, float]) -> None:
        """Set the sliders and draw the ranking."""
        with self._quietly():
            for number, weight in weights.items():
                self.sliders[number].value = weight
        self.draw()

    def draw(self) -> None:
        """Draw the ranking for the weights of the sliders, or show their difference from 100."""
        show(self.exported)
        show(self.result)
        lacking = self.page.missing(self.weights)
        show(self.sum, notice(lacking or "权重合计100分。", "warning" if lacking else "good"))
        self.button.disabled = bool(lacking)
        if lacking:
            return
        try:
            compared = self.page.compared(self.weights)
        except GovkitError as error:
            show(self.result, told(error))
            return
        ranking = table(compared.columns, _rows(compared)) if len(compared) else ""
        show(self.result, notice(self.page.summary(compared), "note"), ranking)

    def export(self) -> Path | None:
        """Write the ranking as a workbook and return its path; None after an error, which is shown."""
        if self.page.missing(self.weights):
            return None
        f = self.page.f
        compared = self.page.compared(self.weights)
        content = workbook("权重试算", compared, self._terms(), 2)
        name = f"{file_stem('考评权重试算', f.place.name, f.period.code)}.xlsx"
        return save_beside(self.exported, self.folder / name, content, MIME)

    def _terms(self) -> list[tuple[str, str]]:
        f, own = self.page.f, self.page.weights
        terms = [("单位", f.place.name), ("期间", self.page.page.year.label)]
        terms += [("备注", remark) for remark in (*self.snapshot.remarks(), self.page.page.table_remark) if remark]
        terms += [
            (f"第{item.number}项", f"{item.area} {item.title}：原权重{own[item.number]:g}分，试算{weight:g}分")
            for item, weight in zip(self.page.table.items, self.weights.values(), strict=True)
        ]
        return [*terms, ("台账版本", f"第{self.snapshot.commit.version}版"), ("导出日期", f"{date.today()}")]

    def _build(self) -> None:
        units = [self.snapshot.places.district, *self.snapshot.places.at("township")]
        self.place = ipw.Dropdown(
            options=[(unit.name, unit.code) for unit in units],
            value=self.page.f.place.code,
            description=_("Unit"),
            style=_STYLE,
            layout=WIDE,
        )
        self.month = ipw.Dropdown(
            options=self._months, value=self.page.f.period.code, description=_("Month"), style=_STYLE, layout=WIDE
        )
        self.sliders = {
            item.number: ipw.FloatSlider(
                value=float(item.weight), min=0, max=100, step=0.5, readout_format=".1f",
                continuous_update=False, description=f"第{item.number}项", style=_STYLE, layout=WIDE,
            )
            for item in self.page.table.items
        }  # fmt: skip
        self.sum, self.result, self.exported = ipw.HTML(), ipw.HTML(), ipw.HTML()
        self.even = ipw.Button(description=_("Even out to 100"), icon="balance-scale")
        self.reset = ipw.Button(
            description=_("Back to the table's weights"), icon="undo", layout=ipw.Layout(width="auto")
        )
        self.button = ipw.Button(description=_("Export to Excel"), icon="download", button_style="primary")
        self._arrange()
        self._listen()

    def _arrange(self) -> None:
        remark = self.page.page.table_remark
        warning = notice(remark, "warning") if remark else ""
        items = [
            child
            for item in self.page.table.items
            for child in (
                html(notice(f"第{item.number}项　{item.area}：{item.title}", "note")),
                self.sliders[item.number],
            )
        ]
        buttons = ipw.HBox([self.even, self.reset], layout=ipw.Layout(flex_flow="row wrap"))
        left = ipw.VBox([self.place, self.month, *items, self.sum, buttons, self.button, self.exported])
        left.layout = ipw.Layout(width="380px", min_width="380px", padding="0 14px 0 0", overflow="hidden")
        right = ipw.VBox([html(warning), self.result], layout=ipw.Layout(width="100%", min_width="0"))
        self.panel = panel(ipw.HBox([left, right]))

    def _listen(self) -> None:
        for widget in (self.place, self.month):
            on_change(widget, lambda _new: self._choose())
        for slider in self.sliders.values():
            on_change(slider, lambda _new: None if self._quiet else self.draw())
        on_click(self.even, lambda: self.set(self.page.evened(self.weights)))
        on_click(self.reset, lambda: self.set(self.page.weights))
        on_click(self.button, self.export)

    def _choose(self) -> None:
        try:
            page = WhatIf(self.snapshot.figures(self.place.value, self.month.value), self.table_name)
        except GovkitError as error:
            show(self.result, told(error))
            return
        if list(page.weights) != list(self.page.weights):
            show(self.result, notice(_("Another table holds in this month; run the cell again."), "error"))
            return
        self.page = page
        self.draw()


def _unit(snapshot: Snapshot, text: str) -> Place:
    """Return the district or the township unit that a text names; villages are ranked, not chosen."""
    place = snapshot.place(text)
    if place.level == "village":
        what = _("“{value}” is a village; the ranking is of the villages of a unit").format(value=text)
        raise InputError(Problem(Where("place"), what, _("Name the district or a township unit")))
    return place


def _rows(compared: pd.DataFrame) -> list[list[str]]:
    """Return the rows as text; a move up has ▲ and by how many places, a move down ▼."""
    return [
        [str(rank), village, township, f"{total:.2f}", str(old_rank), f"{old_total:.2f}", _moved(moved)]
        for rank, village, township, total, old_rank, old_total, moved in compared.itertuples(index=False)
    ]


def _moved(places: int) -> str:
    return "—" if places == 0 else f"{'▲' if places > 0 else '▼'}{abs(places)}"
