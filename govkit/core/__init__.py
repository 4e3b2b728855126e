"""What every part stands on: errors, translations, files, the audit log, HTML."""
