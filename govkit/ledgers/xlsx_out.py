"""Workbooks out: whole or not at all."""

import os
import tempfile
from pathlib import Path

from govkit.errors import Fault, Problem, Where
from govkit.i18n import gettext as _


def write_whole(target: Path, content: bytes) -> None:
    """Write a file beside its target and then rename it, so that nobody ever finds half of it."""
    name = ""
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=target.suffix, dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise Fault(
            Problem(
                Where(str(target)),
                _("The workbook cannot be written ({reason})").format(reason=error.strerror or error),
                _("Close it in Excel or WPS, and check that the folder may be written"),
            )
        ) from error
