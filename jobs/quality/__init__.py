"""Audits: the expectations of every staged table, their results, and the commit gate."""
