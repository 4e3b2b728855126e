"""A store on an object store: versions, many writers at once, and a fault at every request of one import."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]
import pytest

from govkit.cli import run
from govkit.core.errors import GovkitError
from govkit.ledgers import delta_tables
from govkit.ledgers.check import Intake
from govkit.ledgers.commit import Commit
from govkit.ledgers.store import Store
from tests.ledgers.books import DISPUTES, PLACES, check, dispute, disputes_book
from tests.ledgers.objects import BUCKET, Requests, object_store

FAULTS = ("refused", "lost", "cut", "twice")
KINDS = (*FAULTS, "lasting")
_numbers = itertools.count()


@pytest.fixture(scope="module")
def requests() -> Iterator[Requests]:
    with object_store() as found:
        yield found


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once, and only twice."""
    quick = {"max_retries": "2", "backoff_config.init_backoff": "1ms"}
    monkeypatch.setattr(delta_tables, "PATIENCE", delta_tables.PATIENCE | quick)


@pytest.fixture
def store(requests: Requests) -> Store:
    requests.reset()
    return Store(f"{BUCKET}/{next(_numbers)}")


def intake(tmp_path: Path, *numbers: int, village: str = "北西尚村") -> Intake:
    name = f"{'-'.join(map(str, numbers))}.xlsx"
    return check(disputes_book(tmp_path / name, *(dispute(number, place=village) for number in numbers)))


def load(store: Store, tmp_path: Path, *numbers: int) -> Commit | None:
    return store.import_(intake(tmp_path, *numbers), PLACES, "样例员")


def held(store: Store, version: int | None = None) -> list[str]:
    return store.read(DISPUTES, version)["dispute_id"].tolist()


def test_versions_are_read_and_taken_back(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, 1)
    load(store, tmp_path, 1, 2)
    assert (held(store, 1), held(store)) == (["JF-001"], ["JF-001", "JF-002"])
    assert store.undo("样例员").undoes == 2
    assert held(store) == ["JF-001"]


def test_vacuum_deletes_objects_that_no_version_needs(store: Store, tmp_path: Path) -> None:
    for count in range(1, 4):
        load(store, tmp_path, *range(1, count + 1))
    before = len(keys(store))
    assert run(["ledger", "vacuum", "--keep-days", "0", "--by", "样例员", "--store", store.url]) == 0
    assert len(keys(store)) < before
    assert held(store) == ["JF-001", "JF-002", "JF-003"]


def keys(store: Store) -> list[str]:
    found = client().list_objects_v2(Bucket="ledgers", Prefix=urlsplit(store.url).path.strip("/") + "/")
    return [entry["Key"] for entry in found.get("Contents", [])]


def client() -> Any:
    return boto3.client("s3")


@pytest.mark.slow
@pytest.mark.parametrize("fault", KINDS)
def test_a_fault_at_any_request_leaves_a_whole_version(
    store: Store, requests: Requests, tmp_path: Path, fault: str, full: bool
) -> None:
    """By default each third request that writes, another third for the next kind; ``--full`` takes every request."""
    load(store, tmp_path, 1)
    later = intake(tmp_path, 1, 2)
    objects = keys(store)
    first = copied(store, objects)
    requests.reset()
    first.import_(later, PLACES, "样例员")
    asked = requests.reset()
    writing = [n for n, request in enumerate(asked, 1) if request.startswith("PUT")]
    at = [*range(1, len(asked) + 1)] if full else writing[KINDS.index(fault) % 3 :: 3]
    for number in at:
        one = copied(store, objects)
        requests.reset(number, "refused" if fault == "lasting" else fault, lasting=fault == "lasting")
        outcome: Commit | GovkitError | None
        try:
            outcome = one.import_(later, PLACES, "样例员")
        except GovkitError as error:
            outcome = error
        requests.reset()
        assert outcome is not None
        whole = {0: [], 1: ["JF-001"], 2: ["JF-001", "JF-002"]}
        latest = one.commit_at().version
        assert held(one) == whole[latest], (fault, number, asked[number - 1])
        if isinstance(outcome, Commit):
            assert latest == 2, (fault, number)
        else:
            problem = outcome.problems[0]
            assert problem.where.source == one.url, problem
            assert problem.repair
            assert latest == 1 or "尚不清楚" in problem.what, (fault, number, problem)
        assert one.import_(later, PLACES, "样例员") is None or latest == 1
        assert held(one) == whole[2]


def copied(store: Store, objects: list[str]) -> Store:
    """Return a copy of a store's objects."""
    copy, old = Store(f"{BUCKET}/{next(_numbers)}"), urlsplit(store.url).path.strip("/")
    for key in objects:
        target = urlsplit(copy.url).path.strip("/") + key.removeprefix(old)
        client().copy_object(Bucket="ledgers", Key=target, CopySource={"Bucket": "ledgers", "Key": key})
    return copy


def test_a_store_that_answers_nothing_is_a_problem_with_its_place(
    store: Store, requests: Requests, capsys: pytest.CaptureFixture[str]
) -> None:
    requests.reset(1, lasting=True)
    assert run(["ledger", "log", "--store", store.url]) == 3
    said = capsys.readouterr().err
    requests.reset()
    assert store.url in said
    assert "访问凭据" in said


def test_a_slow_store_is_waited_for_and_then_a_problem(
    store: Store, requests: Requests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, tmp_path, 1)
    monkeypatch.setattr(delta_tables, "PATIENCE", delta_tables.PATIENCE | {"timeout": "1s", "max_retries": "1"})
    requests.reset(1, "slow", lasting=True)
    with pytest.raises(GovkitError, match="现在读不出来"):
        Store(store.url).commits()
    requests.reset()
    assert held(store) == ["JF-001"]
