"""How sure decisions about cases are, and for whom they err: plain functions on arrays, and readers of outside data."""
