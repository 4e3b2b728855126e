"""The privacy check excuses the reviewed phrases and nothing else, least of all the text of the program."""

import csv
import random
import re
from collections.abc import Collection
from pathlib import Path

import pytest

import govkit
from govkit.core.errors import InternalError
from govkit.core.files import shipped
from govkit.figures.snapshot import Snapshot
from govkit.institutions import ledgers
from govkit.rendering.privacy.check import ORDINARY_PHRASES, PrivacyCheck, ordinary_phrases
from govkit.reports.ordinary_phrases import generated
from govkit.reports.publication import privacy_check_of

SURNAMES = "王李张刘陈杨黄赵周吴徐孙马胡朱郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈方金"
COMPOUND = ("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫")
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文辉力鑫红志海鹏亮成东林安宁和永生有为"


def planted(count: int = 10_000) -> list[str]:
    """Return distinct names of two to four characters."""
    chance = random.Random(20150901)
    names: dict[str, None] = {}
    while len(names) < count:
        surname = chance.choice(COMPOUND) if chance.random() < 0.1 else chance.choice(SURNAMES)
        names[surname + "".join(chance.choices(GIVEN, k=chance.randint(1, 2)))] = None
    return list(names)


def excused(names: Collection[str], ordinary: Collection[str]) -> set[str]:
    """Return the names that pass the check in a document of their own."""
    check = PrivacyCheck({"name": names}, ordinary)
    return {name for name in names if not check.check("a.txt", name.encode())}


def test_the_file_is_what_declarations_and_templates_give() -> None:
    written = shipped(ORDINARY_PHRASES).read_text(encoding="utf-8")
    assert written == generated(), "run python -m govkit.reports.ordinary_phrases and review the difference"


def test_the_phrases_excuse_exactly_themselves() -> None:
    names = planted()
    assert excused(names, ()) == set()
    assert excused(names, ordinary_phrases()) == set(names) & ordinary_phrases()
    assert len(set(names) & ordinary_phrases()) < 10


def test_the_text_of_the_program_excuses_nothing() -> None:
    sources = [file.read_text(encoding="utf-8") for file in Path(govkit.__file__).parent.rglob("*.py")]
    words = {run for text in sources for run in re.findall(r"[\u4e00-\u9fff]+", text) if 2 <= len(run) <= 4}
    names = words - excused(words, ())  # without 匿名 and the like, which name no person
    assert {"王小明", "程建成"} <= names
    assert excused(names, ordinary_phrases()) == names & ordinary_phrases()


@pytest.mark.parametrize("name", ["王小明", "程建成"])
def test_a_name_that_a_docstring_gives_as_an_example_is_refused(snapshot: Snapshot, name: str) -> None:
    check = PrivacyCheck({"name": [name]}, privacy_check_of(snapshot).ordinary)
    assert check.check("a.txt", f"由{name}办理".encode())


def test_no_phrase_holds_a_name_of_the_sample(snapshot: Snapshot) -> None:
    people = {
        value
        for ledger in ledgers().values()
        for column in ledger.columns
        if column.personal == "name"
        for value in snapshot.frames[ledger.code][column.name].dropna().unique()
        if len(value) >= 3
    }
    check = PrivacyCheck({"name": people})
    assert len(check.names) > 100
    assert [phrase for phrase in ordinary_phrases() if any(name in phrase for name in people)] == []


def test_every_phrase_names_its_source() -> None:
    with shipped(ORDINARY_PHRASES).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["source"].split()[0] for line in lines} == {"ledger", "indicator", "notebook", "module"}
    assert len({line["phrase"] for line in lines}) == len(lines)


def test_without_the_file_nothing_is_published(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("govkit.rendering.privacy.check.shipped", lambda _file: Path("absent.csv"))
    ordinary_phrases.cache_clear()
    with pytest.raises(InternalError):
        privacy_check_of(snapshot)
    ordinary_phrases.cache_clear()
