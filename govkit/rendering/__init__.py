"""From a report notebook to HTML, Word and PDF: content, engine, formats, privacy. Knows no institution."""
