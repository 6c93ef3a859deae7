"""Find the chromium that the browser tests drive; install Debian's where that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PACKAGES = ["chromium", "fonts-noto-color-emoji", "fonts-dejavu-core"]


def chromium() -> str | None:
    """Return the path of chromium (TZUROT_CHROMIUM, or the one on PATH), or None."""
    return shutil.which(os.environ.get("TZUROT_CHROMIUM") or "chromium")


def install() -> None:
    """Install chromium and the fonts its pages need. Raises CalledProcessError."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", "--quiet", *step], check=True, env=environment)


def main() -> int:
    """Make sure that there is a chromium; return the exit code."""
    named = os.environ.get("TZUROT_CHROMIUM")
    if chromium():
        return 0
    if named:
        print(f"TZUROT_CHROMIUM names {named}, and there is no program there.", file=sys.stderr)
        return 1
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install()
        return 0
    print(
        "The browser tests need chromium: sudo apt-get install chromium fonts-noto-color-emoji, "
        "or name one with TZUROT_CHROMIUM=/path/to/chromium.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
