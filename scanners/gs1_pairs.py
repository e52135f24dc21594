"""Which GS1 elements may stand together, on one symbol and on one label.

Forbidden pairs and repeats already show inside one symbol. A required companion may be in another symbol of the same
label (the lot in one, the GTIN in the next), so it is asked of the label's symbols together.
Patterns are regular expressions over application identifiers.
Source: GS1 General Specifications, section 4.14 (relationships of element strings).
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations

Element = tuple[str, str]

_FORBIDDEN: tuple[tuple[str, str], ...] = (
    ("01", "02|03|255|37|8006"),
    ("02", "03|255|8026"),
    ("03", "37"),
    ("21", "235"),
    ("37", "8006"),
    ("255", "415|8006|8020|8026"),
    ("390[0-9]", "391[0-9]|394[0-9]|8111"),
    ("392[0-9]", "393[0-9]|395[0-9]"),
    ("393[0-9]", "395[0-9]"),
    ("394[0-9]", "8111"),
    ("395[0-9]", "8005"),
    ("420", "421"),
    ("421", "4307"),
    ("422|423|424|425", "426"),
    ("4330", "4331"),
    ("4332", "4333"),
    ("7250", "7251"),
    ("725[345]", "7256|7259"),
    ("7256", "7259"),
    ("8006", "8026"),
    ("8017", "8018"),
)

_MEASURED = "30|31[0-9]{2}|32[0-9]{2}|35[0-9]{2}|36[0-9]{2}"
_LOGISTIC_MEASURE = "33[0-6][0-9]|34[0-9]{2}|35[345][0-9]|36[23789][0-9]"
_TRADE_MEASURE = "31[0-9]{2}|32[0-9]{2}|35[01267][0-9]|36[01456][0-9]"

# The element on the left needs at least one of those on the right (a plus sign: both); two lines of one element must
# both hold.
_REQUIRED: tuple[tuple[str, str], ...] = (
    ("02|8026", "37"),
    ("10|11|13|15|16", "01|02|03|8006|8026"),
    ("12|391[0-9]|415", "8020"),
    ("17", "01|02|03|255|8006|8026"),
    ("20|240|241|242|422|7001", "01|02|8006|8026"),
    ("21", "01|03|8006"),
    ("250|251|7020|7021|7240|8012", "01|8006"),
    ("250", "21"),
    ("22|235|243|337[0-9]|392[0-9]|71[0-7]|8001|8014|8200", "01"),
    ("254", "414"),
    (
        f"30|423|424|425|426|427|7002|7003|7005|7006|7007|7008|7009|7010|7011|703[0-9]|8005|8008|{_TRADE_MEASURE}",
        "01|02",
    ),
    (f"8009|{_LOGISTIC_MEASURE}", "00|01"),
    ("37|403|43[012][0-9]|433[0-3]|7041", "00"),
    ("37", "02|8026"),
    ("390[0-9]", "255|8020"),
    ("39[235][0-9]", _MEASURED),
    ("394[0-9]|8111", "255"),
    ("427", "422"),
    ("4303", "4302"),
    ("4313", "4312"),
    ("7004", "01+10"),
    ("7020", "416"),
    ("7022", "7021"),
    ("723[0-9]", "01|8004"),
    ("725[3456]|7241|7242|8019", "8017|8018"),
    ("725[01279]", "8018"),
    ("7258", "8018+7259"),
    ("8007|8020", "415"),
    ("8011", "8010"),
    ("8030", "00|01+21|253|255|8003|8004|8006+21|8010+8011|8017|8018"),
    ("8040", "01+21"),
    ("804[123]", "01+21+8040"),
)


@lru_cache(maxsize=4096)
def _excludes(one: str, other: str) -> bool:
    """Tell whether two different AIs exclude each other; 3102 and 3103 are one fact."""
    if len(one) == len(other) == 4 and one[:3] == other[:3] and re.match("3[1-69]", one):
        return True
    pairs = ((one, other), (other, one))
    return any(re.fullmatch(left, a) and re.fullmatch(right, b) for left, right in _FORBIDDEN for a, b in pairs)


@lru_cache(maxsize=1024)
def _companions(ai: str) -> tuple[str, ...]:
    return tuple(right for left, right in _REQUIRED if re.fullmatch(left, ai))


def find_conflict(elements: Iterable[Element]) -> str | None:
    """Say which elements of one symbol (or of one whole label) contradict each other, or None."""
    values: dict[str, str] = {}
    for ai, value in elements:
        if values.setdefault(ai, value) != value:
            return f"({ai}) stands twice with different values"
    for one, other in combinations(values, 2):
        if _excludes(one, other):
            return f"({one}) and ({other}) must not stand together"
    return None


def find_missing(elements: Iterable[Element]) -> str | None:
    """Say which element of a whole label lacks its companion, or None."""
    present = {ai for ai, _ in elements}
    for ai in sorted(present):
        for wanted in _companions(ai):
            if not any(_are_there(group.split("+"), present) for group in wanted.split("|")):
                return f"({ai}) needs a companion it does not have: {wanted.replace('|', ', ').replace('+', ' with ')}"
    return None


def _are_there(wanted: Iterable[str], present: Iterable[str]) -> bool:
    return all(any(re.fullmatch(pattern, ai) for ai in present) for pattern in wanted)
