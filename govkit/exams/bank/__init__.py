"""Question banks: questions, their checks, and the formats they are read from and written to."""
