"""The rows of a reconciliation as JSON, paged by item, batch and owner; and what lies behind one (R-R1..R-R9)."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from flask import request

from warehouse import catalogue
from warehouse.books import blindness
from warehouse.flow import discrepancies, month_close, reconciliation
from warehouse.rules.reconciliation import PROPOSED, Cause, check_not_counting, signed_twice, subject
from warehouse.rules.refusals import InvalidInput
from warehouse.settings import LARGEST_PAGE
from warehouse.transaction import Transaction

PAGE = 500
Key = tuple[str, str, str]


def answer(tx: Transaction, month: str, *, wants_all: bool) -> dict[str, Any]:
    """Give one page of a month; of a signed one from its frozen text. The caller holds a snapshot.

    `gone` is what is on record and not ended though it differs no more: it wants an end too.
    """
    limit, after = _limit(), _after()
    text = month_close.frozen(tx, month)
    if text is not None:
        content = month_close.read(text)
        known = {
            (subject(*each["subject"]), each["part"]): {**each, "assigned_to": None, "due_on": None}
            for each in content["discrepancies"]
        }
        figures: Iterable[Any] = content["rows"] if wants_all else ()
        signatures = content["signatures"]
    else:
        compared = reconciliation.compare(tx, month)
        content = month_close.header(compared)
        content["differences"] = [month_close.difference(each) for each in compared.judged]
        known = discrepancies.of_month(tx, month)
        figures = reconciliation.rows_from(compared, item_no=after[0], batch_no=after[1]) if wants_all else ()
        signatures = month_close.signatures(tx, month)
    differing = {_key(each): _row(each, known) for each in content["differences"]}
    found = list(islice(_merged(differing, figures, after), limit + 1))
    page = [row for _, row in found[:limit]]
    still = {cause["discrepancy_no"] for row in differing.values() for cause in row["causes"]}
    return {
        "month": month, "state": "closed" if text is not None else "open", "as_of": content["as_of"],
        "account_from": content["account_from"], "signatures": signatures,
        "signed_twice": signed_twice([(each["book"], each["signed_by"]) for each in signatures]),
        "gone": [] if text is not None else _gone(tx, still), "items": page,
        "next": json.dumps(found[limit - 1][0], ensure_ascii=False) if len(found) > limit else None,
    }  # fmt: skip


def _gone(tx: Transaction, still: set[Any]) -> list[dict[str, Any]]:
    return [each for each in discrepancies.not_ended(tx) if each["discrepancy_no"] not in still]


def check_may_see(tx: Transaction) -> None:
    """Refuse who has still to count blind. Raises CountOpen (R-C1)."""
    check_not_counting(blindness.hidden_places(tx))


def entries(tx: Transaction, month: str, item_no: str, batch_no: str, owner: str) -> dict[str, Any]:
    """Give the three lists behind a row: card, account, counts; and the vouchers of both records side by side."""
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    return reconciliation.behind(tx, month, batch, owner)


def _merged(differing: dict[Key, dict[str, Any]], figures: Iterable[Any], after: Key) -> Iterator[tuple[Key, Any]]:
    """Give the differing rows and, where asked, those that agree, in the order of their keys, after a key."""
    rest = dict(differing)
    for item_no, batch_no, owner, account, card, goods in figures:
        key = (item_no, batch_no, owner)
        for earlier in sorted(each for each in rest if each < key):
            yield from _later(earlier, rest.pop(earlier), after)
        row = rest.pop(key, None) or {
            "item_no": item_no, "batch_no": batch_no, "owner": owner, "account": str(account), "card": str(card),
            "goods": str(goods), "explained": [], "cause": None, "causes": [], "state": "agrees",
        }  # fmt: skip
        yield from _later(key, row, after)
    for key in sorted(rest):
        yield from _later(key, rest[key], after)


def _later(key: Key, row: dict[str, Any], after: Key) -> Iterator[tuple[Key, dict[str, Any]]]:
    if key > after:
        yield key, row


def _key(row: dict[str, Any]) -> Key:
    return row["item_no"], row["batch_no"] or "", row["owner"]


def _row(row: dict[str, Any], known: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    """Add to a difference what is on record of its parts."""
    name = subject(row["item_no"], row["batch_no"], row["owner"])
    causes = [_part(part, known.get((name, part["key"]))) for part in row["parts"]]
    shown = {member: value for member, value in row.items() if member != "parts"}
    return {**shown, "cause": causes[0]["cause"] if causes else None, "causes": causes, "state": _state(causes)}


def _part(part: dict[str, Any], known: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "cause": part["cause"], "book": part["book"], "quantity": part["difference"].removeprefix("-"),
        "difference": part["difference"], "location": part["location"] or None, "other": part["other"] or None,
        "vouchers": part["vouchers"], "confidence": part["confidence"], "alternatives": part["alternatives"],
        "proposal": PROPOSED[Cause(part["cause"])],
        "discrepancy_no": known["discrepancy_no"] if known else None, "state": known["state"] if known else "new",
        "assigned_to": (known["assigned_to"] or None) if known else None, "due_on": known["due_on"] if known else None,
    }  # fmt: skip


def _state(causes: list[dict[str, Any]]) -> str:
    """Say where a row stands: explained, else the state of its least settled part."""
    states = {cause["state"] for cause in causes} or {"explained"}
    return next(state for state in ("new", "open", "assigned", "closed", "explained") if state in states)


def _limit() -> int:
    text = request.args.get("limit", str(PAGE))
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= LARGEST_PAGE:
        raise InvalidInput(field="limit", reason=f"not 1 to {LARGEST_PAGE}")
    return int(text)


def _after() -> Key:
    text = request.args.get("after")
    if text is None:
        return "", "", ""
    try:
        item_no, batch_no, owner = json.loads(text)
    except (ValueError, TypeError):
        raise InvalidInput(field="after", reason="not-a-key") from None
    return str(item_no), str(batch_no), str(owner)
