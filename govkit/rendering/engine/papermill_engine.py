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
import time
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from govkit.rendering.engine.forkserver import Child, can_fork, fork_server, fresh_path
from govkit.rendering.engine.framing import RESULT, TASK, Connection
from govkit.rendering.engine.kernel import WarmManager, end_interpreter, prepare_kernel, serve_kernel

INTERRUPT_SECONDS = 0.5
_LAUNCH = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
_KERNEL_OPTIONS = {"extra_arguments", "ipython_hist_file", "kernel_manager_class"}
"""Options of nbclient that are about how a kernel's process is started."""
_READ_AT_START = ("PYTHON", "LC_", "LANG", "IPYTHON", "HOME")
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

    if not can_fork() or not runs_here(kernel_name) or (start is None and _wants_a_process(options)):
        NBClientEngine.execute_managed_notebook(nb_man, kernel_name, log_output=log_output, **options)
        return
    manager = start(memory) if start else start_kernel(memory, _folder(options))
    try:
        _client(nb_man, manager, kernel_name, log_output=log_output, **options).execute()
    except CellTimeoutError:
        manager.interrupt_kernel()  # so that the cell says where it was
        run_sync(asyncio.sleep)(INTERRUPT_SECONDS)
        raise
    except DeadKernelError as error:
        raise KernelDied(manager.shutdown_kernel(now=True)) from error
    finally:
        manager.shutdown_kernel(now=options.get("shutdown_kernel") == "immediate")


def _wants_a_process(options: dict[str, Any]) -> bool:
    """Return whether the kernel needs a process of its own: for an option, or since Python would start otherwise."""
    settings = (_at_start(environment) for environment in (os.environ, fork_server(preload).environment))
    return not options.keys().isdisjoint(_KERNEL_OPTIONS) or len({tuple(one) for one in settings}) > 1


def _at_start(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the variables that an interpreter or IPython reads only when it starts."""
    return sorted(item for item in environment.items() if item[0].startswith(_READ_AT_START))


def _folder(options: Mapping[str, Any]) -> Path:
    """Return the kernel's folder: nbclient's ``resources={"metadata": {"path": …}}``, else that of this process.

    Papermill's ``cwd`` changes the folder of the whole process for a while; threads that want folders of their own
    give each its path.

    :raises FileNotFoundError: there is no such folder.
    """
    return Path(options.get("resources", {}).get("metadata", {}).get("path") or Path.cwd()).resolve(strict=True)


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
    """Make a kernel with the user's settings for IPython; for a fork server whose children run any notebook."""
    prepare_kernel(users_settings=True)


def preload_for_reports() -> None:
    """Import what running a notebook takes, and make a kernel without the user's settings; for a fork server."""
    for module in ("nbclient.util", "papermill.clientwrap", "papermill.engines", "papermill.log"):
        import_module(module)
    prepare_kernel()
    runs_here("python3")


def start_kernel(memory: int = 0, folder: Path | None = None) -> WarmManager:
    """Return a running warm kernel in a child of this process's fork server.

    :param memory: a cap on the kernel's address space in bytes (0: none).
    :param folder: the kernel's folder; that of this process by default.
    """
    child = fork_server(preload).fork(_be_kernel)
    environment = {**os.environ, "JPY_PARENT_PID": str(os.getpid())}
    settings = {"memory": memory, "folder": str(folder or Path.cwd()), "environment": environment}
    child.connection.send(TASK, [json.dumps(settings).encode()])
    pid = int(child.connection.receive(RESULT)[0])
    return WarmManager(child.connection, _ServedKernel(child, pid))


class _ServedKernel:
    """A kernel in a child of the fork server."""

    def __init__(self, child: Child, pid: int) -> None:
        self.child, self.pid = child, pid

    def interrupt(self) -> None:
        os.kill(self.pid, signal.SIGINT)

    def wait(self, seconds: float) -> None:
        self.child.wait(seconds)

    def end(self) -> int | None:
        return self.child.end()


def _be_kernel(end: socket.socket) -> None:
    """Serve a kernel, in a child of the fork server, with the folder and environment of the process that asked."""
    connection = Connection(end)
    settings = json.loads(connection.receive(TASK)[0])
    os.environ.clear()
    os.environ.update(settings["environment"])
    time.tzset()
    os.chdir(settings["folder"])
    sys.path[:] = fresh_path
    IPKernelApp.instance().init_path()  # type: ignore[no-untyped-call]
    connection.send(RESULT, [str(os.getpid()).encode()])
    serve_kernel(end, settings["memory"])
    end_interpreter()


@lru_cache(maxsize=32)
def runs_here(kernel_name: str) -> bool:
    """Return whether the kernel of this name is IPython in this very Python."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(kernel_name)
    except NoSuchKernel:
        return False
    python, *arguments = spec.argv or [""]
    return (
        [one for one in arguments if one != "-Xfrozen_modules=off"] == _LAUNCH
        and not spec.env
        and not spec.metadata.get("kernel_provisioner")
        and (python == "python" or Path(python).resolve() == Path(sys.executable).resolve())
    )
