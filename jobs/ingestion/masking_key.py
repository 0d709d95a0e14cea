"""The key that identifiers are masked with: from VIGIL_KEY, else from a file that the first run makes.

The key is the text itself, as UTF-8, so that `openssl dgst -sha256 -hmac` with it gives the same digests.
"""

import os
import secrets
from pathlib import Path

from features.inputs.masking import Key
from features.inputs.tables import TABLES
from jobs.errors import UserError
from jobs.settings import Settings
from jobs.storage.lake import Lake

# Name under which commits tell which key their rows were masked with.
KEY_ID = "key_id"

# Whoever can guess the key can try every telephone number.
MIN_KEY_LENGTH = 32
MAKE_KEY_COMMAND = "python -c 'import secrets; print(secrets.token_hex(32))'"


def load_or_create_key(config: Settings) -> Key:
    """The key of this installation, made where there is none.

    Raises:
        UserError: it is too short, or others can read its file.
    """
    if config.key is None and not config.key_file.exists():
        _create(config.key_file)
    return load_key(config)


def load_key(config: Settings) -> Key:
    """The key of this installation.

    Raises:
        UserError: there is none, it is too short, or others can read its file.
    """
    if config.key is not None:
        return _checked(config.key, "VIGIL_KEY")
    if not config.key_file.exists():
        raise UserError(f"{config.key_file}: no key is there, and VIGIL_KEY is not set. The first run makes one: "
                        "make nightly")
    _require_private_file(config.key_file)
    return _checked(config.key_file.read_text(), str(config.key_file))


def require_same_key(lake: Lake, key: Key) -> None:
    """A lake has one key: the same device under two digests would be two devices, without a word.

    Raises:
        UserError: a table was masked with another key, or before there was one.
    """
    # Opened aside: what is looked at here is no input of what the run writes.
    before = Lake(lake.root)
    for table in filter(before.has, TABLES):
        found = before.commit_metadata(table, KEY_ID)
        if found != key.id:
            was = f"were masked with key {found}" if found else "were never masked"
            raise UserError(f"{table}, {max(before.days(table), default='no day')}: its identifiers {was}, the key "
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
    """A new key, there whole or not at all. Of two runs that make one at once, the first has made it."""
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
