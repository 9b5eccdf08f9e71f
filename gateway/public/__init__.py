"""The public pages: report, track, and what the system is. They work without script and on a slow line."""
