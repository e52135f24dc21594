"""Many HTTP clients in one thread, each with a connection of its own that sends its next request at its last answer."""

import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


class BadAnswer(Exception):
    """A server answered with something else than success; the text is what it said."""


@dataclass(kw_only=True)
class Served:
    """What a client got: how long each of its answers took, in seconds."""

    took: list[float] = field(default_factory=list)


class _Client:
    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests, self.served = requests, Served()
        self.sent_at, self.got = 0.0, b""

    def send(self) -> None:
        """Send the next request; it fits into the socket's buffer."""
        self.sent_at, self.got = time.perf_counter(), b""
        self.socket.sendall(next(self.requests))

    def receive(self) -> bool:
        """Take what came; True when the answer is whole. Raises BadAnswer."""
        part = self.socket.recv(65536)
        self.got += part
        head, end, body = self.got.partition(b"\r\n\r\n")
        if not part:
            raise BadAnswer(f"closed after {self.got[:300]!r}")
        if not end:
            return False
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return False
        if head.split(b" ", 2)[1] not in (b"200", b"201"):
            raise BadAnswer(self.got[:600].decode(errors="replace"))
        self.served.took.append(time.perf_counter() - self.sent_at)
        return True


def run(port: int, requests: list[Iterator[bytes]], *, seconds: float) -> list[Served]:
    """Let one client for each of `requests` work for so long; raises BadAnswer at the first one that fails."""
    clients = [_Client(port, each) for each in requests]
    end = time.perf_counter() + seconds
    with selectors.DefaultSelector() as ready:
        for client in clients:
            ready.register(client.socket, selectors.EVENT_READ, client)
            client.send()
        waiting = len(clients)
        while waiting:
            for event, _ in ready.select(timeout=30):
                client = event.data
                if not client.receive():
                    continue
                if time.perf_counter() < end:
                    client.send()
                else:
                    waiting -= 1
                    ready.unregister(client.socket)
    for client in clients:
        client.socket.close()
    return [client.served for client in clients]


def post(path: str, make: Callable[[], tuple[bytes, dict[str, str]]]) -> Iterator[bytes]:
    """Give POST requests without end; `make` gives the JSON body and further headers of each."""
    while True:
        body, headers = make()
        lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        yield "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
