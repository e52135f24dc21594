"""Who sits before a page: sign-in, sign-out, first start, and forms that only our own pages send (A1..A20)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.web.browser import PASSWORD, Browser, password_hash
from warehouse import access
from warehouse.rules.refusals import TooManyRequests
from warehouse.tables.base import database
from warehouse.tables.people import ApiToken, Person, Session, SignInTry


def test_given_a_form_when_the_token_is_missing_wrong_or_another_persons_then_403(store):
    """A11"""
    keeper, clerk = Browser(store, "keeper"), Browser(store, "clerk")
    keeper.open("/")
    fields = keeper.form("/").fields
    clerk.open("/")
    other = clerk.form("/").fields["csrf_token"]
    for token in ([""], ["x"], ["é"], other):
        keeper.post("/", {**fields, "csrf_token": token, "code": "A"})
        assert keeper.page.status_code == 403
        assert "did not come from a page of yours" in keeper.words
    keeper.post("/", {**fields, "code": "A"})
    assert keeper.path == "/batch/EL-100/A"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Referer": "http://a/x"}])
def test_given_a_right_token_when_the_page_is_foreign_then_403(store, headers):
    """A11"""
    keeper = Browser(store, "keeper")
    keeper.open("/")
    keeper.post("/", {**keeper.form("/").fields, "code": "A"}, **headers)
    assert keeper.page.status_code == 403
    stranger = Browser(store)
    stranger.open("/sign-in")
    fields = {**stranger.form("/sign-in").fields, "name": "keeper", "password": PASSWORD}
    assert stranger.post("/sign-in", fields, **headers).status_code == 403


def test_given_a_sign_in_form_when_cookie_and_field_differ_then_403(store):
    """A11: signing a victim in under another's name is refused too"""
    stranger = Browser(store)
    stranger.open("/sign-in")
    fields = {**stranger.form("/sign-in").fields, "name": "keeper", "password": PASSWORD}
    assert stranger.post("/sign-in", {**fields, "csrf_token": ["other"]}).status_code == 403
    assert store.app.test_client().post("/sign-in", data=fields).status_code == 403


def test_given_a_session_when_signed_out_then_its_cookie_is_worth_nothing(store):
    """A8, A9, A10"""
    keeper = Browser(store, "keeper")
    first = keeper.client.get_cookie("session")
    assert first is not None
    assert first.http_only
    assert first.same_site == "Lax"
    assert Session.get().digest == access.digest(first.value)
    keeper.open("/")
    keeper.send("/sign-out")
    assert keeper.path == "/sign-in"
    copied = store.app.test_client()
    copied.set_cookie("session", first.value)
    assert copied.get("/").status_code == 303
    assert copied.get("/api/v1/items").status_code == 401


def test_given_a_second_sign_in_when_it_is_done_then_the_first_session_is_dead(store):
    """A8"""
    keeper = Browser(store, "keeper")
    first = keeper.client.get_cookie("session")
    keeper.open("/sign-in")
    keeper.send("/sign-in", name="keeper", password=PASSWORD)
    assert keeper.client.get_cookie("session").value != first.value
    assert Session.select().count() == 1


def test_given_wrong_passwords_when_tried_then_the_name_waits_and_an_unknown_name_is_told_the_same(store):
    """A6, A7"""
    Person.update(password_hash=password_hash()).execute()
    stranger = Browser(store)
    told = set()
    for name in ("keeper", "nobody"):
        stranger.open("/sign-in")
        stranger.send("/sign-in", name=name, password="wrong wrong")
        assert stranger.page.status_code == 403
        told.add(stranger.words.replace(name, ""))
    assert len(told) == 1
    for _ in range(access.FREE_TRIES):
        stranger.send("/sign-in", name="keeper", password="wrong wrong")
    assert stranger.page.status_code == 429
    assert Browser(store, "clerk").page.status_code == 200


def tries(store, count, *, name="nobody{}", browser=None):
    """Send wrong passwords, each under the next name; gives the statuses."""
    stranger = browser or Browser(store)
    stranger.open("/sign-in")
    fields = stranger.form("/sign-in").fields
    found = []
    for number in range(count):
        sent = {**fields, "name": name.format(number), "password": "wrong wrong"}
        found.append(stranger.client.post("/sign-in", data=sent).status_code)
    return found


def test_given_one_wrong_password_each_of_many_when_from_one_device_then_it_waits_and_the_site_works_on(store):
    """A6: a stranger at the gateway's address; who signed in there before is another device, and may still"""
    known = Browser(store, "keeper")
    known.send("/sign-out")
    assert tries(store, access.DEVICE_TRIES + 1) == [403] * access.DEVICE_TRIES + [429]
    assert tries(store, 1) == [429]
    known.open("/sign-in")
    known.send("/sign-in", name="keeper", password=PASSWORD)
    assert known.path == "/"
    store.now += access.QUIET
    assert tries(store, 1) == [403]


def test_given_one_person_when_tried_from_many_devices_then_the_name_waits_until_a_manager_unlocks_it(store):
    """A6: on a device of its own each, a few are free; all together are counted too"""
    Person.update(password_hash=password_hash()).execute()
    for number in range(access.PERSON_TRIES):
        assert access.check_password("keeper", "wrong wrong", device=f"device {number // 4}", now=store.now) is None
    with pytest.raises(TooManyRequests):
        access.check_password("keeper", PASSWORD, device="device new", now=store.now)
    assert access.check_password("clerk", PASSWORD, device="device new", now=store.now) is not None
    assert store.post("/people/keeper/unlock", who="keeper2").status_code == 403
    store.done("/people/keeper/unlock", who="manager")
    assert access.check_password("keeper", PASSWORD, device="device 0", now=store.now) is not None


