"""The demo marketplace: a seeded simulation whose ground truth is known. No real data is in it."""
