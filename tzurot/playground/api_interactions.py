"""The JSON API of commands, components and modals: what a person does with the bot's offers."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from . import commands, components, modals
from .asking import (
    ApiError,
    Table,
    body_of,
    dictionary_of,
    id_of_path,
    id_of_text,
    person_of,
    routes_of,
    seconds_of,
    text_of,
    uploads_of,
    visible,
)
from .call import Rooms
from .errors import Payload
from .forms import Form
from .ids import BOT_ID
from .interactions import ANSWER_SECONDS, Interaction, Kind
from .resolved import Resolved
from .rest_interactions import reply_to
from .views import MENU, SLASH

_LINK: Final = 5
_PREMIUM: Final = 6


class InteractionsApi:
    """Handlers for what a person uses, presses, chooses and submits."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._world = rooms.world
        self._interactions = rooms.interactions

    def routes(self) -> list[web.RouteDef]:
        """Return everything for the web server's router."""
        table: Table = [
            ("GET", "/commands", self._commands),
            ("POST", "/interactions/command", self._command),
            ("POST", "/interactions/menu", self._menu),
            ("POST", "/interactions/autocomplete", self._autocomplete),
            ("POST", "/interactions/press", self._press),
            ("POST", "/interactions/select", self._select),
            ("POST", "/interactions/submit", self._submit),
            ("GET", "/interactions/{interaction}", self._show),
            ("GET", "/interactions/{interaction}/wait", self._wait),
        ]
        return routes_of(table)

    # Reading

    def _place(self, body: Payload) -> tuple[int, Payload]:
        """Return who acts and in which channel, which they must be able to see."""
        person = person_of(self._world, body.get("user"))
        channel = self._world.channel(id_of_text(body.get("channel"), "channel"))
        return int(person["id"]), visible(self._world, person, channel)

    def _resolved(self, user_id: int, channel: Payload) -> Resolved:
        return Resolved(self._world, self._rooms.views, user_id, channel)

    def _named(self, body: Payload, place: tuple[int, Payload]) -> tuple[Payload, list[Payload]]:
        """Return the slash command that a body names, and the way to its sub-command."""
        words = text_of(body, "command").removeprefix("/").split()
        command = commands.find(self._world, *place, commands.SLASH, words[0])
        return command, commands.leaf(command, words[1:])

    def _own(self, body: Payload, name: str = "interaction") -> Interaction:
        """Return an interaction of the person in the body."""
        user_id = int(person_of(self._world, body.get("user"))["id"])
        found = self._interactions.get(id_of_text(body.get(name), name))
        if found is None or found.user_id != user_id:
            text = "this person has no such interaction"
            raise ApiError(text, 404)
        return found

    async def _answer(self, interaction: Interaction, data: Payload) -> object:
        """Tell the bot, wait for its answer, and return the interaction."""
        interactions = self._interactions
        interactions.start(interaction, data)
        seconds = ANSWER_SECONDS + 1  # it is given up before
        await interactions.until(interaction, lambda: interaction.status != "waiting", seconds)
        return interactions.show(interaction)

    # Commands

    async def _commands(self, request: web.Request) -> object:
        place = self._place(dict(request.query))
        return {"commands": commands.usable(self._world, *place)}

    def _used(
        self, kind: Kind, place: tuple[int, Payload], path: list[Payload], about: Payload
    ) -> Interaction:
        """Return a new interaction for a command, whose name includes its sub-command's."""
        user_id, channel = place
        command = path[0]
        name = " ".join(each["name"] for each in path)
        named = {"name": name, "user": self._world.user(user_id)}
        fields: Payload = {"type": SLASH if command["type"] == commands.SLASH else MENU}
        fields |= {"interaction": named, "interaction_metadata": about}
        return self._interactions.new(kind, user_id, channel, fields)

    async def _command(self, request: web.Request) -> object:
        body = await body_of(request)
        place = self._place(body)
        command, path = self._named(body, place)
        listed = (path[-1] if path else command).get("options") or []
        files = {
            name: uploads_of([each])[0] for name, each in dictionary_of(body, "attachments").items()
        }
        resolved = self._resolved(*place)
        filled = commands.fill(listed, dictionary_of(body, "options"), files, resolved)
        data = _data_of(command)
        if options := commands.nested(path, filled):
            data["options"] = options
        interaction = self._used(Kind.COMMAND, place, [command, *path], {})
        return await self._answer(interaction, resolved.into(data))

    async def _menu(self, request: web.Request) -> object:
        body = await body_of(request)
        place = self._place(body)
        name, target = text_of(body, "command"), id_of_text(body.get("target"), "target")
        resolved = self._resolved(*place)
        about: Payload
        if target in self._world.users:
            command = commands.find(self._world, *place, commands.USER, name)
            resolved.user(target, "target")
            about = {"target_user": self._world.user(target)}
        else:
            command = commands.find(self._world, *place, commands.MESSAGE, name)
            resolved.message(self._seen(int(place[1]["id"]), target, place[0]))
            about = {"target_message_id": str(target)}
        data = {**_data_of(command), "target_id": str(target)}
        interaction = self._used(Kind.COMMAND, place, [command], about)
        return await self._answer(interaction, resolved.into(data))

    async def _autocomplete(self, request: web.Request) -> object:
        body = await body_of(request)
        place = self._place(body)
        command, path = self._named(body, place)
        listed = (path[-1] if path else command).get("options") or []
        focused = text_of(body, "focused")
        filled = commands.fill_partly(listed, dictionary_of(body, "options"), focused)
        interaction = self._used(Kind.AUTOCOMPLETE, place, [command, *path], {})
        interaction.options = [each for each in listed if each["name"] == focused]
        await self._answer(
            interaction, {**_data_of(command), "options": commands.nested(path, filled)}
        )
        if interaction.error:
            raise ApiError(interaction.error, 504)
        return {"choices": interaction.choices}

    # Components

    def _seen(self, channel_id: int, message_id: int, user_id: int) -> Payload:
        """Return a message of a channel that a person sees."""
        found = self._world.any_message(channel_id, message_id)
        if self._world.ephemerals.viewer(found) not in {None, user_id}:
            text = "this person does not see that message"
            raise ApiError(text, 404)
        return found

    def _component(
        self, body: Payload, place: tuple[int, Payload], kinds: tuple[int, ...]
    ) -> tuple[Payload, Payload]:
        """Return a message of the application and one of its components that can be used."""
        user_id, channel = place
        message = self._seen(
            int(channel["id"]), id_of_text(body.get("message"), "message"), user_id
        )
        own = str(BOT_ID)
        if own not in {message["author"]["id"], message.get("application_id")}:
            text = "that message is not the bot's"
            raise ApiError(text)
        custom_id = text_of(body, "custom_id")
        found = components.find(message["components"], custom_id)
        if found is None or found["type"] not in kinds or found.get("style") in {_LINK, _PREMIUM}:
            text = f"the message has nothing like that with the custom id {custom_id}"
            raise ApiError(text, 404)
        if found.get("disabled"):
            text = f"{custom_id} is disabled"
            raise ApiError(text)
        return message, found

    def _touched(self, place: tuple[int, Payload], message: Payload) -> Interaction:
        fields: Payload = {
            **reply_to(place[1], int(message["id"])),
            "interaction_metadata": {"interacted_message_id": message["id"]},
        }
        return self._interactions.new(Kind.COMPONENT, *place, fields, int(message["id"]))

    async def _press(self, request: web.Request) -> object:
        body = await body_of(request)
        place = self._place(body)
        message, button = self._component(body, place, (components.BUTTON,))
        return await self._answer(self._touched(place, message), _touch(button))

    async def _select(self, request: web.Request) -> object:
        body = await body_of(request)
        place = self._place(body)
        message, menu = self._component(body, place, components.SELECTS)
        resolved = self._resolved(*place)
        label = menu.get("placeholder") or menu["custom_id"]
        required = menu.get("min_values") != 0
        values = modals.choose(menu, label, body.get("values"), resolved, required=required)
        data = {**_touch(menu), "values": values}
        return await self._answer(self._touched(place, message), resolved.into(data))

    # Modals

    async def _submit(self, request: web.Request) -> object:
        body = await body_of(request)
        opener = self._own(body)
        if opener.modal is None:
            text = "that interaction has no open modal"
            raise ApiError(text)
        place = self._place({**body, "channel": opener.channel["id"]})
        resolved = self._resolved(*place)
        filled = modals.submit(opener.modal, dictionary_of(body, "values"), resolved)
        data = {"custom_id": opener.modal["custom_id"], "components": filled}
        fields = {key: value for key, value in opener.answer.items() if key != "interaction"}
        fields["interaction_metadata"] = {"triggering_interaction_metadata": opener.metadata}
        interaction = self._interactions.new(Kind.MODAL, *place, fields, opener.source_id)
        shown = await self._answer(interaction, resolved.into(data))
        if interaction.error is None:
            opener.modal = None
            self._interactions.changed(opener)
        return shown

    # Looking

    def _looked_at(self, request: web.Request) -> Interaction:
        found = self._interactions.get(id_of_path(request, "interaction"))
        if found is None:
            text = "there is no such interaction"
            raise ApiError(text, 404)
        return found

    async def _show(self, request: web.Request) -> object:
        return self._interactions.show(self._looked_at(request))

    async def _wait(self, request: web.Request) -> object:
        found = self._looked_at(request)
        form = Form(dict(request.query))
        after = form.whole("after") or 0
        form.check()
        timeout = seconds_of(request.query.get("timeout", "30"))
        await self._interactions.until(found, lambda: found.revision > after, timeout)
        if found.revision <= after:
            text = f"nothing changed within {timeout:g} seconds"
            raise ApiError(text, 408)
        return self._interactions.show(found)


def _data_of(command: Payload) -> dict[str, Any]:
    """Return what an interaction's data says about its command."""
    keys = ("id", "name", "type", "guild_id")
    return {key: command[key] for key in keys if key in command}


def _touch(component: Payload) -> dict[str, Any]:
    """Return what an interaction's data says about its component."""
    return {
        "id": component["id"],
        "custom_id": component["custom_id"],
        "component_type": component["type"],
    }
