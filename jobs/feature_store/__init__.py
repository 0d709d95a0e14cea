"""Tiles, features and texts in the lake: stale days, rebuilding and reading."""
