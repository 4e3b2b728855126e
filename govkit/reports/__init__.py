"""What the report notebooks lay out, one module a report: tables and sentences made from a place's ledgers and a month.

Each module's class takes :class:`govkit.figures.figure.Figures`, so a notebook says ``page = Register(f)`` and then
only places what the page gives.
"""
