"""Text inside a coded text: escapes of HTML, JSON, addresses and Excel, Base64, quoted-printable."""

import base64
import binascii
import html
import quopri
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z]+);")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2}){2,}")
_BACKSLASH = re.compile(r"\\(?:u\{?([0-9A-Fa-f]{4,6})\}?|x([0-9A-Fa-f]{2})|([0-7]{3}))")
_CSS = re.compile(r"\\([0-9A-Fa-f]{4,6}) ?")
_EXCEL = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PRINTABLE = re.compile(r"(?:=[0-9A-F]{2}){2,}")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{12,100000}={0,2}(?![A-Za-z0-9+/=_-])")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){8,}(?![0-9A-Za-z])")
_MOST_DEPTH = 3


def decodings(text: str, depth: int = 0) -> Iterator[str]:
    """Yield what a text says once its escapes are resolved, for each way of coding that occurs in it.

    >>> list(decodings("&#29579;&#23567;&#26126;"))
    ['王小明']
    >>> list(decodings("5bCP5piO546L5bCP5piO"))
    ['小明王小明']
    """
    if depth == _MOST_DEPTH:
        return
    found: dict[str, None] = {}
    if _ENTITY.search(text):
        found[html.unescape(text)] = None
    for pattern in (_BACKSLASH, _CSS, _EXCEL):
        if pattern.search(text):
            found[_bytes_joined(pattern.sub(_character, text))] = None
    if _PERCENT.search(text):
        found[_PERCENT.sub(lambda coded: _decoded(unquote_to_bytes(coded[0])) or coded[0], text)] = None
    if _PRINTABLE.search(text):
        found[_PRINTABLE.sub(lambda coded: _decoded(quopri.decodestring(coded[0])) or coded[0], text)] = None
    for coded in _BASE64.findall(text)[:500]:
        found[_of_base64(coded)] = None
    for coded in _HEX.findall(text)[:500]:
        found[_decoded(bytes.fromhex(coded))] = None
    for said in found:
        if said and said != text:
            yield said
            yield from decodings(said, depth + 1)


def _character(found: "re.Match[str]") -> str:
    code = next(group for group in found.groups() if group)
    number = int(code, 8) if len(code) == 3 else int(code, 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else found[0]


def _bytes_joined(text: str) -> str:
    r"""Return a text whose runs of Latin-1 characters, from escapes like ``\xe7\x8e\x8b``, are read as UTF-8."""
    return re.sub(r"[\x80-\xff]{2,}", lambda run: _decoded(run[0].encode("latin-1")) or run[0], text)


def _of_base64(coded: str) -> str:
    if len(coded) % 4 == 1 or coded.isdigit() or (coded.isalpha() and coded.islower()):
        return ""
    try:
        return _decoded(
            base64.urlsafe_b64decode(
                coded.replace("+", "-").replace("/", "_").rstrip("=") + "=" * (-len(coded.rstrip("=")) % 4)
            )
        )
    except (binascii.Error, ValueError):
        return ""


def _decoded(content: bytes) -> str:
    """Return the text of some bytes; an empty text if they are none."""
    for encoding in ("utf-8", "gb18030"):
        try:
            said = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        letters = sum(one.isprintable() or one in "\r\n\t" for one in said)
        return said if letters == len(said) else ""
    return ""
