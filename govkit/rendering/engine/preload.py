"""What every report needs at hand, imported, read and once gone through before a nursery's children are born.

Importing this leaves threads of libraries behind that know how to survive a fork (the allocators of Arrow and Delta
Lake, and no others), and calls nothing that starts one.
"""

from importlib import import_module
from typing import Any

from govkit.core.errors import Where
from govkit.rendering import fonts
from govkit.rendering.formats import FORMATS, export_all, pandoc

for module in (
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "nbclient",
    "papermill.execute",
    "govkit.rendering.content.blocks",
    "govkit.rendering.content.charts",
    "govkit.rendering.content.blocks",
    *(f"govkit.rendering.formats.{name}" for name in FORMATS),
):
    import_module(module)

_REHEARSAL = """
import pandas as pd
from govkit.rendering import content as r
frame = pd.DataFrame({"月份": ["2015-08", "2015-09"], "数": [1, 2]})
r.title("一", "二")
r.section("三")
r.say("四{five}。", five=r.number(5, "件"))
r.table(frame, "六")
r.trend(frame, "月份", "数", caption="七", unit="件")
r.bars(frame, "月份", "数", caption="八", unit="件")
r.provenance([("九", "十")])
"""


def rehearse() -> None:
    """Go once through what a report does, up to the formats that start no thread.

    What libraries put off until they are first used (fonts, schemas, caches) would else be made by every child anew.
    """
    export_all(_performed(), ("html", "docx"))


def _performed() -> Any:
    """Return a small report, filled in as papermill does and its cell run in the kernel that the children will have."""
    import nbformat
    from IPython.utils.capture import capture_output

    from govkit.rendering.engine.kernel import prepared
    from govkit.rendering.engine.worker import Task, filled_in

    cell = nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["parameters"]})
    source = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_code_cell(_REHEARSAL)])
    notebook = filled_in(Task(nbformat.writes(source), "rehearsal", "rehearsal", {"a": 1}, FORMATS))
    shell: Any = prepared().shell
    with capture_output() as caught:
        shell.run_cell(_REHEARSAL, store_history=False).raise_error()
    shell.reset(new_session=False)
    notebook.cells[-1].outputs = [
        nbformat.v4.new_output("display_data", data=dict(shown.data), metadata=dict(shown.metadata or {}))
        for shown in caught.outputs
    ]
    return notebook


fonts.check_glyphs("国", Where(""))
fonts.font_folder()
pandoc.program()
rehearse()
