"""Reading of workbooks and CSV files within limits, and search for the table on each sheet."""
