"""Accounts as a graph: shared identifiers are edges; columns from neighbours, components and audiences."""
