"""Safe Exam Browser: the Config Key follows the published algorithm; the header is checked against the URL."""

import plistlib
from hashlib import sha256

import pytest

from govkit.room.http.seb import config_key, request_hash, seb_file, seb_settings, sent_by_seb

URL = "http://192.168.1.5:8000/r/a1/"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"b": 1, "A": True, "a2": "x"}, '{"A":true,"a2":"x","b":1}'),
        ({"originatorVersion": "SEB_1", "a": '乙/\\"<'}, '{"a":"乙/\\"<"}'),
        ({"a": [], "b": {}, "c": [{"z": 1, "Y": [1, "2"]}]}, '{"a":[],"c":[{"Y":[1,"2"],"z":1}]}'),
        ({"d": b"\x00\xff"}, '{"d":"AP8="}'),
    ],
)
def test_the_key_hashes_keys_and_values_in_order_unescaped(settings: dict[str, object], text: str) -> None:
    assert config_key(settings) == sha256(text.encode()).hexdigest()


def test_the_file_starts_the_browser_on_the_room() -> None:
    settings = seb_settings(URL, "秘密")
    told = plistlib.loads(seb_file(settings))
    assert told == settings
    assert told["startURL"] == URL
    assert told["sendBrowserExamKey"] is True
    assert told["hashedQuitPassword"] == sha256("秘密".encode()).hexdigest()
    assert told["URLFilterRules"][0]["expression"] == "192.168.1.5:8000/*"
    assert "hashedQuitPassword" not in seb_settings(URL)


def test_a_request_is_known_by_its_header() -> None:
    key = config_key(seb_settings(URL))
    header = sha256((URL + key).encode()).hexdigest()
    assert request_hash(URL + "#q-3", key) == header
    assert sent_by_seb(URL, key, header)
    assert sent_by_seb(URL, key, header.upper())
    for wrong in (None, "", header[:-1], "é" * 64, request_hash(URL + "paper", key)):
        assert not sent_by_seb(URL, key, wrong)
    assert config_key(seb_settings(URL)) != config_key(seb_settings(URL, "x"))
