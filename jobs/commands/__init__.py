"""Commands that a person runs and no DAG runs, such as `python -m jobs.commands.check_lake`."""
