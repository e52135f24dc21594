"""Who may change whom: nobody his own rights, one administrator always stays, two make another (A5, D10; four eyes).

Segregation of duties is itself under four eyes: one switches it on, two switch it off.
"""

from collections.abc import Collection, Iterable

from warehouse.rules.refusals import DocumentState, InvalidInput, SamePerson

ADMIN = "admin"


def granted_at_once(roles: Iterable[str], *, held: Collection[str], segregated: bool) -> list[str]:
    """Return those of the roles that one administrator grants alone: all but a new administrator's, which two grant.

    Where duties are not segregated, as at a small site, one grants all.
    """
    return [role for role in roles if role != ADMIN or role in held or not segregated]


def check_second(*, asked_by: str, approver: str, person: str) -> None:
    """Refuse to make a person an administrator by who asked for it, or by himself; and when nobody asked.

    Raises SamePerson, DocumentState.
    """
    if not asked_by:
        raise DocumentState(document_no=person, state="active", reason="nobody-asked")
    if approver in (asked_by, person):
        raise SamePerson(person=approver, needs="another administrator or a manager")


def check_second_for_duties(*, asked_by: str, approver: str, site: str) -> None:
    """Refuse to switch segregation of duties off by who asked for it, and when nobody did.

    Raises DocumentState, SamePerson. Source: R-Q4; four eyes.
    """
    if not asked_by:
        raise DocumentState(document_no=site, state="active", reason="nobody-asked-for-duties")
    if approver == asked_by:
        raise SamePerson(person=approver, needs="another administrator or a manager")


def check_own_door(*, opened_by: str) -> None:
    """Refuse to be the second person by a token that somebody else made, or a password he chose: he may be both.

    Raises SamePerson. Source: four eyes; A5.
    """
    if opened_by:
        raise SamePerson(person=opened_by, needs="the person's own sign-in")


def check_other(*, actor: str, person: str) -> None:
    """Refuse a change of one's own roles or account, which another administrator makes. Raises SamePerson."""
    if actor == person:
        raise SamePerson(person=person, needs="another administrator")


def check_administrator_stays(*, others: int, is_admin: bool, stays_admin: bool) -> None:
    """Refuse to take the last administrator's right; `others` is how many more there are. Raises InvalidInput."""
    if is_admin and not stays_admin and others == 0:
        raise InvalidInput(field="roles", reason="last-administrator")
