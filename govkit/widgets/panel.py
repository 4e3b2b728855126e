"""Parts that the panels share: one style, fields and buttons, notices, problems and tables.

HTML reaches a widget through :func:`show` or :func:`html` only. Both take the output of a template; any other text
is escaped.

What a person does reaches the code through :func:`button`, :func:`on_click` and :func:`on_change` only. ipywidgets
writes an exception in a callback to a log that nobody sees; these show it as a box in the panel, beside the widget.
"""

import asyncio
import base64
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from weakref import WeakSet

import ipywidgets as w
from markupsafe import Markup

from govkit.core.error_box import box_of
from govkit.core.errors import GovkitError, InternalError, Problem
from govkit.core.files import atomic_write, login_name
from govkit.core.html import render
from govkit.core.i18n import gettext as _
from govkit.exams.bank.markup import text_html, with_pictures
from govkit.exams.bank.questions import Face, Question

Kind = Literal["note", "good", "warning", "error", "status"]

LABEL = {"description_width": "7em"}
FIELD = w.Layout(width="36em", max_width="100%")
WIDE = w.Layout(width="100%")

_NUMBER = re.compile(r"[▲▼+-]?\d[\d,]*(\.\d+)?%?|—")
_MANY = 8
"""Columns from which a table says that it scrolls."""
_LONG = 24
"""Characters from which a cell may wrap."""


class Panel:
    """A panel that displays itself; ``panel`` is its widget."""

    panel: Any
    _quiet = False

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.panel)

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Let the panel change its own fields without reacting to the change."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False


class _Box(w.VBox):  # type: ignore[misc]
    """A box of widgets that says in words what it is where no widgets run: in exported pages and plain text.

    The words are an output of their own, hidden by JupyterLab and Voila, because an exporter takes the widgets where it
    finds them, and a page without their scripts would stay blank.
    """

    alone = ""
    _depth = 0
    _fault: Any = None

    def words(self) -> dict[str, str]:
        """Return what is shown where no widgets run, as a mime bundle."""
        words = self.alone or _("Here is a panel: open this notebook in JupyterLab and run all cells to use it.")
        return {"text/plain": words, "text/html": str(render("widgets/alone.html", words=words))}

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.words(), raw=True)
        display(self._repr_mimebundle_() | {"text/plain": ""}, raw=True)

    @contextmanager
    def telling(self, widget: Any) -> Iterator[None]:
        """Show an exception of the work within above the row that holds a widget; the next work takes it away."""
        if not self._depth and self._fault is not None:
            self._fault.value, self._fault.layout.display = "", "none"
        self._depth += 1
        try:
            yield
        except Exception as error:
            self._tell(widget, error)
            if os.environ.get("GOVKIT_DEBUG"):
                raise
        finally:
            self._depth -= 1

    def _tell(self, widget: Any, error: Exception) -> None:
        if self._fault is None:
            self._fault = w.HTML()
        if self._fault.value:  # the first exception of what a person did; another one may follow from it
            return
        rows = [child for child in _children(self) if child is not self._fault]
        at = next((number for number, row in enumerate(rows) if widget in _within(row)), len(rows))
        self.children = [*rows[:at], self._fault, *rows[at:]]
        self._fault.layout.display = ""
        show(self._fault, told(error))


_panels: "WeakSet[_Box]" = WeakSet()


def _within(widget: Any) -> Iterator[Any]:
    """Yield a widget and all that it holds."""
    yield widget
    for child in _children(widget):
        yield from _within(child)


def _children(widget: Any) -> Sequence[Any]:
    children: Sequence[Any] = getattr(widget, "children", ())
    return children


@contextmanager
def faults_shown(widget: Any) -> Iterator[None]:
    """Show an exception of the work within as a box in the innermost panel that holds a widget, and go on.

    ``GOVKIT_DEBUG=1`` raises it too. A widget in no panel raises it only.
    """
    holding = [box for box in list(_panels) if widget in _within(box)]
    if not holding:
        yield
        return
    with min(holding, key=lambda box: len(list(_within(box)))).telling(widget):
        yield


def on_click(pressed: Any, work: Callable[[], Any]) -> None:
    """Call ``work`` when a button is pressed; an exception is shown in its panel."""

    def guarded(_button: Any) -> None:
        with faults_shown(pressed):
            work()

    pressed.on_click(guarded)


def on_change(field: Any, act: Callable[[Any], Any], name: str = "value") -> None:
    """Call ``act`` with the new value of a field after each change; an exception is shown in its panel."""

    def guarded(change: Any) -> None:
        with faults_shown(field):
            act(change["new"])

    field.observe(guarded, name)


def panel(*children: Any, kind: str = "", alone: str = "") -> Any:
    """Return a box of widgets, one below the other, with the panels' style.

    :param kind: a second CSS class, for a panel that looks different.
    :param alone: what is shown instead where no widgets run.
    """
    box = _Box([html(render("widgets/style.html")), *children])
    box.alone = alone
    _panels.add(box)
    return _styled(box, kind)


def html_panel(*parts: str) -> Any:
    """Return a panel without fields, of the output of templates."""
    return _styled(html(render("widgets/style.html"), *parts))


def static(*parts: Markup) -> Any:
    """Return the output of templates as HTML that needs no widget, so that exported pages show it too."""
    from IPython.display import HTML

    return HTML(render("widgets/static.html", parts=parts))


def in_kernel() -> bool:
    """Return whether this runs in a notebook's kernel, whose event loop runs while a cell does."""
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None and _loop_runs()


