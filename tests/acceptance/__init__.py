"""The three whole runs of README.md, each from nothing as a user types it, held to figures counted in the raw files."""
