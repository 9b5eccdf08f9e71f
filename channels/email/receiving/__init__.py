"""Mails coming in: the SMTP server, the processes that read, and what becomes of a mail."""
