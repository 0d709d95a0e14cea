"""The demo marketplace: a seeded simulation with known ground truth and without real data."""
