"""How candidates come to the server: the address they type, and the proxies before it that may speak for them.

Nothing of this is taken from what a request says: only who starts the server can name them.
"""

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

from govkit.core.errors import Problem, UsageError, Where
from govkit.core.i18n import gettext as _


class Front(NamedTuple):
    """The address candidates use, "" for the server's own, and the proxies (addresses or networks)."""

    public: str = ""
    proxies: tuple[str, ...] = ()

    @property
    def secure(self) -> bool:
        """Whether candidates come encrypted; every cookie is for such connections only then."""
        return self.public.startswith("https://")

    @property
    def names(self) -> frozenset[str]:
        """The name in the public address."""
        return frozenset({urlsplit(self.public).hostname or ""} - {""})


def front_of(public: str, proxies: tuple[str, ...]) -> Front:
    """Return what was typed as a front.

    :raises UsageError: an address cannot be read, or everybody were a proxy.
    """
    problems = [] if not public or _is_origin(public) else [_not_public(public)]
    problems += [_not_a_proxy(proxy) for proxy in proxies if not _is_proxy(proxy)]
    if problems:
        raise UsageError(problems)
    return Front(public.rstrip("/").lower(), proxies)


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