def _loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _styled(box: Any, kind: str = "") -> Any:
    if in_kernel():
        from IPython.display import display

        display({"application/javascript": str(render("widgets/keys.js")), "text/plain": ""}, raw=True)
    for name in filter(None, ("gk-panel", kind)):
        box.add_class(name)
    return box


def show(output: w.HTML, *parts: str) -> None:
    """Show the output of templates, one after the other; plain text among it is escaped."""
    output.value = _joined(parts)


def html(*parts: str, **options: Any) -> w.HTML:
    """Return a widget that shows the output of templates; plain text among it is escaped."""
    return w.HTML(_joined(parts), **options)


def _joined(parts: Sequence[str]) -> str:
    return str(Markup("").join(parts))


def notice(text: str, kind: Kind = "status") -> Markup:
    """Return a paragraph of text; all kinds but ``note`` are read out by a screen reader when they appear."""
    return render("widgets/notice.html", text=text, kind=kind)


def heading(text: str) -> Markup:
    """Return a heading within a panel."""
    return render("widgets/heading.html", text=text)


def problems(found: Iterable[Problem], *, placed: bool = True) -> Markup:
    """Return problems and their repairs.

    :param placed: name the place of each; False beside the field that it concerns.
    """
    return render("widgets/problems.html", problems=list(found), placed=placed)


def told(error: Exception) -> Markup:
    """Return an error as a panel shows it: the problems to fix, or the box of a fault of the kit's."""
    if isinstance(error, GovkitError) and error.exit_code != InternalError.exit_code:
        return problems(error.problems)
    return Markup(box_of(error)["text/html"])  # noqa: S704 - the output of a template


def table(headings: Iterable[str], rows: Iterable[Sequence[object]], *, total: bool = False) -> Markup:
    """Return a table, numbers aligned right; with ``total`` the last row is set off."""
    cells = [[_cell(str(value)) for value in row] for row in rows]
    names = list(headings)
    wide = _("{count} columns: where they do not fit, scroll sideways (Shift and wheel, or the arrow keys)")
    words = wide.format(count=len(names)) if len(names) > _MANY else ""
    return render("widgets/table.html", headings=names, rows=cells, total=total, wide=words, label=_("Table"))


def frame_table(frame: Any) -> Markup:
    """Return a frame with Chinese column names as a table."""
    return table(frame.columns, frame.to_numpy().tolist())


def terms(pairs: Iterable[tuple[str, str]]) -> Markup:
    """Return a list of terms and their meanings."""
    return render("widgets/terms.html", terms=list(pairs))


def picture(svg: str, alt: str) -> Markup:
    """Return a drawing, and its content in words for readers who do not see it."""
    return render("widgets/picture.html", data=base64.b64encode(svg.encode()).decode(), alt=alt)


def save_beside(output: w.HTML, target: Path, content: bytes, mime: str) -> Path | None:
    """Write a file beside the notebook, show a link to download it and return its path; None after an error."""
    try:
        atomic_write(target, content)
    except GovkitError as error:
        show(output, told(error))
        return None
    name = target.name
    data, label = base64.b64encode(content).decode(), _("Download {name}").format(name=name)
    link = render("widgets/download.html", name=name, mime=mime, data=data, label=label)
    show(output, notice(_("Written beside the notebook: {name}").format(name=name), "good"), link)
    return target


def attempt(output: w.HTML, work: Callable[[], str]) -> bool:
    """Show the result of ``work``, or the error that it raises; return whether it succeeded."""
    show(output, notice("请稍候……"))
    try:
        show(output, work())
    except Exception as error:  # what nobody foresaw is a box too, instead of the notice above for ever
        show(output, told(error))
        return False
    return True


def button(label: str, work: Callable[[], Any], *, main: bool = False, wide: bool = False, icon: str = "") -> Any:
    """Return a button that calls ``work`` and stays disabled until it returns; ``wide`` shows a long label whole.

    An exception is shown in its panel.
    """
    layout = w.Layout(width="auto") if wide else w.Layout()
    style = "primary" if main else ""
    made = w.Button(description=label, button_style=style, icon=icon, layout=layout)

    def pressed() -> None:
        made.disabled = True
        try:
            work()
        finally:
            made.disabled = False

    on_click(made, pressed)
    return made


def text_field(label: str, value: str = "", hint: str = "") -> w.Text:
    """Return a field of text."""
    return w.Text(value=value, description=label, placeholder=hint, style=LABEL, layout=FIELD)


def person_field() -> w.Text:
    """Return the field for the name that goes on record."""
    return text_field("姓名", login_name())


def passphrase_field(label: str = "答案口令") -> w.Password:
    """Return the hidden field for the passphrase of a key."""
    return w.Password(description=label, style=LABEL, layout=FIELD)


def exam_line(folder: Path) -> w.HTML:
    """Return the line that names the exam folder of a panel."""
    return html(notice(_("Exam folder: {folder}").format(folder=folder), "note"))


def stem(question: Face | Question) -> Markup:
    """Return the stem of a question with its pictures, as HTML."""
    return with_pictures(text_html(question.stem, question.markup), question)


def whole_question(question: Face | Question, story: Face | Question | None = None) -> Markup:
    """Return a stem below the story of its case."""
    return render("widgets/question.html", stem=stem(question), story=story and stem(story))


def _cell(text: str) -> tuple[str, str]:
    if _NUMBER.fullmatch(text):
        return text, "number"
    return text, "long" if len(text) > _LONG else ""
