"""Unpacking of zip files and mails, in the capped child: their workbooks are written into a folder of ours."""

import datetime as dt
import email
import email.policy
import email.utils
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path, PurePosixPath

from govkit.core import capped
from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import regular_file
from govkit.core.i18n import gettext as _
from govkit.ledgers.read.archive import MAX_MEMBERS, MAX_UNPACKED
from govkit.ledgers.read.sheets import MAX_FILE, OTHER_WORKBOOKS, memory_for, seconds_for

WORKBOOKS = (".xlsx", ".csv", ".tsv", *OTHER_WORKBOOKS)
PACKED = (".zip", ".eml")
ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_CHUNK = 1 << 20
_NO_NAME = re.compile(r'[<>:"|?*\x00-\x1f]')
_DRIVE = re.compile(r"^[A-Za-z]:")
_UTF8 = 0x800
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A file that was packed: where it lies now, its name as it was sent, and when it arrived where a mail says so."""

    path: Path
    name: str
    subject: str = ""
    arrived: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a zip file or a mail held."""

    files: tuple[Unpacked, ...]
    problems: tuple[Problem, ...]


def unpack(path: Path, target: Path) -> Content:
    """Write the workbooks of a zip file or a mail into a folder; what cannot be read becomes a Problem.

    :param path: the ``.zip`` or ``.eml`` file.
    :param target: the folder to write to; equal files give equal paths.
    """
    try:
        regular_file(path, MAX_FILE)
        found: Content = capped.call(
            unpack_here, path.absolute(), target.absolute(), memory=memory_for(path), seconds=seconds_for(path)
        )
    except InputError as error:
        return Content((), error.problems)
    except capped.Died:
        return Content((), (_damaged(path),))
    return found


def unpack_here(path: Path, target: Path) -> Content:
    """Return what :func:`unpack` returns, in this process itself."""
    problems: list[Problem] = []
    if path.suffix.lower() == ".eml":
        files = list(_mail(path, target, problems))
    else:
        files = list(_zip(path, path.name, target, problems))
    return Content(tuple(files), tuple(problems))


def is_noise(name: str) -> bool:
    """Return whether a path is of a file that a program leaves beside the user's: locks, indexes, previews.

    >>> [is_noise(name) for name in ("~$马村.xlsx", "__MACOSX/._马村.xlsx", "Thumbs.db", "阳庙镇/马村.xlsx")]
    [True, True, True, False]
    """
    parts = PurePosixPath(name).parts
    last = parts[-1] if parts else ""
    return last.startswith(("~$", ".")) or last.lower() in {"thumbs.db", "desktop.ini"} or "__MACOSX" in parts


def _zip(path: Path, called: str, target: Path, problems: list[Problem]) -> Iterator[Unpacked]:
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" in archive.namelist():  # chat programs rename workbooks
                yield Unpacked(_kept(path.read_bytes(), target, f"{path.stem}.xlsx"), called)
                return
            members = [member for member in archive.infolist() if not member.is_dir()]
            wrong = list(_refused(called, members))
            problems += wrong
            if not wrong:
                yield from _members(archive, members, called, target / _tidy(Path(called).stem), problems)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError):
        problems.append(_damaged(Path(called)))


def _refused(called: str, members: list[zipfile.ZipInfo]) -> Iterator[Problem]:
    """Yield the problems for which nothing of an archive is read."""
    if not members:
        yield Problem(Where(called), _("The archive is empty"), _("Ask the sender to pack the files again"))
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        yield Problem(
            Where(called),
            _("The archive unpacks to more than ledgers can be"),
            _("Ask the sender for the workbooks themselves"),
        )
        return
    for member in members:
        name = _name(member)
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if (
            ".." in parts
            or name.startswith(("/", "\\"))
            or _DRIVE.match(name)
            or stat.S_ISLNK(member.external_attr >> 16)
        ):
            yield Problem(
                Where(called, item=name),
                _("The file's path leads out of the archive's folder"),
                _("Do not unpack this archive; ask the sender for the workbooks themselves"),
            )
    if any(member.flag_bits & _ENCRYPTED for member in members):
        yield Problem(
            Where(called),
            _("The archive is protected by a password"),
            _("Unpack it with the password and put the workbooks into the folder"),
        )


