"""/sites: made by the administrator, who also decides what holds there; two switch segregation off (R-Q4, R-I4)."""

from typing import Annotated, Any, Literal

from flask import Blueprint
from msgspec import Meta

from warehouse import catalogue, sites
from warehouse.posting import Reply
from warehouse.tables.catalogue import Site
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading

bp = Blueprint("sites", __name__)
READERS = ("keeper", "clerk", "qa", "manager", "admin")


class SiteBody(body.Body, kw_only=True, frozen=True):
    """A new site."""

    code: body.Code
    name: body.Text
    time_zone: body.Text = "Asia/Shanghai"
    languages: tuple[Literal["en", "zh_Hans", "zh_Hant"], ...] = ("zh_Hans", "en")


class SiteChangeBody(body.Body, kw_only=True, frozen=True):
    """What is to hold at a site from now on; what is left out stays."""

    segregated: bool | None = None
    reinspect_per: Literal["batch", "place"] | None = None


class PrefixBody(body.Body, kw_only=True, frozen=True):
    """The company's GS1 prefix; empty for none."""

    gs1_prefix: Annotated[str, Meta(max_length=12)]


@bp.post("/sites")
@posting("admin", body=SiteBody)
def create_site(tx: Transaction, sent: SiteBody) -> Reply:
    """Make a site with its own audit chain."""
    body.check_time_zone(sent.time_zone)
    site = catalogue.create_site(
        code=sent.code, name=sent.name, time_zone=sent.time_zone, languages=list(sent.languages)
    )
    tx.tell(site=site.code)
    return sites.describe(site), 201


@bp.get("/sites")
@reading(*READERS)
def index(tx: Transaction) -> dict[str, Any]:
    """List the sites that the person works for."""
    query = Site.select() if tx.actor.site is None else Site.select().where(Site.code == tx.actor.site)
    return body.page(query, Site.code, sites.describe)


@bp.get("/sites/<code>")
@reading(*READERS)
def show(tx: Transaction, code: str) -> dict[str, Any]:
    """Show one site and what holds there."""
    return sites.describe(sites.get(tx, code))


@bp.patch("/sites/<code>")
@posting("admin", body=SiteChangeBody, status=200)
def change(tx: Transaction, sent: SiteChangeBody, code: str) -> Reply:
    """Change what holds at a site; segregation of duties goes on at once, and off when a second person agrees."""
    return sites.describe(sites.change(tx, code, segregated=sent.segregated, reinspect_per=sent.reinspect_per)), 200


@bp.post("/sites/<code>/approve")
@posting("admin", "manager", status=200, second_person=True)
def approve(tx: Transaction, code: str) -> Reply:
    """Switch segregation of duties off, as another administrator asked; what was received until now stays under it."""
    return sites.describe(sites.approve(tx, code)), 200


@bp.post("/sites/<code>/gs1-prefix")
@posting("admin", body=PrefixBody, status=200)
def set_gs1_prefix(tx: Transaction, sent: PrefixBody, code: str) -> Reply:
    """Give a site the company's GS1 prefix: its cartons are then named by SSCC numbers."""
    catalogue.set_gs1_prefix(code, sent.gs1_prefix)
    tx.tell(site=code, gs1_prefix=sent.gs1_prefix)
    return {"code": code, "gs1_prefix": sent.gs1_prefix or None}, 200
