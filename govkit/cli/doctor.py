"""What is missing on this machine, and how to mend it."""

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
    """One thing looked at: fine, worth a note, or missing with the way to mend it."""

    subject: str
    state: State
    said: str
    repair: str = ""


def examine(folder: Path) -> list[Finding]:
    """Look at Python, the converters, the fonts, the kernel, the browser and whether ``folder`` can be written."""
    looks: list[Callable[[], Iterator[Finding]]] = [
        _python,
        _converters,
        _fonts,
        _kernel,
        _browser,
        lambda: _writable(folder),
    ]
    return [finding for look in looks for finding in _guarded(look)]


def _guarded(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except (GovkitError, ImportError, OSError) as error:
        subject = look.__name__.strip("_")
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
    said = _("can be written, {free} MB free").format(free=free // 1_000_000)
    yield Finding(_("Folder"), "ok" if enough else "note", said, "" if enough else _("Make room on the disk"))
