"""Effects and prevalence from known designs: plain functions on arrays, and a reader of outside files."""
