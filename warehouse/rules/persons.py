"""Who may change whom: nobody his own rights, and one administrator always stays (A5 of the fault catalogue)."""

from warehouse.rules.refusals import InvalidInput, SamePerson

ADMIN = "admin"


def check_other(*, actor: str, person: str) -> None:
    """Refuse a change of one's own roles or account, which another administrator makes. Raises SamePerson."""
    if actor == person:
        raise SamePerson(person=person, needs="another administrator")


def check_administrator_stays(*, others: int, is_admin: bool, stays_admin: bool) -> None:
    """Refuse to take the last administrator's right; `others` is how many more there are. Raises InvalidInput."""
    if is_admin and not stays_admin and others == 0:
        raise InvalidInput(field="roles", reason="last-administrator")
