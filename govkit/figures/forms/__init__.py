"""An upper office's blank form, filled from a snapshot: what each blank cell asks, and the figure that answers it."""
