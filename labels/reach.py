"""Which hosts a printer's address may lead to. The name is looked up once and that very address is connected to.

Else a name could answer with an outside address when it is checked and with an inner one when it is used. Inner
addresses are refused unless the administrator listed their network. Source: 4.5.5.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

CONNECT_S = 2.0
_UNICAST = IPv6Network("2000::/3")


class NotListed(OSError):
    """The address is an inner one that nobody listed; nothing was sent."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Networks that may be reached beside public addresses; None for all, as on the command line."""

    networks: tuple[IPv4Network | IPv6Network, ...] | None = None

    def allows(self, address: IPv4Address | IPv6Address) -> bool:
        """Tell whether a printer may live at this address."""
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if self.networks is None:
            return True
        return _is_public(address) or any(address in network for network in self.networks)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one host out in the Internet.

    Of IPv6 that is 2000::/3 alone: what lies outside can carry an IPv4 address within (::a.b.c.d, NAT64) and is called
    global by the library all the same, as are groups of hosts and the old site-local addresses. 6to4 carries one too.
    """
    if isinstance(address, IPv6Address) and (address not in _UNICAST or address.sixtofour is not None):
        return False
    return address.is_global and not address.is_multicast


def listed(networks: Iterable[str]) -> Reach:
    """Read the administrator's list: networks or single addresses. ValueError for anything else."""
    return Reach(networks=tuple(ip_network(text.strip()) for text in networks))


def find_unlisted(host: str, reach: Reach) -> str:
    """Give an address of the host when none of them may be reached; '' when one may, or nobody knows the name yet.

    Nothing is connected, and nothing follows for later: a name is asked again, and judged again, when it is used.
    """
    try:
        found = [there[0] for *_, there in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return ""
    return "" if any(reach.allows(ip_address(address)) for address in found) else str(found[0])


def connect(host: str, port: int, reach: Reach) -> socket.socket:
    """Connect to the first address of the host that answers in two seconds. Raises OSError, NotListed among them."""
    refused: OSError | None = None
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a name that cannot be one: a part is empty or over 63 characters
        raise OSError(f"no host name: {host!r}") from error
    for family, kind, protocol, _, there in found:
        if not reach.allows(ip_address(there[0])):
            refused = refused or NotListed(f"{there[0]} is not listed")
            continue
        line = socket.socket(family, kind, protocol)
        line.settimeout(CONNECT_S)
        try:
            line.connect(there)
        except OSError as error:
            line.close()
            refused = error
            continue
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line
    raise refused or OSError(f"no address of {host}")
