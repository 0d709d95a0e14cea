"""Raw rows into event tables: what landed or was selected, which days are ingested, where every row ends."""
