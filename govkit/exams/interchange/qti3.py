"""QTI 3.0 packages."""

from pathlib import Path

from govkit.errors import Problem
from govkit.exams.bank import Bank
from govkit.exams.interchange import qti
from govkit.exams.interchange.qtidialect import V30

read = qti.read


def write(bank: Bank, path: Path) -> list[Problem]:
    """Write a bank as a QTI 3.0 package; return what it cannot hold."""
    return qti.write(bank, path, V30)
