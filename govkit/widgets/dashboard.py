"""The dashboard: the month's board and the explorer as pages that a reader's browser draws, served read-only.

Everything is computed before the first reader comes: the pages are bytes in memory, each under its one address. The
server holds no store, no kernel and no way to write; it knows GET and HEAD, and answers on loopback only.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from govkit.core.errors import Problem, UsageError, Where
from govkit.core.html import render
from govkit.core.i18n import gettext as _
from govkit.figures.snapshot import Snapshot
from govkit.ledgers.indicator import Ratio
from govkit.ledgers.period import Period
from govkit.ledgers.places import LEVEL_TITLES
from govkit.reports.site import published_files
from govkit.widgets.explore_data import NOT_COUNTED, Survey, shown

HOST = "127.0.0.1"
REPORTS = "/reports/"
BOARD = ("decisions_resolved", "C9", "agency_taken", "G4", "G5", "G6", "inspections", "suggestions_received", "H2")
"""The indicators of the month's board."""
_SECONDS = 20
_OWN = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"
_SITE = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
_SHUT = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address gives: its bytes, their type, and what the page may load."""

    content: bytes
    kind: str
    policy: str = _OWN


def answers(
    snapshot: Snapshot, period: str, site: Path | None, progress: Callable[[int], Callable[[str], None]]
) -> dict[str, Answer]:
    """Return everything that the dashboard shows, by address; no row of a ledger is among it.

    :param period: the month of the board; the latest by default.
    :param site: the folder of a site that ``govkit report publish`` has made, to be shown too.
    :param progress: called with the number of indicators; returns what is called with each that is computed.
    :raises InputError: there is no such month, or no site in the folder.
    """
    month = snapshot.month(period).code
    survey = Survey(snapshot)
    catalogue = survey.catalogue()
    codes = [code for measures in catalogue.values() for code in measures.values()]
    found: dict[str, Answer] = {}
    if site:
        for path, content in published_files(site).items():
            found[REPORTS + path] = Answer(content, _KINDS[Path(path).suffix], _SITE)
    done = progress(len(codes))
    for code in codes:
        found[f"/data/{code}.json"] = _json(_matrix(survey, code))
        done(snapshot.measure(code).label)
    places = [[place.code, place.name, place.level, place.parent] for place in snapshot.places]
    about = {"places": places, "levels": LEVEL_TITLES, "months": survey.months, "catalogue": catalogue}
    about |= {"not_counted": NOT_COUNTED}
    found["/data/catalogue.json"] = _json(about)
    page = render(
        "widgets/dashboard.html",
        district=snapshot.places.district.name,
        month=Period.month(month).label,
        remarks=snapshot.remarks(),
        version=snapshot.commit.version,
        reports=f"{REPORTS}index.html" if site else "",
        **_board(survey, month),
    )
    found["/"] = Answer(f"{page}\n".encode(), _KINDS[".html"])
    for name in ("dashboard.css", "dashboard.js"):
        found[f"/{name}"] = Answer(f"{render(f'widgets/{name}')}\n".encode(), _KINDS[Path(name).suffix])
    return found


def _json(content: object) -> Answer:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Answer(text.encode(), _KINDS[".json"])


def _matrix(survey: Survey, code: str) -> dict[str, object]:
    """Return an indicator: what it is, and its values by place, month for month and as years to date."""
    measure = survey.snapshot.measure(code)
    about: dict[str, object] = {
        "about": survey.about(code),
        "label": measure.label,
        "unit": measure.unit,
        "decimals": measure.decimals,
        "lower": measure.lower_is_better,
        "january": isinstance(measure, Ratio) and measure.from_january,
        "month": _rows(survey, code, to_date=False),
    }
    return about | ({"year": _rows(survey, code, to_date=True)} if measure.cumulative else {})


def _rows(survey: Survey, code: str, *, to_date: bool) -> dict[str, list[float | str]]:
    """Return the numbers, or the words in their place, of every place of a level that the indicator is counted at."""
    levels = survey.snapshot.measure(code).levels
    matrix, words = survey.matrix(code, to_date=to_date).round(6), survey.words(code, to_date=to_date)
    places = [place.code for place in survey.snapshot.places if place.level in levels]
    return {
        place: [word or float(value) for value, word in zip(matrix.loc[place], words.loc[place], strict=True)]
        for place in places
    }


def _board(survey: Survey, month: str) -> dict[str, object]:
    """Return the month's board: headings, and a row for the district and each township unit."""
    snapshot = survey.snapshot
    measures = [snapshot.measure(code) for code in BOARD]
    at = survey.months.index(month)
    before = survey.months[at - 1] if at else ""
    rows = []
    for place in (*snapshot.places.at("district"), *snapshot.places.at("township")):
        cells = []
        for measure in measures:
            values: dict[Any, float] = survey.matrix(measure.code).T[place.code].to_dict()
            word = survey.words(measure.code).T[place.code][month]
            step = values[month] - values[before] if before else float("nan")
            change = "" if np.isnan(step) else f"{'+' if step > 0 else ''}{shown(step, measure)}"
            cells.append((word or shown(values[month], measure), change))
        rows.append((place.name, cells))
    return {"headings": [(measure.label, measure.unit) for measure in measures], "rows": rows}


class Dashboard(ThreadingHTTPServer):
    """The server of the answers, on loopback.

    :param found: the answers by address.
    :param port: the port; any free one for 0.
    :raises UsageError: the port is taken.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, found: Mapping[str, Answer], port: int) -> None:
        self.answers = found
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            what = _("the port {port} cannot be used ({reason})").format(port=port, reason=error.strerror or error)
            raise UsageError(Problem(Where("--port"), what, _("Choose another port, or 0 for any free one"))) from error
        self.names = {f"{name}:{self.server_port}" for name in (HOST, "localhost")}

    @property
    def url(self) -> str:
        """The address of the dashboard."""
        return f"http://{HOST}:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about a reader who has gone away."""


class _Handler(BaseHTTPRequestHandler):
    """One reader's connection."""

    server: Dashboard
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS
    wbufsize = 1 << 16  # one packet for head and body, or the client waits 40 ms for the second

    def do_GET(self) -> None:
        answer = self.server.answers.get(self.path.partition("?")[0])
        if self.headers.get("Host", "") not in self.server.names:  # a page elsewhere whose name leads to this machine
            self._send(HTTPStatus.FORBIDDEN, Answer(b"", "text/plain"))
        elif self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self._send(HTTPStatus.BAD_REQUEST, Answer(b"", "text/plain"))
        elif answer is None:
            self._send(HTTPStatus.NOT_FOUND, Answer(b"", "text/plain"))
        else:
            self._send(HTTPStatus.OK, answer)

    do_HEAD = do_GET  # noqa: N815 - the name that the standard library calls

    def __getattr__(self, name: str) -> Any:
        """Refuse every other method."""
        if name.startswith("do_"):
            return lambda: self._send(HTTPStatus.METHOD_NOT_ALLOWED, Answer(b"", "text/plain"))
        raise AttributeError(name)

    def _send(self, status: HTTPStatus, answer: Answer) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": answer.kind,
            "Content-Length": str(len(answer.content)),
            "Content-Security-Policy": f"{answer.policy}; {_SHUT}",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }.items():
            self.send_header(name, value)
        if status != HTTPStatus.OK:
            self.send_header("Connection", "close")
            self.close_connection = True
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.content)

    def log_message(self, *_words: object) -> None:
        """Keep no log of what was read."""

    def version_string(self) -> str:
        """Return the server's name without the version of Python."""
        return "govkit"
