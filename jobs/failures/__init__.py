"""Exceptions other than `UserError`: whether a retry may succeed, and a message that quotes no value."""
