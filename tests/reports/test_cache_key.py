"""The cache key: a folder that holds the result of a request is recognised without reading the ledgers."""

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from govkit.core.files import shipped
from govkit.ledgers.store import Store
from govkit.rendering.manifest import JOURNAL, MANIFEST
from govkit.reports.cache_key import Request, answered
from govkit.reports.plan import planned, render_all


@dataclass
class Case:
    """A request, the folder that holds its answer, and what a test may change."""

    request: Request
    folder: Path
    own: Path
    patch: pytest.MonkeyPatch

    @property
    def store(self) -> Path:
        return Path(self.request.store)

    @property
    def page(self) -> Path:
        return next(self.folder.glob("*.html"))

    def is_answered(self) -> bool:
        return answered(self.request, self.folder) == 1


@pytest.fixture(scope="module")
def made(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Request]:
    """Return a folder with a store and the output of one request."""
    folder = tmp_path_factory.mktemp("request")
    shutil.copytree(sample_store, folder / "store")
    request = Request("village_profile", str(folder / "store"), "2015-09", places=("马村",), formats="html")
    render(request, folder / "out")
    return folder, request


@pytest.fixture
def case(made: tuple[Path, Request], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Return a copy of the output to change; the store is shared until a test copies it."""
    folder, request = made
    shutil.copytree(folder / "out", tmp_path / "out")
    (tmp_path / "own").mkdir()
    return Case(request, tmp_path / "out", tmp_path / "own", monkeypatch)


def render(request: Request, folder: Path) -> str:
    (rendered,) = render_all(planned(**vars(request)), folder, 1, lambda _rendered: None)
    return rendered.status


def other_format(case: Case) -> None:
    case.request = replace(case.request, formats="html,docx")


def other_place(case: Case) -> None:
    case.request = replace(case.request, places=("梁庄村",))


def other_parameter(case: Case) -> None:
    case.request = replace(case.request, extra={"issuer": "某室"})


def file_gone(case: Case) -> None:
    case.page.unlink()


def file_written_to(case: Case) -> None:
    case.page.write_text("x", encoding="utf-8")


def batch_still_open(case: Case) -> None:
    (case.folder / JOURNAL).touch()


def own_rules(case: Case) -> None:
    shutil.copy(shipped("data/rules/settings.csv"), case.own)
    case.patch.setenv("GOVKIT_RULES", str(case.own))


def own_register(case: Case) -> None:
    shutil.copy(shipped("data/places.csv"), case.own)
    case.patch.setenv("GOVKIT_PLACES", str(case.own / "places.csv"))


def other_folder(case: Case) -> None:
    case.folder = case.own


CHANGES = [
    other_format,
    other_place,
    other_parameter,
    file_gone,
    file_written_to,
    batch_still_open,
    own_rules,
    own_register,
    other_folder,
]


def test_what_was_made_is_the_answer(case: Case) -> None:
    assert case.is_answered()


@pytest.mark.parametrize("formats", ["html", " html,html", ("html",), ["html"]])
def test_formats_may_be_written_in_any_way(case: Case, formats: str | list[str]) -> None:
    case.request = replace(case.request, formats=formats)
    assert case.is_answered()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_has_changed_is_not(case: Case, change: Callable[[Case], None]) -> None:
    change(case)
    assert answered(case.request, case.folder) is None


def test_a_new_commit_asks_again(case: Case, tmp_path: Path) -> None:
    """The plan is made anew; where the report's own rows are the same, the report is not."""
    shutil.copytree(case.store, tmp_path / "store")
    case.request = replace(case.request, store=str(tmp_path / "store"))
    assert render(case.request, case.folder) == "unchanged"
    assert case.is_answered()
    Store(case.store).undo("测试")
    assert not case.is_answered()


def test_a_failed_report_is_no_answer(case: Case) -> None:
    manifest = case.folder / MANIFEST
    content = json.loads(manifest.read_text("utf-8"))
    content["reports"][0]["status"] = "failed"
    manifest.write_text(json.dumps(content), encoding="utf-8")
    assert not case.is_answered()


def test_neither_pandas_nor_the_store_is_needed(case: Case) -> None:
    code = "import sys, pickle; from govkit.reports.cache_key import answered; asked = pickle.load(sys.stdin.buffer)"
    code += "; print(answered(*asked)); assert not {'pandas', 'deltalake', 'nbformat'} & set(sys.modules)"
    given = pickle.dumps((case.request, case.folder))
    done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, check=True)
    assert done.stdout.split() == [b"1"]
