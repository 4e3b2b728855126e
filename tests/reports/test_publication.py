"""Public reports pass the privacy check or do not appear; either is on record. A command checks other files."""

import json
import os
import shutil
from pathlib import Path

import pytest

from govkit.cli import main
from govkit.core import audit
from govkit.core.errors import InputError
from govkit.core.masks import mask_name
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.institutions import ledgers
from govkit.ledgers.audit_log import AUDIT_LOG
from govkit.ledgers.check import Checked, Intake
from govkit.ledgers.mask import free_texts, masked
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store
from govkit.rendering.batch import Job, render
from govkit.rendering.catalogue import find_report, reports
from govkit.rendering.declaration import is_public
from govkit.rendering.engine.worker import Task, make_report
from govkit.reports.plan import planned, render_all
from govkit.reports.publication import pictures_setting, privacy_check_of, require_log
from govkit.reports.published import CORRECTION, Register
from tests.rendering.finished import html

VILLAGE, MONTH = "北西尚村", "2015-04"


def with_title(store: Path, title: str) -> None:
    """Import the village's decisions with another title of the land case."""
    snapshot = open_snapshot(store)
    village = snapshot.place(VILLAGE)
    rows = snapshot.frames["decisions"]
    rows = rows[rows["township"] == village.township].drop(columns="township").copy()
    rows.loc[(rows["place"] == village.code) & (rows["subject"] == "征地补偿"), "title"] = title
    assert Store(store).import_(
        Intake((), (Checked(ledgers()["decisions"], rows, (), ()),)), shipped_places(), "样例员"
    )


@pytest.fixture
def store(sample_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_store, tmp_path / "store"))


def person(snapshot: Snapshot) -> str:
    """Return a name of three characters that a ledger holds."""
    return next(str(name) for name in snapshot.frames["disputes"]["parties"] if len(name) == 3)


def published(store: Path, folder: Path, **extra: str) -> tuple[str, list[str], list[str]]:
    """Render the village's notice for the public; return its status, its problems, the files that are there."""
    wanted = {"audience": "public", "formats": "html,docx", "extra": extra}
    plan = planned("public_notice", str(store), MONTH, places=[VILLAGE], **wanted)  # type: ignore[arg-type]
    (rendered,) = render_all(plan, folder, 1, lambda _rendered: None, person="张三")
    files = sorted(path.name for path in folder.rglob("*") if path.suffix in {".html", ".docx", ".pdf", ".ipynb"})
    return rendered.status, [str(problem) for problem in rendered.problems], files


def test_a_name_in_a_title_is_masked_and_a_name_elsewhere_is_never_published(store: Path, tmp_path: Path) -> None:
    folder, log = tmp_path / "board", store / AUDIT_LOG
    before = len(list(audit.entries(log)))  # this store is a copy of one from which other tests publish
    status, problems, files = published(store, folder)
    assert (status, problems, len(files)) == ("rendered", [], 2)

    name = person(open_snapshot(store))
    with_title(store, f"{name}家土地补偿")
    status, problems, files = published(store, folder)
    assert (status, problems, len(files)) == ("rendered", [], 3)
    page = next(path for path in folder.glob("*.html") if CORRECTION not in path.name)
    assert name not in page.read_text(encoding="utf-8")
    assert f"{mask_name(name)}家土地补偿" in page.read_text(encoding="utf-8")
    (correction,) = folder.glob(f"*{CORRECTION}.html")
    assert f"{mask_name(name)}家土地补偿" in correction.read_text(encoding="utf-8")

    status, problems, files = published(store, folder, issuer=f"{name}办公室")
    assert (status, files) == ("failed", [correction.name])
    assert problems
    assert all("姓名" in said and ("html" in said or "docx" in said) for said in problems)
    assert name not in " ".join(problems)
    assert name not in json.dumps(json.loads((folder / "manifest.json").read_text("utf-8"))["reports"][0]["problems"])

    noted = [entry for entry in list(audit.entries(log))[before:] if entry.action.startswith("publication")]
    actions = ["publication.published", "publication.corrected", "publication.published", "publication.refused"]
    assert [entry.action for entry in noted] == actions
    assert {entry.person for entry in noted} == {"张三"}
    assert "html" in str(noted[0].details["files"])
    assert name not in log.read_text(encoding="utf-8")
    assert audit.verify(log) == []


