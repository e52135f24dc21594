"""The administrator's commands: what they print, their exit status, and what they refuse in one clear line."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import factories, postgres
from tests.conftest import ENGINES
from tests.factories import Store
from warehouse import access, cli
from warehouse.tables import ADDED_COLUMNS, ALL, RequestKey, base
from warehouse.tables.base import rows
from warehouse.tables.engines import sqlite3


@pytest.fixture
def empty_url(engine, tmp_path, request):
    """Where nothing is yet: a file that is not there, or a database without tables."""
    yield from new_place(engine, tmp_path / "empty" / "warehouse.db", request)


def new_place(engine, path, request):
    """Give the URL of an empty place on an engine."""
    if engine == "sqlite":
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server")
    name = server.new_database("commands")
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture
def run(monkeypatch, capsys):
    """Run one command on a database; gives exit status, standard output and standard error."""

    def run(url, *arguments, stdin=""):
        monkeypatch.setenv("WAREHOUSE_DATABASE", url)
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        status = cli.main([str(word) for word in arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def f_url(engine, tmp_path, request):
    """A database with fixture F."""
    for url in new_place(engine, tmp_path / "warehouse.db", request):
        factories.prepare_fixture_f(url)
        yield url


def contents(url):
    """Give every row of every table."""
    base.connect(url)
    found = {
        model._meta.table_name: sorted(map(str, rows(f"SELECT * FROM {model._meta.table_name}")))
        for model in (*ALL, RequestKey)
    }
    base.database.close()
    return found


def is_one_line(text):
    return text.startswith("warehouse: ") and text.count("\n") == 1


def test_given_nothing_when_init_and_demo_run_twice_then_the_site_is_there_once_and_verifies(run, empty_url):
    """`init` and `demo` are safe to repeat; the people are printed once."""
    assert run(empty_url, "init")[0] == 0
    assert run(empty_url, "init")[0] == 0
    status, people, _ = run(empty_url, "demo")
    assert status == 0
    first = contents(empty_url)
    status, again, _ = run(empty_url, "demo")
    assert (status, again) == (0, "The demo site is there already.\n")
    assert contents(empty_url) == first
    assert run(empty_url, "verify") == (0, "", "")
    printed = dict(line.split() for line in people.splitlines()[1:])
    assert set(printed) >= {"keeper", "clerk", "qa", "manager", "service", "admin"}
    base.connect(empty_url)
    actor = access.check_password("keeper", printed["keeper"], device="", now=datetime.now(UTC))
    assert actor is not None
    assert actor.roles == {"keeper"}
    base.database.close()


def test_given_a_password_on_standard_input_when_a_person_is_added_then_she_signs_in_with_it(run, f_url):
    """`user add NAME --role … --password-stdin`; a taken name and a short password are refused in one line."""
    adding = ("user", "add", "Li Na", "--role", "qa", "--role", "keeper", "--password-stdin", "--site", "S1")
    assert run(f_url, *adding, stdin="correct horse\n")[0] == 0
    base.connect(f_url)
    actor = access.check_password("Li Na", "correct horse", device="", now=datetime.now(UTC))
    assert actor is not None
    assert (actor.roles, actor.site) == ({"qa", "keeper"}, "S1")
    base.database.close()
    for words, said in ((adding, "taken"), ((*adding[:2], "B", *adding[3:]), "shorter")):
        status, out, err = run(f_url, *words, stdin="correct horse\n" if said == "taken" else "short\n")
        assert (status, out) == (1, "")
        assert said in err
        assert is_one_line(err)
    assert run(f_url, "verify")[0] == 0


def test_given_a_wrong_command_line_when_run_then_exit_status_2(run, f_url):
    """Exit status 2 is for the command line only."""
    for words in ((), ("fly",), ("user", "add", "X", "--role", "boss", "--password-stdin"), ("token", "add"),
                  ("token", "add", "keeper", "--expires", "-1"), ("user", "add", "X", "--role", "qa")):  # fmt: skip
        with pytest.raises(SystemExit) as stopped:
            run(f_url, *words)
        assert stopped.value.code == 2


def test_given_a_person_when_a_token_is_added_then_it_stands_alone_on_standard_output_and_works(run, f_url):
    """`token add NAME --scope … --expires DAYS`; it is narrowed to the scope and kept as a digest only."""
    status, out, err = run(f_url, "token", "add", "keeper", "--scope", "keeper", "--expires", "3")
    token = out.strip()
    assert (status, err, out) == (0, "", f"{token}\n")
    store = Store(f_url, now=datetime.now(UTC))
    headers = {"Authorization": f"Bearer {token}"}
    assert store.client.get("/api/v1/batches/EL-100/A", headers=headers).status_code == 200
    assert token not in str(rows("SELECT * FROM api_token")) + str(rows("SELECT * FROM audit"))
    base.database.close()
    status, out, err = run(f_url, "token", "add", "nobody")
    assert (status, out) == (1, "")
    assert is_one_line(err)
    assert run(f_url, "token", "add", "keeper", "--scope", "manager")[0] == 1


def test_given_an_edited_balance_when_verified_then_exit_status_1_and_the_finding_on_a_line(run, f_url):
    """K5, P6: exit 0 only when all holds."""
    assert run(f_url, "verify") == (0, "", "")
    base.connect(f_url)
    rows("UPDATE ledger_balance SET balance = balance + 1000000 WHERE batch_id = 1")
    base.database.close()
    assert run(f_url, "verify") == (1, "ledger_balance: EL-100/A: 31, its lines sum up to 30\n", "")


@pytest.mark.parametrize("target", ENGINES)
def test_given_a_warehouse_when_backed_up_and_restored_on_either_engine_then_all_is_there(
    run, f_url, tmp_path, request, target
):
    """P12, O1, D3: every row, on the same engine or the other; a key sent before the backup gives its first answer."""
    store = Store(f_url)
    body = {"customer": "K", "reference": "SO-1", "lines": [{"item_no": "EL-100", "quantity": "45"}]}
    first = store.post("/deliveries", body, who="clerk", key="key-before-backup").json
    base.database.close()
    file = tmp_path / "copy.zip"
    status, heads, _ = run(f_url, "backup", file)
    assert status == 0
    assert file.stat().st_mode & 0o777 == 0o600
    for url in new_place(target, tmp_path / "other" / "warehouse.db", request):
        assert run(url, "restore", file) == (0, heads, "")
        assert contents(url) == contents(f_url)
        again = Store(url)
        assert again.post("/deliveries", body, who="clerk", key="key-before-backup").json == first
        # Numbers go on where they were.
        again.done(f"/deliveries/{first['delivery_no']}/scans", code="A", quantity="30")
        base.database.close()
        assert run(url, "verify") == (0, "", "")
        status, _, err = run(url, "restore", file)
        assert status == 1
        assert "empty" in err
    assert not list(tmp_path.glob(".warehouse-*"))


def _inside_the_largest(file):
    """Give a place inside packed data; of a long run of zeros a single bit may well change nothing."""
    with zipfile.ZipFile(file) as packed:
        entry = max(packed.infolist(), key=lambda each: each.compress_size)
    return entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2


def test_given_a_damaged_backup_when_restored_then_refused_and_nothing_is_there(run, f_url, empty_url, tmp_path):
    """O2: cut, a flipped byte, another program's newer file, no backup at all."""
    file, broken = tmp_path / "copy.zip", tmp_path / "broken.zip"
    assert run(f_url, "backup", file)[0] == 0
    whole = file.read_bytes()
    flipped = bytearray(whole)
    place = _inside_the_largest(file)
    flipped[place : place + 64] = bytes(byte ^ 0xFF for byte in flipped[place : place + 64])
    for content in (whole[: len(whole) // 2], bytes(flipped), b"", b"hello", newer(file)):
        broken.write_bytes(content)
        status, out, err = run(empty_url, "restore", broken)
        assert (status, out) == (1, "")
        assert is_one_line(err)
        assert "restore" in err or "no backup" in err or "newer" in err
    assert run(empty_url, "restore", tmp_path / "missing.zip")[0] == 1
    assert is_empty(empty_url)


def test_given_a_forged_backup_when_restored_then_it_does_not_verify_and_nothing_is_there(
    run, f_url, empty_url, tmp_path
):
    """P6, P12: a backup with a quantity changed inside is packed well and refused by its books."""
    file, forged = tmp_path / "copy.zip", tmp_path / "forged.zip"
    assert run(f_url, "backup", file)[0] == 0
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "inside")
    with sqlite3.connect(str(tmp_path / "inside" / "warehouse.db")) as inside:
        inside.execute("UPDATE stock SET quantity = quantity + 1000000 WHERE bin_code = 'B-01'")
    with zipfile.ZipFile(forged, "w") as archive:
        for name in ("backup.json", "warehouse.db"):
            archive.write(tmp_path / "inside" / name, name)
    status, _, err = run(empty_url, "restore", forged)
    assert status == 1
    assert "EL-100/A in B-01" in err
    assert is_empty(empty_url)


SINCE_FIRST = ("owner_notice", "count_tolerance", "count_finding", "count_entry", "count_line", "count_assignment",
               "zone_counter", "stock_count", "receipt_scan")  # fmt: skip


def make_first_schema(url):
    """Take from a database what later schemas brought, so that it is as the first release left it.

    But for the account's columns: its lines were chained with what they hold, as an older line was without them.
    """
    base.connect(url)
    for table in SINCE_FIRST:
        rows(f"DROP TABLE {table}")
    rows("DROP INDEX label_document")
    for table, column, _ in ADDED_COLUMNS:
        if table != "ledger_entry":
            rows(f"ALTER TABLE {table} DROP COLUMN {column}")
    rows("UPDATE setting SET value = '1' WHERE name = 'schema_version'")
    base.database.close()


def test_given_a_database_of_the_first_schema_when_init_runs_then_it_is_brought_on_and_keeps_all(run, f_url, tmp_path):
    """`init` also brings an older database to the present schema; before that nothing else touches it; O1."""
    whole = contents(f_url)
    make_first_schema(f_url)
    status, _, err = run(f_url, "verify")
    assert (status, is_one_line(err)) == (1, True)
    assert "run `warehouse init`" in err
    for _ in range(2):
        assert run(f_url, "init")[0] == 0
        assert contents(f_url) == whole
    assert run(f_url, "verify") == (0, "", "")
    store = Store(f_url)
    store.done("/items", who="manager", item_no="EL-300", name="Motor 300", unit="pcs")
    base.database.close()


@pytest.mark.parametrize("target", ENGINES)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_given_a_backup_of_the_first_schema_when_restored_then_it_is_brought_on(run, f_url, tmp_path, request, target):
    """O1, P12: on either engine."""
    file, old = tmp_path / "copy.zip", tmp_path / "old.zip"
    whole = contents(f_url)
    assert run(f_url, "backup", file)[0] == 0
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "inside")
    make_first_schema(f"sqlite:///{tmp_path / 'inside' / 'warehouse.db'}")
    note = json.loads((tmp_path / "inside" / "backup.json").read_text())
    (tmp_path / "inside" / "backup.json").write_text(json.dumps({**note, "schema": 1}))
    with zipfile.ZipFile(old, "w") as archive:
        for name in ("backup.json", "warehouse.db"):
            archive.write(tmp_path / "inside" / name, name)
    for url in new_place(target, tmp_path / "other" / "warehouse.db", request):
        assert run(url, "restore", old)[0] == 0
        assert contents(url) == whole
        assert run(url, "verify") == (0, "", "")


