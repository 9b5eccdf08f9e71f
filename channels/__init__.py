"""The networks, one folder each. A folder exports ``CHANNEL``, a ``ChannelSpec``; see ``README.md`` for adding one."""
