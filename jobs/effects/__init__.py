"""Effects and prevalence from designs that are known: plain functions on arrays, without a lake or an engine."""
