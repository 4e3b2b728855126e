"""Batches: right numbers at any width, whole files, nothing rendered twice, no report that stops the others."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.core.errors import InputError, UsageError
from govkit.rendering.batch import Job, Limits, Rendered, file_stem, render, stem_from_template
from govkit.rendering.catalogue import Report
from govkit.rendering.engine.forkserver import fork_server
from govkit.rendering.formats import pandoc
from govkit.rendering.manifest import Manifest

pytestmark = pytest.mark.slow

MARKED = """
from govkit.rendering import content as r
import pandas as pd
r.title(f"报告{mark}")
r.say(f"本报告的编号是{mark}，它的平方是{mark * mark}。")
r.table(pd.DataFrame({"编号": [mark], "立方": [mark ** 3]}), f"编号{mark}")
"""


def report(folder: Path, *sources: str, name: str = "marked") -> Report:
    """A report with the parameters ``mark`` and ``how``."""
    declared = "mark: int = 0\nhow: str = ''\naudience: str = 'internal'"
    cells = [nbformat.v4.new_code_cell(declared, metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(source) for source in sources or (MARKED,)]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), path)
    return Report(path)


def jobs(made: Report, count: int, **given_: Any) -> list[Job]:
    return [
        Job(made, {"mark": n, **given_}, f"r{n}", {"place": str(n)}, {"slice": f"{n}"}) for n in range(1, count + 1)
    ]


def entries(folder: Path) -> dict[str, Any]:
    content = json.loads((folder / "manifest.json").read_text("utf-8"))
    return {entry["stem"]: entry for entry in content["reports"]}


def statuses(results: list[Rendered]) -> list[str]:
    return [result.status for result in results]


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_every_report_shows_its_own_numbers_at_any_width(workers: int, tmp_path: Path) -> None:
    results = render(jobs(report(tmp_path), 9), tmp_path / "out", ["html"], workers)
    assert statuses(results) == ["rendered"] * 9
    for n in range(1, 10):
        text = (tmp_path / "out" / f"r{n}.html").read_text("utf-8")
        assert f"本报告的编号是{n}，它的平方是{n * n}。" in text
        assert f'<td style="text-align: right;">{n**3}</td>' in text or f">{n**3}<" in text


def test_without_forks_the_results_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = report(tmp_path, MARKED, "1 / (mark - 2)")
    forked = render(jobs(made, 3), tmp_path / "forked", ["html"], 2)
    monkeypatch.setenv("GOVKIT_ENGINE", "pool")
    pooled = render(jobs(made, 3), tmp_path / "pooled", ["html"], 2)
    assert statuses(pooled) == statuses(forked) == ["rendered", "failed", "rendered"]
    assert [result.hashes for result in pooled] == [result.hashes for result in forked]
    assert entries(tmp_path / "pooled") == entries(tmp_path / "forked")


def test_the_manifest_says_what_each_report_was_made_from(tmp_path: Path) -> None:
    made = report(tmp_path)
    render(jobs(made, 2), tmp_path / "out", ["html", "docx"], 2)
    content = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    entry = content["reports"][0]
    assert entry["template_sha256"] == made.sha256
    assert entry["parameters"] == {"mark": 1}
    assert entry["slices"] == {"slice": "1"}
    assert set(entry["outputs"]) == {"docx", "html"}
    assert {"packages", "fonts", "code_sha256"} <= content["environments"][entry["environment"]].keys()


BAD = "if mark == 2:\n    {bad}\nfrom govkit.rendering import content as r\nr.title('好')\nr.say(f'{{mark}}')"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import os; os._exit(3)", "DeadKernelError"),
        ("import sys; sys.exit()", "在这一格之前"),
        ("import time; time.sleep(60)", "超过"),
        ("import pandas as pd; display(pd.DataFrame({'a': []}))", "Empty DataFrame"),
        ("import matplotlib.pyplot as p; p.figure()", "0 Axes"),
        ("import matplotlib.pyplot as p; p.plot([1]); p.title('\\U0001f9ff'); p.show()", "Glyph"),
        ("from govkit.rendering import content as r; import pandas as pd; r.table(pd.DataFrame({'a': []}))", "没有"),
        ("from govkit.rendering import content as r; r.say('\\U0010fffd')", "U+10FFFD"),
    ],
)
def test_one_bad_report_does_not_stop_the_others_and_is_kept(bad: str, said: str, tmp_path: Path) -> None:
    made = report(tmp_path, BAD.format(bad=bad), name="bad")
    limits = Limits(seconds=5 if "sleep" in bad else 120)  # a busy machine takes seconds to import what a cell asks for
    results = render(jobs(made, 3), tmp_path / "out", ["html"], 2, limits=limits)
    assert statuses(results) == ["rendered", "failed", "rendered"]
    assert said in " ".join(map(str, results[1].problems))
    assert sorted(path.name for path in (tmp_path / "out").glob("*.html")) == ["r1.html", "r3.html"]
    assert nbformat.read(tmp_path / "out" / "failed" / "r2.ipynb", as_version=4).cells
    assert entries(tmp_path / "out")["r2"]["status"] == "failed"


def test_the_bad_cell_is_marked(tmp_path: Path) -> None:
    render(jobs(report(tmp_path, "1 / 0"), 1), tmp_path / "out", ["html"])
    kept = nbformat.read(tmp_path / "out" / "failed" / "r1.ipynb", as_version=4)
    marks = [n for n, cell in enumerate(kept.cells) if "papermill-error-cell-tag" in cell.metadata.get("tags", [])]
    assert kept.cells[marks[-1] + 1].outputs[0].ename == "ZeroDivisionError"


def test_what_is_unchanged_is_not_made_again(tmp_path: Path) -> None:
    made, out = report(tmp_path), tmp_path / "out"
    first = jobs(made, 4)
    render(first, out, ["html"], 2)
    assert statuses(render(first, out, ["html"], 2)) == ["unchanged"] * 4
    changed = [
        job if n else Job(made, job.parameters, job.stem, job.labels, {"slice": "new"}) for n, job in enumerate(first)
    ]
    assert statuses(render(changed, out, ["html"], 2)) == ["rendered", "unchanged", "unchanged", "unchanged"]
    (out / "r2.html").write_text("tampered")
    (out / "r3.html").unlink()
    assert statuses(render(changed, out, ["html"], 2)) == ["unchanged", "rendered", "rendered", "unchanged"]
    assert statuses(render(changed, out, ["html"], 2, force=True)) == ["rendered"] * 4
    report(tmp_path, MARKED + "\n# changed")
    again = jobs(Report(made.path), 1)
    assert statuses(render(again, out, ["html"])) == ["rendered"]


def test_all_formats_of_a_report_come_from_one_run(tmp_path: Path) -> None:
    made, out = report(tmp_path), tmp_path / "out"
    render(jobs(made, 1), out, ["html", "docx"])
    render(jobs(made, 1), out, ["html"], force=True)
    assert set(entries(out)["r1"]["outputs"]) == {"docx", "html"}


def test_a_job_without_input_hashes_is_always_rendered(tmp_path: Path) -> None:
    job = Job(report(tmp_path), {"mark": 1}, "r1")
    assert [render([job], tmp_path / "out", ["html"])[0].status for _time in range(2)] == ["rendered", "rendered"]


def test_a_report_killed_from_outside_is_made_again(tmp_path: Path) -> None:
    once = "import os\nif not os.path.exists(how):\n    open(how, 'w').close()\n    os.kill(os.{which}(), 9)"
    for which in ("getpid", "getppid"):
        flag = str(tmp_path / which)
        made = report(tmp_path, once.format(which=which), MARKED, name=which)
        assert statuses(render(jobs(made, 1, how=flag), tmp_path / which / "out", ["html"])) == ["rendered"]


def test_a_report_whose_pandoc_is_killed_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script, flag = tmp_path / "pandoc", tmp_path / "killed"
    script.write_text(f'#!/bin/sh\n[ -e {flag} ] || {{ touch {flag}; kill -9 $$; }}\nexec {pandoc.program()} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setattr(pandoc, "program", lambda: str(script))
    monkeypatch.setenv("GOVKIT_ENGINE", "pool")  # so that the report is made in this process, with the script
    with ThreadPoolExecutor(1) as pool:
        (result,) = render(jobs(report(tmp_path), 1), tmp_path / "out", ["html"], executor=pool)
    assert flag.exists()
    assert (result.status, result.problems) == ("rendered", ())


def test_out_of_memory_once_is_made_again(tmp_path: Path) -> None:
    once = "import os\nif not os.path.exists(how):\n    open(how, 'w').close()\n    bytearray(10 ** 13)"
    made = report(tmp_path, once, MARKED)
    assert statuses(render(jobs(made, 1, how=str(tmp_path / "f")), tmp_path / "out", ["html"])) == ["rendered"]


def test_the_fork_server_may_die_in_the_middle(tmp_path: Path) -> None:
    once = (
        "import os, psutil\nif mark == 3 and not os.path.exists(how):\n    open(how, 'w').close()\n"
        "    psutil.Process().parent().parent().kill()"
    )
    made = report(tmp_path, once, MARKED)
    results = render(jobs(made, 6, how=str(tmp_path / "f")), tmp_path / "out", ["html"], 2)
    assert statuses(results) == ["rendered"] * 6


def test_a_folder_is_one_batchs_at_a_time(tmp_path: Path) -> None:
    made, out = report(tmp_path, "import time; time.sleep(2)", MARKED), tmp_path / "out"
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(render, jobs(made, 1), out, ["html"])
        time.sleep(0.5)
        with pytest.raises(InputError, match="另一"):
            render(jobs(made, 1), out, ["html"])
        assert statuses(first.result()) == ["rendered"]


class Refusing(ThreadPoolExecutor):
    """An executor that cannot hand out one task the first time."""

    refused = False

    def submit(self, *call: Any, **named_: Any) -> "Future[Any]":
        if not self.refused:
            self.refused = True
            lost: Future[Any] = Future()
            lost.set_exception(ConnectionError("worker lost"))
            return lost
        return super().submit(*call, **named_)


def test_any_executor_will_do_and_a_lost_task_is_handed_out_again(tmp_path: Path) -> None:
    with Refusing(1) as pool:
        results = render(jobs(report(tmp_path), 2), tmp_path / "out", ["html"], executor=pool)
    assert statuses(results) == ["rendered"] * 2


def test_one_file_name_for_two_reports_is_refused(tmp_path: Path) -> None:
    made = report(tmp_path)
    with pytest.raises(InputError, match="文件名"):
        render([Job(made, {}, "R"), Job(made, {"mark": 1}, "r")], tmp_path / "out", ["html"])


def test_a_manifest_of_a_newer_version_is_refused_and_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    newer = json.dumps({"format": 2, "reports": []})
    (out / "manifest.json").write_text(newer)
    with pytest.raises(InputError, match="更新版本"):
        render(jobs(report(tmp_path), 1), out, ["html"])
    assert (out / "manifest.json").read_text() == newer


def test_a_manifest_of_0_1_0_is_read() -> None:
    manifest = Manifest(Path(__file__).parents[1] / "fixtures/written_by_0_1_0/reports")
    (entry,) = manifest.entries.values()
    assert manifest.is_made(entry["stem"], entry["fingerprint"], ("html",))
    assert manifest.plans


@pytest.mark.parametrize("content", ["{", "[]", '{"reports": [1]}', '{"reports": 3}', '{"format": "x"}'])
def test_a_broken_manifest_is_refused_and_kept(content: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text(content)
    with pytest.raises(InputError):
        render(jobs(report(tmp_path), 1), out, ["html"])
    assert (out / "manifest.json").read_text() == content


SCRIPT = """
import sys
from pathlib import Path
from tests.rendering.test_batch import jobs
from govkit.rendering.catalogue import Report
from govkit.rendering.batch import render
render(jobs(Report(Path(sys.argv[1])), int(sys.argv[3])), Path(sys.argv[2]), ["html"], 2, print)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_batch_ended_at_any_moment_goes_on_where_it_was(number: int, tmp_path: Path) -> None:
    slow, out = report(tmp_path, "import time; time.sleep(.2)", MARKED), tmp_path / "out"
    batch = subprocess.Popen([sys.executable, "-c", SCRIPT, slow.path, out, "8"], stdout=subprocess.PIPE)
    assert batch.stdout
    for _line in range(3):
        batch.stdout.readline()
    started = psutil.Process(batch.pid).children(recursive=True)
    os.kill(batch.pid, number)
    batch.communicate(timeout=20)
    _gone, alive = psutil.wait_procs(started, timeout=10)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    assert sum(result.status == "rendered" for result in render(jobs(slow, 8), out, ["html"], 2)) <= 5
    assert sorted(path.name for path in out.iterdir() if path.name != ".lock") == sorted(
        ["manifest.json", *(f"r{n}.html" for n in range(1, 9))]
    )


