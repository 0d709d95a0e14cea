"""Whether what a run stands on is whole: tables and their files, JSON files, databases, models.

Each check yields sentences, one a fault: the file, what it is part of, and the command that mends it. No check changes
anything.
"""
