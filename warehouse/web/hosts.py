"""By which names the service answers, when the administrator listed none (W2).

A page elsewhere can point a public name of its own at an address inside and then speak to the service as that name.
What it cannot own are addresses, names without a dot, and names that end where no public one does.
"""

import re
import socket
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from warehouse.rules.refusals import InvalidInput

INNER_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".test")
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(:[0-9]{1,5})?")


def check_host(asked: str | None, *, public_url: str) -> None:
    """Refuse a Host that is neither inner, nor this machine's own name, nor that of `public_url`. InvalidInput.

    None is a program that names none: every browser does.
    """
    if asked is not None and not _is_ours(asked, public_url):
        raise InvalidInput(field="Host", reason="foreign-host")


@lru_cache(maxsize=128)
def _is_ours(asked: str, public_url: str) -> bool:
    found = _HOST.fullmatch(asked)
    if found is None:
        return False
    name = found["name"].lower().rstrip(".")
    inner = ("." not in name and ":" not in name) or name.endswith(INNER_ENDINGS) or _is_address(name)
    return inner or name in (socket.gethostname().lower(), (urlsplit(public_url).hostname or "").lower())


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
