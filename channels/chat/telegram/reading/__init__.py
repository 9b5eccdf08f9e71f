"""From an update of Telegram to the message the core sees."""
