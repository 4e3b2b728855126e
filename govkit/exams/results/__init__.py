"""What the marks say: item analysis, results by unit, the result bulletin."""
