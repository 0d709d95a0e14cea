"""Rules of the house that a test reads from source code."""
