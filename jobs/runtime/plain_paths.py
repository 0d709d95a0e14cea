"""Links with plain paths, below the folder for temporary files, to files whose own path a tool cannot read.

delta-rs fails on a path with `[`, `|`, `^`, a backslash or a percent code. Below a path with `#` or `?` it finds no
history of a table, and vacuum would delete files that replays need. Sail fails on a percent code in its checkpoint
folder. Airflow replaces `$NAME` in its settings. These tools read a path of letters, digits and some signs.
"""

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from jobs.errors import UserError

DELTA_CANNOT_READ = re.compile(r"[#?\[\]|^\\]|%[0-9A-Fa-f]{2}")
PLAIN = re.compile(r"[\w/.+=@, -]+")


def plain_path(path: Path) -> Path:
    """Return the path itself where it is plain, else a link to it that has a plain path."""
    if PLAIN.fullmatch(str(path)):
        return path
    link = _folder_of_links() / _name(path)
    _link(link, path)
    return link


def delta_location(table: str) -> str:
    """Return the location at which deltalake can open a table.

    The location is the table's own path or URL, else a folder of links to all files of the table. A link to the table
    itself would fail: delta-rs resolves the link and reads the table's own path.
    """
    if "://" in table or not DELTA_CANNOT_READ.search(os.path.realpath(table)):
        return table
    folder = _folder_of_links() / _name(Path(table))
    folder.mkdir(exist_ok=True)
    _link_all(folder, Path(table))
    return str(folder)


def _link_all(folder: Path, table: Path) -> None:
    in_table = {entry.name for entry in table.iterdir()} if table.is_dir() else set()
    linked = {entry.name for entry in folder.iterdir()}
    for name in linked - in_table:
        (folder / name).unlink(missing_ok=True)
    for name in in_table - linked:
        _link(folder / name, table / name)


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    with suppress(FileExistsError):  # another process was faster
        link.symlink_to(target)


def _name(path: Path) -> str:
    return hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:16]


def _folder_of_links() -> Path:
    """Return this user's folder of links.

    Raises:
        UserError: another user owns the folder.
    """
    bases = [Path(os.path.realpath(base)) for base in (tempfile.gettempdir(), "/tmp", "/var/tmp")]
    folder = next((base for base in bases if PLAIN.fullmatch(str(base)) and base.is_dir()), bases[0])
    folder /= f"vigil-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise UserError(f"{folder} is somebody else's, and links to your files are expected there. Remove it, or set "
                        "TMPDIR to a folder of your own.")
    return folder
