"""From whom a count hides what should lie there: who was given a zone, and who has begun to count in one (R-C1).

Nothing else hides the book: who neither was told to count nor counts has it for his work. Whoever types the first line
of a zone is blind there from then on, so that he cannot look his figures up and correct them.
"""

from warehouse.tables.base import rows
from warehouse.transaction import Transaction

BLIND_ROLES = frozenset({"keeper", "clerk", "service", "admin"})


def begin_zone(count_id: int, *, zone: str, counter: str) -> None:
    """Note that somebody counts in a zone, assigned or not: its book is hidden from him now (R-C1)."""
    rows(
        "INSERT INTO zone_counter (count_id, zone, counter) VALUES (?, ?, ?)"
        " ON CONFLICT (counter, count_id, zone) DO NOTHING",
        count_id, zone, counter,
    )  # fmt: skip


def end_zones(count_id: int, *, counter: str = "") -> None:
    """Forget who counts in a count's zones: all when it is submitted or given up, or one in what he is through with."""
    if not counter:
        rows("DELETE FROM zone_counter WHERE count_id = ?", count_id)
        return
    rows(
        "DELETE FROM zone_counter WHERE count_id = ? AND counter = ? AND zone IN ("
        "SELECT zone FROM count_assignment WHERE count_id = ? AND counter = ?)",
        count_id, counter, count_id, counter,
    )  # fmt: skip


def hidden_places(tx: Transaction) -> dict[str, str]:
    """Give the places whose book the person must not see, each with its count: he counts their zone blind (R-C1).

    Of a zone that was given to him all places, of one he counted something in by himself those that the count has.
    A manager, QA, and who is through with his zone see everything.
    """
    if not tx.actor.is_counting or not tx.actor.roles <= BLIND_ROLES:
        return {}
    return dict(
        rows(
            "SELECT p.bin_code, k.count_no FROM count_assignment a JOIN stock_count k ON k.id = a.count_id"
            " JOIN place p ON p.site_id = k.site_id AND p.zone = a.zone"
            " WHERE a.counter = ? AND a.submitted_at IS NULL AND k.state = 'open' AND k.site_id = ?"
            " UNION SELECT p.bin_code, k.count_no FROM zone_counter z JOIN stock_count k ON k.id = z.count_id"
            " JOIN place p ON p.site_id = k.site_id AND p.zone = z.zone"
            " WHERE z.counter = ? AND k.state = 'open' AND k.site_id = ?"
            " AND EXISTS (SELECT 1 FROM count_line l WHERE l.count_id = k.id AND l.place_id = p.id)",
            tx.actor.name, tx.site.id, tx.actor.name, tx.site.id,
        )
    )  # fmt: skip
