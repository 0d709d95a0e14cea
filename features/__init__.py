"""What is computed: definitions as data, and pure functions over frames. No file is read or written here.

Start with seller/sales.py, then language/ (what a definition may say), then aggregation/ (how it is computed).
"""
