"""The layout holds: imports go one way, names are nouns of the field, every door and word is there."""

import ast
import importlib.metadata
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.source import ROOT, modules, name_of, parsed
from warehouse.rules import refusals
from warehouse.settings import Settings
from warehouse.tables.engines import OLDEST_SQLITE, sqlite3

PACKAGES = ("warehouse", "scanners", "labels")
LONGEST_MODULE, LONGEST_FUNCTION = 400, 40
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "services", "managers",
                "repository", "handlers", "handler", "misc"}  # fmt: skip
LANGUAGES = ("en", "zh_Hans", "zh_Hant")

_BELOW_FLOW = {"rules", "tables", "books", "transaction", "catalogue"}
# What each part may import of ours: web -> flow, reports -> books -> tables -> rules -> standard library; beside flow
# stand catalogue, people, access, posting, jobs and the commands.
MAY_IMPORT = {
    "rules": {"rules"},
    "tables": {"rules", "tables"},
    "transaction": {"tables"},
    "books": {"rules", "tables", "books", "transaction"},
    "catalogue": {"rules", "tables", "transaction"},
    "access": {"rules", "tables", "transaction"},
    "people": {"rules", "tables", "transaction", "access", "flow"},
    "sites": {"rules", "tables", "transaction", "catalogue", "flow"},
    "posting": {"rules", "tables", "books", "transaction"},
    "flow": {*_BELOW_FLOW, "flow"},
    "reports": {*_BELOW_FLOW, "reports"},
    "jobs": {*_BELOW_FLOW, "flow", "posting", "settings"},
    "print_queue": {*_BELOW_FLOW, "flow", "posting", "jobs", "settings"},
    "demo": {*_BELOW_FLOW, "flow", "posting", "access"},
    "settings": set(),
    "start": {"tables", "settings"},
    "backup": {"tables", "books", "start", "settings"},
    "web": {
        *_BELOW_FLOW,
        "flow",
        "reports",
        "access",
        "people",
        "sites",
        "posting",
        "settings",
        "start",
        "jobs",
        "web",
    },
    "serve": {"access", "settings", "start", "tables", "web", "jobs", "print_queue"},
    "cli": {
        *_BELOW_FLOW,
        "flow",
        "access",
        "people",
        "posting",
        "settings",
        "start",
        "backup",
        "demo",
        "serve",
        "jobs",
    },
}
# Of the two packages that know no warehouse.
OUTSIDE = {
    "flow": {"scanners.gs1", "labels.card", "labels.content", "labels.documents", "labels.gs1", "labels.marks"},
    "reports": {"labels.typeface"},  # a printed report has the papers' Chinese face
    "web": {
        "scanners.decode",
        "labels.content",
        "labels.card",
        "labels.printers",
        "labels.proof",
        "labels.refused",
        "labels.rendering",
        "labels.symbols",
    },
    "print_queue": {"labels.printers", "labels.refused", "labels.rendering"},
}


def part_of(path: Path) -> str:
    """Give the layer a module of warehouse belongs to."""
    return path.relative_to(ROOT / "warehouse").parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Give what a module imports, as dotted names; `from a import b` gives a.b."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_given_warehouse_when_its_imports_are_read_then_they_go_one_way():
    """style.md, the tree"""
    wrong = []
    for path in modules("warehouse"):
        part = part_of(path)
        if part == "__init__":
            continue
        for imported in imports(path):
            package, _, rest = imported.partition(".")
            inner = rest.partition(".")[0]
            if package == "warehouse" and inner in MAY_IMPORT and inner not in MAY_IMPORT[part]:
                wrong.append(f"{name_of(path)} imports {imported}")
            if package in ("scanners", "labels") and ".".join(imported.split(".")[:2]) not in OUTSIDE.get(part, ()):
                wrong.append(f"{name_of(path)} imports {imported}")
    assert not wrong


def test_given_the_parts_when_listed_then_each_has_its_place_in_the_order():
    """A new part of warehouse is put into MAY_IMPORT on purpose"""
    parts = {part_of(path) for path in modules("warehouse")} - {"__init__"}
    assert parts <= set(MAY_IMPORT), parts - set(MAY_IMPORT)


def test_given_scanners_and_labels_when_their_imports_are_read_then_they_know_no_warehouse():
    """style.md: scanners and labels import nothing of ours"""
    for package in ("scanners", "labels"):
        for path in modules(package):
            ours = {imported.partition(".")[0] for imported in imports(path)} & set(PACKAGES)
            assert ours <= {package}, name_of(path)


def test_given_all_below_web_when_read_then_no_flask_and_in_rules_no_peewee_clock_or_file():
    """style.md: nothing below web imports flask; rules are values in, a value or a refusal out"""
    for path in modules("warehouse"):
        top = {imported.partition(".")[0] for imported in imports(path)}
        if part_of(path) not in ("web", "serve"):
            assert not top & {"flask", "werkzeug", "jinja2", "waitress"}, name_of(path)
        if part_of(path) == "rules":
            assert not top & {"peewee", "sqlite3", "psycopg", "time", "os", "pathlib", "socket", "random"}, name_of(
                path
            )
            called = {ast.unparse(node.func) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)}
            assert not called & {"open", "datetime.now", "date.today", "datetime.utcnow"}, name_of(path)


