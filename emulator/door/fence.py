"""Keeps a program that heeds no proxy from the providers' real hosts: whatever it asks the system
for their addresses, they are here, where nobody listens for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from emulator.door.apart import Apart, NoNamespaces
from emulator.door.hosts import hosts

HOSTS, SWITCH = Path("/etc/hosts"), Path("/etc/nsswitch.conf")
OPEN = (
    "understudy: nothing keeps a program that heeds no proxy from calling the real hosts here ({})"
)
"""What people are told where there is no fence."""

CACHE = Path("/var/run/nscd")
"""Where a daemon keeps names that were looked up before; it would be asked first."""


def fence(folder: Path) -> list[str]:
    """What stands before a command to run it so, with files in a folder. Raises NoNamespaces."""
    if not HOSTS.is_file():
        raise NoNamespaces(f"there is no {HOSTS}", "make one")
    return Apart(folder / "fence.json", over=dict(_over(folder))).before()


def _over(folder: Path) -> Iterator[tuple[Path, Path]]:
    written = {HOSTS: near(_text(HOSTS))}
    if SWITCH.is_file():
        written[SWITCH] = first(_text(SWITCH))
    for path, text in written.items():
        file = folder / path.name
        file.write_text(text, "utf-8", "surrogateescape")
        yield path, file
    if CACHE.is_dir():
        nothing = folder / "nothing"
        nothing.mkdir(exist_ok=True)
        yield CACHE, nothing


def _text(path: Path) -> str:
    return path.read_text("utf-8", "surrogateescape")


def near(text: str) -> str:
    """A file of hosts with the providers' on this machine, and all others where they were."""
    ours = {spelled for host in hosts() for spelled in (host, f"{host}.")}
    kept = []
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        others = [name for name in names if name.lower() not in ours]
        if others == names:
            kept.append(line)
        elif others:
            kept.append(" ".join([address, *others]))
    lines = (f"{address} {name}" for name in sorted(ours) for address in ("127.0.0.1", "::1"))
    return "\n".join([*kept, *lines, ""])


def first(text: str) -> str:
    """The order in which names are looked up, with the file of hosts before all others."""
    lines = [line for line in text.splitlines() if not line.strip().startswith("hosts:")]
    order = next((line for line in text.splitlines() if line.strip().startswith("hosts:")), "dns")
    return "\n".join([*lines, f"hosts: files {order.partition('hosts:')[2].strip() or 'dns'}", ""])
