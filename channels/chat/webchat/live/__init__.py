"""Open chats: a session for each socket, a room for each talk, one hub that hears the news for all of them."""
