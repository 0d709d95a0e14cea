"""Graph products beside the nightly scores: classification of the nodes of any graph."""
