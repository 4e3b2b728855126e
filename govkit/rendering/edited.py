"""Word files that somebody edited by hand: they are never overwritten, and what differs from a new one is said.

A file is edited when it is a Word file whose hash is not the one that the manifest has for it. A damaged file, such as
one cut off by a power failure, is nobody's work and is written again.
"""

import difflib
import hashlib
import io
import zipfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from lxml import etree

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _

EDITABLE = "docx"
BESIDE = "-新生成"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MOST_SHOWN = 6
_LONGEST = 60


def is_edited(path: Path, *ours: str) -> bool:
    """Return whether a Word file is there and its hash is none of ours.

    :raises InputError: the file is locked, so that it cannot be told.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return False
    except OSError as error:
        what = _("the Word file cannot be read ({reason})").format(reason=error.strerror or error)
        raise InputError(Problem(Where(str(path)), what, _("Close it in Word or WPS, then render again"))) from error
    return hashlib.sha256(content).hexdigest() not in ours and _paragraphs(content) is not None


def beside(file: str) -> Iterator[str]:
    """Yield the names under which a new file may stand beside edited ones.

    >>> names = beside("通报-2015-09.docx")
    >>> next(names), next(names)
    ('通报-2015-09-新生成.docx', '通报-2015-09-新生成2.docx')
    """
    stem, _dot, ending = file.rpartition(".")
    yield f"{stem}{BESIDE}.{ending}"
    yield from (f"{stem}{BESIDE}{number}.{ending}" for number in count(2))


def kept(path: Path, new: Path) -> Problem:
    """Return the warning that an edited file stays as it is, with the paragraphs in which the new one differs."""
    changes = differences(path.read_bytes(), new.read_bytes())
    shown = "；".join(
        change if len(change) <= _LONGEST else f"{change[:_LONGEST]}…" for change in changes[:_MOST_SHOWN]
    )
    what = _(
        "it was edited by hand and stays as it is; the new one is {new}, in which {count} paragraphs differ: {shown}"
    )
    words = {"new": new.name, "count": len(changes), "shown": shown or "—"}
    repair = _("Take over what is needed, then delete one of the two files")
    return Problem(Where(str(path)), what.format(**words), repair, "warning")


def differences(edited: bytes, new: bytes) -> list[str]:
    """Return the paragraphs that only one of two Word files has: ``－`` in the edited one, ``＋`` in the new one."""
    before, after = (_paragraphs(content) or [] for content in (edited, new))
    lines = difflib.ndiff(before, after)
    return [f"{'－' if line[0] == '-' else '＋'}{line[2:]}" for line in lines if line[0] in "+-"]


def _paragraphs(content: bytes) -> list[str] | None:
    """Return the texts of a Word file's paragraphs that are not empty; None if it is no whole Word file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            xml = archive.read("word/document.xml")
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError, OSError, RuntimeError):
        return None
    texts = ("".join(paragraph.itertext(f"{_W}t")).strip() for paragraph in root.iter(f"{_W}p"))
    return [text for text in texts if text]
