"""What goes over HTTP: bodies, problem documents, and how a request is let in and read."""
