"""The books as of any moment agree with a full sum of their lines, before and after a close (R-R12; S11)."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.factories import do
from warehouse.books import ledger, moves, periods, reconcile, stock
from warehouse.tables.base import is_postgres, rows, utc_text
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Place
from warehouse.transaction import snapshot

START = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
MONTHS = (
    ("2026-06", datetime(2026, 6, 30, 15, 59, 59, 999999, UTC)),
    ("2026-07", datetime(2026, 7, 31, 15, 59, 59, 999999, UTC)),
)


def act_at_random(tx, chance, batches, places):
    """Put in or take out; the account follows each voucher now, sometimes, or never."""
    batch, place = chance.choice(batches), chance.choice(places)
    lying = [line for line in stock.of_batch(batch.id) if line.bin_code == place.bin_code and line.quantity > 0]
    amount = Decimal(chance.randint(1, 9))
    voucher = f"V{chance.randint(1, 999_999)}"
    if lying and chance.random() < 0.5 and lying[0].quantity >= amount:
        moves.take_out(tx, lying[0], amount, kind="issue", voucher_no=voucher)
        out, into = amount, Decimal(0)
    else:
        moves.put_in(
            tx, batch=batch, place=place, status="qualified", amount=amount, kind="receipt", voucher_no=voucher
        )
        out, into = Decimal(0), amount
    if chance.random() < 0.9:
        ledger.post(
            tx, batch_id=batch.id, owner="", kind="move", voucher_no=voucher, quantity_in=into, quantity_out=out
        )


def work(operations, *, seed, since, until):
    """Do so many operations spread over a time, some hundred in a transaction."""
    chance, batches, places = random.Random(seed), list(Batch.select()), list(Place.select())
    chunk = 50
    for number in range(0, operations, chunk):
        moment = since + (until - since) * (number / operations)
        do(lambda tx: [act_at_random(tx, chance, batches, places) for _ in range(chunk)], now=moment)


def summed(at):
    """Sum both books from their first line on, by batch."""
    card = rows(
        "SELECT batch_id, SUM(quantity_in - quantity_out) FROM card_entry WHERE written_at <= ? GROUP BY batch_id",
        at.until,
    )
    account = rows(
        "SELECT batch_id, SUM(quantity_in - quantity_out) FROM ledger_entry WHERE posted_on <= ? GROUP BY batch_id",
        at.day.isoformat(),
    )
    found = {batch: [0, int(total)] for batch, total in card}
    for batch, total in account:
        found.setdefault(batch, [0, 0])[0] = int(total)
    return {batch: tuple(both) for batch, both in found.items() if any(both)}


def kept(at):
    """Give both books as the reconciliation reads them, by batch."""
    with snapshot():
        found = {each.batch_id: (each.own, each.card) for _, _, _, each in reconcile.all_figures(at, books=[])}
    one_by_one = {each.batch_id: (each.own, each.card) for each in reconcile.figures_of(at, list(found), books=[])}
    assert one_by_one == found
    return {batch: both for batch, both in found.items() if any(both)}


def moments(chance, last):
    """Give the ends of both months, and days in between, some before a close and some after."""
    found = [reconcile.moment(1, month, day=end.date(), until=end) for month, end in MONTHS if end <= last]
    for _ in range(5):
        end = START.replace(hour=15, minute=59, second=59) + timedelta(days=chance.randint(0, (last - START).days - 1))
        found.append(reconcile.moment(1, utc_text(end)[:7], day=end.date(), until=end))
    return found


def test_given_random_operations_when_asked_as_of_any_day_then_as_a_full_sum_says_before_and_after_a_close(store):
    """R-R12: the balance at any past moment is the sum of its lines; differences are exactly what does not agree"""
    operations, chance = (2_000 if is_postgres() else 10_000), random.Random(7)
    first, second = MONTHS
    work(operations // 2, seed=1, since=START, until=first[1])
    work(operations // 4, seed=2, since=first[1] + timedelta(hours=1), until=second[1])
    last = second[1]
    for at in moments(chance, last):
        assert kept(at) == summed(at)
    do(lambda tx: periods.keep_month(reconcile.moment(1, first[0], day=first[1].date(), until=first[1])), now=last)
    work(operations // 4, seed=3, since=second[1] + timedelta(hours=1), until=second[1] + timedelta(days=20))
    later = moments(chance, second[1] + timedelta(days=20))
    assert Counter(at.anchor for at in later)[first[0]] > 0
    for at in later:
        assert kept(at) == summed(at)
        differing = {batch for batch, (own, card) in summed(at).items() if own != card}
        assert {each.batch_id for each in reconcile.find_differences(at, books=[])} == differing
    card_by_place = rows("SELECT batch_id, SUM(quantity) FROM period_balance GROUP BY batch_id ORDER BY batch_id")
    closed = summed(reconcile.moment(1, first[0], day=first[1].date(), until=first[1]))
    assert [(batch, int(total)) for batch, total in card_by_place] == [
        (batch, card) for batch, (_, card) in sorted(closed.items()) if card
    ]


def test_given_nothing_is_unmatched_when_summed_over_bins_and_batches_then_card_and_account_agree(store):
    """R-R12"""
    ((card,),) = rows("SELECT SUM(quantity_in - quantity_out) FROM card_entry")
    ((account,),) = rows("SELECT SUM(quantity_in - quantity_out) FROM ledger_entry")
    assert int(card) == int(account) == 120_000_000
