"""Runs the program that decodes pictures: a new process for each picture, and few at a time."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog

from core.media.errors import DamagedImage, ImageTooLarge, UnsupportedImage
from core.media.model import MAX_IMAGE_BYTES, EncodedPicture
from core.media.ports import ImageProcessor
from core.shared.errors import Unavailable
from core.shared.images import Thumbnail

PROGRAM = Path(__file__).with_name("decoding.py")
PROCESSES, MAX_WAITING = 2, 16
"""How many pictures are decoded at a time, and may wait: some seconds of work. Further ones are refused."""
TIMEOUT_SECONDS = 30

_REFUSALS = {"unsupported": UnsupportedImage, "too-large": ImageTooLarge, "damaged": DamagedImage}
_CRASHED = "This picture can't be read. Save it again in another program, and upload that."

_log = structlog.get_logger(__name__)


class PillowProcessor(ImageProcessor):
    """Decodes each picture in a process of its own: one that crashes, hangs or takes too much memory is a picture that
    can't be read, and nothing else stops.
    """

    def __init__(
        self,
        program: Path = PROGRAM,
        *,
        processes: int = PROCESSES,
        waiting: int = MAX_WAITING,
        seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._program = program
        self._seconds = seconds
        self._turn = asyncio.Semaphore(processes)
        self._free = processes + waiting

    async def prepare(self, content: bytes) -> EncodedPicture:
        if len(content) > MAX_IMAGE_BYTES:
            raise ImageTooLarge(f"A picture may have {MAX_IMAGE_BYTES // 1024**2} MB. Save this one in a smaller size.")
        return (await self._run("prepare", content))["full"]

    async def make_thumbnails(self, content: bytes) -> Mapping[Thumbnail, EncodedPicture]:
        return {Thumbnail(kind): picture for kind, picture in (await self._run("thumbnails", content)).items()}

    async def _run(self, task: str, content: bytes) -> dict[str, EncodedPicture]:
        async with self._slot():
            output = await self._call_program(task, content)
        try:
            head, _, body = output.partition(b"\n")
            answer: dict[str, Any] = json.loads(head)
        except ValueError as error:
            raise DamagedImage(_CRASHED) from error
        if "refused" in answer:
            raise _REFUSALS[answer["refused"]](answer["detail"])
        pictures, start = {}, 0
        for file in answer["files"]:
            end = start + file["bytes"]
            pictures[file["kind"]] = EncodedPicture(body[start:end], file["ending"], file["width"], file["height"])
            start = end
        return pictures

    async def _call_program(self, task: str, content: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(self._program), task), stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        try:
            async with asyncio.timeout(self._seconds):
                output, errors = await process.communicate(content)
        except TimeoutError as error:
            _log.warning("decoding a picture took too long", seconds=self._seconds)
            raise DamagedImage(_CRASHED) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            reason = errors.decode(errors="replace").strip().rpartition("\n")[2]
            _log.warning("decoding a picture failed", exit_status=process.returncode, reason=reason)
            raise DamagedImage(_CRASHED)
        return output

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        if self._free <= 0:
            raise Unavailable("Too many pictures are being read right now. Try again in a moment.", retry_after=5)
        self._free -= 1
        try:
            async with self._turn:
                yield
        finally:
            self._free += 1
