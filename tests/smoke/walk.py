"""The README's first five minutes, as a script: every `sh` block of that section, run as it stands."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

README = Path(__file__).resolve().parents[2] / "README.md"
SECTION = "## The first five minutes"


def script() -> str:
    """The commands of the section, in order."""
    section = README.read_text().partition(f"{SECTION}\n")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE))


def walk(base: str) -> subprocess.CompletedProcess[str]:
    """Run it against the platform at `base`; what it printed and how it ended."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script()],
        env={**os.environ, "BASE": base},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def answers(base: str) -> bool:
    """Whether a platform is there."""
    try:
        with urlopen(f"{base}/healthz", timeout=10) as response:
            return bool(response.read() == b'{"status":"ok"}')
    except (OSError, HTTPException):  # such as a server that speaks another protocol
        return False


def complaints(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a reader would miss in the output."""
    left = [int(number) for number in re.findall(r"(\d+) places left", done.stdout)]
    promised = {
        "it ended well": done.returncode == 0,
        "the platform is ready": '"status":"ok"' in done.stdout,
        "an event was found": '"name": "Midnight Jazz' in done.stdout,
        "the retry was answered with the same booking": "Idempotency-Replayed: true" in done.stdout,
        "the booking was cancelled": '"status":"cancelled"' in done.stdout,
        "two places were taken and freed": len(left) == 2 and left[1] - left[0] == 2,
    }
    return [promise for promise, kept in promised.items() if not kept]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--host", default="127.0.0.1", help="the HOST of the platform")
    options.add_argument("--port", default="8000", help="its PORT")
    given = options.parse_args()
    base = f"http://[{given.host}]:{given.port}" if ":" in given.host else f"http://{given.host}:{given.port}"
    if not answers(base):
        sys.exit(f"Nothing answers at {base}: start the platform, or add PORT= (and HOST=) if it is elsewhere.")
    done = walk(base)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    missing = complaints(done)
    sys.stdout.write("\n" + ("NOT SEEN: " + "; ".join(missing) if missing else "The README works as written.") + "\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
