"""A running room: the server as a separate process on free ports, with an invented exam and candidates.

``with serving(folder) as server: room = server.room(exam_folder(folder, 5))`` is all a test needs.
"""

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote

import httpx

from govkit.exams.bank.questions import Face, Option, QuestionType
from govkit.exams.folder import BLUEPRINT_FILE
from govkit.exams.paper.paper import Paper, PaperSection, write_paper
from govkit.room.domain.sessions import csrf_of

PERSON = "张老师"
ROOT = Path(__file__).parents[2]
Kind = QuestionType
_NO_TLS = ssl.SSLContext(
    ssl.PROTOCOL_TLS_CLIENT
)  # shared: loading certificates for each client takes longer than a sitting
web = httpx.Client(verify=_NO_TLS)
"""A client without cookies, for the trainer's port and for strangers."""


def face(name: str, kind: QuestionType = Kind.SINGLE_CHOICE, **more: Any) -> Face:
    """Return the face of an invented question."""
    letters = () if kind in (Kind.TRUE_FALSE, Kind.FILL_IN, Kind.NUMERIC, Kind.SHORT_ANSWER, Kind.CASE) else "ABCD"
    options = tuple(Option(letter, f"选项{letter}") for letter in letters)
    prompts = tuple(Option(str(at), f"角色{at}") for at in (1, 2)) if kind is Kind.MATCHING else ()
    given = {"options": options, "prompts": prompts, "blanks": 2 if kind is Kind.FILL_IN else 0} | more
    return Face(name, kind, f"题干{name}", Decimal(2), **given)


def small_paper(form: str = "A", singles: int = 50) -> Paper:
    """Return a paper with every type of question, most of them single choices named q1, q2 …"""
    others = {
        "多选": face("m1", Kind.MULTIPLE_CHOICE),
        "判断": face("t1", Kind.TRUE_FALSE),
        "填空": face("f1", Kind.FILL_IN),
        "数值": face("n1", Kind.NUMERIC, unit="%"),
        "排序": face("o1", Kind.ORDERING),
        "匹配": face("p1", Kind.MATCHING),
        "简答": face("w1", Kind.SHORT_ANSWER),
        "案例": face("c1", Kind.CASE, parts=(face("c1.1"), face("c1.2", Kind.FILL_IN))),
    }
    choices = tuple(face(f"q{at}") for at in range(1, singles + 1))
    sections = [PaperSection("单选题", Kind.SINGLE_CHOICE, Decimal(2), "all_or_nothing", choices)]
    sections += [PaperSection(f"{title}题", each.type, Decimal(2), "", (each,)) for title, each in others.items()]
    return Paper(
        "tiny", "四项基础制度闭卷考试", form, date(2015, 10, 20), 90, Decimal(100), Decimal(60), "种子", tuple(sections)
    )


def exam_folder(folder: Path, candidates: int = 5, forms: str = "A", resit: str = "M", singles: int = 50) -> Path:
    """Return an exam folder with papers and a roster of invented candidates 1001, 1002 …; it has no key."""
    folder.mkdir(parents=True, exist_ok=True)
    for form in (*forms, resit):
        write_paper(folder, small_paper(form, singles))
    (folder / BLUEPRINT_FILE).write_text(f"exam: tiny\nresit: {resit}\n", "utf-8")
    lines = [f"{1001 + at},考生{at},单位{at % 6},委员,{forms[at % len(forms)]}," for at in range(candidates)]
    (folder / "roster.csv").write_text("\n".join(["candidate,name,unit,post,form,status", *lines]) + "\n", "utf-8")
    return folder


