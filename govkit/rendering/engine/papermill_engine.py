"""The papermill engine ``govkit``: a notebook's cells in a warm kernel, with nbclient's meaning of every output.

``papermill --engine govkit in.ipynb out.ipynb`` works on any Python notebook and gives what papermill's own engine
gives. Notebooks for other kernels, or for another Python than this one, go to papermill's own engine.
"""

import json
import os
import signal
import socket
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError

from govkit.rendering.engine.client import WarmManager, forked
from govkit.rendering.engine.forkserver import WORK, ended, nursery
from govkit.rendering.engine.framing import Wire


class KernelDied(DeadKernelError):
    """The kernel ended in the middle of a cell; ``code`` is its exit code, negative for a signal, None if unknown."""

    def __init__(self, code: int | None) -> None:
        super().__init__("Kernel died")
        self.code = code


class GovkitEngine:
    """The engine's door for papermill, which loads it in the middle of its own import: nothing of it is used here."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Run a notebook in place and return it; options are those of papermill's own engine, and ``memory``."""
        from govkit.rendering.engine.running import RunningEngine

        return RunningEngine.execute_notebook(nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the name of the notebook's kernel, as papermill finds it."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Return the notebook's language, as papermill finds it."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))


def started(memory: int = 0) -> WarmManager:
    """Return a running warm kernel: a fork of this process if it was made for that, else of the nursery.

    ``memory`` caps the kernel's address space in bytes (0: no cap).
    """
    if _pristine:
        return forked(memory)
    wire = nursery().ask(f"{__name__}:be_kernel")
    settings = {"memory": memory, "folder": str(Path.cwd()), "environment": dict(os.environ)}
    wire.send(WORK, [json.dumps(settings).encode()])
    pid = int(wire.receive(WORK)[0])
    return WarmManager(wire, lambda: os.kill(pid, signal.SIGINT), lambda: ended(wire))


def be_kernel(end: socket.socket) -> None:
    """Be a kernel: what a nursery's child does for a notebook that another process runs."""
    from govkit.rendering.engine import kernel

    wire = Wire(end)
    settings = json.loads(wire.receive(WORK)[0])
    os.environ.clear()
    os.environ.update(settings["environment"])
    os.chdir(settings["folder"])
    wire.send(WORK, [str(os.getpid()).encode()])
    kernel.serve(end, settings["memory"])


def be_pristine() -> None:
    """Say that this process is a nursery's child with one thread: its kernels are forks of itself."""
    global _pristine  # noqa: PLW0603
    _pristine = True


_pristine = False


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
