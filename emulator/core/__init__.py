"""The pure core: worlds, jobs, time and money. It knows only the standard library."""
