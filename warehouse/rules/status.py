"""The five inspection statuses, their four colours and their moves (4.5.4, 4.5.5, R-Q1..Q10)."""

from enum import StrEnum


class InspectionStatus(StrEnum):
    """What QA has said of goods. Awaiting verdict is white with its own word and lies where pending lies."""

    PENDING = "pending"
    AWAITING = "awaiting"
    QUALIFIED = "qualified"
    NONCONFORMING = "nonconforming"
    SCRAP = "scrap"


class Colour(StrEnum):
    """The status label's colour (4.5.5)."""

    WHITE = "white"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


COLOUR = {
    InspectionStatus.PENDING: Colour.WHITE,
    InspectionStatus.AWAITING: Colour.WHITE,
    InspectionStatus.QUALIFIED: Colour.BLUE,
    InspectionStatus.NONCONFORMING: Colour.YELLOW,
    InspectionStatus.SCRAP: Colour.RED,
}
