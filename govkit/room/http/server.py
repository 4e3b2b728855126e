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
from govkit.room.http.pages import compile_templates
from govkit.room.http.proxy import ProxyOptions
from govkit.room.http.service import DATABASE_FILE, SECRET_FILE, RoomService
from govkit.room.http.slow_clients import TimeoutProtocol, close_overdue
from govkit.room.opening import NewRoom, create_room

if TYPE_CHECKING:
    from govkit.room.storage.postgres import PostgresStore

ROOM_FILE = "room.json"
MOVED = ".moved"
"""The suffix of a data folder's own file once its rooms are in a PostgreSQL database."""

BACKLOG = 4096
KEEP_ALIVE_SECONDS = 30
_SWITCH_SECONDS = 0.001
"""How long a thread may hold the interpreter: less than Python's 5 ms, because the writer waits for it several times a
batch. In five alternating pairs of floods (256 browsers, 5 s) this was ahead in three, by 7 %, within the noise.
"""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a server. ``admin_port`` 0 takes any free one; ``names`` are further host names of it.

    A room is created for each of the ``exams`` that has none yet; its PINs are written into the data folder.
    ``database`` is the address of a PostgreSQL database that several servers share; without it rows are stored in the
    data folder. ``proxy`` describes the reverse proxies in front of the server.
    """

    folder: Path
    host: str = "0.0.0.0"  # noqa: S104 - candidates connect from the network
    port: int = 8000
    admin_port: int = 0
    names: tuple[str, ...] = ()
    exams: tuple[Path, ...] = ()
    database: str = field(default="", repr=False)
    proxy: ProxyOptions = field(default_factory=ProxyOptions)


def serve(options: Options, store: Store | None = None, ready: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Serve a data folder's rooms until the process is asked to stop.

    ``room.json`` in the folder, readable by its owner only, says where the server is: pid, ports, token, addresses.

    :param store: where rows are stored; by default what the options name.
    :param ready: called with the content of ``room.json`` once the server accepts requests.
    :raises InputError: another server uses the folder, it lies on a network drive, or a newer version wrote it.
    :raises UsageError: the port is taken.
    """
    options.folder.mkdir(parents=True, exist_ok=True)
    with _locked(options.folder), _sockets(options) as (outer, inner):
        opened = store or (_postgres(options) if options.database else _sqlite(options.folder))
        _allow_many_files()
        sys.setswitchinterval(_SWITCH_SECONDS)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_run(options, opened, outer, inner, ready or (lambda _about: None)))
        opened.close()


async def _run(
    options: Options, store: Store, outer: socket.socket, inner: socket.socket, ready: Callable[[dict[str, Any]], None]
) -> None:
    service = RoomService.of(options.folder, store)
    await service.save([service.clock.heartbeat()])
    store.listen(service.receive)
    for folder in options.exams:
        await service.retried(partial(_create_room, service, folder))
    token, port, proxy = new_token(), outer.getsockname()[1], options.proxy
    candidates = _server(CandidateApp(service, _names(options), proxy.secure), proxy.proxies)
    trainer = _server(admin_app(Server(service, lambda: _urls(options, port), lambda: _stop(both)), token))
    both = (candidates, trainer)
    about = {
        "pid": os.getpid(),
        "port": port,
        "admin_port": inner.getsockname()[1],
        "token": token,
        "urls": _urls(options, port),
        "rooms": [_brief(service, room) for room in service.rooms.values()],
    }
    _on_signals(lambda: _stop(both))
    tasks = [
        asyncio.create_task(task) for task in (service.heartbeats(), close_overdue(candidates), close_overdue(trainer))
    ]
    for room in service.rooms.values():
        service.prerender(room)
    compile_templates()
    _relax_garbage_collection()
    serving = [candidates.serve(sockets=[outer]), trainer.serve(sockets=[inner])]
    announcing = asyncio.create_task(_announce(both, options.folder / ROOM_FILE, about, ready))
    await asyncio.gather(*serving)
    for task in (*tasks, announcing):
        task.cancel()
    (options.folder / ROOM_FILE).unlink(missing_ok=True)


