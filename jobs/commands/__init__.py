"""What a person types, and no DAG runs: `python -m jobs.commands.check_lake`."""
