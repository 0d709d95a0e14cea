"""Vigil's costs, as ratios of two sides timed alternately: python -m benchmarks.costs."""
