"""People, what they may, and how they prove who they are. Secrets are kept as digests only."""

from peewee import AutoField, CharField, ForeignKeyField, IntegerField

from warehouse.tables.base import Table, UtcField
from warehouse.tables.catalogue import Site


class Person(Table):
    """A named person; books keep the name as it was (R-U5). Without a site: one who works for all sites."""

    id = AutoField()
    name = CharField(unique=True)
    roles = CharField()  # separated by blanks
    site = ForeignKeyField(Site, null=True, on_delete="RESTRICT", index=False)
    site_id: int | None
    password_hash = CharField()
    language = CharField(default="")
    disabled_at = UtcField(null=True)
    admin_asked_by = CharField(default="")  # who asks that this person become an administrator; '' nobody
    password_set_by = CharField(default="")  # who chose the password for this person; '' himself, or by command


class Session(Table):
    """A signed-in browser; deleting the row signs it out at once."""

    digest = CharField(primary_key=True)
    person = ForeignKeyField(Person, on_delete="CASCADE")
    person_id: int
    csrf_token = CharField()
    device = CharField(default="")
    created_at = UtcField()
    seen_at = UtcField()


class ApiToken(Table):
    """A bearer token: 256 random bits, hashed at rest; its scope narrows the person's roles, never widens them."""

    digest = CharField(primary_key=True)
    person = ForeignKeyField(Person, on_delete="CASCADE")
    person_id: int
    scope = CharField(default="")
    created_at = UtcField()
    expires_at = UtcField(null=True)
    revoked_at = UtcField(null=True)
    made_by = CharField(default="")  # who made it for this person; '' made for himself, or by command


class SignInTry(Table):
    """Failed sign-ins of one name from one device, or of all under `*`; each more makes the next wait longer."""

    name = CharField()
    device = CharField()
    tries = IntegerField(default=0)
    blocked_until = UtcField(null=True)

    class Meta:
        indexes = ((("name", "device"), True),)


class KnownDevice(Table):
    """A device on which somebody has signed in; its cookie holds the secret."""

    digest = CharField(primary_key=True)
    known_since = UtcField()


class Setting(Table):
    """One value the service keeps for itself: the key that signs, the set-up code, the last day of the nightly job."""

    name = CharField(primary_key=True)
    value = CharField()
