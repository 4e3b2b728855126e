"""The reports, one module each: the tables and sentences that its notebook places.

A report notebook imports ``govkit`` and its own module, from which it takes the report's class and the display
functions ``r`` (:mod:`govkit.rendering.content`)::

    import govkit
    from govkit.reports.services import Services, r

    f = govkit.open().figures("阳庙镇", "2015-09")
    report = Services(f)
    r.say(report.items_sentence())
"""
