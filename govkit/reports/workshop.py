"""What every report needs at hand, imported and read before a nursery's children are born. Starts no thread."""

import matplotlib.backends.backend_agg
import matplotlib.backends.backend_svg
import matplotlib.figure
import nbclient
import papermill.execute

import govkit.reports.blocks
import govkit.reports.charts
import govkit.reports.formats.docx
import govkit.reports.formats.html
import govkit.reports.formats.pdf
import govkit.reports.tables
from govkit.errors import Where
from govkit.reports import fonts
from govkit.reports.formats import pandoc

fonts.check_glyphs("国", Where(""))
pandoc.program()
