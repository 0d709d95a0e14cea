"""The only door to the lake: Parquet files, Delta commits, run manifests, fingerprints, and the catalog of tables."""
