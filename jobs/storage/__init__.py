"""The only door to the lake: Parquet files, Delta commits, run manifests, fingerprints, and the catalog of tables.

Beside the tables lie JSON files, the record of known tables and checksums of data files.
"""
