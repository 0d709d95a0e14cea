"""Features: definitions as data, and pure functions over frames. No file is read or written here.

Start with seller/sales.py, then read language/ (the definition classes) and aggregation/ (their computation).
"""
