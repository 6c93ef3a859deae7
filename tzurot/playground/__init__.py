"""A Discord on one machine: REST v10, gateway v10, a web page and a JSON API.

It runs as its own process (`python -m tzurot.playground`) and imports nothing else of tzurot, so
that the bot can only reach it the way it reaches Discord. docs/playground.md is its contract.
"""
