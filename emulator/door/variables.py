"""What a program finds in its environment, so that it comes to the door by itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from emulator.door.authority import Authority
from emulator.providers.registry import providers

NEAR = "localhost,127.0.0.1,::1"
"""Hosts that are asked without the proxy: they are on this machine."""


def trust(authority: Authority, folder: Path, *, others: bool = False) -> dict[str, str]:
    """Write the authority's certificate into a folder, and say so to the libraries that ask: it is
    all that they trust, unless `others` are called, whom the system's own authorities vouch for."""
    alone, bundle, nothing = (folder / name for name in ("ca.pem", "bundle.pem", "certificates"))
    alone.write_bytes(authority.pem)
    bundle.write_bytes(authority.bundle())
    nothing.mkdir(exist_ok=True)
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    return {
        **dict.fromkeys(names, str(bundle if others else alone)),
        **({} if others else {"SSL_CERT_DIR": str(nothing)}),
        "NODE_EXTRA_CA_CERTS": str(alone),
    }


def way(proxy: str) -> dict[str, str]:
    """The way to the proxy at this origin: in capitals and without, since some read only one."""
    both = {"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "NO_PROXY": NEAR}
    return {
        **both,
        **{name.lower(): value for name, value in both.items()},
        "NODE_USE_ENV_PROXY": "1",
    }


def keys(environment: Mapping[str, str]) -> dict[str, str]:
    """A key for each provider for which there is none yet."""
    named = {f"{name.upper()}_API_KEY": f"understudy-{name}" for name in providers()}
    return {name: key for name, key in named.items() if not environment.get(name)}


def unproxied(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the ways to any proxy."""
    return {
        name: value for name, value in environment.items() if not name.lower().endswith("_proxy")
    }
