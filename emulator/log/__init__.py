"""Where the log of a whole server is kept, so that it outlives the process."""
