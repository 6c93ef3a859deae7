"""Slash commands, menus and buttons: one module per command group."""

from __future__ import annotations

import hikari
import lightbulb


def build_client(bot: hikari.GatewayBot) -> lightbulb.GatewayEnabledClient:
    """Return the lightbulb client; starting it makes Discord's list of commands equal to ours."""
    return lightbulb.client_from_app(bot)
