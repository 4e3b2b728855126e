"""Workbooks out: the same bytes for the same content, whole or not at all."""

import datetime as dt
import io
import os
import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from govkit.errors import Fault, Problem, Where
from govkit.i18n import gettext as _

if TYPE_CHECKING:
    from openpyxl import Workbook

_MOMENT = dt.datetime(2000, 1, 1)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def bytes_of(book: "Workbook", creator: str) -> bytes:
    """Return the workbook's bytes with every time stamp set to the same moment, in it and in its archive."""
    book.properties.creator = creator
    book.properties.created = _MOMENT
    saved, tidy = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(tidy, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + f"{_MOMENT:%Y-%m-%dT%H:%M:%SZ}".encode(), content)
            member = zipfile.ZipInfo(name, _MOMENT.timetuple()[:6])
            member.create_system = 3  # or the bytes would tell Windows from the others
            target.writestr(member, content, zipfile.ZIP_DEFLATED)
    return tidy.getvalue()


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
