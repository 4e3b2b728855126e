"""The command ``govkit exam serve``, and the start and end of a server."""

import json
import socket
from pathlib import Path

import pytest

from govkit.cli import run
from govkit.room.http.server import addresses
from tests.room.serving import Candidate, copied_exam, serving, web


def test_a_room_for_each_folder_and_its_pins(tmp_path: Path) -> None:
    exam = copied_exam(tmp_path, 3)
    with serving(tmp_path, arguments=[str(exam)]) as server:
        assert [room["room_id"] for room in server.about["rooms"]] == ["tiny"]
        pins = Path(server.about["rooms"][0]["pins"])
        assert pins.stat().st_mode & 0o077 == 0
        listed = dict(line.split(",") for line in pins.read_text("utf-8").splitlines()[1:])
        assert list(listed) == ["1001", "1002", "1003"]
        import httpx

        candidate = Candidate(httpx.Client(base_url=server.url, verify=False), "tiny", "1001", listed["1001"])  # noqa: S501
        server.clients.append(candidate.client)
        assert candidate.sign_in().status_code == 303
        said = (server.data / "stdout.log").read_text("utf-8")
        assert f"考生入口：{server.url}" in said
        assert server.about["token"] not in said
        server.stop()
        server.start()  # the room exists: no second one is created
        assert [room["room_id"] for room in server.about["rooms"]] == ["tiny"]


def test_one_room_is_gone_to_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert web.get(server.url).status_code == 200  # none yet
        room = server.room(copied_exam(tmp_path, 1), opened=False)
        assert web.get(server.url).headers["location"] == f"/r/{room.id}/"


def test_it_ends_in_good_order(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        candidate = server.room(copied_exam(tmp_path, 1)).seated()
        candidate.save(q1="A")
        assert server.process is not None
        server.admin("POST", "/shutdown", {})
        assert server.process.wait(10) == 0
        assert not (server.data / "room.json").exists()
        assert not (server.data / "room.sqlite-wal").exists()  # closed, all in one file


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--database", "sqlite:///room"], 2, "无法识别"),
        (["--port", "70000"], 2, "70000"),
        (["no-such-folder"], 2, "no-such-folder"),
    ],
)
def test_what_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert run(["exam", "serve", "--data", str(tmp_path / "data"), *arguments]) == code
    assert said in capsys.readouterr().err


def test_a_taken_port(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run(["exam", "serve", "--data", str(tmp_path), "--host", "127.0.0.1", "--port", port]) == 2
    assert f"端口 {port} 无法使用" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "expected"), [("10.0.0.5", ["http://10.0.0.5:80"]), ("fe80::1", ["http://[fe80::1]:80"])]
)
def test_addresses(host: str, expected: list[str]) -> None:
    assert addresses(host, 80) == expected


def test_addresses_of_all() -> None:
    found = addresses("0.0.0.0", 80)  # noqa: S104 - asked about, not bound
    assert found
    assert json.dumps(found)
