"""The Chinese catalogues are complete, and compiled from what is committed."""

import io
import re
from collections import defaultdict
from gettext import GNUTranslations
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import govkit
from govkit.core.i18n import CATALOGUES, compiled, gettext

PACKAGE = Path(govkit.__file__).parent
SOURCES = sorted((CATALOGUES / "zh_CN" / "LC_MESSAGES").glob("*.po"))


def msgids() -> dict[str, str]:
    """Return every msgid of the package and the place where it stands first."""
    found: dict[str, str] = {}
    for file, line, msgid, _, _ in extract_from_dir(str(PACKAGE), method_map=[("**.py", "python")]):
        if isinstance(msgid, str) and not file.startswith("share"):
            found.setdefault(msgid, f"{file}:{line}")
    return found


def translations() -> dict[str, set[str]]:
    """Return the translations of every msgid, over all catalogues."""
    found: dict[str, set[str]] = defaultdict(set)
    for source in SOURCES:
        with source.open("rb") as file:
            for message in read_po(file, locale="zh_CN"):
                if message.id and not message.fuzzy:
                    found[message.id].add(message.string)
    return found


def placeholders(text: str) -> list[str]:
    return sorted(f"{name}!{spec}" for _, name, spec, _ in Formatter().parse(text) if name is not None)


MSGIDS = msgids()


def test_there_is_something_to_translate() -> None:
    assert len(MSGIDS) > 50
    assert SOURCES


def test_a_msgid_is_translated_in_one_way() -> None:
    """Two catalogues may share a msgid, but which of them is found first must not matter."""
    assert not {msgid: found for msgid, found in translations().items() if len(found) > 1}


def test_every_msgid_is_translated() -> None:
    known = translations()
    missing = [f"{place}: {msgid}" for msgid, place in MSGIDS.items() if not any(known[msgid])]
    assert not missing, "\n".join(missing)


def test_translations_are_chinese() -> None:
    exempt = re.compile(r"[^\W\d_]")  # a msgid without a letter may stay as it is
    for msgid, strings in translations().items():
        for string in strings:
            assert re.search("[\u4e00-\u9fff]", string) or not exempt.search(string), msgid


def test_placeholders_are_the_same_on_both_sides() -> None:
    for msgid, strings in translations().items():
        for string in strings:
            assert placeholders(string) == placeholders(msgid), msgid


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_compiled_catalogue_is_of_this_source(source: Path) -> None:
    assert messages(source.with_suffix(".mo").read_bytes()) == messages(compiled(source))


def messages(content: bytes) -> dict[str, str]:
    """Return what a compiled catalogue holds, without its header of dates and tools."""
    catalogue = GNUTranslations(io.BytesIO(content))._catalog  # type: ignore[attr-defined]  # no public way to list it
    return {msgid: string for msgid, string in catalogue.items() if msgid}


def test_compiling_twice_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first = compiled(SOURCES[0])
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    assert compiled(SOURCES[0]) == first
    assert b"2000-01-01" in first


def test_no_compiled_catalogue_without_its_source() -> None:
    assert {path.stem for path in CATALOGUES.rglob("*.mo")} == {path.stem for path in CATALOGUES.rglob("*.po")}


def test_chinese_by_default_and_english_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOVKIT_LANG", raising=False)
    assert gettext("Import again") == "请重新导入"
    monkeypatch.setenv("GOVKIT_LANG", "en")
    assert gettext("Import again") == "Import again"
    monkeypatch.setenv("GOVKIT_LANG", "")
    assert gettext("Import again") == "请重新导入"


def test_an_unknown_string_stays_as_it_is() -> None:
    assert gettext("no such message") == "no such message"
