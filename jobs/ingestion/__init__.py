"""Raw rows into event tables: what landed or was selected, which days are taken in, and where every row ends."""
