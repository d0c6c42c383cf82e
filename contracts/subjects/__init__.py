"""How a client is attached: as a callable, as a program for each trial, or as one that stays up."""
