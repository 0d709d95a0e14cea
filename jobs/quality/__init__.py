"""Write, audit, publish: what is expected of a table's days, and what was found."""
