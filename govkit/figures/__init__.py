"""What an analyst or a report asks of the ledgers: a snapshot of the store and its figures."""
