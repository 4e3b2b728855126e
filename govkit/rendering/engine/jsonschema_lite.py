"""jsonschema, which nbformat and papermill import, without the grammars that it can do without."""

import sys
from importlib import import_module

_GRAMMARS = "rfc3987_syntax"


def import_schemas() -> None:
    """Import jsonschema, if it is not there yet, as where its optional check of IRIs is not installed.

    That check builds 39 grammars when it is imported, which takes longer than everything else a command imports; no
    notebook's schema asks for it. The package can still be imported afterwards.
    """
    if "jsonschema" in sys.modules or _GRAMMARS in sys.modules:
        return
    sys.modules[_GRAMMARS] = None  # type: ignore[assignment]
    try:
        import_module("jsonschema")
    finally:
        del sys.modules[_GRAMMARS]
