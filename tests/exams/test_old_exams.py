"""An exam folder that version 0.1.0 wrote: it is read, marked and analysed as before."""

import shutil
from pathlib import Path

import pytest

from govkit.core import audit
from govkit.exams.exam import analyse_exam, mark_exam
from govkit.exams.folder import MARKS_FILE
from govkit.exams.paper.key import AUDIT_FILE
from govkit.exams.results.results import exam_results

WRITTEN = Path(__file__).parents[1] / "fixtures" / "written_by_0_1_0" / "exam"
PASSPHRASE = "一句足够长的口令"  # noqa: S105 - of the fixture


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WRITTEN, tmp_path / "exam"))


def test_its_results_are_read(old: Path) -> None:
    totals = exam_results(old).units.iloc[-1]
    assert totals["registered"] == len((WRITTEN / "roster.csv").read_text("utf-8-sig").splitlines()) - 1


def test_marking_and_analysing_again_change_nothing(old: Path) -> None:
    mark_exam(old, PASSPHRASE, "样例员")
    assert (old / MARKS_FILE).read_bytes() == (WRITTEN / MARKS_FILE).read_bytes()
    analyse_exam(old, PASSPHRASE, "样例员")
    assert (old / "items.csv").read_bytes() == (WRITTEN / "items.csv").read_bytes()


def test_its_log_verifies_and_goes_on(old: Path) -> None:
    mark_exam(old, PASSPHRASE, "样例员")
    assert audit.verify(old / AUDIT_FILE) == []
