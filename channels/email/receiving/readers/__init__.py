"""Processes that read mails: what a stranger wrote is taken apart where it can do no harm."""
