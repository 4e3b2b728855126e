"""The parameters of a notebook, checked in one way before a batch is planned and when a notebook is run by hand.

The second code cell of every notebook is where they are checked, whoever runs it (papermill, nbclient, a scheduler,
JupyterLab)::

    p = govkit.parameters("services")
    f = p.figures

It reads the values from the notebook itself. A name that was assigned but is no parameter, a value of the wrong type or
form, and a place of another level are problems; nothing is computed then.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from govkit.core.error_box import box_for_faults
from govkit.core.errors import InputError, Problem, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.ledgers.declare import Level
from govkit.ledgers.places import LEVEL_TITLES, Place
from govkit.rendering.batch import NAME, stem_from_template
from govkit.rendering.catalogue import Report, find_notebook, running_values
from govkit.rendering.declaration import AUDIENCE_TITLES, PUBLIC, from_text, read_values, shortened
from govkit.rendering.injected import cells_run, unknown_names

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

OPTIONS = {
    "period": "--period",
    "place": "--place",
    "level": "--level",
    "audience": "--audience",
    "store": "--store",
    "version": "--as-of",
}
"""The parameters that have an option of their own, which alone sets them."""


class Checked:
    """The checked parameters of a notebook: each declared name is an attribute, synonyms resolved.

    :ivar report: the notebook.
    :ivar values: name → value.
    """

    def __init__(self, report: Report, values: Mapping[str, Any]) -> None:
        self.report, self.values = report, dict(values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self.values:
            raise AttributeError(name)
        return self.values[name]

    def __dir__(self) -> list[str]:
        return [*(name for name in super().__dir__() if not name.startswith("_")), *self.values]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.values.items())})"


class Parameters(Checked):
    """The checked parameters of a report, and what its cells are made from.

    :ivar snapshot: the store as of the version asked for.
    :ivar values: name → value; ``period`` and ``place`` are those that a blank stands for.
    """

    def __init__(self, report: Report, snapshot: Snapshot, place: Place, values: Mapping[str, Any]) -> None:
        super().__init__(report, values)
        self.snapshot, self._place = snapshot, place

    @cached_property
    def figures(self) -> "Figures":
        """The figures of the place and the month, for the audience."""
        return self.snapshot.figures(self._place.code, self.values["period"], self.values["audience"])

    @property
    def file_name(self) -> str:
        """The name, without ending, that the report's files have by default."""
        return stem_from_template(NAME, words_of(self.report, self._place, self.values["period"], self.audience))

    def provenance(self, **shown: object) -> list[tuple[str, str]]:
        """Return the origin of the report's figures, see :meth:`govkit.Snapshot.provenance`.

        :param shown: the report's own parameters to be named there.
        """
        return self.figures.provenance(self.report.name, self.audience, **shown)


def words_of(report: Report, place: Place, period: str, audience: str) -> dict[str, str]:
    """Return what the names of a report's files are made of, by the names in a template."""
    return {
        "period": period,
        "place": place.name,
        "place_code": place.code,
        "level": place.level,
        "audience": AUDIENCE_TITLES[PUBLIC] if audience == PUBLIC else "",
        "title": report.title,
        "report": report.name,
    }


def parameters(notebook: str) -> Any:
    """Return the checked parameters of the notebook that calls this; of a report with its snapshot and its figures.

    From then on a fault of the kit's in this kernel is shown as a box. A notebook for the public shows 未经公开检查
    until its document has passed the privacy check.

    ::

        p = govkit.parameters("services")
        p.figures["C9"], p.place, p.audience

    :param notebook: the report's name; of any other notebook its path below ``notebooks``, such as ``exams/mark``.
    :return: :class:`Parameters` of a report, :class:`Checked` of any other notebook.
    :raises InputError: an unknown name, a wrong value, a place of another level; all problems at once.
    """
    box_for_faults()
    found = find_notebook(notebook)
    given = sys._getframe(1).f_globals
    unknown = unknown_names(found.parameters, cells_run())
    checked = checked_parameters(found, given, unknown) if _is_report(found) else checked_values(found, given, unknown)
    if checked.values.get("audience") == PUBLIC:
        from govkit.rendering import content

        content.unchecked()
    return checked


def _is_report(notebook: Report) -> bool:
    return notebook.path.parent.name == "reports"


