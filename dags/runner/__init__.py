"""The runner of DAGs in the foreground: make nightly, make train, make ui."""
