"""What a sample module gives: rows by ledger code, their values typed as the store keeps them."""

from typing import Any

Row = dict[str, Any]
"""Column code → value: text, a day, a number, a boolean, the code of a place, or None."""
Rows = dict[str, list[Row]]
"""Ledger code → its rows."""
