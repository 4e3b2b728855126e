"""A request for reports, and its cache key: whether a folder holds the result already, without reading ledgers."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from govkit.core.files import digest, own_files
from govkit.rendering.batch import NAME
from govkit.rendering.catalogue import find_report
from govkit.rendering.formats import FORMATS
from govkit.rendering.manifest import Manifest, environment, hashed


@dataclass(frozen=True)
class Request:
    """The parameters of :func:`govkit.reports.plan.planned`."""

    name: str
    store: str
    period: str
    level: str = ""
    places: Sequence[str] = ()
    audience: str | None = None
    formats: str | Iterable[str] = FORMATS
    extra: Mapping[str, Any] = field(default_factory=dict)
    as_of: int | None = None
    name_template: str = NAME
    with_missing: bool = False

    @property
    def cache_key(self) -> str:
        """The hash of the request and of everything that the result depends on.

        It is empty for a store that is no folder, and for one that may not be read, which the plan then says.

        The result depends on the log of the store's commits, which names the version of every ledger, on the office's
        own rules and register of places, on the report's template and on the environment.
        """
        if not os.path.isdir(self.store):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
            return ""
        fields = vars(self) | {"store": str(Path(self.store).resolve()), "formats": format_names(self.formats)}
        try:
            log = sorted(Path(self.store, "_commits", "_delta_log").glob("*"))
            read = [digest(log), digest(own_files(self.store))]
        except PermissionError:
            return ""
        return hashed([fields, *read, find_report(self.name).sha256, environment()[0]])


def format_names(formats: str | Iterable[str]) -> tuple[str, ...]:
    """Return the formats, each once; a text separates them by commas."""
    return tuple(dict.fromkeys(formats.replace(" ", "").split(",") if isinstance(formats, str) else formats))


def answered(request: Request, folder: Path) -> int | None:
    """Return how many reports a folder holds for a request if it holds all of them, unchanged; else None."""
    return Manifest(folder).recall(request.cache_key) if request.cache_key else None
