"""Benchmarks: published results measured again, and Vigil's costs. No DAG runs a benchmark."""
