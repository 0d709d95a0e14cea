"""What Vigil costs, as ratios of two sides timed in turns: python -m benchmarks.costs."""
