"""One frozen Settings from TOML and environment; a wrong value stops the start with one clear line.

Order: defaults, then the TOML file named by WAREHOUSE_CONFIG, then WAREHOUSE_* of the environment, then flags.
"""

import os
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

JSON_LIMIT = 1 << 20  # bytes of a JSON body
PICTURE_LIMIT = 8 << 20  # bytes of a picture
FORM_LIMIT = PICTURE_LIMIT + JSON_LIMIT
DEEPEST_JSON = 32
LARGEST_PAGE = 500
MOST_REPORTS = 4  # drawn at once: each holds a thread and a connection, which scans need too
REPORT_WAIT_SECONDS = 3.0  # for a turn among them; then the caller is told when to come again


class SettingsRefused(Exception):
    """A setting has a value that cannot be used; the text says which and what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an administrator decides; each field is WAREHOUSE_<NAME> in the environment."""

    home: str = "./var"
    database: str = ""  # default: SQLite under `home`
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 16
    trusted_hosts: str = ""  # separated by blanks; empty: any
    public_url: str = ""  # how a phone in the hall reaches the service, for codes on paper; empty: as it was asked
    printer_networks: str = ""  # inner networks where printers may live, separated by blanks; public ones always may
    tls: bool = False  # behind TLS: cookies are Secure and carry the __Host- prefix

    @property
    def database_url(self) -> str:
        """The database to use, SQLite under `home` unless named."""
        return self.database or f"sqlite:///{Path(self.home).resolve() / 'warehouse.db'}"


def load(**flags: Any) -> Settings:
    """Read the settings. Raises SettingsRefused for an unknown name or a value of the wrong form."""
    values: dict[str, Any] = {}
    if path := os.environ.get("WAREHOUSE_CONFIG"):
        try:
            values |= tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise SettingsRefused(f"WAREHOUSE_CONFIG={path}: {error}") from error
    known = {field.name: field.type for field in fields(Settings)}
    for name in known:
        if (text := os.environ.get(f"WAREHOUSE_{name.upper()}")) is not None:
            values[name] = text
    values |= {name: value for name, value in flags.items() if value is not None}
    if unknown := sorted(set(values) - set(known)):
        raise SettingsRefused(f"unknown setting: {', '.join(unknown)}; known are {', '.join(known)}")
    return replace(Settings(), **{name: _read(name, value) for name, value in values.items()})


def _read(name: str, value: Any) -> Any:
    """Read one value in the form of its default."""
    default = getattr(Settings(), name)
    if isinstance(default, bool):
        words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
        if str(value).lower() not in words:
            raise SettingsRefused(f"{name} must be true or false, not {value!r}")
        return words[str(value).lower()]
    if isinstance(default, int):
        if not str(value).isascii() or not str(value).isdigit() or not 0 <= int(value) <= 65535:
            raise SettingsRefused(f"{name} must be a whole number up to 65535, not {value!r}")
        return int(value)
    return str(value)
