"""Discord's objects as JSON, with every field that its document asks for."""

from __future__ import annotations

from typing import Final

from .errors import Payload
from .ids import BOT_ID, VERIFY_KEY, now
from .permissions import BOT, TALK, Permission

GUILD_ID: Final = 2000
BOT_ROLE_ID: Final = 2010
CHANNELS: Final = {2001: "lounge", 2002: "tavern", 2003: "workshop"}
PEOPLE: Final = {3001: "ada", 3002: "ben", 3003: "cleo", 3004: "dana"}
OWNER_ID: Final = 3001
MODERATOR: Final = (
    Permission.MANAGE_MESSAGES
    | Permission.MODERATE_MEMBERS
    | Permission.KICK_MEMBERS
    | Permission.MANAGE_THREADS
)
ROLES: Final = {2011: ("Moderator", MODERATOR), 2012: ("Admin", Permission.ADMINISTRATOR)}
ROLES_OF: Final = {BOT_ID: BOT_ROLE_ID, 3002: 2011, 3004: 2012}
ANNEX_ID: Final = 2100
ANNEX_CHANNEL: Final = (2101, "hall")
ANNEX_OWNER_ID: Final = 3003
ANNEX_PEOPLE: Final = (3003, 3001)

TEXT: Final = 0
DM: Final = 1
NEWS_THREAD: Final = 10
PUBLIC_THREAD: Final = 11
PRIVATE_THREAD: Final = 12
THREADS: Final = (NEWS_THREAD, PUBLIC_THREAD, PRIVATE_THREAD)

GATEWAY_PRESENCE: Final = 1 << 12
GATEWAY_MEMBERS: Final = 1 << 14
GATEWAY_CONTENT: Final = 1 << 18
"""Application flags that say which privileged intents were granted."""


def user(user_id: int, username: str, global_name: str | None, *, bot: bool = False) -> Payload:
    """Return a new user."""
    return {
        "id": str(user_id),
        "username": username,
        "global_name": global_name,
        "avatar": None,
        "discriminator": "0",
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
        **({"bot": True} if bot else {}),
    }


def webhook_user(webhook_id: str, name: str, avatar: str | None) -> Payload:
    """Return the user that Discord shows as the author of a webhook's message."""
    return {
        **user(int(webhook_id), name, None, bot=True),
        "avatar": avatar,
        "discriminator": "0000",
    }


def own_user(bot: Payload) -> Payload:
    """Return the bot as it sees itself."""
    return {
        **bot,
        "mfa_enabled": True,
        "locale": "en-US",
        "verified": True,
        "email": None,
        "premium_type": 0,
    }


def application(bot: Payload, owner: Payload, flags: int, guilds: int) -> Payload:
    """Return the bot's application."""
    return {
        "id": str(BOT_ID),
        "name": bot["username"],
        "icon": bot["avatar"],
        "description": "",
        "type": None,
        "bot": bot,
        "bot_public": True,
        "bot_require_code_grant": False,
        "integration_types_config": {"0": {}, "1": {}},
        "verify_key": VERIFY_KEY,
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": owner,
        "approximate_guild_count": guilds,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }


def role(role_id: int, name: str, permissions: int, position: int) -> Payload:
    """Return a new role."""
    return {
        "id": str(role_id),
        "name": name,
        "permissions": str(int(permissions)),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def bot_role(role_id: int, name: str, permissions: int) -> Payload:
    """Return the role that Discord makes for the bot in a guild."""
    tags = {"managed": True, "tags": {"bot_id": str(BOT_ID)}}
    return {**role(role_id, name, permissions, 1), **tags}


def guild(guild_id: int, name: str, owner_id: int, roles: list[Payload]) -> Payload:
    """Return a new guild, with the role of everybody and these roles."""
    return {
        "id": str(guild_id),
        "name": name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": str(owner_id),
        "application_id": None,
        "region": "local",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role(guild_id, "@everyone", TALK, 0), *roles],
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def the_guild() -> Payload:
    """Return the server of a new playground that the bot is in."""
    roles = [bot_role(BOT_ROLE_ID, "tzurot", BOT)]
    for place, (role_id, (name, permissions)) in enumerate(ROLES.items(), 2):
        roles.append(role(role_id, name, permissions, place))
    return guild(GUILD_ID, "The Playground", OWNER_ID, roles)


def the_annex() -> Payload:
    """Return the server of a new playground that the bot is not in."""
    return guild(ANNEX_ID, "The Annex", ANNEX_OWNER_ID, [])


def member(person: Payload, roles: list[str]) -> Payload:
    """Return a new member of a guild."""
    return {
        "user": person,
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": roles,
        "joined_at": now(),
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def text_channel(channel_id: int, guild_id: int, name: str, position: int) -> Payload:
    """Return a new text channel."""
    return {
        "id": str(channel_id),
        "type": TEXT,
        "guild_id": str(guild_id),
        "name": name,
        "topic": None,
        "position": position,
        "permission_overwrites": [],
        "nsfw": False,
        "rate_limit_per_user": 0,
        "parent_id": None,
        "last_message_id": None,
        "last_pin_timestamp": None,
        "flags": 0,
    }


def dm(channel_id: int, person: Payload) -> Payload:
    """Return a new direct channel between the bot and a person."""
    return {
        "id": str(channel_id),
        "type": DM,
        "last_message_id": None,
        "flags": 0,
        "recipients": [person],
    }


def thread(thread_id: int, parent: Payload, owner_id: int, name: str, kind: int) -> Payload:
    """Return a new thread below a text channel."""
    return {
        "id": str(thread_id),
        "type": kind,
        "guild_id": parent["guild_id"],
        "parent_id": parent["id"],
        "owner_id": str(owner_id),
        "name": name,
        "last_message_id": None,
        "rate_limit_per_user": 0,
        "message_count": 0,
        "member_count": 0,
        "total_message_sent": 0,
        "flags": 0,
        "thread_metadata": {
            "archived": False,
            "archive_timestamp": now(),
            "auto_archive_duration": 4320,
            "locked": False,
            "create_timestamp": now(),
            **({"invitable": True} if kind == PRIVATE_THREAD else {}),
        },
    }
