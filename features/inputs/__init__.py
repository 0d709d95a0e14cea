"""Input tables: the contract of each, and the functions that check a row against it.

A row is cast, validated, masked, quarantined, de-duplicated and joined as of the day of its arrival.
"""
