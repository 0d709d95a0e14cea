"""Plugins that every process of Airflow loads."""
