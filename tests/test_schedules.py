"""The recipes for schedules: the line that cron calls, and a report's notebook as a job of jupyter-scheduler."""

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from govkit.core.files import shipped
from tests.browser.conftest import _free_port, _wait_for
from tests.reports.sites import links

GUIDE = Path(__file__).parents[1] / "docs" / "guides" / "发布与定时.md"


def scheduled() -> list[str]:
    """Return the commands of the guide's crontab."""
    (block,) = re.findall(r"```cron\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for line in block.splitlines() if line and not line.startswith("#")]
    return [re.split(r"\s+", line, maxsplit=5)[5] for line in lines]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="cron is not on Windows")
def test_the_line_for_cron_runs_as_cron_runs_it(sample_store: Path, tmp_path: Path) -> None:
    (command,) = scheduled()
    office = tmp_path / "office"
    (office / ".venv" / "bin").mkdir(parents=True)
    program = office / ".venv" / "bin" / "govkit"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from govkit.cli import main; main()" "$@"\n', "utf-8")
    program.chmod(0o755)
    shutil.copytree(sample_store, office / "store")
    line = command.replace("/srv/office", str(office)).replace("\\%", "%")  # cron itself takes the backslashes away
    line = re.sub(r'"\$\(date .*?\)"', '"$(date -d 2015-09-15 +%Y-%m)"', line)
    line = line.replace("report publish", "report publish --reports conduct")
    root = str(Path(__file__).parents[1])
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "SHELL": "/bin/sh", "PYTHONPATH": root}  # as cron gives
    done = subprocess.run(["/bin/sh", "-c", line], env=bare, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert links(office / "网站")[1] == []
    assert "7份报告" in (office / "publish.log").read_text(encoding="utf-8")


def test_windows_gets_the_same_command() -> None:
    (line,) = re.findall(r"^schtasks .*$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    (task,) = re.findall(r'/tr "(.*?)" ', line)
    (command,) = scheduled()
    assert shlex.split(task, posix=False)[1:3] == ["report", "publish"]
    assert "report publish" in command


@pytest.mark.slow
def test_jupyter_scheduler_runs_a_report_with_its_parameters(sample_store: Path, tmp_path: Path) -> None:
    pytest.importorskip("jupyter_scheduler", reason="needs pip install 'govkit[schedule]'")
    shutil.copytree(shipped("notebooks"), tmp_path / "notebooks")
    port, token = _free_port(), secrets.token_hex(16)
    url = f"http://127.0.0.1:{port}/scheduler"
    words = [f"--ServerApp.root_dir={tmp_path}", f"--ServerApp.port={port}", f"--IdentityProvider.token={token}"]
    words += ["--ServerApp.ip=127.0.0.1", "--ServerApp.open_browser=False", "--allow-root"]
    words += ["--ServerApp.jpserver_extensions={'jupyter_scheduler': True}"]
    words += [f"--SchedulerApp.db_url=sqlite:///{tmp_path}/scheduler.sqlite"]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *words],
            stdout=log,
            stderr=log,
            env=os.environ
            | {"JUPYTER_DATA_DIR": str(tmp_path / "data"), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")},
        )

    def call(path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{url}/{path}", json.dumps(body).encode() if body else None, {"Authorization": f"token {token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def ended(parameters: dict[str, str]) -> tuple[dict[str, Any], str]:
        (environment, *_others) = call("runtime_environments")
        job = {
            "name": "通报",
            "input_uri": "notebooks/reports/monthly_bulletin.ipynb",
            "runtime_environment_name": environment["name"],
            "output_formats": ["ipynb"],
            "parameters": {name: repr(value) for name, value in (parameters | {"store": str(sample_store)}).items()},
        }
        number = call("jobs", job)["job_id"]
        until = time.monotonic() + 300
        while (found := call(f"jobs/{number}"))["status"] not in ("COMPLETED", "FAILED"):
            assert time.monotonic() < until, (tmp_path / "server.log").read_text(errors="replace")[-3000:]
            time.sleep(1)
        made = sorted(tmp_path.rglob(f"*{number}*/*.ipynb"))
        return found, "".join(path.read_text(encoding="utf-8") for path in made)

    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token={token}", tmp_path / "server.log")
        found, made = ended({"period": "2015-08", "place": "阳庙镇"})
        assert found["status"] == "COMPLETED", found["status_message"]
        assert "阳庙镇基层四项基础制度运行情况的通报" in made
        assert "2015年8月" in made
        found, _made = ended({"period": "2015-13"})
        assert found["status"] == "FAILED"
    finally:
        server.terminate()
        server.wait(20)
