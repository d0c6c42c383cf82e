"""Lets clients in that cannot be pointed elsewhere: a proxy, certificates, and a sandbox."""
