"""The explorer: choose an indicator, a level, units and months; see table, trend, ranking and distribution."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import ipywidgets as ipw
import pandas as pd
from markupsafe import Markup

from govkit.core.errors import InputError, Problem, refuse
from govkit.core.i18n import gettext as _
from govkit.figures.figure import UNIT
from govkit.figures.snapshot import Snapshot
from govkit.ledgers.export import MIME, workbook
from govkit.ledgers.indicator import Ratio
from govkit.ledgers.places import LEVEL_TITLES
from govkit.rendering.batch import file_stem
from govkit.widgets import explore_data
from govkit.widgets.explore_data import MOST_LINES, Survey, View, shown
from govkit.widgets.opening import opens, over_store
from govkit.widgets.panel import (
    WIDE,
    Panel,
    html,
    notice,
    on_change,
    on_click,
    panel,
    picture,
    save_beside,
    show,
    table,
    terms,
)

MOST_BARS = 20
TABS = ("table", "trend", "ranking", "distribution")
_STYLE = {"description_width": "5em"}


@opens("explore")
def explore(store: str = "", place: str = "", indicator: str = "", period: str = "", folder: str | Path = ".") -> Any:
    """Return the explorer over a store; without any near by, an offer of the sample.

    :param store: the store; the one in the current folder or above it by default.
    :param place: the unit to begin with, by name or code; the district by default.
    :param indicator: the indicator to begin with, by code; the first by default.
    :param period: the last of the twelve months to begin with; the ledgers' latest by default.
    :param folder: the folder that workbooks are exported to.
    :raises InputError: one of these is wrong, or the store named cannot be used.

    Example::

        explore("store", "阳庙镇", "G6", "2015-09")
    """

    def build(snapshot: Snapshot) -> Any:
        explorer = Explorer(snapshot, folder)
        explorer.begin(place, indicator, period)
        return explorer.panel

    return over_store(store, build)


class Explorer(Panel):
    """The explorer over a snapshot; it displays itself.

    :param snapshot: the ledgers, as of one version.
    :param folder: the folder that workbooks are exported to.
    :raises InputError: the store has no rows.

    Example::

        Explorer(govkit.open("store")).go("阳庙镇")
    """

    def __init__(self, snapshot: Snapshot, folder: str | Path = ".") -> None:
        self.survey = Survey(snapshot)
        self.folder = Path(folder)
        self._catalogue = self.survey.catalogue()
        self._build()
        first = next(iter(next(iter(self._catalogue.values())).values()))
        district = snapshot.places.district.code
        months = tuple(self.survey.months[-12:])
        self.view = self.survey.drilled(View(code=first, place=district, level="district", months=months), district)
        explore_data.bars(["一"], [1.0], ["1"])  # loads matplotlib before the first click
        self._offer_place()
        self.draw()

    def begin(self, place: str = "", indicator: str = "", period: str = "") -> None:
        """Begin with a place, an indicator and a last month; each by default where the explorer is.

        :raises InputError: one of them is unknown; all problems at once.
        """
        snapshot = self.survey.snapshot
        found: list[Problem] = []
        for word, read in ((place, snapshot.place), (indicator, snapshot.measure), (period, snapshot.month)):
            try:
                if word:
                    read(word)
            except InputError as error:
                found += error.problems
        refuse(found)
        if indicator:
            self._choose(snapshot.measure(indicator).code)
        if period:
            last = self.survey.months.index(snapshot.month(period).code)
            with self._quietly():
                self.months.index = (max(0, last - 11), last)
            self.view = replace(self.view, months=self._between(*self.months.value))
        if place or indicator or period:
            self.go(place or self.view.place)

    def change(self, **changes: Any) -> None:
        """Change fields of the view (``code``, ``level``, ``months``, ``units``, ``to_date``) and draw it."""
        self.view = replace(self.view, **changes)
        self.draw()

    def go(self, place: str) -> None:
        """Go to a place, by code or name, and list the units below it, or the village itself.

        :raises UsageError: there is no such place.
        """
        self.view = self.survey.drilled(self.view, self.survey.snapshot.place(place).code)
        self._offer_place()
        self.draw()

    def draw(self) -> None:
        """Draw the definition of the indicator and the selected tab."""
        name = TABS[self.tabs.selected_index or 0]
        show(self.about, terms(self.survey.about(self.view.code)))
        show(self.exported)
        reason = self.survey.nothing(self.view)
        empty = notice(reason, "warning") if reason else ""
        show(self.pages[name], notice(self._heading(name), "note"), empty, _PAGES[name](self.survey, self.view))

    def export(self) -> Path | None:
        """Write the selected tab as a workbook and return its path; None after an error, which is shown."""
        name = TABS[self.tabs.selected_index or 0]
        measure, place = self.survey.snapshot.measure(self.view.code), self.survey.snapshot.place(self.view.place)
        frame = _FRAMES[name](self.survey, self.view)
        content = workbook(_tab_titles()[name], frame, self._terms(name), measure.decimals)
        words = (measure.label, place.name, _tab_titles()[name], self._span(name))
        return save_beside(self.exported, self.folder / f"{file_stem(*words)}.xlsx", content, MIME)

    def _heading(self, name: str) -> str:
        measure, place = self.survey.snapshot.measure(self.view.code), self.survey.snapshot.place(self.view.place)
        since_january = measure.from_january if isinstance(measure, Ratio) else False
        since_january = since_january or (self.view.to_date and measure.cumulative)
        to_date = _("year to date") if since_january else _("each month")
        return f"{place.name} · {measure.label}（{measure.unit}） · {self._span(name)} · {to_date}"

    def _span(self, name: str) -> str:
        first, last = self.view.months[0], self.view.months[-1]
        return last if name in ("ranking", "distribution") or first == last else f"{first}至{last}"

    def _terms(self, name: str) -> list[tuple[str, str]]:
        snapshot = self.survey.snapshot
        first = [("内容", self._heading(name)), ("层级", LEVEL_TITLES[self.view.level])]
        first += [("备注", remark) for remark in snapshot.remarks()]
        version = f"第{snapshot.commit.version}版（{snapshot.commit.time.astimezone():%Y-%m-%d %H:%M}）"
        return [*first, *self.survey.about(self.view.code), ("台账版本", version), ("导出日期", f"{date.today()}")]

    def _build(self) -> None:
        titles = list(self._catalogue)
        self.institution = ipw.Dropdown(options=titles, description=_("Institution"), style=_STYLE, layout=WIDE)
        self.indicator = ipw.Dropdown(
            options=list(self._catalogue[titles[0]].items()), description=_("Indicator"), style=_STYLE, layout=WIDE
        )
        self.crumbs = ipw.HBox(layout=ipw.Layout(flex_flow="row wrap"))
        self.drill = ipw.Dropdown(description=_("Go down"), style=_STYLE, layout=WIDE)
        self.level = ipw.Dropdown(description=_("List"), style=_STYLE, layout=WIDE)
        self.units = ipw.SelectMultiple(rows=8, description=_("Units"), style=_STYLE, layout=WIDE)
        months = self.survey.months
        self.months = ipw.SelectionRangeSlider(
            options=months, index=(max(0, len(months) - 12), len(months) - 1), continuous_update=False,
            description=_("Months"), readout=False, style=_STYLE, layout=WIDE,
        )  # fmt: skip
        self.to_date = ipw.Checkbox(description=_("Year to date"), indent=False)
        self.about, self.exported = ipw.HTML(), ipw.HTML()
        self.pages = {name: ipw.HTML(layout=ipw.Layout(width="calc(100% - 4px)", overflow="hidden")) for name in TABS}
        self.tabs = ipw.Tab(children=list(self.pages.values()), titles=list(_tab_titles().values()), selected_index=0)
        self.button = ipw.Button(description=_("Export to Excel"), icon="download", button_style="primary")
        self._arrange()
        self._listen()

    def _arrange(self) -> None:
        hint = html(notice(_("Hold Ctrl to choose several units; none chosen shows all."), "note"))
        chosen = [self.institution, self.indicator, self.crumbs, self.drill, self.level, self.units, hint]
        left = ipw.VBox([*chosen, self.months, self.to_date, self.button, self.exported])
        left.layout = ipw.Layout(width="330px", min_width="330px", padding="0 14px 0 0", overflow="hidden")
        right = ipw.VBox([self.about, self.tabs], layout=ipw.Layout(width="100%", min_width="0"))
        self.panel = panel(ipw.HBox([left, right]))

    def _listen(self) -> None:
        self._on(self.institution, self._choose_institution)
        self._on(self.indicator, lambda code: self.change(code=code))
        self._on(self.drill, lambda place: self.go(place) if place else None)
        self._on(self.level, self._choose_level)
        self._on(self.units, lambda units: self.change(units=tuple(units)))
        self._on(self.months, lambda ends: self.change(months=self._between(*ends)))
        self._on(self.to_date, lambda chosen: self.change(to_date=chosen))
        on_change(self.tabs, lambda _new: self.draw(), "selected_index")
        on_click(self.button, self.export)

    def _on(self, widget: Any, act: Callable[[Any], None]) -> None:
        """Call ``act`` with a widget's new value after a change by a person, not by the panel itself."""
        on_change(widget, lambda new: None if self._quiet else act(new))

    def _choose(self, code: str) -> None:
        """Choose an indicator in the fields and in the view; nothing is drawn."""
        title = next(title for title, measures in self._catalogue.items() if code in measures.values())
        with self._quietly():
            self.institution.value = title
            self.indicator.options = list(self._catalogue[title].items())
            self.indicator.value = code
        self.view = replace(self.view, code=code)

    def _choose_institution(self, title: str) -> None:
        measures = self._catalogue[title]
        with self._quietly():
            self.indicator.options = list(measures.items())
        self.change(code=self.indicator.value)

    def _choose_level(self, level: Any) -> None:
        self.view = replace(self.view, level=level, units=())
        self._offer_units()
        self.draw()

    def _between(self, first: str, last: str) -> tuple[str, ...]:
        months = self.survey.months
        return tuple(months[months.index(first) : months.index(last) + 1])

    def _offer_place(self) -> None:
        """Offer the choices at the view's place: the way up, the units below, the levels."""
        below = self.survey.below(self.view.place)
        self.crumbs.children = [
            self._crumb(code) for code in reversed(self.survey.snapshot.places.line(self.view.place))
        ]
        with self._quietly():
            self.drill.options = [(_("Choose a unit…"), ""), *((unit.name, unit.code) for unit in below)]
            self.drill.value = ""
            self.drill.disabled = not below
            self.level.options = [(LEVEL_TITLES[level], level) for level in self.survey.levels(self.view.place)]
            self.level.value = self.view.level
        self._offer_units()

    def _offer_units(self) -> None:
        with self._quietly():
            listed = self.survey.units(replace(self.view, units=()))
            self.units.options = [(unit.name, unit.code) for unit in listed]
            self.units.value = ()

    def _crumb(self, code: str) -> Any:
        here = code == self.view.place
        name = self.survey.snapshot.places.names[code]
        button = ipw.Button(description=name, disabled=here, layout=ipw.Layout(width="auto"))
        button.tooltip = _("Go to {name}").format(name=name)
        on_click(button, lambda: self.go(code))
        return button


