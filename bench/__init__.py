"""Benchmarks. Every figure is a ratio of two measurements in the same run, so that machines can be compared."""
