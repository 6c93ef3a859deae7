"""What a person does with a bot's commands, buttons, selects and modals, over the JSON API."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

_LOUNGE = "2001"

Payload = dict[str, Any]
File = tuple[str, str, bytes]
"""Name, content type, data."""


def attachment(file: File, **details: object) -> Payload:
    """Return a file as the JSON API takes it.

    `details`: `description`, and for a voice message `duration_secs` and `waveform`.
    """
    name, kind, data = file
    text = base64.b64encode(data).decode()
    return {"filename": name, "content_type": kind, "base64": text, **details}


VISITS: set[str] = set()
"""The commands, suggestions, components and forms that this process used; for `visits.py`."""


class Asks(Protocol):
    """What sends a request to the JSON API."""

    async def ask(self, method: str, path: str, **more: Any) -> Any:  # noqa: ANN401 - any JSON
        """Send a request."""


class InteractionHelpers:
    """Mixed into `Playground`. An interaction is described in docs/playground.md."""

    async def commands(self: Asks, user: str, channel: str = _LOUNGE) -> list[Payload]:
        """Return the commands that a person may use in a channel."""
        query = {"user": user, "channel": channel}
        found: Payload = await self.ask("GET", "/commands", params=query)
        listed: list[Payload] = found["commands"]
        return listed

    async def command(
        self: Asks,
        user: str,
        command: str,
        options: Mapping[str, object] | None = None,
        channel: str = _LOUNGE,
        *,
        files: Mapping[str, File] | None = None,
    ) -> Payload:
        """Use a slash command ("character create"); return the interaction as it then is."""
        body = {
            "user": user,
            "channel": channel,
            "command": command,
            "options": dict(options or {}),
            "attachments": {name: attachment(file) for name, file in (files or {}).items()},
        }
        found: Payload = await self.ask("POST", "/interactions/command", json=body)
        VISITS.add(f"command {command}")
        return found

    async def menu(
        self: Asks, user: str, command: str, target: str | Payload, channel: str = _LOUNGE
    ) -> Payload:
        """Use a command of the context menu on a user id or on a message."""
        body = {"user": user, "channel": channel, "command": command, "target": target}
        if not isinstance(target, str):
            body |= {"channel": target["channel_id"], "target": target["id"]}
        found: Payload = await self.ask("POST", "/interactions/menu", json=body)
        VISITS.add(f"command {command}")
        return found

    async def autocomplete(
        self: Asks,
        user: str,
        command: str,
        focused: str,
        options: Mapping[str, object] | None = None,
        channel: str = _LOUNGE,
    ) -> list[Payload]:
        """Return the choices for an option that is being written; its value is in `options`."""
        body = {
            "user": user,
            "channel": channel,
            "command": command,
            "options": dict(options or {}),
            "focused": focused,
        }
        found: Payload = await self.ask("POST", "/interactions/autocomplete", json=body)
        VISITS.add(f"suggestions {command} {focused}")
        choices: list[Payload] = found["choices"]
        return choices

    async def press(self: Asks, user: str, message: Payload, custom_id: str) -> Payload:
        """Press a button of a message."""
        body = {"user": user, "channel": message["channel_id"], "message": message["id"]}
        body["custom_id"] = custom_id
        found: Payload = await self.ask("POST", "/interactions/press", json=body)
        VISITS.add(f"component {custom_id}")
        return found

    async def select(
        self: Asks, user: str, message: Payload, custom_id: str, values: Sequence[str]
    ) -> Payload:
        """Choose in a select of a message."""
        body = {"user": user, "channel": message["channel_id"], "message": message["id"]}
        more = {"custom_id": custom_id, "values": list(values)}
        found: Payload = await self.ask("POST", "/interactions/select", json=body | more)
        VISITS.add(f"component {custom_id}")
        return found

    async def submit(
        self: Asks, user: str, interaction: Payload, values: Mapping[str, object]
    ) -> Payload:
        """Submit the modal that an interaction opened."""
        body = {"user": user, "interaction": interaction["id"], "values": dict(values)}
        found: Payload = await self.ask("POST", "/interactions/submit", json=body)
        VISITS.add(f"form {interaction['modal']['custom_id']}")
        return found

    async def interaction(
        self: Asks, interaction: Payload, *, after: int | None = None, seconds: float = 10
    ) -> Payload:
        """Return an interaction as it is now, or once its revision is greater than `after`."""
        path = f"/interactions/{interaction['id']}"
        found: Payload
        if after is None:
            found = await self.ask("GET", path)
        else:
            query = {"after": after, "timeout": seconds}
            found = await self.ask("GET", f"{path}/wait", params=query)
        return found

    # Servers and who is in them

    async def guild(self: Asks, name: str, owner: str) -> Payload:
        """Make a server with a #general; the bot is not in it."""
        body = {"name": name, "owner": owner}
        found: Payload = await self.ask("POST", "/guilds", json=body)
        return found

    async def add_bot(self: Asks, guild: str) -> None:
        """Let the bot join a server."""
        await self.ask("PUT", f"/guilds/{guild}/bot")

    async def remove_bot(self: Asks, guild: str) -> None:
        """Throw the bot out of a server."""
        await self.ask("DELETE", f"/guilds/{guild}/bot")

    async def set_member(
        self: Asks, guild: str, user: str, roles: Sequence[str] = (), nick: str | None = None
    ) -> None:
        """Let a person into a server, or change their roles and nickname."""
        body = {"roles": list(roles), "nick": nick}
        await self.ask("PUT", f"/guilds/{guild}/members/{user}", json=body)

    async def remove_member(self: Asks, guild: str, user: str) -> None:
        """Take a person out of a server."""
        await self.ask("DELETE", f"/guilds/{guild}/members/{user}")

    async def role(self: Asks, guild: str, name: str, permissions: Sequence[str] = ()) -> Payload:
        """Make a role with permissions by Discord's names."""
        body = {"name": name, "permissions": list(permissions)}
        found: Payload = await self.ask("POST", f"/guilds/{guild}/roles", json=body)
        return found

    async def channel(
        self: Asks,
        guild: str,
        name: str,
        *,
        private_to: Sequence[str] | None = None,
        **more: object,
    ) -> Payload:
        """Make a text channel, for these users and roles and the bot only when they are given.

        `more`: `nsfw`, `topic`, and `bot=False` for a private one that hides from the bot.
        """
        body: Payload = {"name": name, **more}
        if private_to is not None:
            body["private_to"] = list(private_to)
        found: Payload = await self.ask("POST", f"/guilds/{guild}/channels", json=body)
        return found

    async def change_channel(self: Asks, channel: str, **settings: object) -> Payload:
        """Change the `name`, `topic` or `nsfw` of a text channel."""
        found: Payload = await self.ask("PATCH", f"/channels/{channel}", json=settings)
        return found

    async def proxy(
        self: Asks,
        user: str,
        content: str,
        name: str,
        channel: str = _LOUNGE,
        **more: object,
    ) -> Payload:
        """Say something that a proxying bot says again as `name`; both messages come back.

        `more`: `avatar_url`, `reply_to`, `application` (an id, or None for a webhook that a person
        made), `order` (`copy_first` or `delete_first`), `delay_s` between the two.
        """
        body = {"user": user, "channel": channel, "content": content, "name": name, **more}
        found: Payload = await self.ask("POST", "/proxies", json=body)
        return found
