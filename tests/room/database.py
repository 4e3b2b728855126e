"""A real PostgreSQL server in a temporary folder, on a free port, that tests start, stop and kill."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
PASSWORD = "gu@rd:Geheim7"  # noqa: S105 - of this test only
QUOTED = "gu%40rd%3AGeheim7"
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 64MB
recovery_init_sync_method = syncfs
"""


@dataclass
class Database:
    """A database server of the tests."""

    folder: Path
    port: int
    user: str | None

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://govkit:{QUOTED}@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, encoding: str = "UTF8") -> str:
        """Create an empty database and return its address."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database even if it is in use, so that recovery after a crash has little to read."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def start(self) -> None:
        self._run("pg_ctl", "-D", "data", "-w", "-t", "120", "-l", "log", "-o", f"-p {self.port}", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; mode "immediate" is a crash, which loses what was not flushed."""
        self._run("pg_ctl", "-D", "data", "-w", "-m", mode, "stop")

    def _run(self, tool: str, *arguments: str) -> None:
        more: dict[str, Any] = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        subprocess.run(
            [BINARIES[-1] / tool, *arguments],
            cwd=self.folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            **more,
        )


def free_port() -> int:
    """Return a free port below the ephemeral range, so that no connection takes it while the server is down."""
    for at in range(12_000):
        port = 20_000 + (os.getpid() + at) % 12_000
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no free port")


@contextmanager
def database() -> Iterator[Database]:
    """Run a database server for the length of a block."""
    folder = Path(mkdtemp(prefix="room-pg-"))
    user = "postgres" if os.name == "posix" and os.geteuid() == 0 else None  # it does not run as root
    found = Database(folder, free_port(), user)
    (folder / "password").write_text(PASSWORD)
    if user:
        shutil.chown(folder, user, user)
        shutil.chown(folder / "password", user, user)
    try:
        found._run("initdb", "-D", "data", "-U", "govkit", "--auth=scram-sha-256", "--pwfile=password", "-E", "UTF8")
        with (folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        found.start()
        try:
            yield found
        finally:
            found.stop("immediate")
    finally:
        shutil.rmtree(folder)