def test_given_every_file_when_named_then_it_has_a_noun_of_the_field():
    """style.md: there is no utils, helpers, common, services, managers, repository, handlers"""
    for path in modules(*PACKAGES, "tests", "bench"):
        words = {path.stem, *path.parent.relative_to(ROOT).parts}
        assert not words & BANNED_NAMES, name_of(path)


def test_given_every_module_and_function_when_measured_then_short_enough_to_read():
    """style.md: a module over 400 lines is split by act, a function over 40 by idea"""
    long = []
    for path in modules(*PACKAGES):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_MODULE:
            long.append(f"{name_of(path)}: {lines} lines")
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long.append(f"{name_of(path)}: {node.name} has {length} lines")
    assert not long


def test_given_every_module_when_read_then_it_says_what_it_is_and_so_do_its_public_functions():
    """style.md: a module's docstring names its clause and its rows"""
    silent = [
        name_of(path) for path in modules(*PACKAGES) if path.stat().st_size and not ast.get_docstring(parsed(path))
    ]
    for path in modules(*PACKAGES):
        for node in parsed(path).body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                silent.append(f"{name_of(path)}: {node.name}")
    assert not silent


def test_given_every_handler_when_read_then_no_error_is_swallowed():
    """style.md: never `except Exception: pass`"""
    swallowed = []
    for path in modules(*PACKAGES):
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            broad = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
            if broad and all(isinstance(each, ast.Pass | ast.Continue) for each in node.body):
                swallowed.append(f"{name_of(path)}:{node.lineno}")
    assert not swallowed


def test_given_every_changing_route_when_read_then_it_is_a_posting_or_a_page_s_door():
    """style.md: every changing route is a @posting; pages have their own door, which checks the form's token"""
    doors = {"posting", "page_posting", "page.page_posting", "public"}
    for path in modules("warehouse/web"):
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.FunctionDef):
                continue
            names = [ast.unparse(each.func if isinstance(each, ast.Call) else each) for each in node.decorator_list]
            changes = [name for name in names if re.search(r"\.(post|put|patch|delete)$", name)]
            if changes:
                assert set(names) & doors, f"{name_of(path)}: {node.name} changes something past the doors"
            if "public" in names:
                assert name_of(path) == "warehouse/web/screens/sign_in.py"


@cache
def words(language: str) -> dict[str, str]:
    """Give a language's sentences by key."""
    with (ROOT / "warehouse/locale" / f"{language}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id and message.string}


def codes() -> list[str]:
    """Give every refusal code."""
    kinds = [kind for kind in vars(refusals).values() if isinstance(kind, type) and issubclass(kind, refusals.Refusal)]
    return sorted({kind.code for kind in kinds if kind is not refusals.Refusal})


@pytest.mark.parametrize("language", LANGUAGES)
def test_given_every_refusal_code_when_looked_up_then_it_has_its_sentence_in_each_language(language):
    """style.md: every code has its three sentences"""
    known = words(language)
    missing = [f"{code}.{part}" for code in codes() for part in ("title", "detail") if f"{code}.{part}" not in known]
    assert not missing


def test_given_every_setting_command_and_code_when_looked_up_then_it_is_in_the_documentation():
    """style.md: every setting, command and code is in docs/"""
    pages = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    settings = [f"WAREHOUSE_{name.upper()}" for name in Settings.__dataclass_fields__]
    cli = (ROOT / "warehouse/cli.py").read_text(encoding="utf-8")
    commands = re.findall(r'_command\(commands, "([a-z]+)"', cli)
    assert len(commands) >= 4
    wanted = [*settings, *(f"warehouse {command}" for command in commands), *(f"`{code}`" for code in codes())]
    assert not [each for each in wanted if each not in pages]


def test_given_the_steps_when_the_map_of_flow_is_read_then_each_is_on_it_once():
    """style.md: flow/__init__.py has the steps in the order goods meet them"""
    listed = re.findall(r"^\* `(\w+)`", ast.get_docstring(parsed(ROOT / "warehouse/flow/__init__.py")) or "", re.M)
    there = [path.stem for path in modules("warehouse/flow") if path.stem != "__init__"]
    assert sorted(listed) == sorted(there)


@pytest.mark.parametrize(
    ("package", "least"),
    [("Flask", (3, 1, 1)), ("Werkzeug", (3, 0, 6)), ("Pillow", (12, 2)), ("peewee", (4, 5)), ("waitress", (3, 0, 2)),
     ("zxing-cpp", (3, 1)), ("msgspec", (0, 22)), ("argon2-cffi", (25, 1))],
)  # fmt: skip
def test_given_a_library_when_its_version_is_asked_then_it_is_one_without_the_known_faults(package, least):
    """security guide: minimum versions as a test, because an audit tool can skip every package and still say yes"""
    found = tuple(int(part) for part in re.findall(r"\d+", importlib.metadata.version(package))[: len(least)])
    assert found >= least


def test_given_the_database_library_when_asked_then_it_has_no_wal_reset_fault():
    """O8: SQLite 3.51.3 or newer, the one the service uses"""
    assert sqlite3.sqlite_version_info >= OLDEST_SQLITE
    assert OLDEST_SQLITE >= (3, 51, 3)