def _members(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], called: str, target: Path, problems: list[Problem]
) -> Iterator[Unpacked]:
    for member in members:
        name = _name(member).replace("\\", "/")
        suffix = PurePosixPath(name).suffix.lower()
        if is_noise(name):
            continue
        if suffix in (*ARCHIVES, ".eml"):
            problems.append(_nested(called, name))
        elif suffix not in WORKBOOKS:
            problems.append(not_read(Where(called, item=name), suffix))
        elif member.file_size > MAX_FILE:
            problems.append(_damaged(Path(called)))
        else:
            kept = _kept(_content(archive, member), target, name)
            _dated(kept, member)
            yield Unpacked(kept, f"{called}/{name}")


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return a member's bytes; its directory may lie about their number."""
    parts, left = [], member.file_size
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile
            parts.append(chunk)
    return b"".join(parts)


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; what is not marked as UTF-8 is what Chinese Windows writes.

    >>> _name(zipfile.ZipInfo("马村.xlsx".encode("gbk").decode("cp437")))
    '马村.xlsx'
    """
    if member.flag_bits & _UTF8 or member.filename.isascii():
        return member.filename
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def _dated(path: Path, member: zipfile.ZipInfo) -> None:
    try:
        moment = dt.datetime(*member.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return
    os.utime(path, (moment, moment))


def _mail(path: Path, target: Path, problems: list[Problem]) -> Iterator[Unpacked]:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    arrived, subject, found = _sent(message), str(message.get("subject") or ""), 0
    folder = target / _tidy(path.stem)
    for part in message.walk():
        name = part.get_filename() if isinstance(part, EmailMessage) else None
        if not name or part.is_multipart() or is_noise(name):
            continue
        found += 1
        name = PurePosixPath(name.replace("\\", "/")).name
        content, suffix = part.get_payload(decode=True), PurePosixPath(name).suffix.lower()
        if not isinstance(content, bytes):
            problems.append(_damaged(path))
        elif suffix == ".zip":
            packed = _kept(content, folder, name)
            for one in _zip(packed, f"{path.name}/{name}", folder, problems):
                yield Unpacked(one.path, one.name, subject, arrived)
        elif suffix in (*ARCHIVES, ".eml"):
            problems.append(_nested(path.name, name))
        elif suffix in WORKBOOKS:
            yield Unpacked(_kept(content, folder, name), f"{path.name}/{name}", subject, arrived)
        elif part.get_content_disposition() == "attachment":
            problems.append(not_read(Where(path.name, item=name), suffix))
    if not found:
        problems.append(
            Problem(
                Where(path.name),
                _("The mail has no attachment"),
                _("Save the mail with its attachments, or ask the sender for the workbook"),
                severity="warning",
            )
        )


def _sent(message: email.message.Message) -> dt.datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(str(message["date"]))
    except (TypeError, ValueError):
        return None
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _kept(content: bytes, folder: Path, name: str) -> Path:
    """Write a file below a folder of ours, and return its path."""
    path = folder.joinpath(*(_tidy(part) for part in PurePosixPath(name).parts if part not in {"", ".", "/"}))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _tidy(name: str) -> str:
    return _NO_NAME.sub("_", name).strip(" .")[-120:] or "_"


def not_read(where: Where, suffix: str) -> Problem:
    """Return the remark on a file of a kind that holds no ledger."""
    return Problem(
        where,
        _("Files of the kind “{suffix}” are not read").format(suffix=suffix or _("(none)")),
        _("If it holds a ledger, ask the unit for the workbook (.xlsx)"),
        severity="warning",
    )


def _nested(called: str, name: str) -> Problem:
    return Problem(
        Where(called, item=name),
        _("There is another archive in the archive; it is not opened"),
        _("Unpack it and put the workbooks into the folder"),
    )


def _damaged(path: Path) -> Problem:
    return Problem(
        Where(path.name),
        _("The file is damaged, or no archive or mail"),
        _("Ask the sender to send it again"),
    )
