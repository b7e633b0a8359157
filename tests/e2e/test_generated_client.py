"""A client generated from the OpenAPI document books places in a few lines."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.support.platform import TIMEOUT_SECONDS, Running

GENERATOR = Path(sys.executable).with_name("openapi-python-client")

PICTURES = {"GET /api/tickets/{ticket_id}/qr.svg", "GET /media/{picture}"}
"""The generator leaves out what is neither JSON nor text."""

BOOK = """
import sys
from nocturne_client import AuthenticatedClient, Client
from nocturne_client.api.accounts import log_in, sign_up
from nocturne_client.api.booking import book
from nocturne_client.api.events import search_events
from nocturne_client.models import BookIn, LogInIn, SignUpIn

client = Client(sys.argv[1], raise_on_unexpected_status=True)
sign_up.sync(client=client, body=SignUpIn("Ada", "ada@example.com", "correct horse"))
token = log_in.sync(client=client, body=LogInIn("ada@example.com", "correct horse")).access_token
signed_in = AuthenticatedClient(sys.argv[1], token=token, raise_on_unexpected_status=True)
[event, *_] = search_events.sync(client=client, q="midnight jazz", bookable=True).items
booking = book.sync(event.id, client=signed_in, body=BookIn(quantity=2), idempotency_key="first")
print(booking.status.value, booking.quantity, event.start_time.isoformat())
"""


def test_a_generated_client_books_places(platform: Running, tmp_path: Path) -> None:
    document, config = tmp_path / "openapi.json", tmp_path / "config.yml"
    with urllib.request.urlopen(f"{platform.url}/api/schema") as response:
        document.write_bytes(response.read())
    config.write_text("package_name_override: nocturne_client\npost_hooks: []\n")
    generated = run(
        *(str(GENERATOR), "generate", "--path", str(document), "--config", str(config), "--meta", "none"),
        "--output-path",
        str(tmp_path / "nocturne_client"),
        folder=tmp_path,
    )
    assert generated.returncode == 0, generated.stdout + generated.stderr
    assert set(re.findall(r"WARNING parsing (.+) within", generated.stdout + generated.stderr)) == PICTURES
    booked = run(sys.executable, "-c", BOOK, platform.url, folder=tmp_path)
    assert booked.returncode == 0, booked.stderr
    assert booked.stdout.split()[:2] in (["confirmed", "2"], ["pending", "2"])


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)
