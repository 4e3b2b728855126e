"""ipywidgets panels over the other parts."""
