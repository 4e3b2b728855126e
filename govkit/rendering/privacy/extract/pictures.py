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
    yield Part(_("picture"), "", "picture", lambda: content)
    if content.startswith(_PNG):
        texts = _png_texts(content)
    elif content.startswith(_JPEG):
        texts = _jpeg_texts(content)
    elif content.startswith(_GIF):
        texts = _gif_texts(content)
    else:
        raise Unreadable(_("a picture is neither PNG, JPEG nor GIF"), _("Save the picture as PNG and put it in again"))
    for words in texts:
        if _JPEG.decode("latin-1") in words:
            yield Part(_("picture"), _("a thumbnail of the picture"), "hidden")
        yield Part(_("picture"), words, "about")


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
                raise _appended()
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
            break
        if marker == 0xFE or 0xE0 <= marker <= 0xEF:
            segment = content[at + 4 : at + 2 + length]
            yield _readable(segment) + ("\n" + _JPEG.decode("latin-1") if _JPEG in segment else "")
        at += 2 + length
    end = content.rfind(b"\xff\xd9")
    if end >= 0 and content[end + 2 :].strip(b"\x00"):
        raise _appended()


def _gif_texts(content: bytes) -> Iterator[str]:
    """Yield the comments, plain texts and application blocks of a GIF file."""
    for found in re.finditer(rb"\x21[\xfe\x01\xff]", content):
        at, said = found.end(), b""
        while at < len(content) and content[at]:
            said += content[at + 1 : at + 1 + content[at]]
            at += 1 + content[at]
        yield _readable(said)
    if not content.rstrip(b"\x00").endswith(b"\x3b"):
        raise _appended()


def _appended() -> Unreadable:
    return Unreadable(_("something is appended to a picture"), _("Save the picture again as PNG"))


def _readable(data: bytes) -> str:
    words = (found.decode("utf-8", "replace") for found in _WORDS.findall(data))
    wide = [data[start:].decode(code, "ignore") for code in ("utf-16-le", "utf-16-be") for start in (0, 1)]
    return "\n".join((*words, *(wide if b"\x00" in data else ())))
