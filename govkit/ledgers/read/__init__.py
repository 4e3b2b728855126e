"""Reading workbooks and CSV files: capped, cell by cell, with the table found on each sheet."""
