"""The room's process: the candidates' port and the trainer's port on one event loop, over one store."""

import asyncio
import contextlib
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from filelock import FileLock, Timeout

from govkit.core.errors import InputError, Problem, UsageError, Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.room.domain.records import Store, StoreConflict
from govkit.room.domain.room import Room
from govkit.room.domain.sessions import Secret, new_token
from govkit.room.http.admin import Server, admin_app
from govkit.room.http.app import CandidateApp
from govkit.room.http.proxy import Front
from govkit.room.http.service import DATABASE_FILE, SECRET_FILE, Desk
from govkit.room.http.slow_clients import PatientProtocol, watch
from govkit.room.opening import Wish, make_room

if TYPE_CHECKING:
    from govkit.room.storage.postgres import PostgresStore

ROOM_FILE = "room.json"
LEFT_BEHIND = ".moved"
"""What the name of a data folder's own file ends with once its rooms are in a database."""

BACKLOG = 4096
KEEP_ALIVE_SECONDS = 30
_SWITCH_SECONDS = 0.001
"""How long a thread may keep the interpreter. The writer waits for it several times a batch, so less than Python's
5 ms; in five alternating pairs of floods (256 browsers, 5 s) it was ahead in three, by 7 %, within the noise.
"""


@dataclass(frozen=True, slots=True)
class Options:
    """How a server is started. ``admin_port`` 0 takes any free one; ``names`` are further names it is called by.

    A room is made for each of the ``exams`` that has none yet; its PINs are written into the data folder. ``database``
    is the address of a PostgreSQL database that several servers share; without it rows are kept in the data folder.
    ``front`` says how candidates come through a proxy.
    """

    folder: Path
    host: str = "0.0.0.0"  # noqa: S104 - a room is there to be reached by the hall
    port: int = 8000
    admin_port: int = 0
    names: tuple[str, ...] = ()
    exams: tuple[Path, ...] = ()
    database: str = field(default="", repr=False)
    front: Front = field(default_factory=Front)


def serve(options: Options, store: Store | None = None, ready: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Serve a data folder's rooms until told to stop.

    ``room.json`` in the folder says, to its owner only, where the server is: pid, ports, token, addresses.

    :param store: where rows are kept; what the options name when left out.
    :param ready: called with the content of ``room.json`` once requests are taken.
    :raises InputError: another server has the folder, or it lies on a network drive.
    :raises UsageError: the port is taken.
    """
    options.folder.mkdir(parents=True, exist_ok=True)
    with _alone(options.folder), _sockets(options) as (outer, inner):
        kept = store or (_postgres(options) if options.database else _sqlite(options.folder))
        _allow_many_files()
        sys.setswitchinterval(_SWITCH_SECONDS)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_run(options, kept, outer, inner, ready or (lambda _told: None)))
        kept.close()


async def _run(
    options: Options, store: Store, outer: socket.socket, inner: socket.socket, ready: Callable[[dict[str, Any]], None]
) -> None:
    desk = Desk.of(options.folder, store)
    await desk.keep([desk.clock.beat()])
    store.listen(desk.hear)
    for folder in options.exams:
        await desk.settled(partial(_make_a_room, desk, folder))
    token, port, front = new_token(), outer.getsockname()[1], options.front
    candidates = _server(CandidateApp(desk, _names(options), front.secure), front.proxies)
    trainer = _server(admin_app(Server(desk, lambda: _urls(options, port), lambda: _stop(both)), token))
    both = (candidates, trainer)
    told = {
        "pid": os.getpid(),
        "port": port,
        "admin_port": inner.getsockname()[1],
        "token": token,
        "urls": _urls(options, port),
        "rooms": [_brief(desk, room) for room in desk.hall.rooms.values()],
    }
    _on_signals(lambda: _stop(both))
    tasks = [asyncio.create_task(task) for task in (desk.beats(), watch(candidates), watch(trainer))]
    for room in desk.hall.rooms.values():
        desk.prepare(room)
    _spare_the_collector()
    serving = [candidates.serve(sockets=[outer]), trainer.serve(sockets=[inner])]
    announcing = asyncio.create_task(_announce(both, options.folder / ROOM_FILE, told, ready))
    await asyncio.gather(*serving)
    for task in (*tasks, announcing):
        task.cancel()
    (options.folder / ROOM_FILE).unlink(missing_ok=True)


async def _make_a_room(desk: Desk, folder: Path) -> None:
    """Make a room of an exam that has none yet. The PINs are written first: nobody could know them afterwards."""
    if any(room.setting.exam == str(folder.resolve()) for room in desk.hall.rooms.values()):
        return
    made = make_room(Wish(folder), desk.secret, list(desk.hall.rooms))
    lines = ["candidate,pin", *(f"{number},{pin}" for number, pin in made.pins.items())]
    atomic_write(_pins_file(desk, made.id), ("\n".join(lines) + "\n").encode(), private=True)
    try:
        await desk.keep(made.rows)
    except StoreConflict:  # another server made it at this moment, with PINs of its own
        _pins_file(desk, made.id).unlink()
        raise


def _brief(desk: Desk, room: Room) -> dict[str, Any]:
    pins = _pins_file(desk, room.row.room)
    told = str(pins) if pins.exists() else ""
    return {"id": room.row.room, "title": room.setting.title, "candidates": len(room.sittings), "pins": told}


def _pins_file(desk: Desk, room: str) -> Path:
    return desk.folder / f"pins-{room}.csv"


async def _announce(
    both: "tuple[_Server, _Server]", path: Path, told: dict[str, Any], ready: Callable[[dict[str, Any]], None]
) -> None:
    while not all(server.started for server in both):
        await asyncio.sleep(0.005)
    atomic_write(path, json.dumps(told, ensure_ascii=False, indent=1).encode(), private=True)
    ready(told)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the process, which has two servers."""
        yield


def _names(options: Options) -> frozenset[str]:
    given = {name.lower() for name in options.names}
    return frozenset({"localhost", socket.gethostname().lower()} | given | options.front.names)


def _urls(options: Options, port: int) -> list[str]:
    return [options.front.public] if options.front.public else addresses(options.host, port)


def _server(app: Any, proxies: tuple[str, ...] = ()) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            http=PatientProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level=logging.ERROR,
            access_log=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            server_header=False,
            date_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=5,
        )
    )


