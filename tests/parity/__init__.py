"""Whether notebooks leave the same outputs under papermill's own engine and under ours: ``python -m tests.parity``."""
