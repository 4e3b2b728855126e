"""What-if on the weights of the appraisal: sliders that add up to 100, the ranking before and after, export to Excel.

``whatif()`` opens the store found from here; the panel computes and shows, and changes neither the store nor the rules.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import ipywidgets as ipw
import pandas as pd

from govkit.core.errors import GovkitError
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.ledgers.export import MIME, workbook
from govkit.rendering.batch import file_stem
from govkit.reports.appraisal_whatif import WhatIf
from govkit.widgets import markup

_WIDE = ipw.Layout(width="100%")
_STYLE = {"description_width": "5em"}


def whatif(store: str = "", table: str = "", folder: str | Path = ".") -> Any:
    """Return the panel over the store found from here (or the one named), or what is missing as a panel."""
    try:
        return Weights(open_snapshot(store), table, folder).panel
    except GovkitError as error:
        return ipw.HTML(markup.STYLE + markup.block(markup.problems(error.problems)))


class Weights:
    """The panel over a snapshot; ``table`` names the appraisal table, workbooks are exported to ``folder``."""

    def __init__(self, snapshot: Snapshot, table: str = "", folder: str | Path = ".") -> None:
        self.snapshot, self.table_name, self.folder = snapshot, table, Path(folder)
        self._quiet = False
        first, last = snapshot.span
        self._months = [month.code for month in last.last_months(240) if month.start >= first.start]
        self.page = WhatIf(snapshot.figures("", self._months[-1]), table)
        self._build()
        self.draw()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.panel)  # type: ignore[no-untyped-call]

    @property
    def weights(self) -> dict[int, float]:
        """The weights that the sliders stand at, by item number."""
        return {number: slider.value for number, slider in self.sliders.items()}

    def set(self, weights: dict[int, float]) -> None:
        """Move the sliders and draw the ranking under these weights."""
        with self._quietly():
            for number, weight in weights.items():
                self.sliders[number].value = weight
        self.draw()

    def draw(self) -> None:
        """Draw the ranking under the sliders' weights, or say what they lack."""
        self.exported.value = ""
        lacking = self.page.missing(self.weights)
        self.sum.value = markup.block(markup.note(lacking or "权重合计100分。", "warning" if lacking else "good"))
        self.button.disabled = bool(lacking)
        if lacking:
            self.result.value = ""
            return
        try:
            compared = self.page.compared(self.weights)
        except GovkitError as error:
            self.result.value = markup.block(markup.problems(error.problems))
            return
        told = markup.note(self.page.told(compared))
        self.result.value = markup.block(told, markup.table(_rows(compared), _heads(compared)) if len(compared) else "")

    def export(self) -> Path | None:
        """Write the ranking as a workbook beside the notebook and return its path; None if it cannot be."""
        if self.page.missing(self.weights):
            return None
        f = self.page.f
        compared = self.page.compared(self.weights)
        content = workbook("权重试算", compared, self._terms(), 2)
        target = self.folder / f"{file_stem('考评权重试算', f.place.name, f.period.code)}.xlsx"
        try:
            atomic_write(target, content)
        except GovkitError as error:
            self.exported.value = markup.block(markup.problems(error.problems))
            return None
        wrote = markup.note(_("Written beside the notebook: {name}").format(name=target.name), "good")
        self.exported.value = markup.block(wrote, markup.download(target.name, content, MIME))
        return target

    def _terms(self) -> list[tuple[str, str]]:
        f, own = self.page.f, self.page.weights
        said = [("单位", f.place.name), ("期间", self.page.page.year.label)]
        said += [("备注", remark) for remark in (*self.snapshot.remarks(), self.page.page.table_remark) if remark]
        said += [
            (f"第{item.number}项", f"{item.area} {item.title}：原权重{own[item.number]:g}分，试算{weight:g}分")
            for item, weight in zip(self.page.table.items, self.weights.values(), strict=True)
        ]
        return [*said, ("台账版本", f"第{self.snapshot.commit.version}版"), ("导出日期", f"{date.today()}")]

    def _build(self) -> None:
        units = [self.snapshot.places.district, *self.snapshot.places.at("township")]
        self.place = ipw.Dropdown(
            options=[(unit.name, unit.code) for unit in units], description=_("Unit"), style=_STYLE, layout=_WIDE
        )
        self.month = ipw.Dropdown(
            options=self._months, value=self._months[-1], description=_("Month"), style=_STYLE, layout=_WIDE
        )
        self.sliders = {
            item.number: ipw.FloatSlider(
                value=float(item.weight), min=0, max=100, step=0.5, readout_format=".1f",
                continuous_update=False, description=f"第{item.number}项", style=_STYLE, layout=_WIDE,
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
        said = markup.block(markup.note(remark, "warning")) if remark else ""
        items = [
            child
            for item in self.page.table.items
            for child in (
                ipw.HTML(markup.block(markup.note(f"第{item.number}项　{item.area}：{item.title}"))),
                self.sliders[item.number],
            )
        ]
        buttons = ipw.HBox([self.even, self.reset], layout=ipw.Layout(flex_flow="row wrap"))
        left = ipw.VBox([self.place, self.month, *items, self.sum, buttons, self.button, self.exported])
        left.layout = ipw.Layout(width="380px", min_width="380px", padding="0 14px 0 0")
        right = ipw.VBox([ipw.HTML(said), self.result], layout=ipw.Layout(width="100%", min_width="0"))
        self.panel = ipw.VBox([ipw.HTML(markup.STYLE), ipw.HBox([left, right])])

    def _listen(self) -> None:
        for widget in (self.place, self.month):
            widget.observe(lambda _change: self._choose(), "value")
        for slider in self.sliders.values():
            slider.observe(lambda _change: None if self._quiet else self.draw(), "value")
        self.even.on_click(lambda _button: self.set(self.page.evened(self.weights)))
        self.reset.on_click(lambda _button: self.set(self.page.weights))
        self.button.on_click(lambda _button: self.export())

    def _choose(self) -> None:
        try:
            page = WhatIf(self.snapshot.figures(self.place.value, self.month.value), self.table_name)
        except GovkitError as error:
            self.result.value = markup.block(markup.problems(error.problems))
            return
        if list(page.weights) != list(self.page.weights):
            self.result.value = markup.block(
                markup.note(_("Another table holds in this month; run the cell again."), "error")
            )
            return
        self.page = page
        self.draw()

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False


def _heads(compared: pd.DataFrame) -> list[str]:
    return list(compared.columns)


def _rows(compared: pd.DataFrame) -> list[list[str]]:
    """Return the rows as text; a move up has ▲ and by how many places, a move down ▼."""
    return [
        [str(rank), village, township, f"{total:.2f}", str(old_rank), f"{old_total:.2f}", _moved(moved)]
        for rank, village, township, total, old_rank, old_total, moved in compared.itertuples(index=False)
    ]


def _moved(places: int) -> str:
    return "—" if places == 0 else f"{'▲' if places > 0 else '▼'}{abs(places)}"
