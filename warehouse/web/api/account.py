"""/account: the finance system's book comes in, ours goes out (4.7.5 d; R-R2)."""

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from flask import Blueprint, Response, request
from msgspec import Meta

from warehouse.flow import outside_account, sheets
from warehouse.flow.outside_account import OutsideLine
from warehouse.flow.sheets import Sheet
from warehouse.posting import Reply
from warehouse.reports.spreadsheet import Table, render_csv, render_xlsx
from warehouse.rules.period import month_of
from warehouse.rules.refusals import InvalidInput
from warehouse.settings import FORM_LIMIT
from warehouse.tables.reconciliation import OutsideBook
from warehouse.transaction import Transaction, snapshot
from warehouse.web import body, language
from warehouse.web.api import reconciled_rows
from warehouse.web.posting import posting, reading

bp = Blueprint("account", __name__)
READERS = ("keeper", "clerk", "qa", "manager")
FIELD = "sheet"
COLUMNS = ("item_no", "batch_no", "owner", "quantity")
TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

SignedQuantity = Annotated[
    str, Meta(pattern=r"^-?[0-9]{1,13}(\.[0-9]{1,12})?$", description="ASCII decimal; an account may be below zero")
]


class BalanceLine(body.Body, kw_only=True, frozen=True):
    """What the finance system holds of a batch, or of a whole item where it keeps no batches."""

    item_no: body.Code
    quantity: SignedQuantity
    batch_no: body.Code | None = None
    owner: Annotated[str, Meta(max_length=128)] = ""


class BalancesBody(body.Body, kw_only=True, frozen=True):
    """The finance system's whole book as of the end of a day; what it does not name is at 0 there."""

    as_of: date
    source: body.Text
    lines: Annotated[list[BalanceLine], Meta(max_length=200_000)]
    site: body.Text | None = None


class BookSheetBody(body.Body, kw_only=True, frozen=True):
    """A finance book as a file, multipart in `sheet` (CSV, XLSX); `good_rows_only` keeps it though rows are wrong."""

    as_of: date
    source: body.Text
    dry_run: bool = False
    good_rows_only: bool = False
    site: body.Text | None = None


class ReadSheet(BookSheetBody, kw_only=True, frozen=True):
    """The same with the file read."""

    sheet: Sheet


def _read_form() -> tuple[ReadSheet, dict[str, Any]]:
    """Read an uploaded file before the transaction opens. Raises InvalidInput."""
    files = [*request.files.items(multi=True)]
    if [name for name, _ in files] != [FIELD]:
        raise InvalidInput(field=FIELD, reason="exactly one file field of this name is wanted")
    sent, plain = body.read(json.dumps(dict(request.form.items())).encode(), BookSheetBody, strict=False)
    with files[0][1].stream as stream:
        content: bytes = stream.read()
    sheet = read_sheet(content)
    found = ReadSheet(
        as_of=sent.as_of, source=sent.source, dry_run=sent.dry_run, good_rows_only=sent.good_rows_only, site=sent.site,
        sheet=sheet,
    )  # fmt: skip
    return found, {**plain, FIELD: hashlib.sha256(content).hexdigest()}


def read_sheet(content: bytes) -> Sheet:
    """Read a finance book's file, before a transaction opens. Raises InvalidInput."""
    return sheets.read_sheet(
        content, columns=outside_account.COLUMNS, required=outside_account.REQUIRED,
        is_traditional=language.language() == "zh_Hant",
    )  # fmt: skip


@bp.post("/account/sheets")
@posting("manager", body=BookSheetBody, form=_read_form, limit=FORM_LIMIT, status=200)
def upload(tx: Transaction, sent: BookSheetBody) -> Reply:
    """Bring the finance system's book in as a sheet: every wrong row is told, all rows are kept or none."""
    if not isinstance(sent, ReadSheet):
        raise InvalidInput(field=FIELD, reason="missing")
    told = outside_account.load_sheet(
        tx, sent.sheet, as_of=sent.as_of, source=sent.source, dry_run=sent.dry_run, good_rows_only=sent.good_rows_only
    )
    return {"as_of": sent.as_of.isoformat(), "source": sent.source, "encoding": sent.sheet.encoding, **told}, 200


@bp.get("/account/balances")
@reading(*READERS)
def index(tx: Transaction) -> dict[str, Any]:
    """List the finance books that were brought in: of which day, from where, how many lines, by whom."""
    after = request.args.get("after", "0")
    if not (after.isascii() and after.isdigit()):
        raise InvalidInput(field="after", reason="not-a-number")
    return body.page(OutsideBook.select().where(OutsideBook.site == tx.site.id), OutsideBook.id, _book)


@bp.get("/account/balances.csv")
@reading(*READERS)
def export_csv(tx: Transaction) -> Response:
    """Give our own account for the finance system as CSV, at the end of `?month=` or now."""
    month, lines = _own(tx)
    return _file(tx, render_csv(COLUMNS, lines), month, "csv")


@bp.get("/account/balances.xlsx")
@reading(*READERS)
def export_xlsx(tx: Transaction) -> Response:
    """Give our own account for the finance system as a workbook, at the end of `?month=` or now."""
    month, lines = _own(tx)
    return _file(tx, render_xlsx([Table(name=month, columns=COLUMNS, rows=lines)]), month, "xlsx")


def _own(tx: Transaction) -> tuple[str, list[tuple[str, str, str, Decimal]]]:
    reconciled_rows.check_may_see(tx)
    month = request.args.get("month") or month_of(tx.today)
    with snapshot():
        return month, outside_account.export(tx, month)


def _file(tx: Transaction, data: bytes, month: str, form: str) -> Response:
    response = Response(data, mimetype=TYPES[form])
    response.headers.set("Content-Disposition", "attachment", filename=f"account-{tx.site.code}-{month}.{form}")
    return response


def _book(book: OutsideBook) -> dict[str, Any]:
    return {
        "as_of": book.as_of, "source": book.source, "lines": book.lines, "loaded_at": book.loaded_at,
        "loaded_by": book.loaded_by,
    }  # fmt: skip


@bp.put("/account/balances")
@posting("manager", body=BalancesBody, status=200, limit=FORM_LIMIT)
def put_balances(tx: Transaction, sent: BalancesBody) -> Reply:
    """Bring the finance system's book in; the same again changes nothing, another for that day replaces it."""
    lines = (body.take(line, OutsideLine) for line in sent.lines)
    done: dict[str, Any] = outside_account.load(tx, as_of=sent.as_of, source=sent.source, lines=lines)
    return {"as_of": sent.as_of.isoformat(), "source": sent.source, **done}, 200
