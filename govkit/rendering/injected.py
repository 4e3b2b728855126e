"""Names that a running notebook was given as parameters and that are none, found in the cells that its kernel ran.

papermill, jupyter-scheduler and people put a cell of assignments below the parameters; a name in it that nobody
declared would be ignored, and the notebook would run with a default instead.
"""

import ast
import sys
from collections.abc import Iterable, Sequence

from govkit.rendering.declaration import Parameter


def cells_run() -> list[str]:
    """Return the sources of the cells run so far in this kernel, the one that is running last; none outside IPython."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return [] if shell is None else [str(source) for source in shell.history_manager.input_hist_parsed[1:]]


def unknown_names(parameters: Iterable[Parameter], cells: Sequence[str]) -> list[str]:
    """Return the names that cells assigned as parameters and that are none.

    The cells looked at lie between the last run of the parameters cell, itself included, and the first run of the
    cell that reads them; of these, those that assign and do nothing else.

    :param parameters: what the notebook declares.
    :param cells: the sources of the cells that a kernel ran, oldest first; the last one reads the parameters.
    """
    declared = {parameter.name for parameter in parameters}
    before = list(cells[:-1])
    starts = [at for at, source in enumerate(before) if declared <= _assigned(source).keys()]
    window = before[starts[-1] :] if starts else before
    if cells and cells[-1] in window:
        window = window[: window.index(cells[-1])]
    return list(dict.fromkeys(name for source in window for name in _assigned(source) if name not in declared))


def _assigned(source: str) -> dict[str, None]:
    """Return the names that a cell assigns, in order; none for a cell that does anything else."""
    names: dict[str, None] = {}
    try:
        lines = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    for line in lines:
        match line:
            case ast.AnnAssign(target=ast.Name(id=name)):
                names[name] = None
            case ast.Assign(targets=targets):
                names |= {one.id: None for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                return {}
    return names