def checked_values(notebook: Report, given: Mapping[str, Any], unknown: Sequence[str] = ()) -> Checked:
    """Return the parameters of a notebook that is no report, whose values are among ``given``.

    :param unknown: names that were assigned as parameters and are none.
    :raises InputError: see :func:`parameters`.
    """
    values, problems = running_values(notebook, given, unknown)
    refuse(problems)
    return Checked(notebook, values)


def checked_parameters(report: Report, given: Mapping[str, Any], unknown: Sequence[str] = ()) -> Parameters:
    """Return the parameters of a report, whose values are among ``given``.

    :param unknown: names that were assigned as parameters and are none.
    :raises InputError: see :func:`parameters`.
    """
    values, problems = running_values(report, given, unknown)
    refuse(problems)
    snapshot = open_snapshot(values["store"], values["version"] or None)
    place, month = all_or_none(
        lambda: place_of(snapshot, report, values["place"]), lambda: snapshot.month(values["period"])
    )
    return Parameters(report, snapshot, place, values | {"place": place.name, "period": month.code})


def all_or_none(*reads: Callable[[], Any]) -> list[Any]:
    """Return what each function returns.

    :raises InputError: some of them raise it; with the problems of all.
    """
    found: list[Any] = []
    problems: list[Problem] = []
    for read in reads:
        try:
            found.append(read())
        except InputError as error:
            problems += error.problems
    refuse(problems)
    return found


def place_of(snapshot: Snapshot, report: Report, text: str) -> Place:
    """Return the place that a text names, the district by default.

    :raises InputError: there is no such place, or the report is not made for its level.
    """
    place = snapshot.place(text)
    if place.level in report.levels:
        return place
    example = snapshot.places.at(cast(Level, report.levels[0]))[0].name
    titles = "、".join(LEVEL_TITLES[level] for level in LEVEL_TITLES if level in report.levels)
    if text:
        what = _("{place} is of the level {level}").format(place=place.name, level=LEVEL_TITLES[place.level])
    else:
        what = _("No place is named")
    repair = _("The report is made for: {levels}. Name one, like {place}").format(levels=titles, place=example)
    raise InputError(Problem(Where(report.name, item="place"), what, repair))


def check_request(
    report: Report,
    *,
    store: object = "",
    period: object = "",
    level: object = "",
    places: object = (),
    audience: object = None,
    version: object = None,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the values of a request for a batch: ``period``, ``audience``, ``store``, ``version``, the report's own.

    ``places`` is among them as a list; its places are not looked up.

    :param extra: the report's own parameters, as values or as text.
    :raises InputError: a value is wrong, unknown, set twice, or contradicts another; all problems at once.
    """
    listed = list(places) if isinstance(places, list | tuple) else [places]
    named: list[Any] = [] if places == "" else listed
    own = {name: value for name, value in (extra or {}).items() if name not in OPTIONS}
    problems = [_with_option(report, name) for name in extra or {} if name in OPTIONS]
    audience = report.default_audience if audience is None else audience
    given = {"period": period, "audience": audience, "store": str(store) if isinstance(store, Path) else store}
    given |= {} if version is None else {"version": version}
    values, faults = read_values(
        report.name, report.parameters, given | from_text(report.parameters, own), report.audiences
    )
    for place in named:
        found, wrong = read_values(report.name, report.parameters, {"place": place}, report.audiences)
        faults += wrong
        if not wrong and not found["place"].strip():
            faults.append(Problem(Where("--place"), _("The name is blank"), _("Name a place, or leave it out")))
    faults += _level_problems(report, level, named)
    refuse([*problems, *faults])
    return values | {"places": named}


def _with_option(report: Report, name: str) -> Problem:
    what = _("“{name}” is set by an option of its own").format(name=name)
    repair = _("Write {option}; in govkit.render the argument of this name").format(option=OPTIONS[name])
    return Problem(Where(report.name, item=name), what, repair)


def _level_problems(report: Report, level: object, places: Sequence[object]) -> Iterator[Problem]:
    where = Where(report.name, item="--level")
    if level != "" and level not in (*report.levels, "all"):
        choices = "、".join((*(f"{one}（{LEVEL_TITLES[one]}）" for one in LEVEL_TITLES if one in report.levels), "all"))
        what = _("The report is not made for “{value}”").format(value=shortened(level))
        yield Problem(where, what, _("Choose one of: {choices}").format(choices=choices))
    elif level != "" and places:
        what = _("A level and a place are both given, and contradict each other")
        yield Problem(where, what, _("Leave out --level, or leave out --place"))