def test_an_office_decides_how_a_title_reads(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    title = f"{person(open_snapshot(store))}家土地补偿，幸福路5号"
    with_title(store, title)
    rules = tmp_path / "rules"
    rules.mkdir()
    run("wording", "--store", str(store), "-o", str(rules / "public_wordings.csv"))
    assert "1" in capsys.readouterr().out
    written = (rules / "public_wordings.csv").read_text("utf-8-sig")
    assert f"{title},{mask_name(title[:3])}家土地补偿，幸福路**," in written
    (rules / "public_wordings.csv").write_text(
        written.replace(f",{mask_name(title[:3])}家土地补偿，幸福路**,", ",一户土地补偿,")
    )
    monkeypatch.setenv("GOVKIT_RULES", str(rules))
    assert open_snapshot(store).public.frames["decisions"]["title"].eq("一户土地补偿").sum() == 1
    assert open_snapshot(store).public.wording.proposals() == []
    assert open_snapshot(store).frames["decisions"]["title"].eq(title).sum() == 1


def run(*words: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["report", *words])
    assert int(ended.value.code or 0) == code


def test_every_free_text_of_every_ledger_is_masked_for_the_public(snapshot: Snapshot) -> None:
    name = person(snapshot)
    for code, ledger in ledgers().items():
        for column in free_texts(ledger):
            row = snapshot.frames[code].head(1).reindex(range(1)).assign(**{column: f"{name}家138 0000 1234"})
            shown = masked(row, ledger, snapshot.public.wording)[column].iloc[0]
            assert shown == f"{mask_name(name)}家******", (code, column)


TWO = "name,value,effective_from,effective_to,source,mark,note\n公开须二人,是,,,,U,\n"


def test_what_is_published_is_kept_listed_and_approved_by_a_second_person(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(store / "published", ignore_errors=True)
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "settings.csv").write_text(TWO, encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(rules))
    folder = tmp_path / "board"
    assert published(store, folder)[0] == "rendered"
    (entry,) = Register(store).entries()
    assert (entry.status, entry.person, entry.version) == ("submitted", "张三", open_snapshot(store).commit.version)
    page = next(folder.glob("*.html"))
    assert Register(store).content(entry, "html") == page.read_bytes()
    run("approve", str(page), "--store", str(store), "--by", "张三", code=1)
    assert "第二人" in capsys.readouterr().err
    run("approve", str(page), "--store", str(store), "--by", "李四")
    run("approve", str(page), "--store", str(store), "--by", "王五")
    capsys.readouterr()
    run("published", "--store", str(store), "--json")
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["status"], listed["approved_by"], listed["files"]) == ("published", "李四", dict(entry.files))
    run("published", "--store", str(store))
    assert entry.stem in capsys.readouterr().out
    copy = next((store / "published").glob("*.html"))
    copy.write_bytes(b"changed")
    with pytest.raises(InputError, match="副本"):
        Register(store).content(entry, "html")


@pytest.mark.parametrize(
    ("value", "wrong"), [("提示", False), ("识别", False), ("拒绝", False), ("", False), ("也许", True)]
)
def test_the_setting_for_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, wrong: bool) -> None:
    (tmp_path / "settings.csv").write_text(TWO.replace("公开须二人,是", f"公开图片,{value}"), encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    if wrong:
        with pytest.raises(InputError, match="公开图片"):
            pictures_setting()
    else:
        assert pictures_setting() in ("warn", "read", "refuse")


PUBLIC = {
    "double quotes": 'audience: str = "public"',
    "single quotes": "audience: str = 'public'",
    "no type": 'audience = "public"',
    "set twice": 'audience: str = "internal"\naudience: str = "public"',
    "an unknown audience": 'audience: str = "everyone"',
    "no audience": "period: str = ''",
    "a default that is computed": 'audience: str = "".join(["pub", "lic"])',
    "no Python": "audience: str = ",
}


@pytest.mark.parametrize("case", PUBLIC)
def test_a_notebook_is_for_the_public_unless_it_says_otherwise(case: str) -> None:
    notebook = {"cells": [{"metadata": {"tags": ["parameters"]}, "source": PUBLIC[case]}]}
    assert is_public(notebook, {})
    assert is_public(notebook, {"audience": "publik"})
    assert not is_public(notebook, {"audience": "internal"})


NAMES_OF_INTERNAL = ("internal", "Internal", "内部", " 内部")
OTHERS: tuple[object, ...] = ("公开", "Public", "publik", "", None, 1, ["internal"])


@pytest.mark.parametrize("audience", [*NAMES_OF_INTERNAL, *OTHERS])
def test_only_internal_by_one_of_its_names_is_internal(audience: object) -> None:
    assert is_public({"cells": []}, {"audience": audience}) is (audience in OTHERS)


def test_a_batch_of_our_own_checks_whatever_names_the_public(store: Path, tmp_path: Path) -> None:
    """The lowest route of ours: jobs without a plan. The check refuses the name of whoever issues it."""
    issuer = f"{person(open_snapshot(store))}办公室"
    given = {"store": str(store), "period": MONTH, "place": VILLAGE, "audience": "公开", "issuer": issuer}
    plan = planned("public_notice", str(store), MONTH, places=[VILLAGE], audience="公开", formats="html")
    job = Job(find_report("public_notice"), given, "公示")
    (rendered,) = render([job], tmp_path / "out", ["html"], setup=plan.setup)
    assert rendered.status == "failed"
    assert [path.name for path in (tmp_path / "out").rglob("*.html")] == []


def test_a_notebook_is_internal_by_its_own_default() -> None:
    notebook = {"cells": [{"metadata": {"tags": ["parameters"]}, "source": ["audience: str = ", "'internal'  # 内部"]}]}
    assert not is_public(notebook, {})
    assert is_public(notebook, {"audience": "public"})
    assert is_public({"cells": []}, {})
    assert [report.name for report in reports() if is_public(report.notebook, {})] == ["public_notice"]


@pytest.mark.parametrize("case", ["double quotes", "single quotes", "no audience"])
def test_a_public_report_that_fails_otherwise_keeps_nothing_of_its_outputs(case: str) -> None:
    cells = [
        {"id": "a", "cell_type": "code", "metadata": {"tags": ["parameters"]}, "outputs": [], "execution_count": None,
         "source": PUBLIC[case]},
        {"id": "b", "cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None,
         "source": 'raise KeyError("13800001234")'},
    ]  # fmt: skip
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    notebook = json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})
    outcome = make_report(Task(notebook, "样例", "样例", {}, ("html",)))
    assert outcome.notebook == b""
    assert outcome.problems
    assert "13800001234" not in str(outcome.problems)


