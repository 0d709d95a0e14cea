"""Raw rows into event tables: landing files or SELECTs, schema check, masking key, row accounting."""
