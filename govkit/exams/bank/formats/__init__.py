"""File formats of question banks, one module each way."""
