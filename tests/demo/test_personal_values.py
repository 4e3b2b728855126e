"""After a full demonstration no log, output, temporary file or checkpoint has a personal value of the sample."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from govkit.figures.public_wording import personal_values
from govkit.figures.snapshot import open_snapshot

pytestmark = pytest.mark.slow

MEANT = ("workbooks", "store", "exam", "reports")
"""The folders of the demonstration that hold personal values on purpose; their logs and public files hold none."""


def test_no_log_output_temporary_file_or_checkpoint_has_one(tmp_path: Path) -> None:
    temporary, home, demo = (tmp_path / name for name in ("temporary", "home", "demo"))
    temporary.mkdir()
    home.mkdir()
    places = {"TMPDIR": str(temporary), "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "GOVKIT_DEBUG": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "from govkit.cli import main; main()", "demo", "-o", str(demo), "--by", "测试"],
        env=os.environ | places,
        capture_output=True,
        check=False,
        cwd=tmp_path,
        timeout=1_500,
    )
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    secrets = _secrets(demo / "store")
    assert len(secrets) > 500
    files = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and _has_none(path, demo)}
    assert any("audit.jsonl" in name for name in files)
    assert any("公开" in name for name in files)
    found = {"stdout": done.stdout, "stderr": done.stderr} | files
    assert [(name, secret) for name, content in found.items() for secret in _held(content, secrets)] == []


def _has_none(path: Path, demo: Path) -> bool:
    """Return whether a file is meant to hold no personal value."""
    inside = path.relative_to(demo).parts if path.is_relative_to(demo) else ()
    is_log = path.name.startswith("audit.jsonl") or path.suffix == ".log" or ".ipynb_checkpoints" in path.parts
    is_public = "公开" in path.name and path.suffix in (".html", ".json")
    return is_log or is_public or not inside or inside[0] not in MEANT


def _secrets(store: Path) -> set[str]:
    values = personal_values(open_snapshot(store).frames)
    names = {name for name in values["name"] if len(name) >= 3}
    return names | {"".join(filter(str.isdigit, phone)) for phone in values.get("phone", ()) if len(phone) > 9}


def _held(content: bytes, secrets: set[str]) -> list[str]:
    texts = [content.decode("utf-8", "ignore"), content.decode("utf-16-le", "ignore")]
    return [secret for secret in secrets if any(secret in text for text in texts)]
