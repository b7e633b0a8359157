"""Signing up, in and out; and what all forms have in common."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from yarl import URL

from adapters.http.app import HttpOptions
from adapters.http.pages.shared.csrf import CSRF_FIELD
from core.shared.access import Role
from tests.support.api_client import PASSWORD, Api, MakeApi
from tests.support.form_browser import FormBrowser, form_browsers

NEW = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}


async def test_a_new_account_is_signed_in_and_goes_on_where_it_was(browser: FormBrowser) -> None:
    page = await browser.submit(await browser.open("/sign-up?next=/sign-in"), "Create the account", **NEW)
    assert (page.status, page.path) == (200, "/me")
    assert "We have sent you an email" in page.html
    assert "We have sent you an email" not in (await browser.open("/me")).html


async def test_what_was_typed_is_kept_beside_its_errors(browser: FormBrowser) -> None:
    page = await browser.submit(
        await browser.open("/sign-up"), "Create the account", name='"><b>Ada', email="nobody", password="short"
    )
    assert page.status == 422
    document = page.document
    assert document.title is not None
    assert document.title.get_text().startswith("Error: ")
    summary = document.select_one("[data-error-summary]")
    assert summary is not None
    assert [link["href"] for link in summary.select("a")] == ["#email", "#password"]
    shown = {str(field["name"]): field.get("value") for field in document.select("main input:not([type=hidden])")}
    assert shown == {"name": '"><b>Ada', "email": "nobody", "password": None}
    for name in ("email", "password"):
        field = document.select_one(f"#{name}")
        assert field is not None
        assert field["aria-invalid"] == "true"
        assert f"{name}-error" in str(field["aria-describedby"])


async def test_an_address_that_has_an_account_is_said_beside_the_field(browser: FormBrowser, api: Api) -> None:
    await api.sign_in("ada")
    page = await browser.submit(await browser.open("/sign-up"), "Create the account", **NEW)
    assert page.status == 422
    assert "There is already an account with this email address." in page.text


async def test_wrong_credentials_are_refused_alike(browser: FormBrowser, api: Api) -> None:
    ada = await api.sign_in()
    for email in (ada.email, "nobody@example.com"):
        page = await browser.submit(await browser.open("/sign-in"), "Sign in", email=email, password="wrong horse")
        assert page.status == 422
        assert "Email or password is wrong." in page.text


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "\t//e.example", ""]
)
async def test_signing_in_leads_to_no_other_site(browser: FormBrowser, api: Api, elsewhere: str) -> None:
    ada = await api.sign_in()
    page = await browser.open(URL("/sign-in").with_query(next=elsewhere))
    page = await browser.submit(page, "Sign in", email=ada.email, password=PASSWORD)
    assert (page.path, page.address.host) == ("/me", "127.0.0.1")


async def test_a_session_ends_in_every_tab_when_one_signs_out(browser: FormBrowser, api: Api) -> None:
    ada = await api.sign_in()
    page = await browser.sign_in(ada.email)
    assert (await browser.open("/me")).path == "/me"
    await browser.submit(page, "Sign out")
    assert (await browser.open("/me")).address.path_qs == "/sign-in?next=/me"


async def test_a_password_changed_elsewhere_ends_the_session(browser: FormBrowser, api: Api) -> None:
    ada = await api.sign_in()
    await browser.sign_in(ada.email)
    change = {"password": "another horse", "current_password": PASSWORD}
    assert (await ada.patch("/api/users/profile", change)).status == 200
    assert (await browser.open("/me")).path == "/sign-in"


async def test_a_form_that_was_sent_after_signing_out_can_be_sent_again(
    new_browser: Callable[[], FormBrowser], api: Api
) -> None:
    ada, browser = await api.sign_in(), new_browser()
    await browser.sign_in(ada.email)
    profile = await browser.open("/me/profile/name")
    async with api.container.accounts() as uow:
        [user] = [each for each in api.container.memory().users if each.email == ada.email]
        await uow.sessions.revoke_all(user.id, api.clock.now())
        await uow.commit()
    lost = await browser.submit(profile, "Save", name="Ada Lovelace")
    assert (lost.status, lost.heading) == (401, "You have been signed out")
    await browser.sign_in(ada.email)
    saved = await browser.submit(lost, "Send it again")
    assert saved.status == 200
    assert (saved.path, "Name Ada Lovelace" in saved.text) == ("/me/profile", True)


@pytest.mark.parametrize("token", [None, "", "nonsense", "A" * 86])
async def test_a_form_without_its_token_is_not_accepted_but_kept(browser: FormBrowser, api: Api, token: str) -> None:
    ada = await api.sign_in()
    form = await browser.open("/sign-in")
    page = await browser.submit(form, "Sign in", email=ada.email, password=PASSWORD, **{CSRF_FIELD: token or []})
    assert (page.status, page.heading) == (403, "This form was open for too long")
    assert PASSWORD not in page.html
    assert f'value="{ada.email}"' in page.html


ELSEWHERE = pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)


@ELSEWHERE
async def test_a_form_of_another_site_is_refused(browser: FormBrowser, api: Api, headers: dict[str, str]) -> None:
    token = str((await browser.open("/sign-in")).document.select(f"[name={CSRF_FIELD}]")[0]["value"])
    ada = await api.sign_in()
    fields = {"email": ada.email, "password": PASSWORD, CSRF_FIELD: token}
    refused = await browser.post("/sign-in", fields, headers)
    assert refused.status == 403
    assert "was not sent by a page of this site" in refused.text
    assert (await browser.post("/sign-in", fields, {"Sec-Fetch-Site": "same-origin"})).path == "/me"


@ELSEWHERE
async def test_a_form_of_another_site_is_not_kept_to_be_sent_after_the_sign_in(
    browser: FormBrowser, headers: dict[str, str]
) -> None:
    refused = await browser.post("/me/profile/name", {"name": "Mallory"}, headers)
    assert (refused.status, refused.heading) == (403, "This page is not for you")
    assert "Mallory" not in refused.html


async def test_the_token_of_a_form_looks_different_each_time(browser: FormBrowser) -> None:
    tokens = {str((await browser.open("/sign-in")).document.select(f"[name={CSRF_FIELD}]")[0]["value"]) for _ in "ab"}
    assert len(tokens) == 2


async def test_cookies_are_for_this_host_and_tls_alone_where_there_is_tls(make_api: MakeApi) -> None:
    api = await make_api(options=HttpOptions(public_url="https://tickets.example"))
    answer = await api.anonymous.get("/sign-in")
    [cookie] = answer.headers.getall("Set-Cookie")
    assert cookie.startswith("__Host-forms=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


async def test_a_page_of_others_says_so(browser: FormBrowser, api: Api) -> None:
    await browser.sign_in((await api.sign_in("bea", Role.USER)).email)
    page = await browser.open("/admin")
    assert (page.status, page.heading) == (403, "This page is not for you")


async def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(api: Api) -> None:
    for accept, kind in (("text/html", "text/html"), ("*/*", "application/problem+json")):
        answer = await api.anonymous.request("GET", "/nothing/here", headers={"Accept": accept})
        assert (answer.status, answer.content_type) == (404, kind)
    answer = await api.anonymous.request("GET", "/api/nothing", headers={"Accept": "text/html"})
    assert answer.content_type == "application/problem+json"


async def test_a_limited_page_says_when_to_try_again(make_api: MakeApi) -> None:
    api = await make_api(limits={"login": "1/minute"})
    async with form_browsers(api) as new:
        browser = new()
        for _ in range(2):
            page = await browser.submit(
                await browser.open("/sign-in"), "Sign in", email="ada@example.com", password="wrong"
            )
    assert page.status == 429
    assert "You can try again in" in page.text


async def test_an_empty_notice_of_an_odd_cookie_breaks_no_page(api: Api) -> None:
    for path in ("/", "/calendar", "/sign-in"):
        assert (await api.anonymous.request("GET", path, headers={"Cookie": "notice="})).status == 200


async def test_nothing_is_at_an_address_that_is_no_text(api: Api) -> None:
    for path in ("/in/a%00b", "/c/a%00b", "/near?city=%00", "/?q=a%00b", "/?%00=a"):
        answer = await api.client.get(URL(path, encoded=True))
        assert (path, answer.status) == (path, 404)
