"""Reporting and training kit for the four basic institutions of grassroots governance."""

__version__ = "0.1.0"
