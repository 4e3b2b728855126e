"""The Chinese catalogues are complete, and compiled from what is committed."""

import io
import re
from gettext import GNUTranslations
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import govkit
from govkit.core.i18n import catalogue, compiled, gettext

PACKAGE = Path(govkit.__file__).parent
SOURCE = catalogue()


def msgids() -> dict[str, str]:
    """Return every msgid of the package with the place of its first use."""
    found: dict[str, str] = {}
    for file, line, msgid, _, _ in extract_from_dir(str(PACKAGE), method_map=[("**.py", "python")]):
        if isinstance(msgid, str) and not file.startswith("share"):
            found.setdefault(msgid, f"{file}:{line}")
    return found


def translations() -> dict[str, str]:
    """Return the translation of every msgid."""
    with SOURCE.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale="zh_CN") if one.id}


def placeholders(text: str) -> list[str]:
    return sorted(f"{name}!{spec}" for _, name, spec, _ in Formatter().parse(text) if name is not None)


MSGIDS = msgids()


def test_there_is_something_to_translate() -> None:
    assert len(MSGIDS) > 50
    assert len(translations()) > 50


def test_there_is_one_catalogue() -> None:
    assert sorted(path.name for path in SOURCE.parent.iterdir()) == ["govkit.mo", "govkit.po"]


def test_every_msgid_is_translated() -> None:
    known = translations()
    missing = [f"{place}: {msgid}" for msgid, place in MSGIDS.items() if not known.get(msgid)]
    assert not missing, "\n".join(missing)


def test_translations_are_chinese() -> None:
    exempt = re.compile(r"[^\W\d_]")  # a msgid without a letter may stay as it is
    for msgid, string in translations().items():
        assert re.search("[\u4e00-\u9fff]", string) or not exempt.search(string), msgid


def test_placeholders_are_the_same_on_both_sides() -> None:
    for msgid, string in translations().items():
        assert placeholders(string) == placeholders(msgid), msgid


def test_the_compiled_catalogue_is_of_this_source() -> None:
    assert messages(SOURCE.with_suffix(".mo").read_bytes()) == messages(compiled(SOURCE))


def messages(content: bytes) -> dict[str, str]:
    """Return the messages of a compiled catalogue, without its header of dates and tools."""
    catalogue = GNUTranslations(io.BytesIO(content))._catalog  # type: ignore[attr-defined]  # no public way to list it
    return {msgid: string for msgid, string in catalogue.items() if msgid}


def test_compiling_twice_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first = compiled(SOURCE)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    assert compiled(SOURCE) == first
    assert b"2000-01-01" in first


def test_chinese_by_default_and_english_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOVKIT_LANG", raising=False)
    assert gettext("Import again") == "请重新导入"
    monkeypatch.setenv("GOVKIT_LANG", "en")
    assert gettext("Import again") == "Import again"
    monkeypatch.setenv("GOVKIT_LANG", "")
    assert gettext("Import again") == "请重新导入"


def test_an_unknown_string_stays_as_it_is() -> None:
    assert gettext("no such message") == "no such message"
