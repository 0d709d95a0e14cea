"""A graph with planted labels, for measuring the classification of nodes."""