def _tab_titles() -> dict[str, str]:
    return dict(zip(TABS, (_("Table"), _("Trend"), _("Ranking"), _("Distribution")), strict=True))


def _table(survey: Survey, view: View) -> Markup:
    measure = survey.snapshot.measure(view.code)
    frame = survey.table(view)
    rows = [[row[0], *(shown(value, measure) for value in row[1:])] for row in frame.itertuples(index=False)]
    return table(frame.columns, rows, total=len(rows) > len(survey.units(view)))


def _trend(survey: Survey, view: View) -> Markup:
    measure, frame = survey.snapshot.measure(view.code), survey.trend(view)
    if frame.isna().all(axis=None):
        return Markup("")
    words = "；".join(f"{name}{column.index[-1]}为{shown(column.iloc[-1], measure)}" for name, column in frame.items())
    hint = _("Choose up to {count} units to compare their lines.").format(count=MOST_LINES)
    return picture(explore_data.lines(frame, lambda value: shown(value, measure)), words) + notice(hint, "note")


def _ranking(survey: Survey, view: View) -> Markup:
    measure, frame = survey.snapshot.measure(view.code), survey.ranking(view)
    rows = [[row[0], row[1], shown(row[2], measure)] for row in frame.itertuples(index=False)]
    ranked = table(["名次", UNIT, f"{measure.label}（{measure.unit}）"], rows)
    first = frame.head(MOST_BARS)
    numbers = pd.to_numeric(first["值"], errors="coerce")
    if numbers.isna().all():
        return ranked
    labels = [shown(value, measure) for value in first["值"]]
    svg = explore_data.bars(first[UNIT].tolist(), numbers.tolist(), labels)
    drawn = picture(svg, _side_by_side(first[UNIT], labels))
    cut = _("The picture shows the first {count} of {all}.").format(count=MOST_BARS, all=len(frame))
    return drawn + (notice(cut, "note") if len(frame) > MOST_BARS else "") + ranked


