"""A simulated graph with labels, to measure the classification of nodes on."""
