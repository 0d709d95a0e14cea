"""Homes that are made once for a file of tests, and copied for each test that changes one."""

import shutil
from pathlib import Path

from jobs.settings import Settings, load_settings


def copy_of(home: Path, folder: Path) -> Settings:
    """The settings of a copy of a home, which may be changed."""
    shutil.copytree(home, folder / "home")
    return load_settings({"VIGIL_HOME": str(folder / "home")})