def newer(file: Path) -> bytes:
    """Give a backup that says it is of a newer schema."""
    packed = io.BytesIO()
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(packed, "w") as made:
        note = json.loads(archive.read("backup.json"))
        made.writestr("backup.json", json.dumps({**note, "schema": note["schema"] + 1}))
        made.writestr("warehouse.db", archive.read("warehouse.db"))
    return packed.getvalue()


def is_empty(url):
    if url.startswith("sqlite"):
        return not list(Path(url.removeprefix("sqlite:///")).parent.glob("*"))
    base.connect(url)
    found = base.database.get_tables()
    base.database.close()
    return found == []


def test_given_no_place_for_the_file_when_backed_up_then_one_line_and_the_old_backup_stays(run, f_url, tmp_path):
    """C4: a failed backup leaves no half file under its name."""
    for file in (tmp_path, tmp_path / "missing" / "copy.zip", Path("/proc/copy.zip")):
        status, out, err = run(f_url, "backup", file)
        assert (status, out) == (1, "")
        assert is_one_line(err)


def prepare_newer(path):
    factories.prepare_store(f"sqlite:///{path}")
    with sqlite3.connect(str(path)) as made:
        made.execute("UPDATE setting SET value = '999' WHERE name = 'schema_version'")


def prepare_foreign(path):
    with sqlite3.connect(str(path)) as made:
        made.execute("CREATE TABLE song (title TEXT)")


