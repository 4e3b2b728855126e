"""Requests and replies, plain: what is read of a request, what is refused before anyone looks at it, what is sent."""

import ipaddress
import json
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from govkit.core.i18n import gettext as _

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

MOST_BODY = 1 << 20
"""Bytes of a packet of answers; forms and incidents take far less."""

MOST_FORM = 1 << 14
LARGEST_VERSION = 2**31 - 1

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}".encode() for status in HTTPStatus}
_JSON: Headers = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
_EVERY_PAGE: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer, forms would come with "Origin: null"
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
]


class Reply(NamedTuple):
    """What is sent back."""

    status: int
    headers: Headers
    body: bytes

    def head(self) -> bytes:
        """Return the lines of the head, each with its end; refuse a header that would be two."""
        lines = [_STATUS_LINES[self.status], *(b"%b: %b" % header for header in self.headers), b""]
        head = b"\r\n".join(lines)
        if head.count(b"\n") != len(self.headers) + 1 or head.count(b"\r") != len(self.headers) + 1:
            raise ValueError("a header holds the end of a line")
        return head


class Refused(Exception):
    """A request that is answered with a status and a sentence."""

    def __init__(self, status: int, problem: str, **more: Any) -> None:
        super().__init__(status)
        self.status = status
        self.problem = problem
        self.more = more


def json_reply(value: Mapping[str, Any], status: int = 200) -> Reply:
    """Return a reply of JSON."""
    body = _encode(value).encode("utf-8", "replace")
    return Reply(status, [*_JSON, (b"content-length", b"%d" % len(body))], body)


def page_reply(html: str | bytes, policy: str, status: int = 200, *more: tuple[bytes, bytes]) -> Reply:
    """Return a reply of a page; ``policy`` is its content security policy."""
    body = html.encode("utf-8", "replace") if isinstance(html, str) else html
    frames = [] if "http" in policy else [(b"x-frame-options", b"DENY")]
    length = (b"content-length", b"%d" % len(body))
    return Reply(
        status, [*_EVERY_PAGE, (b"content-security-policy", policy.encode("ascii")), *frames, length, *more], body
    )


def see_other(path: str, *more: tuple[bytes, bytes]) -> Reply:
    """Return a reply that sends the browser to another page of ours."""
    headers = [(b"location", path.encode("ascii")), (b"cache-control", b"no-store"), (b"content-length", b"0")]
    return Reply(303, [*headers, *more], b"")


def nothing() -> Reply:
    """Return a reply without content."""
    return Reply(204, [(b"cache-control", b"no-store")], b"")


def cookie(name: str, value: str, path: str, seconds: int, secure: bool = False) -> tuple[bytes, bytes]:
    """Return the header that sets a cookie which no script and no other site can use; 0 seconds takes it away."""
    safe = "; Secure" if secure else ""
    text = f"{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{safe}"
    return b"set-cookie", text.encode("ascii")


class Request:
    """One request, its headers by name."""

    __slots__ = ("_content", "_receive", "counted", "headers", "method", "path", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.counted = False
        self._receive = receive
        self._content: bytes | None = None

    def header(self, name: bytes) -> str:
        """Return a header as text, "" when it is not there."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def address(self) -> str:
        """The address of the client."""
        client = self.scope.get("client")
        return client[0] if client else ""

    @property
    def secure(self) -> bool:
        """Whether the request came encrypted, as who started the server says or a proxy named by them."""
        return bool(self.scope.get("scheme") == "https")

    @property
    def takes_gzip(self) -> bool:
        """Whether the client can read gzip."""
        return b"gzip" in self.headers.get(b"accept-encoding", b"")

    def cookie(self, name: str) -> str:
        """Return a cookie, "" when it is not there."""
        raw = self.header(b"cookie")
        if not raw:
            return ""
        head = name + "="
        for part in raw.split(";"):
            text = part.strip()
            if text.startswith(head):
                return text[len(head) :][:256]
        return ""

    async def body(self, most: int) -> bytes:
        """Return the body; refuse one larger than ``most`` bytes, without reading it all."""
        if self._content is None:
            self._content = await self._read(most)
        return self._content

    async def _read(self, most: int) -> bytes:
        declared = self.headers.get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > 12 or int(declared) > most:
            raise Refused(413, _("This is too much at once"))
        chunks, size = [], 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Gone
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > most:
                raise Refused(413, _("This is too much at once"))
            chunks.append(chunk)
            if not message.get("more_body", False):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def json(self, most: int) -> dict[str, Any]:
        """Return the body as a JSON object; refuse what is none."""
        if not self.header(b"content-type").lower().startswith("application/json"):
            raise Refused(415, _("The call must be JSON"))
        content = await self.body(most)
        try:
            value = _decode(content.decode())
        except (ValueError, RecursionError):
            raise Refused(400, _("The call is no JSON that can be read")) from None
        if not isinstance(value, dict):
            raise Refused(400, _("The call is no JSON that can be read"))
        return value

    async def form(self) -> dict[str, str]:
        """Return the fields of a form, each the first of its name."""
        if not self.header(b"content-type").lower().startswith("application/x-www-form-urlencoded"):
            raise Refused(415, _("The form was sent in a way that is not taken"))
        content = await self.body(MOST_FORM)
        try:
            fields = parse_qs(content.decode("ascii"), max_num_fields=20, errors="replace")
        except ValueError:
            raise Refused(400, _("The form cannot be read")) from None
        return {name: values[0] for name, values in fields.items()}


class Gone(Exception):
    """The client hung up."""


def _no_constant(name: str) -> None:
    raise ValueError(name)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder(parse_constant=_no_constant).decode


@lru_cache(maxsize=256)
def host_allowed(host: str, names: frozenset[str]) -> bool:
    """Tell whether a Host header is an address, or a name of this server: no name of a stranger leads here.

    A page of another site can be made to point at this server by its DNS; its Host header is then that site's name.
    """
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
    name = name.lower()
    if name in names:
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def same_origin(request: Request) -> bool:
    """Tell whether a request that changes something came from a page of ours, as far as the browser says."""
    site = request.headers.get(b"sec-fetch-site")
    if site is not None and site != b"same-origin":
        return False
    origin = request.headers.get(b"origin")
    return origin is None or origin.partition(b"://")[2] == request.headers.get(b"host", b"")


class Packed:
    """A page made once and kept compressed; what differs between two requests comes at its end."""

    __slots__ = ("_crc", "_packed", "_plain_size")

    def __init__(self, head: bytes) -> None:
        squeeze = zlib.compressobj(3, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._packed = squeeze.compress(head) + squeeze.flush(zlib.Z_FULL_FLUSH)
        self._crc = zlib.crc32(head)
        self._plain_size = len(head)

    def plain(self, tail: bytes) -> bytes:
        """Return the page as it is."""
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(self._packed) + tail

    def gzip(self, tail: bytes) -> bytes:
        """Return the page as gzip (RFC 1952): the kept blocks, then the tail as a last one."""
        squeeze = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        end = squeeze.compress(tail) + squeeze.flush()
        crc = zlib.crc32(tail, self._crc).to_bytes(4, "little")
        size = ((self._plain_size + len(tail)) & 0xFFFFFFFF).to_bytes(4, "little")
        return b"".join((b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", self._packed, end, crc, size))
