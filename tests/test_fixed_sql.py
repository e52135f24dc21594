"""SQL text is fixed: values stand beside it, and names of tables and columns come out of our own lists."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.source import modules, name_of, parsed

# SQL text may hold these names and nothing else that is not fixed: names of tables and settings out of our own lists.
FIXED_NAMES = {
    "warehouse/backup.py": {"table", "name", "names"},
    "warehouse/start.py": {"name"},
    "warehouse/transaction.py": {"statement"},  # of _begin, which is private: BEGIN or BEGIN IMMEDIATE
    "warehouse/web/api/health.py": {"name"},
    "warehouse/tables/__init__.py": {"table", "column", "name"},
    "warehouse/tables/base.py": {"table", "names"},  # of append_rows, whose callers are looked at below
}
# "insertion" names a model's own table and columns
FIXED_CALLS = {"as_table", "insertion", "lock_clause", "on_engine", "order", "postgres_guards", "sqlite_guards"}


def functions(tree: ast.Module) -> Iterator[ast.AST]:
    """Give the module itself, then each function, innermost last."""
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


class FixedText:
    """Says whether a piece of SQL text is fixed: constants, upper-case names, `?` marks, and joins of these."""

    def __init__(self, function: ast.AST, known: set[str]) -> None:
        """Look through the assignments of one function."""
        self.known = known
        self.assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._note(target, node.value)
            elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value:
                self._note(node.target, node.value)
            elif isinstance(node, ast.For):
                self._note(node.target, node.iter)

    def _note(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.assigned.setdefault(target.id, []).append(value)
        elif isinstance(value, ast.IfExp):
            self._note(target, value.body)
            self._note(target, value.orelse)
        elif isinstance(target, ast.Tuple):
            parts = value.elts if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts) else None
            for place, each in enumerate(target.elts):
                if isinstance(each, ast.Name):
                    self.assigned.setdefault(each.id, []).append(parts[place] if parts else value)

    def holds(self, node: ast.expr) -> bool:
        """Say whether an expression is fixed text."""
        match node:
            case ast.Constant():
                return True
            case ast.JoinedStr(values=values):
                return all(
                    self.holds(value.value) if isinstance(value, ast.FormattedValue) else True for value in values
                )
            case ast.BinOp(left=left, right=right):
                return self.holds(left) and self.holds(right)
            case ast.IfExp(body=body, orelse=orelse):
                return self.holds(body) and self.holds(orelse)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                return all(self.holds(each) for each in elements)
            case ast.Name(id=name):
                return self._is_fixed_name(name)
            case ast.Attribute(attr=name):
                return name.lstrip("_").isupper()
            case ast.Subscript(value=value):
                return self.holds(value)
            case ast.Call():
                return self._is_fixed_call(node)
        return False

    def _is_fixed_name(self, name: str) -> bool:
        if name.lstrip("_").isupper() or name in self.known:
            return True
        values = self.assigned.get(name)
        return bool(values) and all(self.holds(value) for value in values)

    def _is_fixed_call(self, call: ast.Call) -> bool:
        text = ast.unparse(call.func)
        if text.rpartition(".")[2].lstrip("_") in FIXED_CALLS:
            return True
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("join", "replace", "format", "get"):
            return all(self._is_marks(each) or self.holds(each) for each in [call.func.value, *call.args])
        return text == "len"

    def _is_marks(self, node: ast.expr) -> bool:
        """`"?" * len(values)`, or one fixed text for each of them."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return isinstance(node.left, ast.Constant)
        return isinstance(node, ast.GeneratorExp | ast.ListComp) and self.holds(node.elt)


GATEWAY = ("rows", "changed", "appended")


def test_given_every_statement_when_read_then_its_text_is_fixed_and_values_stand_beside_it():
    """S1: the gateway never gets an f-string with a value; `FIXED_NAMES` are names from our own lists"""
    found = []
    for path in modules("warehouse"):
        known = FIXED_NAMES.get(name_of(path), set())
        for function in functions(parsed(path)):
            text = FixedText(function, known)
            for node in ast.walk(function):
                is_rows = isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in GATEWAY
                if is_rows and node.args and innermost(path, node) is function and not text.holds(node.args[0]):
                    found.append(f"{name_of(path)}:{node.lineno} {ast.unparse(node.args[0])[:80]}")
    assert not found


def test_given_tables_and_columns_named_to_the_gateway_when_read_then_they_too_are_fixed():
    """S1: what `as_table` and `append_rows` write into a statement are constants at each call"""
    found = []
    for path in modules("warehouse"):
        if name_of(path) == "warehouse/tables/base.py":
            continue
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func).rpartition(".")[2]
            names = {"as_table": [*node.args, *(each.value for each in node.keywords)], "append_rows": node.args[:2]}
            found += [
                f"{name_of(path)}:{node.lineno} {ast.unparse(each)[:80]}"
                for each in names.get(called, [])
                if not isinstance(each, ast.Constant) and not ast.unparse(each).lstrip("_").isupper()
            ]
    assert not found


def innermost(path: Path, wanted: ast.AST) -> ast.AST:
    """Give the innermost function around a node, or the module."""
    around = parsed(path)
    for function in functions(parsed(path)):
        if any(node is wanted for node in ast.walk(function)):
            around = function
    return around


def test_given_a_statement_with_a_value_in_it_when_checked_then_it_is_found():
    """The check above finds what it is for"""
    tree = ast.parse('def f(name, where):\n    only = f" AND x = {name}"\n    rows(f"SELECT 1 FROM t{only}")')
    call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call))
    assert not FixedText(tree.body[0], set()).holds(call.args[0])
    assert FixedText(tree.body[0], {"name"}).holds(call.args[0])
