"""What comes in: the contract of every input table, and the functions that hold a row to it.

A row is cast, validated, masked, quarantined, de-duplicated and joined as of the day of its arrival.
"""
