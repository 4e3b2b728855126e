"""Safe Exam Browser (安全考试浏览器): the configuration that starts it on a room, and the check of its header.

It is a help, not a proof: it makes leaving the exam difficult on a machine that nobody has manipulated. It does not
stop a candidate who controls the machine or uses a second one, and anyone with the configuration file can compute the
header. Invigilators remain necessary.

Format and algorithm: "Config Key" and "SEB File Format", developer documentation at safeexambrowser.org. The file here
is the plain form, an XML property list. Newer versions on macOS and iOS give the key to the page's script instead of
sending the header, and are refused where the header is required.
"""

import hmac
import json
import plistlib
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urldefrag, urlsplit

HEADER = "X-SafeExamBrowser-ConfigKeyHash"
_NO_KEY = "originatorVersion"


def seb_settings(address: str, quit_password: str = "") -> dict[str, Any]:
    """Return the settings that start Safe Exam Browser on a room.

    :param address: the address of the room's sign-in page.
    :param quit_password: required to quit the browser if given; only its hash enters the settings.
    """
    host = urlsplit(address).netloc
    settings: dict[str, Any] = {
        "startURL": address,
        "sendBrowserExamKey": True,
        "allowQuit": True,
        "browserViewMode": 1,
        "browserWindowAllowReload": True,
        "showReloadButton": True,
        "showTime": True,
        "allowBrowsingBackForward": False,
        "newBrowserWindowByLinkPolicy": 0,
        "newBrowserWindowByScriptPolicy": 0,
        "blockPopUpWindows": True,
        "allowSpellCheck": False,
        "allowDictionaryLookup": False,
        "allowDownUploads": False,
        "enablePrintScreen": False,
        "enablePrivateClipboard": True,
        "allowSwitchToApplications": False,
        "URLFilterEnable": True,
        "URLFilterEnableContentFilter": True,
        "URLFilterRules": [{"active": True, "regex": False, "action": 1, "expression": f"{host}/*"}],
    }
    if quit_password:
        settings["hashedQuitPassword"] = sha256(quit_password.encode()).hexdigest()
    return settings


def seb_file(settings: Mapping[str, Any]) -> bytes:
    """Return the content of a ``.seb`` file, a plain property list."""
    return plistlib.dumps(dict(settings), fmt=plistlib.FMT_XML, sort_keys=True)


def config_key(settings: Mapping[str, Any]) -> str:
    """Return the Config Key of settings: the hash of their keys and values as JSON in a fixed order."""
    counted = {name: value for name, value in settings.items() if name != _NO_KEY}
    return sha256(_seb_json(counted).encode()).hexdigest()


def request_hash(url: str, key: str) -> str:
    """Return the header value of Safe Exam Browser for a request of ``url``, whose fragment does not count."""
    return sha256((urldefrag(url).url + key).encode()).hexdigest()


def sent_by_seb(url: str, key: str, header: str | None) -> bool:
    """Return whether the header of a request for ``url`` belongs to this Config Key."""
    return header is not None and hmac.compare_digest(header.strip().lower().encode(), request_hash(url, key).encode())


def _seb_json(value: Any) -> str:
    """Return a value as the algorithm requires: keys sorted ignoring case, no spaces, nothing escaped."""
    match value:
        case Mapping():
            kept = {name: each for name, each in value.items() if each != {}}
            pairs = (f'"{name}":{_seb_json(kept[name])}' for name in sorted(kept, key=str.lower))
            return "{" + ",".join(pairs) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_seb_json, value)) + "]"
        case str():
            return f'"{value}"'
        case bytes():
            return f'"{b64encode(value).decode()}"'
        case datetime():
            return f'"{value.isoformat()}"'
        case _:
            return json.dumps(value)