async def _create_room(service: RoomService, folder: Path) -> None:
    """Create a room for an exam without one. The PINs are written first: they cannot be read back afterwards."""
    if any(room.setting.exam == str(folder.resolve()) for room in service.rooms.values()):
        return
    created = create_room(NewRoom(str(folder)), service.secret, list(service.rooms))
    lines = ["candidate,pin", *(f"{candidate},{pin}" for candidate, pin in created.pins.items())]
    atomic_write(_pins_file(service, created.room_id), ("\n".join(lines) + "\n").encode(), private=True)
    try:
        await service.save(created.rows)
    except StoreConflict:  # another server created it at the same moment, with PINs of its own
        _pins_file(service, created.room_id).unlink()
        raise


def _brief(service: RoomService, room: Room) -> dict[str, Any]:
    path = _pins_file(service, room.row.room_id)
    return {
        "room_id": room.row.room_id,
        "title": room.setting.title,
        "candidates": len(room.sittings),
        "pins": str(path) if path.exists() else "",
    }


def _pins_file(service: RoomService, room_id: str) -> Path:
    return service.folder / f"pins-{room_id}.csv"


async def _announce(
    both: "tuple[_Server, _Server]", path: Path, about: dict[str, Any], ready: Callable[[dict[str, Any]], None]
) -> None:
    while not all(server.started for server in both):
        await asyncio.sleep(0.005)
    atomic_write(path, json.dumps(about, ensure_ascii=False, indent=1).encode(), private=True)
    ready(about)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the process, which runs two servers."""
        yield


def _names(options: Options) -> frozenset[str]:
    given = {name.lower() for name in options.names}
    return frozenset({"localhost", socket.gethostname().lower()} | given | options.proxy.names)


def _urls(options: Options, port: int) -> list[str]:
    return [options.proxy.public] if options.proxy.public else addresses(options.host, port)


def _server(app: Any, proxies: tuple[str, ...] = ()) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            http=TimeoutProtocol,
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
def _locked(folder: Path) -> Iterator[None]:
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
    """Return the addresses at which candidates reach this computer, the most likely first."""
    hosts = [host] if host not in ("0.0.0.0", "::", "") else _own_addresses()  # noqa: S104 - compared, not bound
    return [f"http://{f'[{each}]' if ':' in each else each}:{port}" for each in hosts]


def _own_addresses() -> list[str]:
    found: list[str] = []
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # a documentation address: nothing is sent, only a route is chosen
        found.append(probe.getsockname()[0])
    with contextlib.suppress(OSError):
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    return list(dict.fromkeys([each for each in found if not each.startswith("127.")])) or ["127.0.0.1"]


def _allow_many_files() -> None:
    """Raise the limit of open files as far as possible: every candidate holds a connection."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 65536 if hard == resource.RLIM_INFINITY else hard
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _relax_garbage_collection() -> None:
    """Keep the garbage collector from scanning all rooms again and again; few objects form cycles."""
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
    """Return the shared store; all its servers must have the same secret, or one would refuse the PINs of another."""
    from govkit.room.storage.postgres import PostgresStore

    store, path = PostgresStore(options.database), options.folder / SECRET_FILE
    shared = store.secret_fingerprint()
    if (shared and not path.exists()) or store.secret_fingerprint(Secret(path).fingerprint()) != Secret(
        path
    ).fingerprint():
        store.close()
        what = _("This folder has not the secret of the other servers of the database")
        repair = _("Copy the file {name} from the data folder of the first server").format(name=SECRET_FILE)
        raise InputError(Problem(Where(str(path)), what, repair))
    _move_into(store, options.folder / DATABASE_FILE)
    return store


def _move_into(store: "PostgresStore", path: Path) -> None:
    """Move the rooms of the folder's own file into an empty database and rename the file."""
    if not path.exists():
        return
    from govkit.room.storage.sqlite import SqliteStore

    own = SqliteStore(path)
    try:
        moved = store.fill(own.load())
    finally:
        own.close()
    if moved:
        path.replace(path.with_name(path.name + MOVED))
