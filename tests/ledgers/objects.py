"""An object store for tests: moto's S3 server behind a proxy that makes requests fail, in a process of their own."""

import http.client
import http.server
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

BUCKET = "s3://ledgers"
_CONTROL = "/-control"


@dataclass
class Faults:
    """The requests that passed the proxy, and what is to happen to one of them."""

    seen: list[str] = field(default_factory=list)
    fail_at: int = 0
    fault: str = ""
    lasting: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    released: threading.Event = field(default_factory=threading.Event)

    def reset(self, fail_at: int, fault: str, lasting: bool) -> list[str]:
        """Forget the requests seen, say what is to happen, and return what was seen."""
        with self.lock:
            seen, self.seen = self.seen, []
            self.fail_at, self.fault, self.lasting = fail_at, fault, lasting
            self.released.set()
            self.released = threading.Event()
            return seen

    def next(self, request: str) -> tuple[str, threading.Event]:
        """Note a request, and return the fault that it is to have and what releases it."""
        with self.lock:
            self.seen.append(request)
            number = len(self.seen)
            failing = number == self.fail_at or (self.lasting and 0 < self.fail_at <= number)
            return self.fault if failing else "", self.released


class Relay(http.server.BaseHTTPRequestHandler):
    """Passes requests on to the server behind, with the faults asked for."""

    protocol_version = "HTTP/1.1"
    behind = ("127.0.0.1", 0)
    faults = Faults()

    def handle(self) -> None:
        """Serve a connection until either side ends it."""
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Say nothing."""

    def relay(self) -> None:
        """Pass one request on."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == _CONTROL:
            self.answer(200, {}, json.dumps(self.faults.reset(**json.loads(body))).encode())
            return
        fault, released = self.faults.next(f"{self.command} {self.path}")
        if fault == "refused":
            self.answer(503, {}, b"<Error><Code>SlowDown</Code></Error>")
            return
        if fault == "slow":
            released.wait(60)
        answer = self.passed_on(body)
        if fault == "twice":
            answer = self.passed_on(body)
        if fault == "lost":
            self.answer(503, {}, b"<Error><Code>SlowDown</Code></Error>")
        elif fault == "cut":
            self.close_connection = True
        else:
            self.answer(*answer)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = relay  # noqa: N815 - the names that the base class calls

    def passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return the answer of the server behind."""
        connection = http.client.HTTPConnection(*self.behind, timeout=60)
        try:
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            found = connection.getresponse()
            return found.status, dict(found.getheaders()), found.read()
        finally:
            connection.close()

    def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        """Send an answer."""
        self.send_response_only(status)
        length = headers.get("Content-Length") if self.command == "HEAD" else None
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


class Requests:
    """The requests to the object store, from the test's side."""

    def __init__(self, port: int) -> None:
        self._port = port

    def reset(self, fail_at: int = 0, fault: str = "refused", *, lasting: bool = False) -> list[str]:
        """Release requests that are held, say what is to happen next, and return the requests since the last reset.

        :param fail_at: the number of the request that fails, from 1; 0 for none.
        :param fault: ``refused`` (503, not passed on), ``lost`` (passed on, then 503), ``cut`` (passed on, then the
            connection ends), ``twice`` (passed on twice, the second answer is given), ``slow`` (held until released).
        :param lasting: all later requests fail too.
        """
        body = json.dumps({"fail_at": fail_at, "fault": fault, "lasting": lasting})
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.request("POST", _CONTROL, body)
        seen: list[str] = json.loads(connection.getresponse().read())
        connection.close()
        return seen


def serve() -> None:
    """Serve until standard input ends; the port is the first line of standard output."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    behind = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    behind.start()
    Relay.behind = behind.get_host_and_port()
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    sys.stdout.write(f"{proxy.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)


@contextmanager
def object_store() -> Iterator[Requests]:
    """Run the server and the proxy, and set the variables by which Delta Lake finds them."""
    command, root = [sys.executable, "-m", "tests.ledgers.objects"], Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = int(process.stdout.readline())
        settings = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        before = {name: os.environ.get(name) for name in settings}
        os.environ.update(settings)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("PUT", "/ledgers")
            connection.getresponse().read()
            connection.close()
            yield Requests(port)
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
            process.stdin.close()


if __name__ == "__main__":
    serve()
