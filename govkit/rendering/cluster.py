"""A cluster of machines as an executor: Dask's, spoken to through the same seam as the threads of this machine."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from govkit.core.errors import Problem, UsageError, Where
from govkit.core.i18n import gettext as _

CONNECT_SECONDS = 20


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """Yield an executor on the cluster whose scheduler is at ``address``, like ``tcp://10.0.0.5:8786``.

    What a lost worker was making is made again by another one. A cluster that cannot be reached, and a missing
    ``distributed``, are refused.
    """
    try:
        from distributed import Client
    except ImportError as error:
        what = _("a cluster needs the package distributed")
        raise UsageError(
            Problem(Where("--dask", item=address), what, _("Install it: pip install 'govkit[dask]'"))
        ) from error
    try:
        client: Any = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        what = _("no scheduler answers at this address")
        repair = _("Start one with `dask scheduler`, and name the address that it prints")
        raise UsageError(Problem(Where("--dask", item=address), what, repair)) from error
    with client:
        yield client.get_executor(pure=False)
