"""Programs that see the system otherwise than the rest does: in namespaces of Linux that are their
own, where some files lie over others."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

INSIDE = Path(__file__).with_name("inside.py")
AS_ROOT, AS_USER = (), ("--user", "--map-current-user", "--keep-caps")


class NoNamespaces(RuntimeError):
    """There are none to be had here; the message says why, and `cure` what can be done."""

    def __init__(self, why: str, cure: str) -> None:
        super().__init__(why)
        self.cure = cure


class Apart:
    """How commands are run so, with a `plan` for what happens inside before they begin (see
    inside.py), and perhaps with a network apart. Raises NoNamespaces."""

    def __init__(
        self, plan: Path, *, over: Mapping[Path, Path], ports: Mapping[str, Sequence[int]] = {}
    ) -> None:
        files = {str(path): str(file) for path, file in over.items()}
        plan.write_text(json.dumps({"over": files, **ports}))
        kinds = ("--net", "--mount") if ports else ("--mount",)
        self._tool = [*_unshare(kinds), sys.executable, "-I", "-S", str(INSIDE), str(plan)]

    def before(self, out: Path | None = None) -> list[str]:
        """What stands before a command. A network's sockets are handed out by a socket there."""
        return [*self._tool, "" if out is None else str(out)]


def _unshare(kinds: Sequence[str]) -> list[str]:
    """What gives a command namespaces of these kinds: as it is, or in a user namespace, which root
    may need as well, in a container."""
    tool = shutil.which("unshare")
    if tool is None:
        raise NoNamespaces("`unshare` is missing", "install util-linux, which has it")
    for own in (AS_ROOT, AS_USER):
        begin = [tool, *own, *kinds, "--"]
        tried = subprocess.run([*begin, "true"], capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            return begin
    why = tried.stderr.strip() or f"`unshare` ended with {tried.returncode}, and gave no reason"
    raise NoNamespaces(why, cure())


def cure() -> str:
    """What is to be done where the system forbids it."""
    container = (
        "a container is to be started with --cap-add SYS_ADMIN, or with a seccomp profile that"
        " allows unshare and mount (and AppArmor, if it is there, has to allow mounts)"
    )
    if os.geteuid() == 0:
        return container
    return (
        "run it as root, or allow user namespaces (kernel.unprivileged_userns_clone=1, and on"
        f" Ubuntu kernel.apparmor_restrict_unprivileged_userns=0); {container}"
    )
