"""Papermill's engine on a warm kernel, loaded by :mod:`govkit.rendering.engine.papermill_engine`."""

import asyncio
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NBClientEngine
from papermill.log import logger

from govkit.rendering.engine.client import WarmManager
from govkit.rendering.engine.forkserver import forks
from govkit.rendering.engine.papermill_engine import KernelDied, runs_here, started

INTERRUPT_SECONDS = 0.5


class RunningEngine(Engine):  # type: ignore[misc]
    """Runs a notebook in a fork of a process that has imported everything already."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        log_output: bool = False,
        **options: Any,
    ) -> None:
        """Run the cells of ``nb_man.nb`` and fill in their outputs; options are those of papermill's own engine."""
        memory = options.pop("memory", 0)
        if not (forks() and runs_here(kernel_name)):
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, log_output=log_output, **options)
            return
        manager = started(memory)
        try:
            client(nb_man, manager, kernel_name, log_output=log_output, **options).execute()
        except CellTimeoutError:
            manager.interrupt_kernel()  # the cell then says where it was
            run_sync(asyncio.sleep)(INTERRUPT_SECONDS)
            raise
        except DeadKernelError as error:
            raise KernelDied(manager.shutdown_kernel()) from error
        finally:
            manager.shutdown_kernel()


def client(nb_man: Any, manager: WarmManager, kernel_name: str, **options: Any) -> PapermillNotebookClient:
    """Return papermill's notebook client on a warm kernel, its options settled as papermill's own engine does."""
    timeout = options.pop("execution_timeout", None) or options.pop("timeout", None)
    for unused in ("input_path", "start_timeout", "startup_timeout"):
        options.pop(unused, None)
    return PapermillNotebookClient(nb_man, km=manager, kernel_name=kernel_name, log=logger, timeout=timeout, **options)
