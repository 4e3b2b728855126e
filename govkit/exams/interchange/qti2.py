"""QTI 2.1 and 2.2 packages."""

from pathlib import Path

from govkit.errors import Problem
from govkit.exams.bank import Bank
from govkit.exams.interchange import qti
from govkit.exams.interchange.qtidialect import V21, V22

read = qti.read


def write(bank: Bank, path: Path) -> list[Problem]:
    """Write a bank as a QTI 2.2 package; return what it cannot hold."""
    return qti.write(bank, path, V22)


def write_21(bank: Bank, path: Path) -> list[Problem]:
    """Write a bank as a QTI 2.1 package; return what it cannot hold."""
    return qti.write(bank, path, V21)
