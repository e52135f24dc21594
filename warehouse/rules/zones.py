"""Which place admits goods of which status: status is physical too (4.5.2).

Zones refuse movements in. Goods whose status changes stay where they are until the move task is done.
"""

from collections.abc import Collection
from enum import StrEnum

from warehouse.rules.refusals import ZoneRefusesStatus
from warehouse.rules.status import InspectionStatus


class LocationKind(StrEnum):
    """What a place is for."""

    STORAGE = "storage"
    RECEIVING = "receiving"
    DISPATCH = "dispatch"
    INSPECTION = "inspection"
    QUARANTINE = "quarantine"
    SCRAP = "scrap"
    LINE = "line"


# Awaiting verdict lies where pending lies. A storage bin admits all until its manager says less, as the interface has
# it; quarantine takes whatever is put on hold, also blue goods past their date (R-E5).
_UNDECIDED = (InspectionStatus.PENDING, InspectionStatus.AWAITING)
_DEFAULT_ADMITS = {
    LocationKind.STORAGE: tuple(InspectionStatus),
    LocationKind.RECEIVING: _UNDECIDED,
    LocationKind.DISPATCH: (InspectionStatus.QUALIFIED,),
    LocationKind.INSPECTION: _UNDECIDED,
    LocationKind.QUARANTINE: (*_UNDECIDED, InspectionStatus.QUALIFIED, InspectionStatus.NONCONFORMING),
    LocationKind.SCRAP: (InspectionStatus.SCRAP,),
    LocationKind.LINE: (InspectionStatus.QUALIFIED,),
}


def default_admits(kind: LocationKind) -> tuple[InspectionStatus, ...]:
    """Return the statuses a new place of that kind admits when nobody says otherwise. Source: 4.5.2."""
    return _DEFAULT_ADMITS[kind]


def check_admits(
    *,
    location: str,
    admits: Collection[InspectionStatus],
    status: InspectionStatus,
    allowed_places: Collection[str],
) -> None:
    """Refuse to put goods into a place that does not admit their status.

    `allowed_places` are the codes of places that do, best first; the refusal hands them on as given. Raises
    ZoneRefusesStatus. Source: 4.5.2.
    """
    if status not in admits:
        raise ZoneRefusesStatus(
            location=location, batch_status=status, admits=list(admits), allowed_places=list(allowed_places),
            reason=None if allowed_places else "nowhere",
        )  # fmt: skip
