"""How a client is attached: as a callable in a process of its own."""
