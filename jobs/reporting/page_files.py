"""Files that a command writes for people to read."""

from pathlib import Path

from jobs.errors import UserError


def require_writable(file: Path) -> None:
    """Require that a file can be written, before the work begins. The folder is created, and no new file stays.

    Raises:
        UserError: the path is a folder, or the file cannot be written.
    """
    if file.is_dir():
        raise UserError(f"{file}: is a folder. Expected the name of a file to write")
    is_new = not file.exists()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.open("ab").close()
        if is_new:
            file.unlink()
    except OSError as failure:
        raise UserError(f"{file}: cannot be written ({failure.strerror}). Expected a file that may be "
                        "written") from None
