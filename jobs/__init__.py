"""How it runs: one runnable step per file, `python -m jobs.ingest --ds 2026-11-20`.

Packages hold what steps share; a package never imports a step. docs/architecture.md has the map.
"""

import os

from jobs.runtime.packages import prefer_own_packages
from jobs.runtime.process_exit import leave_at_signals

# OpenMP's threads spin while they wait, which takes a core from a busy Spark. Read when XGBoost is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Imports take seconds, and Ctrl-C among them would end in a traceback.
leave_at_signals()
prefer_own_packages()
