"""The only package that knows the web: sockets, time, threads, Starlette and uvicorn live here."""
