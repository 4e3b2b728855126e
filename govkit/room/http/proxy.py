"""The public address of the server and the reverse proxies it trusts.

Both come from the options of ``exam serve`` only, never from a request.
"""

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

from govkit.core.errors import Problem, UsageError, Where
from govkit.core.i18n import gettext as _


class ProxyOptions(NamedTuple):
    """The address candidates use, "" for the server's own, and the trusted proxies (addresses or networks)."""

    public: str = ""
    proxies: tuple[str, ...] = ()

    @property
    def secure(self) -> bool:
        """Whether candidates connect by https; every cookie is Secure then."""
        return self.public.startswith("https://")

    @property
    def names(self) -> frozenset[str]:
        """The host name in the public address."""
        return frozenset({urlsplit(self.public).hostname or ""} - {""})


def proxy_options(public: str, proxies: tuple[str, ...]) -> ProxyOptions:
    """Return checked options.

    :raises UsageError: an address cannot be read, or a network covers every address.
    """
    problems = [] if not public or _is_origin(public) else [_not_public(public)]
    problems += [_not_a_proxy(proxy) for proxy in proxies if not _is_proxy(proxy)]
    if problems:
        raise UsageError(problems)
    return ProxyOptions(public.rstrip("/").lower(), proxies)


def _is_origin(public: str) -> bool:
    try:
        parts = urlsplit(public)
        bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and bare
    except ValueError:
        return False


def _is_proxy(proxy: str) -> bool:
    try:
        return ipaddress.ip_network(proxy).prefixlen > 0
    except ValueError:
        return False


def _not_public(public: str) -> Problem:
    what = _("“{public}” is not an address candidates can use").format(public=public)
    return Problem(Where("--public"), what, _("Write it as https://exam.example, without a path"))


def _not_a_proxy(proxy: str) -> Problem:
    what = _("“{proxy}” is not the address of a proxy").format(proxy=proxy)
    return Problem(Where("--proxy"), what, _("Write its IP address or network, such as 10.0.0.2 or 10.0.0.0/28"))
