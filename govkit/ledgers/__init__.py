"""The machinery of ledgers: declare, read, check, store, mask. It knows no institution."""
