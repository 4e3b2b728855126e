"""From responses to marks."""
