"""Which Spark serves the DataFrame API, local, Connect, cluster or Sail, and how its processes start and end."""
