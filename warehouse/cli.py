"""The commands of the administrator: `warehouse serve`, `init`, `demo`, `user`, `token`, `verify`, `backup`, `restore`.

Exit status 0 when all is well, 1 for an error or a finding, 2 for a wrong command line. A person's mistake is answered
by one clear line on standard error, never by a traceback.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse import access, backup, catalogue, demo, start
from warehouse.books import verify
from warehouse.posting import Reply, Request, answer
from warehouse.rules.refusals import Refusal
from warehouse.settings import Settings, SettingsRefused, load
from warehouse.tables.base import database
from warehouse.tables.catalogue import Site
from warehouse.tables.engines import DatabaseRefused
from warehouse.transaction import Actor, DatabaseUnavailable, Transaction, unavailable

COMMAND_LINE = Actor(name="command line", roles=frozenset({"admin"}))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    try:
        asked = _parser().parse_args(arguments)
        flags = {name: getattr(asked, name, None) for name in ("host", "port")}
        settings = load(**flags, tls=True if getattr(asked, "tls", False) else None)
        run: Callable[[argparse.Namespace, Settings], int] = asked.run
        return run(asked, settings)
    except Refusal as refusal:
        facts = ", ".join(f"{name}: {value}" for name, value in refusal.facts().items())
        return _fail(f"{refusal.code} ({facts})")
    except (SettingsRefused, DatabaseRefused, backup.BackupRefused) as refused:
        return _fail(str(refused))
    except DatabaseUnavailable as fault:
        return _fail(f"the database cannot take it now: {fault.reason}")
    except OSError as error:
        return _fail(f"{error.filename or 'system'}: {error.strerror}")
    except Exception as error:
        if (fault_found := unavailable(error)) is None:
            raise
        return _fail(f"the database cannot take it now: {fault_found.reason}")
    finally:
        database.close() if database.obj else None


def _fail(text: str) -> int:
    print(f"warehouse: {' '.join(text.split())}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="warehouse", description="The warehouse that cannot lie.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = _command(commands, "serve", _serve, "serve until stopped")
    serving.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    serving.add_argument("--port", type=int, help="port to listen on (default 8000)")
    serving.add_argument(
        "--tls", action="store_true", help="a proxy in front speaks TLS: Secure cookies, https addresses"
    )
    _command(commands, "init", _init, "make the database, or bring it to the present schema; safe to repeat")
    _command(commands, "demo", _demo, "load the demo site")
    adding = _nested(commands, "user", "people")
    user = _command(adding, "add", _add_user, "add a person")
    user.add_argument("name", metavar="NAME")
    user.add_argument("--role", action="append", required=True, choices=access.ROLES, help="may be given again")
    user.add_argument(
        "--password-stdin", action="store_true", required=True, help="read the password from standard input"
    )
    user.add_argument("--site", help="the only site of this person (default: all)")
    tokens = _nested(commands, "token", "API tokens")
    token = _command(tokens, "add", _add_token, "print a new API token, once")
    token.add_argument("name", metavar="NAME")
    token.add_argument("--scope", action="append", default=[], choices=access.ROLES, help="narrow to some roles")
    token.add_argument("--expires", type=_days, metavar="DAYS", help="the token ends after so many days")
    _command(commands, "verify", _verify, "recompute every balance, chain and invariant")
    for name, run, text in (("backup", _backup, "copy everything while the service runs"),
                            ("restore", _restore, "bring a backup back into an empty place")):  # fmt: skip
        _command(commands, name, run, text).add_argument("file", metavar="FILE", type=Path)
    return parser


def _command(commands: Any, name: str, run: Callable[..., int], text: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    made.set_defaults(run=run)
    return made


def _nested(commands: Any, name: str, text: str) -> Any:
    return commands.add_parser(name, help=text).add_subparsers(required=True, metavar="ACTION")


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 36500:
        raise argparse.ArgumentTypeError("not 1 to 36500 days")
    return int(text)


def _serve(asked: argparse.Namespace, settings: Settings) -> int:
    # Only here: the other commands need neither the web nor its pictures.
    from warehouse.serve import serve

    serve(settings)
    return 0


def _init(asked: argparse.Namespace, settings: Settings) -> int:
    start.make_database(settings.database_url)
    if not Site.select().exists():
        catalogue.create_site(code=catalogue.FIRST_SITE, name="Plant 1")
    print("The database is ready.")
    return 0


def _demo(asked: argparse.Namespace, settings: Settings) -> int:
    start.open_database(settings.database_url)
    made = demo.load(datetime.now(UTC))
    if made is None:
        print("The demo site is there already.")
        return 0
    print("The demo site is loaded. Its people, printed this once:")
    for name, password in made.items():
        print(f"  {name:<10} {password}")
    return 0


def _add_user(asked: argparse.Namespace, settings: Settings) -> int:
    start.open_database(settings.database_url)
    hashed = access.hash_password(sys.stdin.readline().rstrip("\r\n"))

    def act(tx: Transaction) -> Reply:
        access.add_person(name=asked.name, roles=asked.role, password_hash=hashed, site=asked.site)
        tx.tell(person=asked.name, roles=asked.role)
        return {}, 201

    _do("user add", act)
    print(f"{asked.name} may sign in as {', '.join(asked.role)}.")
    return 0


def _add_token(asked: argparse.Namespace, settings: Settings) -> int:
    start.open_database(settings.database_url)
    now = datetime.now(UTC)
    made: list[str] = []

    def act(tx: Transaction) -> Reply:
        made.append(access.add_token(asked.name, scope=asked.scope, days=asked.expires, now=now))
        tx.tell(person=asked.name, scope=asked.scope, days=asked.expires)
        return {}, 201

    _do("token add", act)
    print(made[-1])
    return 0


def _verify(asked: argparse.Namespace, settings: Settings) -> int:
    start.open_database(settings.database_url)
    found = 0
    lost = start.lost_log(settings.database_url)
    for found, line in enumerate([*([lost] if lost else []), *verify.verify()], start=1):  # noqa: B007 - counts the lines
        print(line)
    return 1 if found else 0


def _backup(asked: argparse.Namespace, settings: Settings) -> int:
    start.open_database(settings.database_url)
    for site, count, head in backup.backup(settings.database_url, asked.file):
        print(f"{site}: {count} acts, chain ends {head}")
    return 0


def _restore(asked: argparse.Namespace, settings: Settings) -> int:
    for site, count, head in backup.restore(asked.file, settings.database_url):
        print(f"{site}: {count} acts, chain ends {head}")
    return 0


def _do(command: str, act: Callable[[Transaction], Reply]) -> None:
    """Do an act of the command line as the service would: one transaction, on the audit chain. Raises Refusal."""
    refused: list[Refusal] = []

    def kept(tx: Transaction) -> Reply:
        try:
            return act(tx)
        except Refusal as refusal:
            refused[:] = [refusal]
            raise

    site = catalogue.site_facts(catalogue.FIRST_SITE)
    answer(Request(actor=COMMAND_LINE, site=site, now=datetime.now(UTC), path=f"warehouse {command}"), kept)
    if refused:
        raise refused[-1]
