"""Collecting (收表): what arrived, whose it is, which version counts, what is imported and what is sent back."""