@dataclass
class Candidate:
    """A candidate's browser as the server sees it."""

    client: httpx.Client
    room_id: str
    candidate: str
    pin: str
    csrf: str = ""

    def sign_in(self, pin: str | None = None) -> httpx.Response:
        """Fetch the form, fill it in, send it; the cookies stay."""
        page = self.client.get(f"/r/{self.room_id}/")
        mark = field_of(page.text, "csrf") or self.client.cookies.get("room-form", "")
        form = {"candidate": self.candidate, "pin": self.pin if pin is None else pin, "csrf": mark}
        answer = self.client.post(f"/r/{self.room_id}/sign-in", data=form)
        self.csrf = csrf_of(self.client.cookies.get("room") or "")
        return answer

    def paper(self) -> httpx.Response:
        """Fetch the paper, or the waiting page, and remember its CSRF token."""
        answer = self.client.get(f"/r/{self.room_id}/paper", follow_redirects=True)
        found = re.search(r'"csrf":\s*"([\w-]+)"', answer.text)
        self.csrf = found.group(1) if found else csrf_of(self.client.cookies.get("room") or "")
        return answer

    def call(self, name: str, body: Any, **headers: str) -> httpx.Response:
        """Post JSON as the page does."""
        headers = {"X-Room-CSRF": self.csrf} | headers
        return self.client.post(f"/r/{self.room_id}/api/{name}", json=body, headers=headers)

    def save(self, **answers: str) -> httpx.Response:
        """Save answers, each with the next version."""
        packet = [self.packet(question, answer) for question, answer in answers.items()]
        return self.call("answers", {"answers": packet})

    def packet(self, question: str, answer: str) -> dict[str, Any]:
        versions = self.__dict__.setdefault("versions", {})
        versions[question] = versions.get(question, 0) + 1
        return {"question": question, "answer": answer, "version": versions[question]}

    def state(self, answers: bool = False) -> dict[str, Any]:
        """Return the state of this sitting."""
        answer = self.client.get(f"/r/{self.room_id}/api/state" + "?answers=1" * answers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@dataclass
class RunningRoom:
    """A room on a running server, and the PINs of its candidates."""

    server: "Server"
    id: str
    pins: dict[str, str]

    def act(self, name: str, **body: Any) -> dict[str, Any]:
        """Run a trainer's action on the room."""
        return self.server.admin("POST", f"/rooms/{self.id}/{name}", body)

    def act_on(self, candidate: str, name: str) -> dict[str, Any]:
        """Run a trainer's action on one candidate."""
        return self.server.admin("POST", f"/rooms/{self.id}/candidates/{candidate}/{name}", {})

    def look(self) -> dict[str, Any]:
        """Return the room as the trainer sees it."""
        return self.server.admin("GET", f"/rooms/{self.id}")

    def candidate(self, number: str = "1001", **more: Any) -> Candidate:
        """Return a candidate's browser, not signed in."""
        client = httpx.Client(base_url=self.server.url, timeout=20, verify=_NO_TLS, **more)
        self.server.clients.append(client)
        return Candidate(client, self.id, number, self.pins[number])

    def seated(self, number: str = "1001") -> Candidate:
        """Return a candidate signed in, with the paper open."""
        candidate = self.candidate(number)
        assert candidate.sign_in().status_code == 303
        assert candidate.paper().status_code == 200
        return candidate


@dataclass
class Server:
    """A server process and its data folder; ``before`` is Python code that it runs first."""

    data: Path
    before: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    process: "subprocess.Popen[bytes] | None" = None
    about: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Server":
        """Start the process, again on the same port and folder if it ran before, and wait until it accepts requests."""
        (self.data / "room.json").unlink(missing_ok=True)
        command = [
            sys.executable,
            "-c",
            f"{self.before}\nfrom govkit.cli import main; main()",
            "exam",
            "serve",
            "--data",
            str(self.data),
            "--host",
            "127.0.0.1",
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **self.environment}
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), *self.arguments],
            env=environment,
            stdout=(self.data / "stdout.log").open("ab"),
            stderr=(self.data / "stderr.log").open("ab"),
        )
        self._await()
        return self

    def _await(self) -> None:
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            assert self.process is not None
            assert self.process.poll() is None, (self.data / "stderr.log").read_text()
            if (self.data / "room.json").exists():
                self.about = json.loads((self.data / "room.json").read_text())
                self.port = self.about["port"]
                return
            time.sleep(0.01)
        raise TimeoutError("the server did not start")

    def kill(self) -> None:
        """Kill the process without warning."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Stop the process cleanly and close the clients."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for client in self.clients:
            client.close()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Call the trainer's port."""
        told = {"Authorization": f"Bearer {self.about['token']}", "X-Person": quote(PERSON)} | headers
        url = f"http://127.0.0.1:{self.about['admin_port']}{path}"
        return web.request(method, url, json=body, headers=told, timeout=60)

    def admin(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Call the trainer's port; the call must succeed."""
        answer = self.ask(method, path, body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def room(self, exam: Path, opened: bool = True, **wish: Any) -> RunningRoom:
        """Create a room for an exam and open it."""
        made = self.admin("POST", "/rooms", {"exam": str(exam), **wish})
        room = RunningRoom(self, made["room_id"], made["pins"])
        if opened:
            room.act("open")
        return room


@contextmanager
def serving(folder: Path, **more: Any) -> Iterator[Server]:
    """Run a server on a data folder for the length of a block."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    server = Server(data, **more)
    try:
        yield server.start()
    finally:
        server.stop()


def allowed(seconds: float) -> float:
    """Return a time limit: ``seconds`` on an idle computer, more on a busy one."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)) if hasattr(os, "getloadavg") else seconds


def within(seconds: float, true: Callable[[], object]) -> None:
    """Wait until a condition is true."""
    ends = time.monotonic() + allowed(seconds)
    while not true():
        assert time.monotonic() < ends, "not in time"
        time.sleep(0.02)


def field_of(html: str, name: str) -> str:
    """Return the value of a hidden field of a form."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
    value = re.search(r'value="([^"]*)"', tag.group()) if tag else None
    return value.group(1) if value else ""


@cache
def _kept(candidates: int, singles: int) -> Path:
    return exam_folder(Path(mkdtemp(prefix="room-exam-")), candidates, singles=singles)


def copied_exam(folder: Path, candidates: int, singles: int = 50) -> Path:
    """Return a copy of an exam folder, made once a session for each size."""
    target = folder / "exam"
    shutil.copytree(_kept(candidates, singles), target)
    return target
