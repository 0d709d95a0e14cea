"""Offline comparisons, runnable and never part of a DAG: python -m jobs.studies.ablation --ds 2026-11-20."""
