"""Graph products apart from the nightly scores: classification of the nodes of any graph."""
