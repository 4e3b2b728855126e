"""nbconvert exporters of the formats: ``jupyter nbconvert --to gongwen-html | gongwen-docx | gongwen-pdf``."""

from typing import Any

from nbconvert.exporters import Exporter

from govkit.rendering.formats import export


class Gongwen(Exporter):
    """An official document from an executed notebook; each subclass is one format."""

    fmt = ""

    def _file_extension_default(self) -> str:
        return f".{self.fmt}"

    def from_notebook_node(self, nb: Any, resources: Any = None, **values: Any) -> tuple[Any, Any]:
        """Return the file's content and nbconvert's resources."""
        copy, about = super().from_notebook_node(nb, resources, **values)
        return export(copy, self.fmt, name=about.get("metadata", {}).get("name", "")), about


class GongwenHTML(Gongwen):
    """One self-contained HTML file."""

    fmt, export_from_notebook, output_mimetype = "html", "Gongwen HTML", "text/html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **values: Any) -> tuple[Any, Any]:
        """Return the HTML text and nbconvert's resources."""
        content, about = super().from_notebook_node(nb, resources, **values)
        return content.decode(), about


class GongwenDocx(Gongwen):
    """A Word file in the geometry of GB/T 9704-2012."""

    fmt, export_from_notebook = "docx", "Gongwen Word"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class GongwenPdf(Gongwen):
    """An accessible PDF in the geometry of GB/T 9704-2012."""

    fmt, export_from_notebook, output_mimetype = "pdf", "Gongwen PDF", "application/pdf"
