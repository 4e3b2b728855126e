"""Pictures: the texts that a camera or a program wrote beside the pixels; the pixels are not read."""

import re
import struct
import zlib
from collections.abc import Iterator

from govkit.core.i18n import gettext as _
from govkit.rendering.privacy.extract.part import Part, Unreadable

_PNG, _JPEG, _GIF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8"
_WORDS = re.compile(rb"[\x20-\x7e\x80-\xff]{6,}")
_MOST_TEXT = 1_000_000


def picture(content: bytes) -> Iterator[Part]:
    """Yield a part for the picture, and the texts stored beside its pixels.

    :raises Unreadable: the content is no picture.
    """
    yield Part(_("picture"), "", "picture")
    if content.startswith(_PNG):
        yield from (Part(_("picture"), words, "about") for words in _png_texts(content))
    elif content.startswith(_JPEG):
        yield from (Part(_("picture"), words, "about") for words in _jpeg_texts(content))
    elif not content.startswith(_GIF):
        raise Unreadable(_("a picture is neither PNG, JPEG nor GIF"), _("Save the picture as PNG and put it in again"))


def _png_texts(content: bytes) -> Iterator[str]:
    at = len(_PNG)
    while at + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        data = content[at + 8 : at + 8 + length]
        if kind in (b"tEXt", b"iTXt", b"eXIf"):
            yield _readable(data)
        if kind in (b"zTXt", b"iTXt"):
            yield _inflated(data)
        at += length + 12
        if kind == b"IEND":
            if content[at:].strip(b"\x00"):
                raise Unreadable(_("something is appended to a picture"), _("Save the picture again as PNG"))
            return


def _inflated(data: bytes) -> str:
    """Return the compressed text of a chunk, which follows its keyword; an empty text where there is none."""
    for start in range(len(data) - 1):
        if data[start] == 0x78:
            try:
                return _readable(zlib.decompressobj().decompress(data[start:], _MOST_TEXT))
            except zlib.error:
                continue
    return ""


def _jpeg_texts(content: bytes) -> Iterator[str]:
    """Yield the texts of the segments before the pixels: EXIF, XMP, comments."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if marker == 0xDA:
            return
        if marker == 0xFE or 0xE1 <= marker <= 0xEF:
            yield _readable(content[at + 4 : at + 2 + length])
        at += 2 + length


def _readable(data: bytes) -> str:
    words = (found.decode("utf-8", "replace") for found in _WORDS.findall(data))
    return "\n".join((*words, data.decode("utf-16-le", "ignore") if b"\x00" in data else ""))
