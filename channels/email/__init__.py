"""E-mail: letters received over SMTP or LMTP, and replies through a relay, will live here. Exports no CHANNEL yet."""