def test_nothing_is_said_on_standard_error(tmp_path: Path) -> None:
    made = report(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, made.path, tmp_path / "out", "1"], capture_output=True, check=True
    )
    assert done.stderr == b""


def test_a_fork_server_serves_many_batches(tmp_path: Path) -> None:
    pids = []
    for n in range(2):
        render(jobs(report(tmp_path), 1), tmp_path / str(n), ["html"])
        pids.append(fork_server().pid)
    assert pids[0] == pids[1]


WORDS = {"title": "通报", "period": "2015-09", "place": "司家寨", "audience": ""}


@pytest.mark.parametrize(
    ("template", "stem"),
    [
        ("{title}-{period}-{place}-{audience}", "通报-2015-09-司家寨"),
        ("{place}", "司家寨"),
        ("../{place}", "司家寨"),
        ("a/b\\{place}.exe", "a_b_司家寨_exe"),
    ],
)
def test_names_come_from_a_template(template: str, stem: str) -> None:
    assert stem_from_template(template, WORDS) == stem


@pytest.mark.parametrize("template", ["", "same", "{nobody}", "{", "{place.__class__}", "{place[0]}", "{0}"])
def test_a_template_of_other_names_is_refused(template: str) -> None:
    with pytest.raises(UsageError):
        stem_from_template(template, WORDS)


@given(st.lists(st.text(), max_size=4))
def test_a_file_name_stays_in_its_folder(words: list[str]) -> None:
    stem = file_stem(*words)
    assert Path("folder", f"{stem}.html").resolve().parent == Path("folder").resolve()
    assert not set(stem) & set('/\\:*?"<>|.\0\n')
    assert 0 < len(stem.encode()) <= 201


@pytest.mark.parametrize("word", ["con", "NUL", "com1", "..", "", "/etc/passwd", "长" * 300])
def test_hostile_names(word: str) -> None:
    assert file_stem(word).lower() not in {"con", "nul", "com1", "", ".."}
