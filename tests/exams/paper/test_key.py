"""The sealed key: opened by its passphrase and by nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govkit.core import audit
from govkit.core.errors import InputError
from govkit.exams.paper import key
from tests.exams.builders import PASSPHRASE, PERSON

CONTENT = {"items": ["甲", "乙"], "points": "2.5"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=50)
@given(content=st.dictionaries(st.text(), json_values, max_size=5), passphrase=st.text(min_size=8, max_size=40))
def test_seal_and_open(content: dict[str, Any], passphrase: str) -> None:
    assert key.unseal(key.seal(content, passphrase), passphrase).content == content


def test_two_seals_differ_and_hold_no_word_of_the_content() -> None:
    one, other = key.seal(CONTENT, PASSPHRASE), key.seal(CONTENT, PASSPHRASE)
    assert one != other
    assert "甲".encode() not in one.partition(b"\n")[2]


def test_a_passphrase_is_the_same_whichever_width_it_was_typed_in() -> None:
    assert key.unseal(key.seal(CONTENT, "ＡＢＣ１２３４５"), "ABC12345").content == CONTENT


def test_an_opened_key_seals_its_next_version_under_the_same_passphrase() -> None:
    first = key.seal(CONTENT, PASSPHRASE)
    second = key.unseal(first, PASSPHRASE).reseal({"items": []})
    assert key.unseal(second, PASSPHRASE).content == {"items": []}
    nonces = {json.loads(sealed.partition(b"\n")[0])["nonce"] for sealed in (first, second)}
    assert len(nonces) == 2
    with pytest.raises(InputError):
        key.unseal(second, "另一句足够长的口令")


def test_an_opened_key_is_not_told_by_its_repr() -> None:
    opened = key.unseal(key.seal(CONTENT, PASSPHRASE), PASSPHRASE)
    assert repr(opened) == "OpenKey()"


def test_a_wrong_passphrase_says_only_that() -> None:
    with pytest.raises(InputError) as refused:
        key.unseal(key.seal(CONTENT, PASSPHRASE), "另一句足够长的口令")
    (problem,) = refused.value.problems
    assert problem.what == "口令打不开这份答案"
    assert "另一句" not in str(problem)
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("part", ["header", "ciphertext", "tag"])
def test_any_changed_byte_is_refused(part: str) -> None:
    sealed = key.seal(CONTENT, PASSPHRASE)
    header, _newline, _rest = sealed.partition(b"\n")
    places = {
        "header": range(len(header)),
        "ciphertext": range(len(header) + 1, len(sealed) - 16),
        "tag": range(-16, 0),
    }
    for place in places[part]:
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(InputError):
            key.unseal(bytes(changed), PASSPHRASE)


def with_header(**changes: object) -> bytes:
    header, _newline, rest = key.seal(CONTENT, PASSPHRASE).partition(b"\n")
    return json.dumps(json.loads(header) | changes).encode() + b"\n" + rest


@pytest.mark.parametrize(
    "sealed",
    [
        b"",
        b"PK\x03\x04",
        b"{}\n",
        b"[" * 2000 + b"\n",
        with_header(format="govkit-key/2"),
        with_header(n=2**40),
        with_header(p=2**20),
        with_header(n=-1),
        with_header(n=True),
        with_header(salt="x"),
        with_header(salt=None),
        with_header(nonce=7),
        with_header(nonce=""),
    ],
)
def test_what_is_no_key_is_refused_at_once(sealed: bytes) -> None:
    with pytest.raises(InputError):
        key.unseal(sealed, PASSPHRASE)


@pytest.mark.parametrize(
    ("passphrase", "problems"), [("1234567", 1), ("       12345", 1), ("12345678", 0), ("一二三四五六七八", 0)]
)
def test_a_short_passphrase_is_refused(passphrase: str, problems: int) -> None:
    assert len(key.check_passphrase(passphrase)) == problems


def test_every_opening_is_in_the_audit_log(tmp_path: Path) -> None:
    key.write_key(tmp_path, key.seal(CONTENT, PASSPHRASE))
    assert key.open_key(tmp_path, PASSPHRASE, PERSON, "阅卷").content == CONTENT
    with pytest.raises(InputError):
        key.open_key(tmp_path, "别的口令别的口令", "李老师", "好奇")
    told = [(entry.action, entry.person, entry.details) for entry in audit.entries(tmp_path / "audit.jsonl")]
    assert told == [("key.open", PERSON, {"reason": "阅卷"}), ("key.refused", "李老师", {"reason": "好奇"})]
    assert "口令" not in (tmp_path / "audit.jsonl").read_text("utf-8")


def test_a_folder_without_a_key_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="没有密封的答案"):
        key.open_key(tmp_path, PASSPHRASE, PERSON, "阅卷")
    assert not (tmp_path / "audit.jsonl").exists()
