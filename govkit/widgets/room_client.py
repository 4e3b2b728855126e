"""Client of the room's server: find it by its ``room.json``, start it as a process of its own, send it JSON.

The server outlives the kernel that started it; a new panel finds it by the same data folder.
"""

import json
import os
import subprocess
import sys
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from govkit.core.errors import InputError, InternalError, Problem, Where
from govkit.core.i18n import gettext as _

ROOM_FILE, LOG_FILE = "room.json", "server.log"
START_SECONDS, ANSWER_SECONDS, ALIVE_SECONDS = 30.0, 60.0, 3.0
_COMMAND = "from govkit.cli import main; main()"
_DIRECT = build_opener(ProxyHandler({}))  # the trainer's port is on this computer

Json = dict[str, Any]


class RoomServer:
    """A data folder, and the server that has it open, if one runs."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def about(self) -> Json | None:
        """Return the content of ``room.json`` (pid, ports, token, urls), or None if no server runs."""
        try:
            server = self._server()
            _call(server, "GET", "/rooms", seconds=ALIVE_SECONDS)
        except (OSError, ValueError, KeyError, HTTPException):
            return None
        return server

    def start(self, host: str = "0.0.0.0", port: int = 8000) -> Json:  # noqa: S104 - candidates must reach it
        """Start a server that outlives this process, unless one runs; return the content of its ``room.json``.

        :raises InternalError: it did not come up; the end of its log is quoted.
        """
        running = self.about()
        if running is not None:
            return running
        self.data.mkdir(parents=True, exist_ok=True)
        arguments = ["exam", "serve", "--data", str(self.data), "--host", host, "--port", str(port)]
        with (self.data / LOG_FILE).open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-c", _COMMAND, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **_detached(),
            )
        return self._awaited(process)

    def ask(self, method: str, path: str, body: Json | None = None, person: str = "") -> Json:
        """Return the server's answer to a call of its trainer's port.

        :raises InputError: the server refuses, or an input is wrong.
        :raises InternalError: no server answers.
        """
        try:
            return _call(self._server(), method, path, body, person=person)
        except HTTPError as error:
            raise InputError(_problems(error)) from None
        except (URLError, OSError, ValueError, KeyError, HTTPException):
            what = _("The room's server does not answer")
            raise InternalError(
                Problem(Where(str(self.data)), what, _("Start it again; saved answers are kept"))
            ) from None

    def stop(self, person: str) -> None:
        """Stop the server; its data stays on disk."""
        self.ask("POST", "/shutdown", {}, person)

    def _server(self) -> Json:
        found: Json = json.loads((self.data / ROOM_FILE).read_text("utf-8"))
        return found

    def _awaited(self, process: "subprocess.Popen[bytes]") -> Json:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and process.poll() is None:
            about = self.about()
            if about is not None:
                return about
            time.sleep(0.1)
        log = (self.data / LOG_FILE).read_text("utf-8", errors="replace").strip()
        what = _("The room's server did not start: {said}").format(said=log[-600:] or process.poll())
        repair = _("Fix the error it names; if the port is taken, choose another one")
        raise InternalError(Problem(Where(str(self.data)), what, repair))


def _call(
    server: Json, method: str, path: str, body: Json | None = None, *, person: str = "", seconds: float = 0
) -> Json:
    headers = {"Authorization": f"Bearer {server['token']}", "X-Person": quote(person)}
    content = None if body is None else json.dumps(body).encode()
    if content is not None:
        headers["Content-Type"] = "application/json"
    url = f"http://127.0.0.1:{int(server['admin_port'])}{path}"
    request = Request(url, content, headers, method=method)
    with _DIRECT.open(request, timeout=seconds or ANSWER_SECONDS) as response:
        answer: Json = json.loads(response.read())
    return answer


def _problems(error: HTTPError) -> list[Problem]:
    """Return the problems in the server's refusal."""
    try:
        answer = json.loads(error.read())
        listed = answer.get("problems") or []
        found = [Problem(Where(each["where"]), each["what"], each["repair"]) for each in listed]
        what = str(answer.get("problem") or error.code)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        found, what = [], str(error.code)
    return found or [Problem(Where(_("exam room")), what, _("Correct this and try again"))]


def _detached() -> dict[str, Any]:
    """Return the options of this system for a process that outlives the kernel."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
        return {"creationflags": flags, "close_fds": True}
    return {"start_new_session": True, "close_fds": True, "env": _environment()}


def _environment() -> dict[str, str]:
    """Return the environment without the kernel's own variables."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("JPY_", "IPYTHON", "MPLBACKEND"))}
