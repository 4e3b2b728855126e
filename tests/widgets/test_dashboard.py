"""The dashboard: what it shows, that it gives nothing else, and how it bears many readers."""

import hashlib
import http.client
import json
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from math import isnan
from pathlib import Path

import psutil
import pytest

from govkit.cli import run
from govkit.core.errors import InputError, UsageError
from govkit.figures.snapshot import Snapshot
from govkit.reports.publication import privacy_check_of
from govkit.widgets.dashboard import BOARD, HOST, Answer, Dashboard, answers
from govkit.widgets.explore_data import Survey, shown

READERS, READS = 30, 20


def nothing(_total: int) -> Callable[[str], None]:
    return lambda _label: None


@pytest.fixture(scope="module")
def found(snapshot: Snapshot) -> dict[str, Answer]:
    return answers(snapshot, "2015-09", None, nothing)


@pytest.fixture(scope="module")
def server(found: dict[str, Answer]) -> Iterator[Dashboard]:
    with Dashboard(found, 0) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()


def ask(server: Dashboard, method: str, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection(HOST, server.server_port, timeout=20)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


@pytest.mark.slow
def test_it_shows_the_numbers_of_the_ledgers(snapshot: Snapshot, found: dict[str, Answer]) -> None:
    survey = Survey(snapshot)
    codes = {code for measures in survey.catalogue().values() for code in measures.values()}
    assert {path for path in found if path.startswith("/data/")} == {
        "/data/catalogue.json",
        *(f"/data/{code}.json" for code in codes),
    }
    for code in sorted(codes)[::7]:
        data = json.loads(found[f"/data/{code}.json"].content)
        for to_date, kind in ((False, "month"), (True, "year")):
            if kind in data:
                matrix, words = survey.matrix(code, to_date=to_date), survey.words(code, to_date=to_date)
                counted = snapshot.measure(code).levels
                assert list(data[kind]) == [place.code for place in snapshot.places if place.level in counted]
                for place in {"sfq", "yangmiao"} & data[kind].keys():
                    values, said = matrix.T[place].tolist(), words.T[place].tolist()
                    wanted = [word if isnan(one) else one for one, word in zip(values, said, strict=True)]
                    numbers = [one for one in wanted if not isinstance(one, str)]
                    assert [one for one in data[kind][place] if isinstance(one, str)] == list(filter(None, said))
                    assert [one for one in data[kind][place] if not isinstance(one, str)] == pytest.approx(
                        numbers, abs=1e-6
                    )
    page = found["/"].content.decode()
    for code in BOARD:
        measure = snapshot.measure(code)
        assert measure.label in page
        value = survey.matrix(code)["2015-09"].to_dict()["sfq"]
        assert f"<td>{shown(value, measure)}<br>" in page


@pytest.mark.slow
def test_no_address_gives_a_person(snapshot: Snapshot, found: dict[str, Answer]) -> None:
    check = privacy_check_of(snapshot)
    for path, answer in found.items():
        name = "page.html" if path == "/" else f"page{Path(path).suffix}"
        if name.endswith((".html", ".json")):
            assert [str(one) for one in check.check(name, answer.content) if one.severity == "error"] == [], path


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/api/kernels", "/api/contents", "/api/contents/store", "/api/terminals", "/api/sessions", "/voila/files/x",
        "/files/store/audit.jsonl", "/store/audit.jsonl", "/../store/audit.jsonl", "/%2e%2e/store/audit.jsonl",
        "/data/../../etc/passwd", "/data/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/etc/passwd", "/data/", "/data",
        "/reports/", "/reports/.govkit-site.json", "/dashboard.py", "/room", "/entry", "/index.html/", "/\x80",
    ],
)  # fmt: skip
def test_what_is_not_shown_is_not_there(server: Dashboard, path: str) -> None:
    with socket.create_connection((HOST, server.server_port), timeout=20) as raw:  # http.client would tidy the path
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{server.server_port}\r\n\r\n".encode("latin-1"))
        assert raw.recv(4096).split(b" ")[1] in (b"404", b"400")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/data/G4.json", "/api/kernels"])
def test_no_method_writes(server: Dashboard, method: str, path: str) -> None:
    status, content, headers = ask(server, method, path)
    assert (status, content, headers["Allow"]) == (405, b"", "GET, HEAD")


@pytest.mark.slow
def test_code_finds_no_kernel(server: Dashboard) -> None:
    handshake = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    handshake["Sec-WebSocket-Key"] = "x3JJHMbDL1EzLkh9GBhXDw=="
    path = "/api/kernels/00000000-0000-0000-0000-000000000000/channels"
    assert ask(server, "GET", path, **handshake)[0] == 404
    status, _content, headers = ask(server, "GET", "/", **handshake)
    assert (status, headers.get("Upgrade")) == (200, None)
    assert not re.search(b"ipykernel|jupyter", b"".join(answer.content for answer in server.answers.values()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": ""}, 403),
        ({"Content-Length": "3"}, 400),
        ({"Transfer-Encoding": "chunked"}, 400),
    ],
)
def test_only_plain_requests_to_its_own_name_are_answered(
    server: Dashboard, headers: dict[str, str], status: int
) -> None:
    assert ask(server, "GET", "/data/G4.json", **headers)[0] == status


@pytest.mark.slow
def test_it_listens_on_loopback_only(server: Dashboard) -> None:
    listening = [one.laddr.ip for one in psutil.Process().net_connections() if one.status == "LISTEN"]
    assert HOST in listening
    assert server.server_address[0] == HOST
    headers = ask(server, "HEAD", "/")[2]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.slow
def test_a_port_in_use_is_a_problem(server: Dashboard) -> None:
    with pytest.raises(UsageError, match="端口"):
        Dashboard({}, server.server_port)


@pytest.mark.slow
def test_thirty_readers_read_and_nothing_is_written(
    sample_store: Path, server: Dashboard, record_property: Callable[[str, object], None]
) -> None:
    def tree() -> dict[Path, str]:
        files = (path for path in sample_store.rglob("*") if path.is_file())
        return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = tree()
    paths = ["/", *sorted(path for path in server.answers if path.startswith("/data/"))][:READS]

    def read(_reader: int) -> list[float]:
        times = []
        for path in paths:
            started = time.perf_counter()
            assert ask(server, "GET", path)[0] == 200
            times.append(time.perf_counter() - started)
        return times

    memory = psutil.Process(os.getpid())
    held = memory.memory_full_info().uss
    with ThreadPoolExecutor(READERS) as readers:
        times = sorted(one for reader in readers.map(read, range(READERS)) for one in reader)
    grown = (memory.memory_full_info().uss - held) / 2**20
    record_property("p95_ms", round(times[int(len(times) * 0.95)] * 1000))
    record_property("grown_MiB", round(grown, 1))
    assert times[int(len(times) * 0.95)] < 1
    assert grown < 64
    assert tree() == before


def test_a_folder_without_a_site_is_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="没有报告网站"):
        answers(snapshot, "2015-09", tmp_path, nothing)


@pytest.mark.parametrize("words", [["--period", "2015-13"], ["--store", "no store"], ["--site", "no site"]])
def test_wrong_requests_are_problems(sample_store: Path, words: list[str]) -> None:
    assert run(["dashboard", "--port", "0", "--store", str(sample_store), *words]) == 1
