"""Results of marking: item analysis, results by unit, the result bulletin, the ledger."""
