"""The box in which a notebook shows an error, in JupyterLab, Voila and exported pages alike: no traceback.

An error of the user's shows its problems and their repairs. An error of the kit's also shows what to send to whom: the
kind of the error, the place in the kit's code and versions, never a value, a name or a folder of this machine. Its
traceback, which may quote values, goes to a file that only the user can read.
"""

import os
import platform
import re
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from govkit.core.html import render
from govkit.core.i18n import gettext as _

if TYPE_CHECKING:
    from govkit.core.errors import Problem

_OURS = 3
"""The exit code of an error that is the kit's."""
_PACKAGE = Path(__file__).parents[1]
_FOLDERS = re.compile(r"(?:[A-Za-z]:|(?<![\w/\\]))[\\/](?:[^\\/\n:：“”\"']+[\\/])+")


def box(
    problems: "Sequence[Problem]", *, ours: bool = False, place: str = "", details: Path | None = None
) -> dict[str, str]:
    """Return problems as a mime bundle of HTML; its text is empty, because the error itself leaves one.

    :param ours: the error is the kit's: say so, and what to send to whom.
    :param place: where in the kit's code it happened.
    :param details: the file that holds its traceback.
    """
    send = "\n".join(_report(problems, place)) if ours else ""
    if not ours:
        title = _("Stopped: {count} problems to fix. Nothing was changed.").format(count=len(problems))
    elif problems:
        title = _("It could not be done; this is no fault of your data.")
    else:
        title = _("govkit itself failed; this is a fault of the program, not of your data.")
    whom = _("If it happens again, send these lines to whoever looks after govkit here; they hold no data:")
    kept = _("The details were written to {file}. They may quote your data: read them before you pass them on.")
    written = kept.format(file=_at_home(details)) if details else ""
    shown = render("core/problem_box.html", title=title, problems=problems, send=send, whom=whom, written=written)
    return {"text/html": str(shown), "text/plain": ""}


def box_of(error: BaseException) -> dict[str, str]:
    """Return an error as :func:`box` does; of a fault of the kit's the details are written to a file first."""
    found: Sequence[Problem] = getattr(error, "problems", ())
    if getattr(error, "exit_code", _OURS) != _OURS:
        return box(found)
    place = " ".join(filter(None, (type(error).__name__, code_place(error.__traceback__))))
    return box(found, ours=True, place=place, details=write_details(error))


def write_details(error: BaseException) -> Path | None:
    """Write an error with its traceback to a file of the user's and return the file; None if it cannot be written.

    There is one file a day for each place in the kit's code, readable by the user alone.
    """
    from platformdirs import user_log_path

    now = datetime.now().astimezone()
    place = re.sub(r"[^\w.]+", "-", code_place(error.__traceback__))
    folder = user_log_path("govkit", appauthor=False)
    path = folder / "-".join(filter(None, (f"{now:%Y%m%d}", place, f"{type(error).__name__}.txt")))
    text = "\n".join([f"{now:%Y-%m-%d %H:%M:%S %z}", *_report((), ""), *traceback.format_exception(error)])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except OSError:
        return None
    return path


def _at_home(path: Path) -> str:
    """Return a path with ``~`` for the user's folder, whose name is often a person's."""
    home = Path.home()
    return f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) else str(path)


def lines(problems: "Sequence[Problem]") -> list[str]:
    """Return problems as the lines that an error leaves in a log or in a text without HTML."""
    return [f"{problem.where}：{problem.what} → {problem.repair}" for problem in problems]


def box_for_faults() -> None:
    """Show a fault of the kit's in this kernel as a box; an error of the reader's own code keeps its traceback.

    A fault is an exception that came out of the kit's code. ``GOVKIT_DEBUG=1`` shows its traceback too. Outside a
    notebook nothing changes.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if getattr(shell, "kernel", None) is not None:
        shell.set_custom_exc((Exception,), _shown_fault)


def code_place(trace: TracebackType | None) -> str:
    """Return module and line of the innermost frame within the kit, or an empty text if there is none."""
    within = [frame for frame in traceback.extract_tb(trace) if Path(frame.filename).is_relative_to(_PACKAGE)]
    if not within:
        return ""
    module = Path(within[-1].filename).relative_to(_PACKAGE.parent).with_suffix("")
    return f"{'.'.join(module.parts)}:{within[-1].lineno}"


def _shown_fault(shell: Any, kind: type[Exception], error: Exception, trace: TracebackType, **_more: Any) -> list[str]:
    place = "" if hasattr(error, "_render_traceback_") else code_place(trace)
    if not place or os.environ.get("GOVKIT_DEBUG"):
        shell.showtraceback((kind, error, trace))
        return list(shell._last_traceback or [])
    from IPython.display import display

    display(box_of(error), raw=True)
    told = [_("govkit itself failed; this is a fault of the program, not of your data."), f"{place} {kind.__name__}"]
    shell._showtraceback(kind, error, told)
    return told


def _report(problems: "Sequence[Problem]", place: str) -> list[str]:
    """Return the lines to send, folders left out."""
    from govkit import __version__

    about = f"govkit {__version__} · Python {platform.python_version()} · {platform.system()}"
    said = [f"{problem.where}：{problem.what}" for problem in problems]
    return [about, *filter(None, [place]), *(_FOLDERS.sub("…/", line) for line in said)]
