"""Offline comparisons and simulations that no DAG runs, such as python -m jobs.studies.ablation --ds 2026-11-20."""
