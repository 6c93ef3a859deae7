"""Characters, lore, memories and presets, in from and out to files and other services."""