def test_given_thirty_people_when_they_sign_in_at_once_then_all_are_let_in(store):
    """A20: hashed two at a time, so that thirty do not take the memory of thirty"""
    Person.update(password_hash=password_hash()).execute()

    def enter(_):
        try:
            return access.check_password("keeper", PASSWORD, device="d", now=store.now) is not None
        finally:
            database.close()

    with ThreadPoolExecutor(30) as pool:
        assert all(pool.map(enter, range(30)))
    assert access._hashing._max_workers == 2


def test_given_wrong_passwords_at_once_when_counted_then_none_is_missed(store):
    """A6: many threads, one statement each"""

    def wrong(_):
        try:
            assert access.check_password("keeper", "wrong", device="d", now=store.now) is None
        except TooManyRequests:
            return 1
        finally:
            database.close()
        return 0

    with ThreadPoolExecutor(4) as pool:
        refused = sum(pool.map(wrong, range(12)))
    assert SignInTry.get((SignInTry.name == "keeper") & (SignInTry.device == "d")).tries == 12 - refused


@pytest.mark.parametrize(
    "place", ["https://evil.example/x", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_given_a_next_page_elsewhere_when_signed_in_then_the_start_page_opens(store, place):
    """A19"""
    browser = Browser(store, "keeper")
    browser.open("/sign-in")
    fields = {**browser.form("/sign-in").fields, "next": place, "name": "keeper", "password": PASSWORD}
    answer = browser.client.post("/sign-in", data=fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_given_a_page_asked_for_when_signed_in_then_it_opens(store):
    """A19"""
    Browser(store, "keeper")
    browser = Browser(store)
    browser.open("/stock?item_no=EL-100")
    assert browser.path == "/sign-in"
    browser.send("/sign-in", name="keeper", password=PASSWORD)
    assert browser.path == "/stock"
    assert "EL-100" in browser.words


def test_given_tls_when_signed_in_then_the_cookie_is_secure_and_bound_to_the_host(store):
    """A10"""
    Browser(store, "keeper")
    store.app.config["SETTINGS"] = replace(store.app.config["SETTINGS"], tls=True)
    browser = Browser(store)
    page = browser.client.get("/sign-in", base_url="https://localhost")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"csrf_token": token, "name": "keeper", "password": PASSWORD, "next": "/"}
    answer = browser.client.post("/sign-in", data=fields, base_url="https://localhost")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-session="))
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert browser.client.get("/", base_url="https://localhost").status_code == 200


def test_given_nobody_yet_when_the_set_up_code_is_used_then_once_and_the_administrator_is_in(store):
    """P13, A13"""
    ApiToken.delete().execute()
    Person.delete().execute()
    code = access.set_up_code()
    browser = Browser(store)
    browser.open("/")
    assert browser.path == "/setup"
    for wrong in ("0" * 16, "ä"):
        browser.send("/setup", set_up_code=wrong, name="Wang", password=PASSWORD)
        assert browser.page.status_code == 403
    browser.send("/setup", set_up_code=code, name="Wang", password="short")
    assert browser.page.status_code == 400
    browser.send("/setup", set_up_code=code, name="Wang", password=PASSWORD)
    assert browser.path == "/"
    assert "Wang" in browser.words
    assert (Person.get().name, Person.get().roles) == ("Wang", "admin")
    second = Browser(store)
    second.open("/setup")
    assert second.path == "/sign-in"


def test_given_an_administrator_when_people_are_kept_on_pages_then_who_is_closed_is_out_at_once(store):
    """A5, A9, A15"""
    admin = Browser(store, "admin")
    admin.open("/people")
    admin.send("/people", name="Li", password=PASSWORD, **{"role-keeper": "1"})
    assert "Li is added" in admin.words
    li = Browser(store)
    li.open("/sign-in")
    li.send("/sign-in", name="Li", password=PASSWORD)
    assert li.path == "/"
    admin.open("/people/Li")
    admin.send("/people/Li/tokens")
    assert "whs_" in admin.words
    admin.open("/people/Li")
    assert "whs_" not in admin.words
    admin.send("/people/Li/disable")
    li.open("/stock")
    assert li.path == "/sign-in"


@pytest.mark.parametrize("damaged", ["", "x", "$argon2id$v=19$m=19456"])
def test_given_a_damaged_password_digest_when_signing_in_then_told_as_a_wrong_password(store, damaged):
    """A1: nobody comes in by it, and nobody learns of it"""
    Person.update(password_hash=damaged).where(Person.name == "keeper").execute()
    stranger, words = Browser(store), []
    for name, password in (("keeper", PASSWORD), ("clerk", "a wrong password")):
        stranger.open("/sign-in")
        fields = {**stranger.form("/sign-in").fields, "name": name, "password": password}
        assert stranger.post("/sign-in", fields).status_code == 403
        assert stranger.client.get_cookie("session") is None
        words.append(stranger.words.replace(name, ""))
    assert words[0] == words[1]
