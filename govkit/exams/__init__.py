"""Closed-book exams: questions, banks, papers, keys, marks and what the marks say about the questions."""