NO_WAREHOUSE = {
    "missing": lambda path: None,
    "folder": lambda path: path.mkdir(),
    "empty": lambda path: path.touch(),
    "text": lambda path: path.write_text("not a database at all " * 100),
    "foreign": prepare_foreign,
    "newer": prepare_newer,
}


@pytest.mark.parametrize("kind", NO_WAREHOUSE)
@pytest.mark.parametrize("command", [("serve",), ("verify",), ("demo",), ("backup", "x.zip"), ("token", "add", "k")])
def test_given_no_warehouse_there_when_a_command_runs_then_one_clear_line_and_the_file_as_it_was(
    run, tmp_path, kind, command
):
    """C6: missing, a folder, another program's, a newer schema; never an empty new file instead."""
    path = tmp_path / "place" / "warehouse.db"
    path.parent.mkdir()
    NO_WAREHOUSE[kind](path)
    before = path.read_bytes() if path.is_file() else None
    status, out, err = run(f"sqlite:///{path}", *command)
    assert (status, out) == (1, "")
    assert is_one_line(err)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert not Path(f"{path}-wal").exists()


def test_given_another_programs_database_when_init_runs_then_it_is_refused_and_left_alone(
    run, tmp_path, postgres_server
):
    """C6, on both engines."""
    path = tmp_path / "song.db"
    prepare_foreign(path)
    before = path.read_bytes()
    assert run(f"sqlite:///{path}", "init")[0] == 1
    assert path.read_bytes() == before
    name = postgres_server.new_database("foreign")
    with postgres.psycopg.connect(postgres_server.url(name)) as session:
        session.execute("CREATE TABLE song (title TEXT)")
    status, _, err = run(postgres_server.url(name), "init")
    assert (status, is_one_line(err)) == (1, True)
    postgres_server.drop_database(name)


def test_given_no_server_when_a_command_runs_on_postgresql_then_one_clear_line(run):
    """C14: and no traceback."""
    status, _, err = run("postgresql://nobody@127.0.0.1:9/warehouse", "verify")
    assert (status, is_one_line(err)) == (1, True)
    assert run("mysql://x/y", "verify")[0] == 1


def test_given_a_postgresql_that_may_lose_commits_when_served_then_no_start(run, postgres_server):
    """P2: synchronous_commit off, as a role's or database's setting, is seen too."""
    name = postgres_server.new_database("careless")
    url = postgres_server.url(name)
    assert run(url, "init")[0] == 0
    postgres_server.run("ALTER DATABASE {} SET synchronous_commit = off", name)
    status, out, err = run(url, "serve", "--port", "0")
    assert (status, out) == (1, "")
    assert "synchronous_commit" in err
    postgres_server.drop_database(name)
