"""Drives a provider with many users at once, and judges afterwards what became of every job.

The users run on Locust in a process of their own: only `emulator.load.users` knows it. Everything
else here plans, counts and compares, and works without it.
"""
