"""REST: guilds, their channels, members, roles and running threads."""

from __future__ import annotations

from .call import NOTHING, Answer, Call, Routes, ok
from .errors import DiscordError, Payload, Problem
from .feed import Event
from .ids import BOT_ID, LARGEST_ID
from .permissions import Permission, in_guild

routes = Routes()


def _guild(call: Call) -> Payload:
    return call.world.guild(call.id("guild_id"))


@routes.on("GET", "/guilds/{guild_id}")
async def guild(call: Call) -> Answer:
    """Answer a guild."""
    found = _guild(call)
    if not call.flag("with_counts"):
        return ok(found)
    count = sum(1 for guild_id, _ in call.world.members if str(guild_id) == found["id"])
    counts = {"approximate_member_count": count, "approximate_presence_count": count}
    return ok({**found, **counts})


@routes.on("GET", "/guilds/{guild_id}/channels")
async def channels(call: Call) -> Answer:
    """Answer a guild's channels, without threads."""
    return ok(call.world.guild_channels(int(_guild(call)["id"]), threads=False))


@routes.on("GET", "/guilds/{guild_id}/roles")
async def roles(call: Call) -> Answer:
    """Answer a guild's roles."""
    return ok(_guild(call)["roles"])


@routes.on("GET", "/guilds/{guild_id}/roles/{role_id}")
async def role(call: Call) -> Answer:
    """Answer a role of a guild."""
    role_id = str(call.id("role_id"))
    for found in _guild(call)["roles"]:
        if found["id"] == role_id:
            return ok(found)
    raise DiscordError(Problem.UNKNOWN_ROLE)


@routes.on("GET", "/guilds/{guild_id}/members")
async def members(call: Call) -> Answer:
    """Answer a guild's members in the order of their ids."""
    guild_id = int(_guild(call)["id"])
    limit = call.number("limit", 1, 1, 1000)
    after = call.number("after", 0, 0, LARGEST_ID)
    found = sorted(key for key in call.world.members if key[0] == guild_id and key[1] > after)
    return ok([call.world.members[key] for key in found[:limit]])


@routes.on("GET", "/guilds/{guild_id}/members/search")
async def search_members(call: Call) -> Answer:
    """Answer the members whose name begins with the query."""
    guild_id = int(_guild(call)["id"])
    query = call.request.query.get("query", "").lower()
    limit = call.number("limit", 1, 1, 1000)
    found = [
        member
        for (place, _), member in call.world.members.items()
        if place == guild_id
        and any(
            str(name or "").lower().startswith(query)
            for name in (
                member["nick"],
                member["user"]["username"],
                member["user"]["global_name"],
            )
        )
    ]
    return ok(found[:limit])


@routes.on("GET", "/guilds/{guild_id}/members/{user_id}")
async def member(call: Call) -> Answer:
    """Answer a member."""
    return ok(call.world.member(int(_guild(call)["id"]), call.id("user_id")))


@routes.on("PATCH", "/guilds/{guild_id}/members/@me")
async def change_own_member(call: Call) -> Answer:
    """Change the bot's nickname or picture in a guild."""
    found, world, form = _guild(call), call.world, call.form()
    guild_id = int(found["id"])
    own = dict(world.member(guild_id, BOT_ID))
    if not in_guild(found, BOT_ID, own) & Permission.CHANGE_NICKNAME:
        raise DiscordError(Problem.MISSING_PERMISSIONS)
    nick = form.text("nick", 32)
    form.check()
    if "nick" in form:
        own["nick"] = nick or None
    if "avatar" in form:
        own["avatar"] = world.files.picture_of_data_uri(form.body["avatar"], "avatar")
    with world.store.transaction():
        world.save_member(guild_id, own)
    told = {**own, "guild_id": found["id"]}
    world.feed.publish(Event("GUILD_MEMBER_UPDATE", told, guild_id))
    return ok(own)


@routes.on("DELETE", "/users/@me/guilds/{guild_id}")
async def leave(call: Call) -> Answer:
    """Let the bot leave a guild."""
    call.rooms.guilds.leave(int(_guild(call)["id"]))
    return NOTHING


@routes.on("GET", "/guilds/{guild_id}/threads/active")
async def active_threads(call: Call) -> Answer:
    """Answer the threads of a guild that are not archived, and in which of them the bot is."""
    world = call.world
    found = [
        thread
        for thread in world.guild_channels(int(_guild(call)["id"]), threads=True)
        if not thread["thread_metadata"]["archived"]
        and world.permissions(BOT_ID, thread) & Permission.VIEW_CHANNEL
    ]
    own = [world.thread_members.get(int(thread["id"]), {}).get(BOT_ID) for thread in found]
    return ok({"threads": found, "members": [each for each in own if each], "has_more": False})
