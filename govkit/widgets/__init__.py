"""Panels for JupyterLab: exploring and entry, practice, and a trainer's jobs around an exam."""
