"""Which goods a paper may name: a certificate only good ones, a nonconformance tag only bad ones (4.5.4, 4.7.4)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from warehouse.rules.refusals import InvalidInput, NotQualified, OnHold
from warehouse.rules.status import InspectionStatus

NONCONFORMING = (InspectionStatus.NONCONFORMING, InspectionStatus.SCRAP)


@dataclass(frozen=True, kw_only=True)
class Certified:
    """Goods that are to be named on a certificate, with what speaks against it: '' where nothing does."""

    item_no: str
    batch_no: str
    status: str
    concession: str = ""
    hold: str = ""


def check_conforming(goods: Iterable[Certified]) -> None:
    """Refuse a certificate for goods that are not qualified, leave under a concession, or are on hold.

    A concession lets goods leave that do not conform, so no certificate says that they do. Raises NotQualified, OnHold.
    Source: 4.5.4, 4.7.4; R-Q7, R-Q12.
    """
    for each in goods:
        if each.status != InspectionStatus.QUALIFIED or each.concession:
            raise NotQualified(
                item_no=each.item_no, batch_no=each.batch_no, batch_status=each.status,
                concession=each.concession or None,
            )  # fmt: skip
        if each.hold:
            raise OnHold(item_no=each.item_no, batch_no=each.batch_no, hold=each.hold)


def check_nonconforming(statuses: Collection[str]) -> None:
    """Refuse a nonconformance tag where nothing is yellow or red. Raises InvalidInput. Source: 4.5.4, 4.5.5."""
    if not statuses:
        raise InvalidInput(field="kind", reason="goods-conform")
