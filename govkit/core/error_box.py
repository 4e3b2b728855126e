"""The box in which a notebook shows an error, in JupyterLab, Voila and exported pages alike: no traceback.

An error of the user's shows its problems and their repairs. An error of the kit's also shows what to send to whom: the
kind of the error, the place in the kit's code and versions, never a value, a name or a folder of this machine.
"""

import os
import platform
import re
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from govkit.core.html import render
from govkit.core.i18n import gettext as _

if TYPE_CHECKING:
    from govkit.core.errors import Problem

_PACKAGE = Path(__file__).parents[1]
_FOLDERS = re.compile(r"(?:[A-Za-z]:|(?<![\w/\\]))[\\/](?:[^\\/\n:：“”\"']+[\\/])+")


def box(problems: "Sequence[Problem]", *, ours: bool = False, place: str = "") -> dict[str, str]:
    """Return problems as a mime bundle of HTML; its text is empty, because the error itself leaves one.

    :param ours: the error is the kit's: say so, and what to send to whom.
    :param place: where in the kit's code it happened.
    """
    send = "\n".join(_report(problems, place)) if ours else ""
    title = (
        _("govkit itself failed; this is a fault of the program, not of your data.")
        if ours
        else _("Stopped: {count} problems to fix. Nothing was changed.").format(count=len(problems))
    )
    whom = _("If it happens again, send these lines to whoever looks after govkit here; they hold no data:")
    shown = render("core/problem_box.html", title=title, problems=problems, send=send, whom=whom)
    return {"text/html": str(shown), "text/plain": ""}


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

    display(box([], ours=True, place=f"{place} {kind.__name__}"), raw=True)
    told = [_("govkit itself failed; this is a fault of the program, not of your data."), f"{place} {kind.__name__}"]
    shell._showtraceback(kind, error, told)
    return told


def _report(problems: "Sequence[Problem]", place: str) -> list[str]:
    """Return the lines to send, folders left out."""
    from govkit import __version__

    about = f"govkit {__version__} · Python {platform.python_version()} · {platform.system()}"
    said = [f"{problem.where}：{problem.what}" for problem in problems]
    return [about, *filter(None, [place]), *(_FOLDERS.sub("…/", line) for line in said)]
