"""A notification service in a thread, so that it outlives the event loops of tests. It may keep requests waiting."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "of-the-service"


class SlowService:
    """Keeps every message it `got`. While it `holds`, it answers nobody, so that the sender can't know what arrived."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.url = ""
        self._answering = threading.Event()
        self._answering.set()

    @property
    def settings(self) -> dict[str, str]:
        return {"NOTIFICATION_SERVICE_URL": self.url, "NOTIFICATION_TOKEN": TOKEN}

    def hold(self) -> None:
        self._answering.clear()

    def answer(self) -> None:
        self._answering.set()

    def take(self, message: dict[str, Any]) -> None:
        self.got.append(message)
        self._answering.wait(60)

    def about(self, topic: str) -> list[dict[str, Any]]:
        return [message for message in list(self.got) if message["topic"] == topic]


@contextmanager
def slow_service() -> Iterator[SlowService]:
    """Run a service until the end of the block."""
    service = SlowService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            service.take(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            with suppress(OSError):  # the sender was killed
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        service.url = f"http://127.0.0.1:{server.server_address[1]}/take"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield service
        finally:
            service.answer()
            server.shutdown()
            thread.join()
