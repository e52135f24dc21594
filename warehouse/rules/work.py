"""Who may tick a task off the work list (4.5.3): QA's own are QA's, the floor's are the floor's."""

from collections.abc import Collection

from warehouse.rules.refusals import Forbidden

FLOOR = ("keeper", "clerk", "manager")
DOERS = {
    "move": (*FLOOR, "qa"),
    "relabel": (*FLOOR, "qa"),
    "count": FLOOR,
    "inspect": ("qa",),
    "reinspect": ("qa",),
    "plan": ("clerk", "manager"),
    "disposition": ("qa", "manager"),
    "root-cause": ("qa", "manager"),
    "owner-notice": (),  # ends when the owner was told
    "count-overdue": ("manager",),
    "administrator": (),  # ends with the approval
    "duties": (),  # so does this
}


def check_doer(kind: str, roles: Collection[str]) -> None:
    """Refuse to finish a task that waits for other hands. Raises Forbidden with the roles that may."""
    doers = DOERS.get(kind, FLOOR)
    if not set(roles) & set(doers):
        raise Forbidden(needs=list(doers))
