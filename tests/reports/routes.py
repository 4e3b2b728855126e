"""Routes by which a report notebook is run: what papermill fills in, and one kernel for many notebooks."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import nbformat
from nbclient import NotebookClient
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from govkit.rendering.catalogue import find_notebook

Kernel = Callable[[nbformat.NotebookNode], None]
"""Runs a notebook's cells in place."""


def filled_in(name: str, parameters: Mapping[str, object]) -> nbformat.NotebookNode:
    """Return a notebook with parameters, as papermill and jupyter-scheduler fill them in."""
    notebook = load_notebook_node(str(find_notebook(name).path))
    filled: nbformat.NotebookNode = parameterize_notebook(
        notebook, dict(parameters), kernel_name="python3", language="python"
    )
    return filled


@contextmanager
def one_kernel() -> Iterator[Kernel]:
    """Yield a function that runs notebooks by nbclient, all of them in one kernel."""
    client = NotebookClient(nbformat.v4.new_notebook(), kernel_name="python3", timeout=120)
    client.create_kernel_manager()
    with client.setup_kernel():

        def ran(notebook: nbformat.NotebookNode) -> None:
            client.nb = notebook
            for at, cell in enumerate(notebook.cells):
                if cell.cell_type == "code":
                    client.execute_cell(cell, at)

        yield ran
