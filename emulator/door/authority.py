"""A certificate authority made for one run. Its key is in memory, and dies with the process."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import trustme

BUNDLES = (
    Path("/etc/ssl/certs/ca-certificates.crt"),
    Path("/etc/pki/tls/certs/ca-bundle.crt"),
    Path("/etc/ssl/cert.pem"),
)
"""Where systems keep the authorities that they trust."""


class Authority:
    """Issues a certificate for each host that is asked for."""

    def __init__(self) -> None:
        self._ca = trustme.CA(organization_name="Understudy", organization_unit_name="one run")
        self._contexts: dict[str, ssl.SSLContext] = {}

    @property
    def pem(self) -> bytes:
        """Its own certificate."""
        return self._ca.cert_pem.bytes()

    def context(self, host: str) -> ssl.SSLContext:
        """What a server shows to be taken for that host: HTTP/1.1 over TLS."""
        context = self._contexts.get(host)
        if context is None:
            context = self._contexts[host] = self._made(host)
        return context

    def greeting(self, choose: Callable[[str | None], str | None]) -> ssl.SSLContext:
        """The same for a server of several hosts: `choose` says which one a client means that
        greets it by this name, or that it is none."""

        def greeted(plug: ssl.SSLObject, name: str, _: ssl.SSLContext) -> int | None:
            if (host := choose(name)) is None:
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            plug.context = self.context(host)
            return None

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        context.sni_callback = greeted
        return context

    def _made(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        self._ca.issue_cert(host).configure_cert(context)
        return context

    def bundle(self) -> bytes:
        """Its certificate, after those that the system trusts."""
        trusted = next((one.read_bytes() for one in BUNDLES if one.is_file()), b"")
        return trusted.rstrip(b"\n") + b"\n" * bool(trusted) + self.pem
