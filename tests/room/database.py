"""A real PostgreSQL in a temporary folder, on a free port: started, stopped, killed, started again."""

import os
import random
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
    """A database server of our own."""

    folder: Path
    port: int
    user: str | None

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://govkit:{QUOTED}@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, encoding: str = "UTF8") -> str:
        """Make an empty database and return its address."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        return self.url(name)

    def drop(self, name: str) -> None:
        """Take a database away, whoever uses it: what a crash has to look through stays small."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def start(self) -> None:
        self._run("pg_ctl", "-D", "data", "-w", "-t", "120", "-l", "log", "-o", f"-p {self.port}", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop; "immediate" is a crash: what was not flushed is gone."""
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
    """Return a port that no connection takes for itself while the server is down: below those given to clients."""
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


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
