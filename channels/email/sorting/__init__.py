"""Whose a mail is (a person's, a robot's, a bounce), and which of its words are new. Pure."""
