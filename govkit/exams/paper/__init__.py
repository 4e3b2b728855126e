"""Papers: blueprint, assembly, the paper, its sealed key and the roster."""
