"""Characters, who may see them, and the pictures they wear."""
