"""The sample district and the demonstration."""
