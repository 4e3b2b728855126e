"""A proxy in front of the server: Secure cookies, and only it may name a candidate's address."""

import asyncio
import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from govkit.cli import run
from govkit.room.http.seb import config_key, request_hash, seb_settings
from tests.room.serving import Candidate, RunningRoom, copied_exam, field_of, serving


@pytest.mark.parametrize(
    "arguments",
    [
        ["--public", "exam.example"],
        ["--public", "ftp://exam.example"],
        ["--public", "https://exam.example/room"],
        ["--public", "https://user@exam.example"],
        ["--public", "https://exam.example:x"],
        ["--public", "https://[fe80"],
        ["--proxy", "*"],
        ["--proxy", "0.0.0.0/0"],
        ["--proxy", "::/0"],
        ["--proxy", "proxy.example"],
        ["--proxy", "10.0.0.1/8"],
    ],
)
def test_what_is_no_front(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert run(["exam", "serve", "--data", str(tmp_path / "data"), "--port", "0", *arguments]) == 2
    said = capsys.readouterr().err
    assert arguments[0] in said
    assert arguments[1] in said


def test_all_of_it_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ["--public", "here", "--proxy", "all", "--proxy", "10.0.0.2", "--proxy", "any"]
    assert run(["exam", "serve", "--data", str(tmp_path / "data"), "--port", "0", *wrong]) == 2
    said = capsys.readouterr().err
    assert all(f"“{word}”" in said for word in ("here", "all", "any"))
    assert "10.0.0.2”" not in said


def cookies(reply: httpx.Response) -> list[str]:
    """Return the Set-Cookie headers, at least one."""
    found = reply.headers.get_list("set-cookie")
    assert found
    return found


@pytest.mark.parametrize(
    ("arguments", "told", "secure"),
    [
        ([], {}, False),
        ([], {"X-Forwarded-Proto": "https", "Forwarded": "proto=https"}, False),
        (["--proxy", "192.0.2.1"], {"X-Forwarded-Proto": "https"}, False),
        (["--proxy", "127.0.0.1"], {"X-Forwarded-Proto": "http"}, False),
        (["--proxy", "127.0.0.1"], {"X-Forwarded-Proto": "https"}, True),
        (["--public", "http://exam.example"], {"X-Forwarded-Proto": "https"}, False),
        (["--public", "https://exam.example"], {}, True),
        (["--public", "https://exam.example", "--proxy", "127.0.0.1"], {"X-Forwarded-Proto": "http"}, True),
    ],
)
def test_who_can_make_a_cookie_secure(tmp_path: Path, arguments: list[str], told: dict[str, str], secure: bool) -> None:
    with serving(tmp_path, arguments=arguments) as server:
        room = server.room(copied_exam(tmp_path, 1), opened=False)
        client = room.candidate(headers=told).client
        form = client.get(f"/r/{room.id}/")
        mark = field_of(form.text, "csrf")
        sent = {"candidate": "1001", "pin": room.pins["1001"], "csrf": mark}
        signed = client.post(f"/r/{room.id}/sign-in", data=sent, headers={"Cookie": f"room-form={mark}"})
        assert signed.status_code == 303
        for each in (*cookies(form), *cookies(signed)):
            assert ("; Secure" in each) == secure
            assert "HttpOnly; SameSite=Strict" in each


@pytest.mark.parametrize(("proxy", "believed"), [("127.0.0.1", True), ("192.0.2.1", False)])
def test_whose_tries_are_counted(tmp_path: Path, proxy: str, believed: bool) -> None:
    """Each candidate has their own attempts behind a trusted proxy; a forged header gives no new ones."""
    with serving(tmp_path, arguments=["--proxy", proxy]) as server:
        room = server.room(copied_exam(tmp_path, 1), opened=False)

        def tried(address: str) -> int:
            return room.candidate(headers={"X-Forwarded-For": f"203.0.113.9, {address}"}).sign_in("0").status_code

        assert [tried("198.51.100.1") for _ in range(11)] == [401] * 10 + [429]
        assert tried("198.51.100.2") == (401 if believed else 429)


@contextmanager
def tls(folder: Path, port: int) -> Iterator[int]:
    """Accept encrypted connections and forward them to a local port, as a proxy does; yield its own port."""
    context, ready, loop = _context(folder), threading.Event(), asyncio.new_event_loop()
    found: list[int] = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while content := await reader.read(1 << 16):
            writer.write(content)
            await writer.drain()
        writer.close()

    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        both = (pass_on(reader, inner_writer), pass_on(inner_reader, writer))
        await asyncio.gather(*both, return_exceptions=True)

    async def listen() -> None:
        proxy = await asyncio.start_server(taken, "127.0.0.1", 0, ssl=context)
        found.append(proxy.sockets[0].getsockname()[1])
        ready.set()
        await asyncio.get_running_loop().create_future()

    thread = threading.Thread(target=lambda: _until_cancelled(loop, listen()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
        thread.join(10)


def _until_cancelled(loop: asyncio.AbstractEventLoop, work: object) -> None:
    try:
        loop.run_until_complete(work)  # type: ignore[arg-type]
    except asyncio.CancelledError:
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


def _context(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "exam.example")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "tls.pem").write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    return context


def test_a_sitting_through_tls(tmp_path: Path) -> None:
    with serving(tmp_path, arguments=["--public", "https://Exam.Example/"]) as server:
        assert server.about["urls"] == ["https://exam.example"]
        room = server.room(copied_exam(tmp_path, 2))
        with tls(tmp_path, server.port) as port, _browser(room, port) as candidate:
            assert candidate.sign_in().status_code == 303
            assert candidate.paper().status_code == 200
            assert candidate.save(q1="A").json()["saved"]
            assert candidate.state(answers=True)["answers"]["q1"]["answer"] == "A"
            plain = room.candidate("1002")  # without https the browser does not return the cookies
            assert plain.sign_in().status_code == 403
            named = candidate.client.get(f"/r/{room.id}/", headers={"Host": "exam.example"})
            assert named.status_code == 303
            assert candidate.client.get("/", headers={"Host": "other.example"}).status_code == 400


def test_safe_exam_browser_through_tls(tmp_path: Path) -> None:
    """The browser hashes the https URL that it sees."""
    with serving(tmp_path, arguments=["--public", "https://exam.example"]) as server:
        url = "https://exam.example/r/tiny/"
        key = config_key(seb_settings(url))
        room = server.room(copied_exam(tmp_path, 1), id="tiny", require_seb=True, seb_keys=[key])
        sent = {"Host": "exam.example", "X-SafeExamBrowser-ConfigKeyHash": request_hash(url, key)}
        assert room.candidate().client.get("/r/tiny/", headers=sent).status_code == 200
        sent["X-SafeExamBrowser-ConfigKeyHash"] = request_hash(url.replace("https", "http"), key)
        assert room.candidate().client.get("/r/tiny/", headers=sent).status_code == 403


@contextmanager
def _browser(room: RunningRoom, port: int) -> Iterator[Candidate]:
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with httpx.Client(base_url=f"https://127.0.0.1:{port}", timeout=20, verify=trusting) as client:
        yield Candidate(client, room.id, "1001", room.pins["1001"])
