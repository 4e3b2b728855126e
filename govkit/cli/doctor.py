"""Check of this machine: missing parts, and how to fix them."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from govkit.core.errors import GovkitError
from govkit.core.i18n import gettext as _

State = Literal["ok", "note", "missing"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "msedge", "chrome")


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one part: fine, worth a note, or missing with the repair."""

    subject: str
    state: State
    said: str
    repair: str = ""


def examine(folder: Path) -> list[Finding]:
    """Return findings about Python, converters, fonts, the kernel, the browser and write access to ``folder``.

    An error of a check is a finding; none is raised.
    """
    checks: list[Callable[[], Iterator[Finding]]] = [
        _python,
        _converters,
        _fonts,
        _kernel,
        _browser,
        lambda: _writable(folder),
    ]
    return [finding for check in checks for finding in _guarded(check)]


def _guarded(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except (GovkitError, ImportError, OSError) as error:
        subject = check.__name__.strip("_")
        yield Finding(subject, "missing", str(error), _("Install govkit again: pip install -c constraints.txt ."))


def _python() -> Iterator[Finding]:
    yield Finding("Python", "ok", ".".join(map(str, sys.version_info[:3])))


def _converters() -> Iterator[Finding]:
    import pypandoc
    import typst

    yield Finding("pandoc", "ok", pypandoc.get_pandoc_version())
    yield Finding("typst", "ok", str(getattr(typst, "__version__", _("installed"))))


def _fonts() -> Iterator[Finding]:
    from govkit.rendering.fonts import fonts_found

    for found in fonts_found():
        if found.is_fallback:
            repair = _("An open font stands in; install {name} for the official look").format(name=found.wanted)
            yield Finding(found.wanted, "note", found.font.family, repair)
        else:
            yield Finding(found.wanted, "ok", found.font.family)


def _kernel() -> Iterator[Finding]:
    from jupyter_client.kernelspec import KernelSpecManager

    spec = KernelSpecManager().get_kernel_spec("python3")
    yield Finding(_("Jupyter kernel"), "ok", str(spec.display_name))


def _browser() -> Iterator[Finding]:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        yield Finding(_("Browser"), "ok", Path(found).name)
    else:
        yield Finding(_("Browser"), "note", _("none found on the path"), _("Any recent browser opens the HTML reports"))


def _writable(folder: Path) -> Iterator[Finding]:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Finding(
            _("Folder"),
            "missing",
            _("cannot be written ({reason})").format(reason=error.strerror),
            _("Choose a folder of your own, or ask the administrator for the right to write"),
        )
        return
    free = shutil.disk_usage(folder).free
    enough = free > 500_000_000
    words = _("can be written, {free} MB free").format(free=free // 1_000_000)
    yield Finding(_("Folder"), "ok" if enough else "note", words, "" if enough else _("Make room on the disk"))
