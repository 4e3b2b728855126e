"""Damaged files give problems or a bank, never another error."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govkit.core.errors import GovkitError
from govkit.core.files import shipped
from govkit.exams.bank.bank import Bank, load_bank
from govkit.exams.bank.convert import FORMATS
from tests.exams.strategies import PNG

SAMPLES = ["sy-001", "sy-020", "sy-025", "sy-032", "sy-036", "sy-038", "sy-040", "sy-042", "sy-044", "tj-026"]
ENDINGS = {name: form.endings[0] for name, form in FORMATS.items() if name != "yaml"} | {"yaml": ".yaml"}
NOISE = [
    "<",
    ">",
    "&x;",
    "\x00",
    '"',
    "{",
    "}",
    "\\",
    "￿",
    "=",
    "~",
    "%",
    "-1",
    "NaN",
    "1e999",
    "::",
    "\n",
    "../",
    "[",
    "A" * 300,
]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    bank = load_bank(shipped("quizzes")).by_id()
    few = Bank(tuple(bank[name] for name in SAMPLES))
    folder = tmp_path_factory.mktemp("originals")
    paths = {name: folder / f"bank{ending}" for name, ending in ENDINGS.items()}
    for name, path in paths.items():
        FORMATS[name].write(few, path)
    return paths


def read_all(name: str, path: Path) -> None:
    try:
        bank, problems = FORMATS[name].read(path)
    except GovkitError as refused:
        assert refused.problems  # noqa: PT017
    else:
        assert len(bank) or problems
        assert all(problem.what and problem.repair for problem in problems)


damage = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 40), st.sampled_from(NOISE)), min_size=1, max_size=4
)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def damaged(data: bytes, hits: list[tuple[float, int, str]]) -> bytes:
    for place, cut, noise in hits:
        at = int(place * len(data))
        data = data[:at] + noise.encode() + data[at + cut :]
    return data


@pytest.mark.parametrize("name", ENDINGS)
@given(hits=damage)
@quick
def test_damaged_bytes(
    name: str, originals: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, hits: list[tuple[float, int, str]]
) -> None:
    path = tmp_path_factory.mktemp("damaged") / originals[name].name
    path.write_bytes(damaged(originals[name].read_bytes(), hits))
    read_all(name, path)


@pytest.mark.parametrize("name", [name for name, ending in ENDINGS.items() if ending.endswith(("zip", "xlsx"))])
@given(hits=damage, member=st.floats(0, 1, exclude_max=True))
@quick
def test_damaged_members_of_packages(
    name: str,
    originals: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    hits: list[tuple[float, int, str]],
    member: float,
) -> None:
    path = tmp_path_factory.mktemp("damaged") / originals[name].name
    with zipfile.ZipFile(originals[name]) as source, zipfile.ZipFile(path, "w") as target:
        names = source.namelist()
        chosen = names[int(member * len(names))]
        for each in names:
            data = source.read(each)
            target.writestr(each, damaged(data, hits) if each == chosen else data)
    read_all(name, path)


@pytest.mark.parametrize("name", ENDINGS)
@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 100, b"\xff\xfe", PNG, b"PK\x03\x04", b"<" * 1000, b"{" * 1000, b"[" * 100_000]
)
def test_what_is_no_bank_at_all(name: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"bank{ENDINGS[name]}"
    path.write_bytes(data)
    try:
        bank, _problems = FORMATS[name].read(path)
    except GovkitError as refused:
        assert refused.problems  # noqa: PT017
    else:
        assert len(bank) == 0
