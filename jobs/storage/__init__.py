"""What lies beside the tables of a lake: JSON files, the record of known tables, checksums of data files.

Also finds what is broken in a table's log. The tables themselves are read and written by jobs/storage/lake.py.
"""
