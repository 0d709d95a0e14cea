"""Tiles, features and texts in the lake: which days are stale, how they are rebuilt, how they are read."""
