"""What an administrator decides for a site: segregation of duties, and how re-inspection is asked for (R-Q4, R-I4).

Segregation is switched on by one, at once, and off by two. What came in while it was on stays under it: nobody
receives goods, switches it off and lets them pass himself.
"""

from dataclasses import replace
from typing import Any

from warehouse import catalogue
from warehouse.flow import tasks
from warehouse.rules import persons
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.base import on_engine, rows, utc_text
from warehouse.tables.catalogue import Site
from warehouse.transaction import Transaction


def change(tx: Transaction, code: str, *, segregated: bool | None, reinspect_per: str | None) -> Site:
    """Change what is decided for a site; None leaves it. Segregation off is only asked for, and waits for a second one.

    Raises Forbidden for another site than one's own, NotFound, InvalidInput when nothing is to change.
    """
    if segregated is None and reinspect_per is None:
        raise InvalidInput(field="segregated", reason="missing")
    site = _locked(tx, code)
    before = describe(site)
    if segregated is not None:
        _set_asked(tx, site, "" if segregated or not site.segregated else tx.actor.name)
    if segregated and not site.segregated:
        rows("UPDATE site SET segregated = 1 WHERE id = ?", site.id)
    if reinspect_per is not None:
        rows("UPDATE site SET reinspect_per = ? WHERE id = ?", reinspect_per, site.id)
    return _told(tx, code, before)


def approve(tx: Transaction, code: str) -> Site:
    """Switch segregation of duties off, as somebody else asked; goods received until now stay under it.

    Raises Forbidden, NotFound, DocumentState when nobody asked, SamePerson for who did.
    """
    site = _locked(tx, code)
    before = describe(site)
    persons.check_second_for_duties(asked_by=site.unsegregate_asked_by, approver=tx.actor.name, site=code)
    rows(
        "UPDATE site SET segregated = 0, unsegregated_at = ?,"
        " unsegregated_entry = (SELECT COALESCE(MAX(id), 0) FROM card_entry) WHERE id = ?",
        utc_text(tx.now), site.id,
    )  # fmt: skip
    _set_asked(tx, site, "")
    return _told(tx, code, before)


def get(tx: Transaction, code: str) -> Site:
    """Give a site of the person's. Raises Forbidden, NotFound."""
    return Site.get_by_id(catalogue.site_of(tx.actor, code).id)


def describe(site: Site) -> dict[str, Any]:
    """Give a site as the API shows it."""
    return {
        "code": site.code, "name": site.name, "time_zone": site.time_zone, "languages": site.languages.split(),
        "gs1_prefix": site.gs1_prefix or None, "segregated": bool(site.segregated),
        "unsegregated_at": site.unsegregated_at or None, "unsegregate_asked_by": site.unsegregate_asked_by or None,
        "reinspect_per": site.reinspect_per,
    }  # fmt: skip


def _locked(tx: Transaction, code: str) -> Site:
    facts = catalogue.site_of(tx.actor, code)
    rows(f"SELECT id FROM site WHERE id = ?{on_engine(sqlite='', postgres=' FOR NO KEY UPDATE')}", facts.id)
    return Site.get_by_id(facts.id)


def _set_asked(tx: Transaction, site: Site, asked_by: str) -> None:
    """Keep who asked to switch segregation off, '' for nobody; it stands on that site's own work list."""
    rows("UPDATE site SET unsegregate_asked_by = ? WHERE id = ?", asked_by, site.id)
    there = replace(tx, site=catalogue.site_facts(site.code), facts={})
    if asked_by:
        tasks.open_task(there, "duties", site.code, asked_by=asked_by)
    else:
        tasks.close_task(there, "duties", site.code)


def _told(tx: Transaction, code: str, before: dict[str, Any]) -> Site:
    site = get(tx, code)
    tx.tell(site=code, before=before, after=describe(site))
    return site
