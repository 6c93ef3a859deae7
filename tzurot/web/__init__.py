"""The small HTTP server: health, and avatars for Discord to fetch."""
