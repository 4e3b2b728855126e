"""Old files (.doc, .xls), converted by LibreOffice where it is installed."""

import shutil
import subprocess
from pathlib import Path

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.formats.limits import refused

SECONDS = 120
"""Seconds that LibreOffice may take for a file."""


def by_office(path: Path, folder: Path, kind: str) -> Path:
    """Return a file converted by LibreOffice.

    :raises InputError: LibreOffice is not installed, or cannot read the file.
    """
    office = shutil.which("soffice") or shutil.which("libreoffice")
    repair = _("save it in Office as .{kind}").format(kind=kind)
    if office is None:
        raise refused(path, _("LibreOffice is needed to read the old format and is not installed"), repair)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    copy = folder / f"source{path.suffix.lower()}"
    shutil.copyfile(path, copy)
    command = [office, profile, "--headless", "--norestore", "--convert-to", kind, "--outdir", str(folder), str(copy)]
    try:
        subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    except (subprocess.TimeoutExpired, OSError):
        raise refused(path, _("LibreOffice could not read it"), repair) from None
    made = copy.with_suffix(f".{kind}")
    if not made.is_file():
        raise InputError(Problem(Where(str(path)), _("LibreOffice could not read it"), repair))
    return made
