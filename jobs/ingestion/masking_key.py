"""The masking key: from VIGIL_KEY, else from a file that the first run creates.

The key is the text itself, as UTF-8, so that `openssl dgst -sha256 -hmac` with the text gives the same digests.
"""

import os
import secrets
from pathlib import Path

from features.inputs.masking import Key
from features.inputs.tables import TABLES
from jobs.errors import UserError
from jobs.settings import Settings
from jobs.storage.lake import Lake

# Entry of the commit metadata with the id of the key that masked the rows.
KEY_ID = "key_id"

# A person who guesses the key can test every telephone number against the digests.
MIN_KEY_LENGTH = 32
MAKE_KEY_COMMAND = "python -c 'import secrets; print(secrets.token_hex(32))'"


def load_or_create_key(config: Settings) -> Key:
    """Return the key of this installation, and create a key where there is none.

    Raises:
        UserError: the key is too short, or other users can read its file.
    """
    if config.key is None and not config.key_file.exists():
        _create(config.key_file)
    return load_key(config)


def load_key(config: Settings) -> Key:
    """Return the key of this installation.

    Raises:
        UserError: there is no key, the key is too short, or other users can read its file.
    """
    if config.key is not None:
        return _checked(config.key, "VIGIL_KEY")
    if not config.key_file.exists():
        raise UserError(f"{config.key_file}: no key is there, and VIGIL_KEY is not set. The first run makes one: "
                        "make nightly")
    _require_private_file(config.key_file)
    return _checked(config.key_file.read_text(), str(config.key_file))


def require_same_key(lake: Lake, key: Key) -> None:
    """Check that the tables of a lake were masked with the key. Under two keys one device would have two digests.

    Raises:
        UserError: a table was masked with another key, or before there was a key.
    """
    # A Lake of its own: the versions that it reads are not recorded as inputs of the run.
    stored = Lake(lake.root)
    for table in filter(stored.has, TABLES):
        stored_id = stored.commit_metadata(table, KEY_ID)
        if stored_id != key.id:
            was = f"were masked with key {stored_id}" if stored_id else "were never masked"
            raise UserError(f"{table}, {max(stored.days(table), default='no day')}: its identifiers {was}, the key "
                            f"now is {key.id}. Put the lake's own key back (VIGIL_KEY, or the file `key` in "
                            "VIGIL_HOME), or begin a new lake: VIGIL_LAKE=<folder>. docs/privacy.md says more.")


def _checked(text: str, where: str) -> Key:
    text = text.strip()
    if len(text) < MIN_KEY_LENGTH:
        raise UserError(f"the key in {where}: {len(text)} characters, expected at least {MIN_KEY_LENGTH}. Put the key "
                        f"of this lake back; for a new lake, make one: {MAKE_KEY_COMMAND}")
    return Key(text.encode())


def _require_private_file(file: Path) -> None:
    mode = file.stat().st_mode & 0o777
    if mode & 0o077:
        raise UserError(f"the key in {file}: mode {mode:o}, expected 600: others on this machine can use it. "
                        f"Close it: chmod 600 {file}")


def _create(file: Path) -> None:
    """Create a key file atomically. Where two runs create one at the same time, the first file stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(secrets.token_hex(32) + "\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(temporary, file)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
