"""Virtual time: a server and a client in one process, where time passes only when all wait."""
