"""Plans: the reports of a request, their input hashes, and which of them are rendered again."""

import json
import pickle
import shutil
from pathlib import Path

import nbformat
import pytest

from govkit.cli import main
from govkit.core.errors import UsageError
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.institutions import ledgers
from govkit.ledgers.check import Checked, Intake
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store
from govkit.rendering.batch import Job, render
from govkit.rendering.catalogue import Report
from govkit.reports.plan import InputHashes, planned, render_all

VILLAGE = "北西尚村"
PLACES = ("示范区", "阳庙镇", "宁郭镇", VILLAGE, "梁庄村", "马村")


@pytest.fixture(scope="module")
def changed_store(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the sample's store with one dispute changed by a second import."""
    folder = tmp_path_factory.mktemp("changed") / "store"
    shutil.copytree(sample_store, folder)
    snapshot = open_snapshot(folder)
    village = snapshot.place(VILLAGE)
    rows = snapshot.frames["disputes"]
    rows = rows[rows["township"] == village.township].drop(columns="township").copy()
    one = rows.index[rows["place"] == village.code][0]
    rows.loc[one, "kind"] = "其他" if rows.loc[one, "kind"] != "其他" else "邻里纠纷"
    intake = Intake((), (Checked(ledgers()["disputes"], rows, (), ()),))
    assert Store(folder).import_(intake, shipped_places(), "测试")
    return folder


def stale(before: Snapshot, after: Snapshot, *, whole: bool = False) -> list[str]:
    """Return the names of the places whose input hashes differ between two snapshots."""
    old, new = InputHashes(before, whole=whole), InputHashes(after, whole=whole)
    return [place.name for place in before.places if old.of(place) != new.of(place)]


def test_a_change_in_one_village_makes_three_reports_stale(sample_store: Path, changed_store: Path) -> None:
    assert stale(open_snapshot(sample_store), open_snapshot(changed_store)) == ["示范区", "阳庙镇", VILLAGE]


def test_a_report_that_reads_everything_is_stale_everywhere(sample_store: Path, changed_store: Path) -> None:
    assert len(stale(open_snapshot(sample_store), open_snapshot(changed_store), whole=True)) == 111


def test_a_new_remark_makes_every_report_stale(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    before = InputHashes(snapshot).of(snapshot.places.district)
    monkeypatch.setattr(Snapshot, "remarks", lambda _self: ["另一句"])
    assert InputHashes(snapshot).of(snapshot.places.district) != before


@pytest.mark.slow
def test_exactly_what_changed_is_rendered_again(sample_store: Path, changed_store: Path, tmp_path: Path) -> None:
    def rendered(store: Path) -> list[str]:
        plan = planned("monthly_bulletin", str(store), "2015-09", places=PLACES, formats="html")
        results = render_all(plan, tmp_path, 2, lambda _rendered: None)
        assert not [result for result in results if result.status == "failed"]
        return [result.job.labels["place"] for result in results if result.status == "rendered"]

    assert rendered(sample_store) == list(PLACES)
    assert rendered(sample_store) == []
    assert rendered(changed_store) == ["示范区", "阳庙镇", VILLAGE]


def test_a_report_of_a_place_is_the_same_without_the_other_places_rows(snapshot: Snapshot) -> None:
    """A village's figures come from the rows of its input hashes only."""
    place = snapshot.place(VILLAGE)
    alone = open_snapshot(snapshot.store.url)
    alone.__dict__["span"] = snapshot.span
    alone.frames = {code: frame[frame["place"] == place.code] for code, frame in snapshot.frames.items()}
    codes = ["D4", "C9", "G4", "G6", "inspections", "disputes_open"]
    ours, theirs = (snapshot.figures(place.code, "2015-09") for snapshot in (snapshot, alone))
    assert [(str(ours[code]), ours[code].ytd) for code in codes] == [
        (str(theirs[code]), theirs[code].ytd) for code in codes
    ]
    assert ours.overdue().equals(theirs.overdue())


def test_the_workers_of_a_public_batch_get_masked_rows(sample_store: Path) -> None:
    plan = planned("public_notice", str(sample_store), "2015-09", audience="public", places=[VILLAGE])
    assert plan.setup.load
    shared = pickle.loads(pickle.dumps(plan.setup.load()))  # noqa: S301 - pickled here
    assert set(shared.public.frames._masked) == set(shared.frames)
    assert shared.public.frames["disputes"]["parties"].str.endswith("某").mean() > 0.9


@pytest.mark.parametrize(
    ("name", "audience"), [("public_notice", "public"), ("monthly_bulletin", "internal"), ("services", "internal")]
)
def test_the_audience_is_the_only_one_of_the_report_or_internal(sample_store: Path, name: str, audience: str) -> None:
    plan = planned(name, str(sample_store), "2015-09", places=[VILLAGE])
    assert [job.parameters["audience"] for job in plan.jobs] == [audience]


def test_every_level_is_one_batch(sample_store: Path) -> None:
    plan = planned("monthly_bulletin", str(sample_store), "2015-09", level="all")
    assert len(plan.jobs) == 111
    assert len({job.stem for job in plan.jobs}) == 111


def test_names_come_from_the_template(sample_store: Path) -> None:
    plan = planned(
        "monthly_bulletin", str(sample_store), "2015-09", places=[VILLAGE], name_template="{place_code}-{period}"
    )
    assert plan.jobs[0].stem == f"{plan.jobs[0].labels['place_code']}-2015-09"
    with pytest.raises(UsageError):
        planned("monthly_bulletin", str(sample_store), "2015-09", name_template="../{nobody}")


def test_the_command_line_renders_and_skips(
    sample_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["report", "render", "monthly_bulletin", "--period", "2015-09", "--place", VILLAGE, "--format", "html"]
    asked += ["--store", str(sample_store), "-o", str(tmp_path), "--json"]
    for expected in ({"rendered": 1, "unchanged": 0}, {"rendered": 0, "unchanged": 1}):
        with pytest.raises(SystemExit) as ended:
            main(asked)
        assert not ended.value.code
        said = json.loads(capsys.readouterr().out)
        assert {name: said[name] for name in expected} == expected


REFUSES = """
from govkit.core.errors import {error}, Problem, Where
raise {error}([
    Problem(Where("台账.xlsx", "纠纷", "B17"), "“甲 → 乙”不是单位", "写成“丙 → 丁”\\n或“戊”"),
    Problem(Where("台账.xlsx"), "多了一列", "请核对", "warning"),
])
"""


@pytest.mark.parametrize("error", ["InputError", "UsageError"])
def test_the_problems_of_a_failed_report_are_carried_as_values(tmp_path: Path, error: str) -> None:
    """A problem may contain an arrow or a line break."""
    parameters = nbformat.v4.new_code_cell("audience: str = 'internal'", metadata={"tags": ["parameters"]})
    cells = [parameters, nbformat.v4.new_code_cell(REFUSES.replace("{error}", error))]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), tmp_path / "a.ipynb")
    (rendered,) = render([Job(Report(tmp_path / "a.ipynb"), {}, "甲")], tmp_path / "out", ["html"])
    assert [(one.what, one.repair, one.severity) for one in rendered.problems] == [
        ("台账.xlsx · 纠纷 · B17: “甲 → 乙”不是单位", "写成“丙 → 丁”\n或“戊”", "error"),
        ("台账.xlsx: 多了一列", "请核对", "warning"),
    ]
    assert all(str(one.where).startswith("a · 甲 · ") for one in rendered.problems)