def _distribution(survey: Survey, view: View) -> Markup:
    measure, frame = survey.snapshot.measure(view.code), survey.distribution(view)
    if frame.empty:
        return Markup("")
    counts = frame["单位数"].tolist()
    names = [f"{interval}{measure.unit}" for interval in frame["区间"]]
    labels = [f"{count}个单位" for count in counts]
    drawn = picture(explore_data.bars(names, counts, labels), _side_by_side(names, labels))
    spread = [(name, f"{shown(value, measure)}{measure.unit}") for name, value in survey.spread(view)]
    return drawn + terms([*spread, *((word, f"{count}个单位") for word, count in survey.without_value(view))])


def _side_by_side(names: Iterable[str], labels: Iterable[str]) -> str:
    return "、".join(map("".join, zip(names, labels, strict=True)))


def _ranking_frame(survey: Survey, view: View) -> pd.DataFrame:
    frame = survey.ranking(view)
    return frame.assign(名次=frame["名次"].map(lambda rank: int(rank) if rank.isdigit() else rank))


_PAGES: dict[str, Callable[[Survey, View], Markup]] = {
    "table": _table,
    "trend": _trend,
    "ranking": _ranking,
    "distribution": _distribution,
}
_FRAMES: dict[str, Callable[[Survey, View], pd.DataFrame]] = {
    "table": Survey.table,
    "trend": lambda survey, view: survey.trend(view).rename_axis("月份").reset_index(),
    "ranking": _ranking_frame,
    "distribution": Survey.distribution,
}
