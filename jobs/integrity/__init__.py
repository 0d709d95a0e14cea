"""Integrity checks of stored state: tables and their files, JSON files, databases, models.

Each check yields one sentence a fault: the file, the table or run it belongs to, and the command that mends it. No
check changes a file.
"""
