"""A saved search from outside: subscription, confirmation, alerts about gathered events, and unsubscribing."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import aiohttp
import pytest

from tests.support.mail_server import Postbox, mail_server
from tests.support.platform import Running, nocturne, run_relay, run_server, run_worker

ADA, BOB = "ada@example.com", "bob@example.com"
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)


@pytest.fixture(scope="module")
def platform(data_dir: Path) -> Iterator[Running]:
    """Without a worker: it would write the alerts to its log, but the worker of the test sends them as emails."""
    with run_server(data_dir, "--no-worker", DEMO="off") as running:
        yield running


def gather(folder: Path, data_dir: Path, *names: str, place: str = "The Copper Kettle") -> None:
    """Scrape a page with these events, in a separate process."""
    events = [
        {
            "@type": "MusicEvent",
            "name": name,
            "url": f"https://kettle.example/{name.replace(' ', '-')}",
            "startDate": (SOON + timedelta(hours=number)).isoformat(),
            "location": {"@type": "Place", "name": place, "address": {"addressLocality": "Leeds"}},
        }
        for number, name in enumerate(names)
    ]
    json_ld = json.dumps({"@context": "https://schema.org", "@graph": events})
    page = '<title>Gigs</title><link rel="canonical" href="https://kettle.example/gigs">'
    (folder / "web").mkdir(parents=True, exist_ok=True)
    (folder / "web" / "gigs.html").write_text(f'{page}<script type="application/ld+json">{json_ld}</script>')
    done = nocturne("scrape", "--from-dir", str(folder), data_dir=data_dir)
    assert done.returncode == 0, done.stdout + done.stderr


async def test_a_search_gets_alerts_about_gathered_events_until_one_click_ends_it(
    platform: Running, data_dir: Path, tmp_path: Path
) -> None:
    async with aiohttp.ClientSession(platform.url) as client, mail_server(postbox := Postbox()) as server:
        mail = {
            "SMTP_URL": f"smtp://{server.host}:{server.port}",
            "MAIL_FROM": "Nocturne <alerts@example.org>",
            "PUBLIC_URL": platform.url,
        }
        for email in (ADA, BOB):
            subscription = {"email": email, "query": {"q": "jazz", "city": "leeds"}, "frequency": "instant"}
            assert (await client.post("/api/subscriptions", json=subscription)).status == 202
        with run_worker(data_dir, **mail), run_relay(data_dir, **mail):
            for email in (ADA, BOB):
                token = token_in(await message(postbox, email, "Confirm your subscription"), "confirm-subscription")
                assert (await client.post("/api/subscriptions/confirm", json={"token": token})).status == 204

            await asyncio.to_thread(gather, tmp_path, data_dir, "Early jazz", "Opera gala")
            first = await message(postbox, ADA, "New: Early jazz")
            assert "Where: The Copper Kettle, Leeds" in plain(first)
            assert "Opera" not in plain(first)
            assert "https://kettle.example/Early-jazz" in plain(first)

            link = str(first["List-Unsubscribe"]).strip("<>")
            page = await client.get(link)
            assert (page.status, "Unsubscribe me" in await page.text()) == (200, True)
            one_click = str(first["List-Unsubscribe-Post"]).partition("=")
            for _ in range(2):
                assert (await client.post(link, data={one_click[0]: one_click[2]})).status == 204

            await asyncio.to_thread(gather, tmp_path, data_dir, "Early jazz", "Opera gala", "Late jazz", place="Attic")
            assert "Late jazz" in plain(await message(postbox, BOB, "New: Late jazz"))
            moved = plain(await message(postbox, BOB, "Changed: Early jazz"))
            assert "Previous place: The Copper Kettle, Leeds" in moved
    topics = await sent_topics(platform, data_dir)
    assert topics[ADA] == ["alert.match", "subscription.to-confirm"]
    assert topics[BOB] == ["alert.match", "alert.match", "alert.moved", "subscription.to-confirm"]


async def message(postbox: Postbox, email: str, subject: str) -> EmailMessage:
    """Wait for the email with this recipient and subject, and return it."""
    async with asyncio.timeout(60):
        while True:
            for each in postbox.emails:
                if (each["To"], each["Subject"]) == (email, subject):
                    return each
            await asyncio.sleep(0.05)  # the server does not report what it receives


def plain(message: EmailMessage) -> str:
    text = message.get_body(("plain",))
    assert text is not None
    return str(text.get_content())


def token_in(message: EmailMessage, page: str) -> str:
    found = re.search(rf"/{page}\?token=(\S+)", plain(message))
    assert found is not None
    return found[1]


async def sent_topics(platform: Running, data_dir: Path) -> dict[str, list[str]]:
    """Return the topics of all messages by recipient, as an admin sees them."""
    admin = {"email": "root@example.com", "password": "correct horse"}
    command = ("create-admin", "--email", admin["email"], "--name", "Root", "--password-stdin")
    done = await asyncio.to_thread(nocturne, *command, data_dir=data_dir, stdin=f"{admin['password']}\n")
    assert done.returncode == 0, done.stderr
    async with aiohttp.ClientSession(platform.url) as client:
        token = (await (await client.post("/api/auth/login", json=admin)).json())["access_token"]
        signed_in = {"Authorization": f"Bearer {token}"}
        page = await (await client.get("/api/admin/notifications?limit=100", headers=signed_in)).json()
    topics: dict[str, list[str]] = {}
    for each in page["items"]:
        topics.setdefault(each["email"], []).append(each["topic"])
    return {email: sorted(each) for email, each in topics.items()}
