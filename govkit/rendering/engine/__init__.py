"""The papermill engine: a fork server, its workers and their kernels."""
