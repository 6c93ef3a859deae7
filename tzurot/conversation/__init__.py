"""A Discord message becomes one or more replies."""
