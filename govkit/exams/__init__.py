"""Closed-book exams: questions, banks, papers, keys, marks and item analysis."""
