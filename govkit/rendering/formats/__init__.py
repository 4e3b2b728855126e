"""An executed notebook as HTML, Word or PDF: one intermediate document, three writers, equal numbers.

``export(nb, "docx")`` gives the bytes of one format; ``export_all(nb, ["html", "docx", "pdf"])`` reads the notebook
once for all. The exporters of the same names register with nbconvert.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Literal

from govkit.core.errors import Problem, UsageError, Where
from govkit.core.i18n import gettext as _
from govkit.rendering.formats.document import Document, assemble

Format = Literal["html", "docx", "pdf"]
FORMATS: tuple[Format, ...] = ("html", "docx", "pdf")

__all__ = ["FORMATS", "Document", "Format", "assemble", "export", "export_all"]


def export(nb: Any, fmt: str, *, name: str = "") -> bytes:
    """Return an executed notebook as the bytes of one format.

    :param nb: the notebook, a ``NotebookNode``.
    :param fmt: ``html``, ``docx`` or ``pdf``.
    :param name: the report's name in problems, and the title of a notebook that gives none.
    :raises InternalError: a cell failed, a picture is unknown or empty, or a character has no glyph.
    :raises UsageError: there is no such format.
    """
    return export_all(nb, [fmt], name=name)[fmt]


def export_all(nb: Any, formats: Iterable[str] = FORMATS, *, name: str = "", checked: bool = False) -> dict[str, bytes]:
    """Return an executed notebook in several formats, by format name; see :func:`export`.

    The notebook is read once, so that the numbers are the same in all formats.

    :param checked: leave out the warning of an unchecked document, for files that pass the privacy check next.
    """
    writers = {fmt: _writer(fmt) for fmt in formats}
    document = assemble(nb, name, checked=checked)
    return {fmt: write(document) for fmt, write in writers.items()}


def _writer(fmt: str) -> Callable[[Document], bytes]:
    if fmt not in FORMATS:
        what = _("there is no format {name}").format(name=repr(fmt))
        raise UsageError(Problem(Where(_("report")), what, _("Use one of: {names}").format(names=", ".join(FORMATS))))
    write: Callable[[Document], bytes] = import_module(f"govkit.rendering.formats.{fmt}").write
    return write
