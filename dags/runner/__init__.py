"""Runs DAGs in the foreground: make nightly, make train, make ui."""
