"""Runnable steps, one per file: `python -m jobs.ingest --ds 2026-11-20`.

Packages contain the code that steps share. A package never imports a step. docs/architecture.md has the map.
"""

import os

from jobs.runtime.packages import prefer_own_packages
from jobs.runtime.process_exit import leave_at_signals

# OpenMP's threads spin while they wait, which takes a core from a busy Spark. XGBoost reads the variable on loading.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Imports take seconds, and Ctrl-C during an import would end in a traceback.
leave_at_signals()
prefer_own_packages()
