"""REST: the gateway's address, the application, users and direct channels."""

from __future__ import annotations

from typing import Final

from . import objects
from .call import Answer, Call, Routes, ok
from .errors import DiscordError, Payload, Problem
from .ids import BOT_ID, LARGEST_ID
from .permissions import in_guild

routes = Routes()

MAX_CONCURRENCY: Final = 16
"""So many shards may identify within five seconds; the largest bots get this too."""


@routes.on("GET", "/gateway", token=False)
async def gateway(call: Call) -> Answer:
    """Answer where the gateway is."""
    return ok({"url": _gateway_url(call)})


@routes.on("GET", "/gateway/bot")
async def gateway_bot(call: Call) -> Answer:
    """Answer where the gateway is and how many shards may start."""
    limit = {
        "total": 1000,
        "remaining": 1000,
        "reset_after": 86_400_000,
        "max_concurrency": MAX_CONCURRENCY,
    }
    return ok({"url": _gateway_url(call), "shards": 1, "session_start_limit": limit})


def _gateway_url(call: Call) -> str:
    return f"ws{call.world.base_url.removeprefix('http')}/gateway"


# The application and users


@routes.on("GET", "/oauth2/applications/@me")
@routes.on("GET", "/applications/@me")
async def own_application(call: Call) -> Answer:
    """Answer what the application is."""
    world = call.world
    owner = world.user(objects.OWNER_ID)
    guilds = len(world.own_guilds())
    return ok(objects.application(world.bot, owner, world.application_flags, guilds))


@routes.on("GET", "/users/@me")
async def own_user(call: Call) -> Answer:
    """Answer who the bot is."""
    return ok(objects.own_user(call.world.bot))


@routes.on("PATCH", "/users/@me")
async def change_own_user(call: Call) -> Answer:
    """Change the bot's name or picture."""
    form, world = call.form(), call.world
    bot = dict(world.bot)
    name = form.text("username", 32, 2)
    form.check()
    if name is not None:
        bot["username"] = name
    if "avatar" in form:
        bot["avatar"] = world.files.picture_of_data_uri(form.body["avatar"], "avatar")
    with world.store.transaction():
        world.save_user(bot)
    return ok(objects.own_user(bot))


@routes.on("GET", "/users/@me/guilds")
async def own_guilds(call: Call) -> Answer:
    """Answer which guilds the bot is in, in the order of their ids."""
    limit = call.number("limit", 200, 1, 200)
    after = call.number("after", 0, 0, LARGEST_ID)
    before = call.number("before", LARGEST_ID, 0, LARGEST_ID)
    ids = sorted(int(guild["id"]) for guild in call.world.own_guilds())
    found = [each for each in ids if after < each < before][:limit]
    return ok([_own_guild(call, each) for each in found])


def _own_guild(call: Call, guild_id: int) -> Payload:
    world = call.world
    guild = world.guild(guild_id)
    held = in_guild(guild, BOT_ID, world.member(guild_id, BOT_ID))
    found = {key: guild[key] for key in ("id", "name", "icon", "banner", "features")}
    found |= {"owner": False, "permissions": str(int(held))}
    if call.flag("with_counts"):
        count = sum(1 for place, _ in world.members if place == guild_id)
        found |= {"approximate_member_count": count, "approximate_presence_count": count}
    return found


@routes.on("GET", "/users/{user_id}")
async def user(call: Call) -> Answer:
    """Answer who a user is."""
    return ok(call.world.user(call.id("user_id")))


@routes.on("POST", "/users/@me/channels")
async def open_direct(call: Call) -> Answer:
    """Open the direct channel with a person."""
    form = call.form()
    form.required("recipient_id")
    user_id = form.whole("recipient_id", 0, LARGEST_ID)
    form.check()
    person = call.world.user(user_id or 0)
    if person.get("bot"):
        raise DiscordError(Problem.CANNOT_DM)
    return ok(call.world.open_direct(int(person["id"])))
