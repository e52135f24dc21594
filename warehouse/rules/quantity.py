"""Units and precision: quantities are exact, never rounded behind anyone's back (R-A13).

The one place where a number typed or scanned becomes a quantity. Tables keep whole millionths, so an item has at most
six decimals and a quantity stays below 9.2 million million.
"""

import re
from decimal import ROUND_DOWN, Decimal

from warehouse.rules.refusals import InvalidInput, QuantityPrecision

MOST_DECIMALS = 6
LARGEST = Decimal(9_200_000_000_000)
_STEPS = [Decimal(1).scaleb(-decimals) for decimals in range(MOST_DECIMALS + 1)]
# U+FF01..U+FF5E are ASCII's wide twins, U+3000 the wide blank. Not NFKC, which would also read "12²" as 122.
_TO_ASCII = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_FORM = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,12})?\Z", re.ASCII)


def parse_quantity(
    text: str, *, decimals: int, unit: str | None = None, field: str = "quantity", zero_allowed: bool = False
) -> Decimal:
    """Read an ASCII decimal as a quantity of an item with `decimals` decimals, in the item's unit.

    Raises InvalidInput when it is no plain decimal, negative, zero (unless allowed) or too large, QuantityPrecision
    when it is finer than the item's unit: 0.0004 kg, 0.5 pcs. Source: R-A13, R-C17.
    """
    if not _FORM.match(text):
        raise InvalidInput(field=field, reason="not-a-quantity")
    quantity = Decimal(text)
    if quantity < 0 or (quantity == 0 and not zero_allowed):
        raise InvalidInput(field=field, reason="not-positive")
    if quantity > LARGEST:
        raise InvalidInput(field=field, reason="too-large")
    exact = with_decimals(quantity, decimals)
    if exact != quantity:
        raise QuantityPrecision(quantity=text, decimals=decimals, unit=unit)
    return exact


def plain_decimal(text: str, *, decimal_mark: str = ".", field: str = "quantity") -> str:
    """Turn a number as people type it into forms and sheets into the ASCII decimal that `parse_quantity` reads.

    Full-width characters become their ASCII twins, blanks at the ends go. One rule decides about commas: the mark that
    is not `decimal_mark` only groups thousands, three digits each, so "1,234" is 1234 and "12,5" is nobody's guess.
    The API takes ASCII decimals only and does not call this. Raises InvalidInput. Source: R-C17.
    """
    folded = text.translate(_TO_ASCII).strip()
    grouping = "," if decimal_mark == "." else "."
    whole, mark, fraction = folded.partition(decimal_mark)
    if grouping in whole:
        if not re.fullmatch(rf"-?[0-9]{{1,3}}(\{grouping}[0-9]{{3}})+", whole, re.ASCII):
            raise InvalidInput(field=field, reason="not-a-quantity")
        whole = whole.replace(grouping, "")
    plain = f"{whole}.{fraction}" if mark else whole
    if not _FORM.match(plain):
        raise InvalidInput(field=field, reason="not-a-quantity")
    return plain


def with_decimals(quantity: Decimal, decimals: int) -> Decimal:
    """Write a quantity with exactly the item's decimals, so that `str` is right everywhere; finer digits are cut."""
    return quantity.quantize(_STEPS[decimals], rounding=ROUND_DOWN)


def in_item_unit(quantity: Decimal, factor: Decimal) -> Decimal:
    """Convert packs to the item's unit: 2 boxes of 12 are 24 pcs, so a label "2 box" never posts 2 (R-A13)."""
    return quantity * factor
