"""What every report needs at hand, imported and read before a nursery's children are born.

Importing this leaves threads of libraries behind that know how to survive a fork (the allocators of Arrow and Delta
Lake, and no others), and calls nothing that starts one.
"""

from importlib import import_module

from govkit.errors import Where
from govkit.reports import fonts
from govkit.reports.formats import FORMATS, pandoc

for module in (
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "nbclient",
    "papermill.execute",
    "govkit.reports.blocks",
    "govkit.reports.charts",
    "govkit.reports.tables",
    *(f"govkit.reports.formats.{name}" for name in FORMATS),
):
    import_module(module)

fonts.check_glyphs("国", Where(""))
fonts.font_folder()
pandoc.program()
