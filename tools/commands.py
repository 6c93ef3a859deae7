"""Write docs/commands.md from the declarations of the commands, or check that it is true.

.venv/bin/python -m tools.commands [--check]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import hikari

from tzurot.commands import build_client
from tzurot.commands.kit.declared import declared
from tzurot.commands.kit.router import router

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
HEAD = """# Commands

Made by `python -m tools.commands` from the declarations in `tzurot/commands/`; `make check` fails
when the two differ. Answers about settings and characters are seen by the person who asked only.
"""


async def page() -> str:
    """Return the page as it should be."""
    # Never started: a token's form is all that is needed.
    client = await build_client(hikari.GatewayBot("MTAwMA.a.b", banner=None, logs=None))
    parts = [HEAD]
    for command in declared(client):
        who = command.access.value
        parts.append(f"## /{command.path}\n\n{command.description}. For {who}.\n")
        if command.options:
            rows = [
                f"| `{one.name}` | {'yes' if one.is_required else ''} | {one.description} |"
                for one in command.options
            ]
            parts.append("\n".join(["| option | required | what |", "|---|---|---|", *rows]) + "\n")
    components, forms = router.names()
    parts.append("## Buttons, selects and forms\n")
    parts.append("\n".join(f"- `{name}`" for name in components) + "\n")
    parts.append("\n".join(f"- `{name}` (form)" for name in forms) + "\n")
    return "\n".join(parts)


def main() -> int:
    """Write or check; return the exit code."""
    text = asyncio.run(page())
    if "--check" not in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE.name} is not what the commands declare: run python -m tools.commands")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
