"""The pages about one thing: what can be done with it, and its history."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from core.jobs.model import JobStatus
from core.shared.jobs import Job
from core.shared.messages import Message, MessageStatus
from tests.support.api_client import UNKNOWN_ID, Api, Person, book, create_event
from tests.support.builders import NOW
from tests.support.form_browser import FormBrowser, SeenPage


async def open_first(browser: FormBrowser, path: str) -> SeenPage:
    """Open the page of the first row of a list."""
    link = (await browser.open(path)).document.select_one("[data-row] th a")
    assert link is not None
    return await browser.open(str(link["href"]))


async def test_a_role_is_changed_with_its_effect_named_and_the_history_tells(browser: FormBrowser, ada: Person) -> None:
    page = await open_first(browser, "/admin/users?q=ada")
    assert "Creates events, and manages their own" in page.text
    changed = await browser.submit(page, "Change the role", role="organizer")
    assert "ada is an organizer now." in changed.html
    assert "before: user, after: organizer" in changed.text
    assert (await browser.submit(page, "Change the role", role="emperor")).status == 422
    gone = await browser.submit(changed, "Deactivate ada")
    assert "deactivated" in gone.text
    assert (await ada.get("/api/auth/me")).status == 401
    assert "can sign in again" in (await browser.submit(gone, "Reactivate ada")).html


async def test_visitors_see_at_once_that_an_event_is_hidden(api: Api, browser: FormBrowser, otto: Person) -> None:
    async def listed() -> int:
        return int((await (await api.anonymous.get("/api/events")).json())["total"])

    event = await create_event(otto)
    assert await listed() == 1
    await browser.submit(await browser.open(f"/admin/events/{event['id']}"), "Save the status", status="inactive")
    assert await listed() == 0


async def test_an_account_is_created_for_somebody(browser: FormBrowser, ada: Person) -> None:
    new = await browser.open("/admin/users/new")
    sent = {"name": "Bob <b>", "email": "bob@example.com", "password": "correct horse", "role": "organizer"}
    taken = await browser.submit(new, "Create the account", **(sent | {"email": ada.email, "password": "short"}))
    assert (taken.status, 'value="Bob &lt;b&gt;"' in taken.html, "short" in taken.html) == (422, True, False)
    taken = await browser.submit(new, "Create the account", **(sent | {"email": ada.email}))
    assert taken.status == 422
    created = await browser.submit(taken, "Create the account", **sent)
    assert (created.heading, "organizer" in created.text) == ("Bob <b>", True)


async def test_the_last_admin_stays_one(browser: FormBrowser) -> None:
    page = await open_first(browser, "/admin/users?q=mona")
    refused = await browser.submit(page, "Change the role", role="user")
    assert (refused.status, "This is the last active admin" in refused.text) == (422, True)
    assert not refused.document.select("#activity")


async def test_a_request_to_organize_is_granted_or_refused(api: Api, browser: FormBrowser) -> None:
    for name in ("bob", "eve"):
        person = await api.sign_in(name)
        async with api.container.accounts() as uow:
            user = await uow.users.by_email(person.email)
            assert user is not None
            await uow.users.save(replace(user, email_verified=True))
            await uow.commit()
        await person.post("/api/me/organizer-request", {"message": f"I am {name} <b>"})
    page = await open_first(browser, "/admin/organizer-requests")
    assert "I am bob <b>" in page.text
    too_long = await browser.submit(page, "Refuse", reason="x" * 1001)
    assert (too_long.status, "x" * 1001 in too_long.html) == (422, True)
    assert "bob is an organizer now" in (await browser.submit(page, "Make them an organizer")).html
    assert (
        "is refused"
        in (
            await browser.submit(await open_first(browser, "/admin/organizer-requests"), "Refuse", reason="Not now.")
        ).html
    )
    assert "Nobody waits for an answer." in (await browser.open("/admin/organizer-requests")).text
    assert (await browser.open(page.path)).status == 404


async def test_a_booking_is_cancelled_with_its_effect_named(browser: FormBrowser, otto: Person, ada: Person) -> None:
    event = await create_event(otto, price="14.50", capacity=5)
    await book(ada, event["id"], quantity=2, payment_token="tok_approve")
    page = await open_first(browser, "/admin/bookings")
    assert "2 places become free and go to those who wait. €29.00 goes back." in page.text
    cancelled = await browser.submit(page, "Cancel this booking")
    assert "The booking is cancelled." in cancelled.html
    assert "booking.cancelled" in cancelled.text
    assert not cancelled.document.select("main form")


async def test_an_event_changes_its_status_but_not_once_it_is_cancelled(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto)
    page = await browser.open(f"/admin/events/{event['id']}")
    assert (await browser.submit(page, "Save the status", status="cancelled")).status == 422
    hidden = await browser.submit(page, "Save the status", status="inactive")
    assert "The event is hidden now." in hidden.html
    await otto.post(f"/api/events/{event['id']}/cancel", {})
    assert (await browser.submit(hidden, "Save the status", status="open")).status == 422
    assert (await browser.open(f"/admin/events/{UNKNOWN_ID}")).status == 404


async def test_an_area_is_created_edited_and_deleted(browser: FormBrowser, otto: Person) -> None:
    new = await browser.open("/admin/areas/new")
    created = await browser.submit(new, "Create the area", name="Attic", city="Leipzig")
    assert "The area Attic is created." in created.html
    twice = await browser.submit(new, "Create the area", name="attic", latitude="91")
    assert (twice.status, "Must be" in twice.text, 'value="91"' in twice.html) == (422, True, True)
    page = await open_first(browser, "/admin/areas")
    await browser.submit(page, "Save", city="", address="Am Ufer 1")
    stale = await browser.submit(page, "Save", name="Cellar")
    assert (stale.status, "Somebody has changed this area" in stale.text) == (422, True)
    assert 'value="Cellar"' in stale.html
    fresh = await open_first(browser, "/admin/areas")
    assert "Leipzig" not in fresh.text
    area_id = fresh.path.rpartition("/")[2]
    await create_event(otto, area_id=area_id)
    assert (await browser.submit(fresh, "Delete the area")).status == 422
    assert "1 event takes place in it" in (await browser.open(fresh.path)).text


async def test_a_dead_notification_shows_its_text_without_secrets_and_is_retried(
    api: Api, browser: FormBrowser
) -> None:
    message = Message(UUID(int=1), "account.password-forgotten", NOW, email="ada@example.com", secret="s3cret")
    async with api.container.notifications() as uow:
        await uow.outbox.add([message])
        dead = await uow.notifications.get_for_update(message.id)
        await uow.notifications.save(replace(dead, status=MessageStatus.DEAD, last_error="550 <unknown>"))
        await uow.commit()
    listed = await browser.open("/admin/notifications?status=dead")
    assert "Why messages are dead 1 550 <unknown>" in listed.text
    page = await open_first(browser, "/admin/notifications?status=dead&reason=550+%3Cunknown%3E")
    assert "Choose a new password" in page.text
    assert "s3cret" not in page.html
    assert "It is due now" in (await browser.submit(page, "Retry now")).html


async def test_a_dead_job_shows_its_error_and_schedules_run_on_demand(api: Api, browser: FormBrowser) -> None:
    async with api.container.jobs() as uow:
        await uow.jobs.enqueue([Job("scrape", {"city": "london"})])
        await uow.commit()
    async with api.container.jobs() as uow:
        [job] = [each for each in api.container.memory().jobs if each.job.task == "scrape"]
        await uow.records.retry(replace(job, status=JobStatus.DEAD, last_error="FetchFailed: 503"))
        await uow.commit()
    page = await open_first(browser, "/admin/jobs?status=dead")
    assert ("FetchFailed: 503" in page.text, "london" in page.text) == (True, True)
    assert "scrape runs as soon as a worker is free." in (await browser.submit(page, "Retry now")).html
    ran = await browser.submit(await browser.open("/admin/jobs"), "Run now : clean-up")
    assert "clean-up runs as soon as a worker is free." in ran.html
    assert "clean-up" in [each.job.task for each in api.container.memory().jobs]
