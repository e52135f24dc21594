"""Label numbers: the name of one physical paper, and the default content of its codes.

The code identifies, the server answers: neither status nor quantity is ever read from paper. Source: 4.5.1, 4.5.5.
"""

import re
import secrets
import unicodedata

from stdnum.exceptions import ValidationError as CheckCharacterWrong
from stdnum.iso7064 import mod_37_36

LETTERS = "LBWHCDRU"  # label, batch, bin, handling unit, count sheet, document, roll card, badge
_DRAWN = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHAPE = re.compile(f"[{LETTERS}][{_DRAWN}]{{9}}")
_LOOK_ALIKES = str.maketrans("OIL", "011")


def make_label_no(letter: str = "L") -> str:
    """Draw a new label number: type letter, 8 random characters, check character (ISO 7064 mod 37,36).

    Numbers whose check character would look like another (I, L, O, U) are drawn again. 2^40 per letter: the caller's
    unique key still decides. ValueError for a letter that is no type.
    """
    if letter not in LETTERS or len(letter) != 1:
        raise ValueError(f"no label type {letter!r}")
    while True:
        body = letter + "".join(secrets.choice(_DRAWN) for _ in range(8))
        check = str(mod_37_36.calc_check_digit(body))
        if check in _DRAWN:
            return body + check


def is_label_no(text: str) -> bool:
    """Tell whether `text` has a label number's shape and a right check character; it may still be unknown."""
    if not _SHAPE.fullmatch(text):
        return False
    try:
        mod_37_36.validate(text)
    except CheckCharacterWrong:
        return False
    return True


def normal_label_no(text: str) -> str:
    """Give the number a person meant: blanks off, case and full width folded, O read as 0, I and L as 1.

    The first character, the type letter, keeps L. The result is not checked: ask `is_label_no`.
    """
    folded = unicodedata.normalize("NFKC", text).strip().upper()
    return folded[:1] + folded[1:].translate(_LOOK_ALIKES)
