"""Requests and replies of the candidates' port, written by hand for speed (see docs/decisions/0001-starlette.md)."""

import ipaddress
import json
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import msgspec

from govkit.core.i18n import gettext as _

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

MAX_BODY = 1 << 20
"""Bytes of a packet of answers; forms and incidents need far less."""

MAX_FORM = 1 << 14

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
    """A response: status, headers, body."""

    status: int
    headers: Headers
    body: bytes

    def head(self) -> bytes:
        """Return the status line and headers.

        :raises ValueError: a header contains a line break.
        """
        lines = [_STATUS_LINES[self.status], *(b"%b: %b" % header for header in self.headers), b""]
        head = b"\r\n".join(lines)
        if head.count(b"\n") != len(self.headers) + 1 or head.count(b"\r") != len(self.headers) + 1:
            raise ValueError("a header contains a line break")
        return head


class Refused(Exception):
    """A request answered with an error status and a sentence; ``more`` goes into the JSON."""

    def __init__(self, status: int, problem: str, **more: Any) -> None:
        super().__init__(status)
        self.status = status
        self.problem = problem
        self.more = more


def json_reply(value: Mapping[str, Any], status: int = 200) -> Reply:
    """Return a JSON reply. Lone surrogates, which msgspec refuses, become question marks."""
    try:
        body = msgspec.json.encode(value)
    except UnicodeEncodeError:
        body = _encode(value).encode("utf-8", "replace")
    return Reply(status, [*_JSON, (b"content-length", b"%d" % len(body))], body)


def page_reply(html: str | bytes, policy: str, status: int = 200, *more: tuple[bytes, bytes]) -> Reply:
    """Return an HTML reply; ``policy`` is its content security policy."""
    body = html.encode("utf-8", "replace") if isinstance(html, str) else html
    frames = [] if "http" in policy else [(b"x-frame-options", b"DENY")]
    length = (b"content-length", b"%d" % len(body))
    return Reply(
        status, [*_EVERY_PAGE, (b"content-security-policy", policy.encode("ascii")), *frames, length, *more], body
    )


def see_other(path: str, *more: tuple[bytes, bytes]) -> Reply:
    """Return a redirect to another page of ours (303)."""
    headers = [(b"location", path.encode("ascii")), (b"cache-control", b"no-store"), (b"content-length", b"0")]
    return Reply(303, [*headers, *more], b"")


def no_content() -> Reply:
    """Return a reply without content (204)."""
    return Reply(204, [(b"cache-control", b"no-store")], b"")


def cookie(name: str, value: str, path: str, seconds: int, secure: bool = False) -> tuple[bytes, bytes]:
    """Return the header that sets a cookie hidden from scripts and other sites; 0 seconds deletes it."""
    safe = "; Secure" if secure else ""
    text = f"{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{safe}"
    return b"set-cookie", text.encode("ascii")


class Request:
    """A request, its headers by name. ``counted``: it has been counted as a sign-in attempt."""

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
        """Return a header as text, "" without it."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def address(self) -> str:
        """The address of the client."""
        client = self.scope.get("client")
        return client[0] if client else ""

    @property
    def secure(self) -> bool:
        """Whether the request came encrypted, according to the server's options or a trusted proxy."""
        return bool(self.scope.get("scheme") == "https")

    @property
    def accepts_gzip(self) -> bool:
        """Whether the client accepts gzip."""
        return b"gzip" in self.headers.get(b"accept-encoding", b"")

    def cookie(self, name: str) -> str:
        """Return a cookie, "" without it."""
        raw = self.header(b"cookie")
        if not raw:
            return ""
        head = name + "="
        for part in raw.split(";"):
            text = part.strip()
            if text.startswith(head):
                return text[len(head) :][:256]
        return ""

    async def body(self, limit: int) -> bytes:
        """Return the body.

        :raises Refused: it has more than ``limit`` bytes; it is not read to the end then.
        :raises ClientDisconnected: the client closed the connection.
        """
        if self._content is None:
            self._content = await self._read(limit)
        return self._content

    async def _read(self, limit: int) -> bytes:
        declared = self.headers.get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > 12 or int(declared) > limit:
            raise Refused(413, _("This is too much at once"))
        chunks, size = [], 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                raise Refused(413, _("This is too much at once"))
            chunks.append(chunk)
            if not message.get("more_body", False):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def json_body(self, limit: int) -> bytes:
        """Return the body of a JSON request.

        :raises Refused: the content type is another one, or the body is too large.
        """
        if not self.header(b"content-type").lower().startswith("application/json"):
            raise Refused(415, _("The call must be JSON"))
        return await self.body(limit)

    async def form(self) -> dict[str, str]:
        """Return the fields of a form, the first value of each name."""
        if not self.header(b"content-type").lower().startswith("application/x-www-form-urlencoded"):
            raise Refused(415, _("The form was sent in a way that is not taken"))
        content = await self.body(MAX_FORM)
        try:
            fields = parse_qs(content.decode("ascii"), max_num_fields=20, errors="replace")
        except ValueError:
            raise Refused(400, _("The form cannot be read")) from None
        return {name: values[0] for name, values in fields.items()}


class ClientDisconnected(Exception):
    """The client closed the connection."""


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@lru_cache(maxsize=256)
def host_allowed(host: str, names: frozenset[str]) -> bool:
    """Return whether a Host header is an address, or a name of this server.

    Another site can point its DNS at this server (DNS rebinding); the Host header is then that site's name.
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
    """Return whether a request came from a page of ours, according to the browser's headers."""
    site = request.headers.get(b"sec-fetch-site")
    if site is not None and site != b"same-origin":
        return False
    origin = request.headers.get(b"origin")
    return origin is None or origin.partition(b"://")[2] == request.headers.get(b"host", b"")


class CompressedPage:
    """A page rendered once and stored compressed; what differs between requests is appended."""

    __slots__ = ("_crc", "_packed", "_plain_size")

    def __init__(self, head: bytes) -> None:
        squeeze = zlib.compressobj(3, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._packed = squeeze.compress(head) + squeeze.flush(zlib.Z_FULL_FLUSH)
        self._crc = zlib.crc32(head)
        self._plain_size = len(head)

    def plain(self, tail: bytes) -> bytes:
        """Return the page uncompressed."""
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(self._packed) + tail

    def gzip(self, tail: bytes) -> bytes:
        """Return the page as gzip (RFC 1952): the stored blocks, then the tail as the last one."""
        squeeze = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        end = squeeze.compress(tail) + squeeze.flush()
        crc = zlib.crc32(tail, self._crc).to_bytes(4, "little")
        size = ((self._plain_size + len(tail)) & 0xFFFFFFFF).to_bytes(4, "little")
        return b"".join((b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", self._packed, end, crc, size))
