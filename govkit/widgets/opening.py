"""How a notebook opens its panel: parameters checked, and where there is no data yet a button that makes a sample."""

import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import ipywidgets as w

from govkit.core.error_box import box_for_faults
from govkit.core.errors import InputError, InternalError, Problem, Where
from govkit.core.files import shipped
from govkit.core.i18n import gettext as _
from govkit.exams.folder import BLUEPRINT_FILE, nearest_exam
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.rendering.catalogue import Report, check_parameters
from govkit.rendering.injected import cells_run, unknown_names
from govkit.widgets.panel import Panel, button, html, notice, panel, show, told

DEMO_SECONDS = 600
_COMMAND = "from govkit.cli import main; main()"
P = ParamSpec("P")
R = TypeVar("R")


def opens(notebook: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator for the function that a notebook calls with its parameters: they are checked first.

    What the notebook's ``parameters`` cell does not declare passes unchecked, for scripts and tests.

    :param notebook: the notebook below ``notebooks``, without its ending.
    """

    def checking(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @wraps(function)
        def opened(*args: P.args, **kwargs: P.kwargs) -> R:
            box_for_faults()
            given = signature.bind(*args, **kwargs)
            report = Report(shipped(f"notebooks/{notebook}.ipynb"))
            declared = {parameter.name for parameter in report.parameters}
            own = {name: _plain(value) for name, value in given.arguments.items() if name in declared}
            unknown = dict.fromkeys(unknown_names(report.parameters, cells_run()))
            given.arguments |= check_parameters(report, own | unknown)
            return function(*given.args, **given.kwargs)

        return opened

    return checking


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value


def over_store(store: str, build: Callable[[Snapshot], Any], *, filled: bool = True) -> Any:
    """Return what ``build`` makes of a store; where none is named and none is near, an offer of the sample.

    :param filled: a store without rows counts as none.
    :raises InputError: the store that is named, here or by ``GOVKIT_STORE``, cannot be used.
    """
    try:
        snapshot = open_snapshot(store)
        if filled:
            snapshot.span  # noqa: B018 - raises where there are no rows
    except InputError as error:
        if store or os.environ.get("GOVKIT_STORE"):
            raise
        return Offer(error, lambda: build(open_snapshot())).panel
    return build(snapshot)


def over_exam(exam: str | Path, build: Callable[[Path], Any], *, holding: str = BLUEPRINT_FILE) -> Any:
    """Return what ``build`` makes of an exam folder; where none is named and none is near, an offer of the sample.

    :param holding: the file that the exam must have.
    :raises InputError: the folder that is named holds no exam.
    """
    folder = nearest_exam(exam, holding)
    if folder is not None and (folder / holding).is_file():
        return build(folder)
    what = _("There is no exam here") if holding == BLUEPRINT_FILE else _("There is no marked exam here")
    repair = _("Assemble one in exams/assemble.ipynb or with `govkit exam assemble`, mark it, then run this page again")
    error = InputError(Problem(Where(str(exam) or _("exam")), what, repair))
    if exam:
        raise error
    return Offer(error, lambda: over_exam("", build, holding=holding)).panel


class Offer(Panel):
    """What to do where there is no data yet, and a button that runs the demonstration and opens the panel over it.

    :param error: what is missing.
    :param build: makes the panel once the sample is there.
    """

    def __init__(self, error: InputError, build: Callable[[], Any]) -> None:
        self.build, self.folder = build, demo_folder()
        self.output = w.HTML()
        self.button = button(_("Make the sample and open it"), self.make, main=True, wide=True)
        missing = "；".join(f"{problem.what}。{problem.repair}" for problem in error.problems)
        sample = _("Or look at the invented sample district first: it is written to {folder} and takes a minute.")
        words = sample.format(folder=self.folder)
        alone = _("Without the button, run `govkit demo -o {folder}` in a terminal.").format(folder=self.folder)
        shown = html(notice(missing), notice(words, "note"))
        self.panel = panel(shown, self.button, self.output, alone=f"{missing}。{words}{alone}")

    def make(self) -> None:
        """Run the demonstration and put the panel in the offer's place; show the problems if it failed."""
        show(self.output, notice(_("Making the sample; please wait about a minute…")))
        try:
            run_demo(self.folder)
            made = self.build()
        except Exception as error:  # the notice above would stay for ever
            show(self.output, told(error))
            return
        self.panel.children = [*self.panel.children[:1], made]


def demo_folder() -> Path:
    """Return where the sample is written: ``demo`` beside the folder ``notebooks``, else in the current folder."""
    here = Path.cwd()
    return next((folder.parent for folder in (here, *here.parents) if folder.name == "notebooks"), here) / "demo"


def run_demo(folder: Path) -> None:
    """Run ``govkit demo`` in a process of its own.

    :raises InternalError: it failed; the problem holds the last line that it said.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", _COMMAND, "demo", "-o", str(folder)],
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace",
            timeout=DEMO_SECONDS, check=False, env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        said = done.stderr.strip().splitlines()[-1:] if done.returncode else None
    except (OSError, subprocess.TimeoutExpired) as error:
        said = [type(error).__name__]
    if said is not None:
        what = _("The sample could not be made: {reason}").format(reason="".join(said) or _("no reason given"))
        raise InternalError(Problem(Where(str(folder)), what, _("Run `govkit doctor` in a terminal")))
