"""The README's first five minutes, as a script: every `sh` block of that section, run as it stands."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

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
    options.add_argument("--base", default="http://127.0.0.1:8000", help="where the platform is")
    done = walk(options.parse_args().base)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    missing = complaints(done)
    sys.stdout.write("\n" + ("NOT SEEN: " + "; ".join(missing) if missing else "The README works as written.") + "\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
