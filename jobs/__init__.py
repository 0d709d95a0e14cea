"""How it runs: one runnable step per file, `python -m jobs.ingest --ds 2026-11-20`. Packages hold what steps share."""

from jobs.runtime.process_exit import leave_at_signals

# Imports take seconds, and Ctrl-C among them would end in a traceback.
leave_at_signals()
