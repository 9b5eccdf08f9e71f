"""Chat: the live chat of the web pages and the Telegram bot will live here, one folder each. Exports no CHANNEL yet."""
