"""Tables, sessions and transactions, the embedded PostgreSQL, and secrets at rest."""
