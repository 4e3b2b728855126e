"""The papermill engine ``govkit``: a notebook's cells in a warm kernel, with nbclient's meaning of every output.

``papermill --engine govkit in.ipynb out.ipynb`` works on any Python notebook and gives what papermill's own engine
gives. Notebooks for other kernels, or for another Python than this one, go to papermill's own engine.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError

from govkit.rendering.engine.forkserver import Child, can_fork, fork_server
from govkit.rendering.engine.framing import RESULT, TASK, Connection
from govkit.rendering.engine.kernel import WarmManager, prepare_kernel, serve_kernel

INTERRUPT_SECONDS = 0.5
IOPUB_SECONDS = 120
"""How long a cell's last output may come after its reply; nbclient's 4 s are short on a machine that swaps."""


class KernelDied(DeadKernelError):
    """The kernel ended in the middle of a cell; ``code`` is its exit code, negative for a signal, None if unknown."""

    def __init__(self, code: int | None) -> None:
        super().__init__("Kernel died")
        self.code = code


class GovkitEngine:
    """The engine, as papermill knows one.

    Papermill loads it in the middle of its own import, so papermill is imported only when the engine is used.
    """

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Run a notebook in place and return it.

        :param options: those of papermill's own engine; ``memory``, a cap on the kernel's address space in bytes;
            ``start``, a function that returns a kernel with such a cap.
        """
        return _engine().execute_notebook(nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the name of the notebook's kernel, as papermill finds it."""
        return str(_engine().nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Return the notebook's language, as papermill finds it."""
        return str(_engine().nb_language(nb, language))


@cache
def _engine() -> Any:
    from papermill.engines import Engine

    return type("WarmEngine", (Engine,), {"execute_managed_notebook": staticmethod(_execute)})


def _execute(
    nb_man: Any,
    kernel_name: str,
    log_output: bool = False,
    memory: int = 0,
    start: Callable[[int], WarmManager] | None = None,
    **options: Any,
) -> None:
    """Run the cells of ``nb_man.nb`` and fill in their outputs."""
    from nbclient.util import run_sync
    from papermill.engines import NBClientEngine

    if not (can_fork() and runs_here(kernel_name)):
        NBClientEngine.execute_managed_notebook(nb_man, kernel_name, log_output=log_output, **options)
        return
    manager = (start or start_kernel)(memory)
    try:
        _client(nb_man, manager, kernel_name, log_output=log_output, **options).execute()
    except CellTimeoutError:
        manager.interrupt_kernel()  # so that the cell says where it was
        run_sync(asyncio.sleep)(INTERRUPT_SECONDS)
        raise
    except DeadKernelError as error:
        raise KernelDied(manager.shutdown_kernel()) from error
    finally:
        manager.shutdown_kernel()


def _client(nb_man: Any, manager: WarmManager, kernel_name: str, **options: Any) -> Any:
    """Return papermill's notebook client on a warm kernel, its options settled as papermill's own engine does."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.log import logger

    timeout = options.pop("execution_timeout", None) or options.pop("timeout", None)
    for unused in ("input_path", "start_timeout", "startup_timeout"):
        options.pop(unused, None)
    options.setdefault("iopub_timeout", IOPUB_SECONDS)
    return PapermillNotebookClient(nb_man, km=manager, kernel_name=kernel_name, log=logger, timeout=timeout, **options)


def preload() -> None:
    """Import what running a notebook takes, and make the kernel; for a fork server."""
    for module in ("nbclient.util", "papermill.clientwrap", "papermill.engines", "papermill.log"):
        import_module(module)
    prepare_kernel()
    runs_here("python3")


def start_kernel(memory: int = 0) -> WarmManager:
    """Return a running warm kernel in a child of this process's fork server.

    :param memory: a cap on the kernel's address space in bytes (0: none).
    """
    child = fork_server(preload).fork(_be_kernel)
    settings = {"memory": memory, "folder": str(Path.cwd()), "environment": dict(os.environ)}
    child.connection.send(TASK, [json.dumps(settings).encode()])
    pid = int(child.connection.receive(RESULT)[0])
    return WarmManager(child.connection, _ServedKernel(child, pid))


class _ServedKernel:
    """A kernel in a child of the fork server."""

    def __init__(self, child: Child, pid: int) -> None:
        self.child, self.pid = child, pid

    def interrupt(self) -> None:
        os.kill(self.pid, signal.SIGINT)

    def end(self) -> int | None:
        return self.child.end()


def _be_kernel(end: socket.socket) -> None:
    """Serve a kernel, in a child of the fork server, with the folder and environment of the process that asked."""
    connection = Connection(end)
    settings = json.loads(connection.receive(TASK)[0])
    os.environ.clear()
    os.environ.update(settings["environment"])
    os.chdir(settings["folder"])
    connection.send(RESULT, [str(os.getpid()).encode()])
    serve_kernel(end, settings["memory"])


@lru_cache(maxsize=32)
def runs_here(kernel_name: str) -> bool:
    """Return whether the kernel of this name is IPython in this very Python."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(kernel_name)
    except NoSuchKernel:
        return False
    python = spec.argv[0] if spec.argv else ""
    return "ipykernel_launcher" in spec.argv and (
        python == "python" or Path(python).resolve() == Path(sys.executable).resolve()
    )
