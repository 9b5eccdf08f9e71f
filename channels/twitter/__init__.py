"""X (Twitter): mentions of @lapor1708 and direct messages will live here. Exports no CHANNEL yet."""