def test_the_names_of_places_are_nobodys(snapshot: Snapshot) -> None:
    cells = "".join(f"<td>{place.name}</td>" for place in snapshot.places)
    assert privacy_check_of(snapshot).check("a.html", html(f"<table><tr>{cells}</tr></table>")) == []


def test_every_person_of_the_ledgers_is_known_to_the_check(snapshot: Snapshot) -> None:
    check = privacy_check_of(snapshot)
    for ledger in ledgers().values():
        for column in ledger.columns:
            if column.personal == "name":
                for value in snapshot.frames[ledger.code][column.name].dropna().unique()[:20]:
                    problems = check.check("a.html", html(f"<td>{value}</td>"))
                    assert [one for one in problems if one.severity == "error"], (ledger.code, value)


@pytest.mark.parametrize("command", [["check"], ["gate"]])
def test_the_command_refuses_and_notes(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    name = person(open_snapshot(store))
    good, bad = tmp_path / "好.html", tmp_path / "坏.html"
    good.write_bytes(html())
    bad.write_bytes(html(f"<p>由{name}办理</p>"))

    def run(*more: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["report", *command, *more, "--store", str(store), "--by", "张三"])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    before = list(audit.entries(store / AUDIT_LOG))
    code, out, err = run(str(good), str(bad))
    assert code == 1
    assert "1 个" in out
    assert "坏.html" in err
    assert name not in err
    assert run(str(good))[0] == 0
    assert run(str(bad), "--without-store")[0] == 0
    assert run(str(tmp_path / "absent.html"))[0] == 1
    code, out, _err = run(str(bad), "--json")
    assert (code, json.loads(out)[0]["passed"]) == (1, False)
    actions = [entry.action for entry in audit.entries(store / AUDIT_LOG)][len(before) :]
    assert actions.count("publication.checked_refused") == 3
    assert actions.count("publication.checked_passed") == 2


def test_the_command_without_a_store_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.html").write_bytes(html())
    with pytest.raises(SystemExit) as ended:
        main(["report", "check", str(tmp_path / "a.html"), "--store", str(tmp_path / "none")])
    assert ended.value.code == 1
    assert "台账库" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows knows other rights")
@pytest.mark.parametrize(("audience", "report"), [("public", "conduct"), ("internal", "conduct")])
def test_who_may_not_write_the_log_may_not_publish(
    sample_store: Path, tmp_path: Path, audience: str, report: str
) -> None:
    store = shutil.copytree(sample_store, tmp_path / "store")
    for folder in (*tmp_path.resolve().parents[:1], tmp_path):
        folder.chmod(0o755)
    plan = planned(report, str(store), MONTH, audience=audience, formats="html")
    me = os.geteuid()
    for path in (store, store / AUDIT_LOG):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        if me == 0:
            os.seteuid(65534)
        if audience == "internal":
            require_log(plan.store, plan.jobs)
            return
        with pytest.raises(InputError, match="审计日志"):
            render_all(plan, tmp_path / "out", 1, lambda _rendered: None)
    finally:
        if me == 0:
            os.seteuid(me)
        store.chmod(0o755)
    assert not (tmp_path / "out").exists()
