"""The base of every room: errors, translations, files, the audit log, HTML."""
