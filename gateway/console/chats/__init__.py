"""The operators' desk (*obrolan*): one page, the stream that keeps it fresh, and what it can do."""
