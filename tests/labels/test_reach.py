"""Inner addresses in every form that a resolver or a socket takes: no connection unless they are listed. Source: 4.5.5.

The resolver and the sockets are the machine's own; a listener on loopback counts who came.
"""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

import pytest

from labels.printers import Outcome, is_unlisted, listed, open_printer
from labels.reach import NotListed, connect
from tests.labels.test_lp_printer import JOB

LOOPBACK = ["127.0.0.0/8", "::1", "0.0.0.0/32", "::"]


class Listener:
    """Counts the connections to a port of all of this machine's addresses."""

    def __init__(self) -> None:
        self.came = 0
        both = socket.has_dualstack_ipv6()
        family = socket.AF_INET6 if both else socket.AF_INET
        self.door = socket.create_server(("", 0), family=family, dualstack_ipv6=both)
        self.port: int = self.door.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.door.accept()
            except OSError:
                return
            self.came += 1
            line.close()

    def count(self, host: str) -> int:
        """Connect as a listed one, and give how many came, that one among them: they are let in in their order."""
        with connect(host, self.port, listed(LOOPBACK)) as line:
            assert line.recv(1) == b""
        return self.came

    def close(self) -> None:
        """Take no more."""
        self.door.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self.door.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


FORMS = [
    "127.0.0.1", "127.0.0.2", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0", "0.0.0.0",
    "localhost", "LOCALHOST", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_given_an_inner_address_in_any_form_when_unlisted_then_nobody_is_connected_to(listener, form):
    """4.5.5: the same form reaches the listener where it is listed, so it is no typing error that is refused"""
    if ":" in form and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    for scheme in ("ipp", "socket"):
        printer = open_printer(f"{scheme}://{form}:{listener.port}", colour="white", reach=listed(["10.0.0.0/8"]))
        state = printer.state()
        assert (state.ready, state.causes) == (False, ("address-not-listed",))
        sent = printer.send(JOB if scheme == "ipp" else replace(JOB, form="zpl"))
        assert (sent.outcome, sent.cause) == (Outcome.FAILED, "address-not-listed")
    assert listener.count(form.strip("[]")) == 1, "the listed one alone"


@pytest.mark.parametrize("name", ["localhost.", "localhost.localdomain", "ip6-localhost", "ip6-loopback"])
def test_given_a_name_of_this_machine_when_the_resolver_knows_it_or_not_then_nobody_is_connected_to(listener, name):
    """4.5.5: which of them are known differs between machines"""
    with pytest.raises(OSError, match=r"not listed|not known|No address|Temporary failure"):
        connect(name, listener.port, listed([]))
    assert listener.count("127.0.0.1") == 1, "the listed one alone"


def test_given_a_name_when_a_printer_is_added_then_it_is_unlisted_only_where_all_of_its_addresses_are():
    """4.5.5: before anything is sent; a name that nobody knows yet is judged when it is used"""
    assert is_unlisted("socket://localhost", listed([]))
    assert is_unlisted("ipp://localhost/ipp/print", listed(["10.0.0.0/8"]))
    assert not is_unlisted("socket://localhost", listed(["127.0.0.0/8"]))
    assert not is_unlisted("socket://printer.invalid", listed([]))
    assert not is_unlisted("lp:OFFICE", listed([]))


@pytest.mark.parametrize(
    "inner",
    [
        "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254", "192.0.2.1", "198.18.0.1", "224.0.0.1",
        "239.255.255.250", "240.0.0.1", "255.255.255.255", "fe80::1", "fe80::1%lo", "fc00::1", "fd00:ec2::254", "fec0::1",
        "ff02::1", "ff0e::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1",
        "64:ff9b:1::10.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1",
    ],
)  # fmt: skip
def test_given_an_address_of_no_host_in_the_internet_when_unlisted_then_refused_before_a_packet(inner):
    """4.5.5: inner ones, groups, and IPv6 that carries an IPv4 address within"""
    assert not listed([]).allows(ip_address(inner))
    with pytest.raises(NotListed):
        connect(inner, 9, listed([]))


@pytest.mark.parametrize("outer", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_given_an_address_in_the_internet_when_asked_then_allowed(outer):
    """4.5.5: a printer may stand elsewhere"""
    assert listed([]).allows(ip_address(outer))


def test_given_a_name_that_answers_otherwise_the_second_time_when_used_then_only_the_checked_address_is_met(
    monkeypatch,
):
    """W10; 4.5.5: rebinding; the name service is played, the sockets are real"""
    with socket.create_server(("127.0.0.1", 0)) as good:
        port = good.getsockname()[1]
        with socket.create_server(("127.0.0.2", port)) as bad:
            answers = iter(["127.0.0.1", "127.0.0.2"])
            asked = []

            def look_up(host, port, **_):
                asked.append(host)
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

            monkeypatch.setattr(socket, "getaddrinfo", look_up)
            reach = listed(["127.0.0.1"])
            with connect("printer.example", port, reach) as line:
                assert line.getpeername()[0] == "127.0.0.1"
            assert asked == ["printer.example"], "looked up once for check and connection"
            state = open_printer(f"ipp://printer.example:{port}/", reach=reach).state()
            assert state.causes == ("address-not-listed",)
            assert len(asked) == 2
            bad.setblocking(False)
            with pytest.raises(BlockingIOError):
                bad.accept()


def test_given_a_name_with_an_inner_and_a_listed_address_when_connected_then_only_to_the_listed_one(monkeypatch):
    """4.5.5: one name, several answers"""
    with socket.create_server(("127.0.0.1", 0)) as good:
        port = good.getsockname()[1]
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("127.0.0.2", "169.254.169.254", "127.0.0.1")
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with connect("printer.example", port, listed(["127.0.0.1"])) as line:
            assert line.getpeername()[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.example", "."])
@pytest.mark.parametrize("scheme", ["ipp", "ipps", "socket"])
def test_given_a_host_name_that_cannot_be_one_when_asked_then_unreachable_and_no_error(scheme, host):
    """4.5.5: no printer's address ends the sender"""
    printer = open_printer(f"{scheme}://{host}/" if scheme != "socket" else f"socket://{host}", colour="white")
    assert printer.state().causes == ("unreachable",)


@pytest.mark.parametrize("address", ["ipp://host:0/", "ipp://host:65536/", "socket://host:99999", "socket://host:x"])
def test_given_a_port_that_is_none_when_opened_then_refused(address):
    """4.5.5: when the printer is added, not at its first label"""
    with pytest.raises(ValueError, match=r"address|[Pp]ort"):
        open_printer(address)
