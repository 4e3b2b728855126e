"""jsonschema without its grammars: in a process of its own, because it is imported once."""

import subprocess
import sys

LOOK = """
import sys
from govkit.rendering.engine.forkserver import import_jsonschema
import_jsonschema()
import jsonschema
assert "lark" not in sys.modules
import rfc3987_syntax
assert rfc3987_syntax.is_valid_syntax("iri", "https://example.org/")
jsonschema.validate({"a": 1}, {"type": "object"})
import_jsonschema()
"""


def test_the_grammars_are_left_out_and_can_still_be_imported() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
