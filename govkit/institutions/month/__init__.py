"""The month's reports: blank workbooks, collecting, the board of who has reported what."""