def _stop(servers: "tuple[_Server, _Server]") -> None:
    for server in servers:
        server.should_exit = True


def _on_signals(stop: Callable[[], None]) -> None:
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda _number, _frame: stop())


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / "room.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        what = _("Another server has this folder open")
        raise InputError(Problem(Where(str(folder)), what, _("Stop it first, or name another folder"))) from None
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _sockets(options: Options) -> Iterator[tuple[socket.socket, socket.socket]]:
    outer = _bound(options.host, options.port)
    try:
        inner = _bound("127.0.0.1", options.admin_port)
    except UsageError:
        outer.close()
        raise
    with outer, inner:
        yield outer, inner


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        what = _("The port {port} cannot be used ({reason})").format(port=port, reason=error.strerror)
        raise UsageError(Problem(Where(host), what, _("Name another one with --port"))) from None
    found.set_inheritable(False)
    return found


def addresses(host: str, port: int) -> list[str]:
    """Return the addresses at which candidates reach this computer, the likeliest first."""
    hosts = [host] if host not in ("0.0.0.0", "::", "") else _own_addresses()  # noqa: S104 - compared, not bound
    return [f"http://{f'[{each}]' if ':' in each else each}:{port}" for each in hosts]


def _own_addresses() -> list[str]:
    found: list[str] = []
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # a documentation address: nothing is sent, only the way out is chosen
        found.append(probe.getsockname()[0])
    with contextlib.suppress(OSError):
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    return list(dict.fromkeys([each for each in found if not each.startswith("127.")])) or ["127.0.0.1"]


def _allow_many_files() -> None:
    """Raise the limit of open files as far as it goes: every candidate holds a connection."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 65536 if hard == resource.RLIM_INFINITY else hard
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _spare_the_collector() -> None:
    """Keep the collector of unused objects from going through all rooms again and again; few objects form circles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _loop_factory() -> Any:
    with contextlib.suppress(ImportError):
        import uvloop

        return uvloop.new_event_loop
    return None


def _sqlite(folder: Path) -> Store:
    from govkit.room.storage.sqlite import SqliteStore

    return SqliteStore(folder / DATABASE_FILE)


def _postgres(options: Options) -> Store:
    """Return the shared store; all its servers must have the same secret, or PINs of one were wrong at another."""
    from govkit.room.storage.postgres import PostgresStore

    store, path = PostgresStore(options.database), options.folder / SECRET_FILE
    shared = store.vouch()
    if (shared and not path.exists()) or store.vouch(Secret(path).mark()) != Secret(path).mark():
        store.close()
        what = _("This folder has not the secret of the other servers of the database")
        mend = _("Copy the file {name} from the data folder of the first server").format(name=SECRET_FILE)
        raise InputError(Problem(Where(str(path)), what, mend))
    _move_in(store, options.folder / DATABASE_FILE)
    return store


def _move_in(store: "PostgresStore", path: Path) -> None:
    """Take the rooms of the folder's own file into a database that is new; the file is then named as left behind."""
    if not path.exists():
        return
    from govkit.room.storage.sqlite import SqliteStore

    own = SqliteStore(path)
    try:
        filled = store.fill(own.load())
    finally:
        own.close()
    if filled:
        path.replace(path.with_name(path.name + LEFT_BEHIND))
