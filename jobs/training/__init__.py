"""From labelled rows to a registered model: here, the champions of the registry and of the last scores."""
