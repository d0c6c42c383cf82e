"""The users, as Locust runs them. Only what is in here knows Locust and gevent."""
