"""How good a model is on untouched rows: metrics with intervals, slices, the baseline rule, error analysis, release."""
