"""Limits on untrusted files, and safe opening of XML and zip.

XML is parsed without DTDs, entities and network; zips are read member by member against caps that hold whatever their
directory claims.
"""

import zipfile
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from lxml import etree

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _

MAX_FILE = 20_000_000
"""Bytes of a file, and of one member of a zip."""
MAX_ARCHIVE = 100_000_000
"""Bytes of all members of a zip together, unpacked."""
MAX_MEMBERS = 20_000
MAX_QUESTIONS = 20_000

Element: TypeAlias = etree._Element


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes; raise :class:`~govkit.core.errors.InputError` if it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        what = _("cannot be read: {reason}").format(reason=error.strerror)
        raise refused(path, what, _("check the path and the permissions")) from None
    if len(data) > MAX_FILE:
        raise refused(path, _("larger than {limit} bytes").format(limit=MAX_FILE), _("split it by topic"))
    return data


def read_text(path: Path) -> str:
    """Return a file's text, UTF-8 or UTF-16 by its BOM, else UTF-8 or GB 18030, with Unix line ends."""
    data = read_bytes(path)
    marked = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise refused(path, _("neither UTF-8 nor GB 18030"), _("save it as UTF-8"))


def parse_xml(data: bytes, source: Path | str) -> Element:
    """Return the root of an XML text; raise InputError, with the line, for a document type, entities or damage."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        item = _("line {number}").format(number=line) if line else ""
        what = _("not XML: {reason}").format(reason=str(error)[:200])
        raise InputError(Problem(Where(str(source), item=item), what, _("export it again"))) from None
    if root.getroottree().docinfo.doctype:
        raise refused(source, _("it declares a document type or entities"), _("delete the <!DOCTYPE …> part"))
    return root


def open_archive(path: Path) -> dict[str, bytes]:
    """Return a zip's members by name; raise InputError for a damaged, encrypted, outsized or escaping one."""
    try:
        if path.stat().st_size > MAX_ARCHIVE:
            raise refused(path, _("larger than {limit} bytes").format(limit=MAX_ARCHIVE), _("split the package"))
        with zipfile.ZipFile(path) as archive:
            return _members(archive, path)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        what = _("not a readable zip: {reason}").format(reason=str(error)[:200])
        raise refused(path, what, _("export it again")) from None


def refused(source: Path | str, what: str, repair: str) -> InputError:
    """Return the error that refuses a whole file."""
    return InputError(Problem(Where(str(source)), what, repair))


def _members(archive: zipfile.ZipFile, path: Path) -> dict[str, bytes]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MAX_MEMBERS:
        raise refused(path, _("{count} files in it").format(count=len(infos)), _("split the package"))
    total = 0
    members: dict[str, bytes] = {}
    for info in infos:
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise refused(
                path, _("“{name}” is packed in an unusual way").format(name=info.filename), _("export it again")
            )
        if PurePosixPath(info.filename).is_absolute() or ".." in PurePosixPath(info.filename).parts:
            raise refused(
                path, _("the path “{name}” leaves the package").format(name=info.filename), _("export it again")
            )
        with archive.open(info) as file:
            data = file.read(min(MAX_FILE, MAX_ARCHIVE - total) + 1)
        total += len(data)
        if len(data) > MAX_FILE or total > MAX_ARCHIVE:
            what = _("“{name}” unpacks beyond the limit").format(name=info.filename)
            raise refused(path, what, _("split the package"))
        members[info.filename] = data
    return members
