"""Access to the lake: Parquet files, Delta commits, run manifests, fingerprints, and the catalog of tables.

No other package reads or writes the lake. JSON files lie beside the tables: table records, checksums of data files,
run manifests, staged writes and validation results.
"""
