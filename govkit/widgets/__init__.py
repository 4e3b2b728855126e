"""Panels for JupyterLab: practice, and a trainer's jobs around an exam. Each is one call in a notebook."""
