"""SMPP 3.4 on the wire: PDUs, one session, the link that keeps it up, and the gate replies pass through."""
