"""The only server of names in a sandbox: the providers' hosts are here, and no others exist."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from dns import exception, flags, message, rcode, rdatatype, rrset

HERE = "127.0.0.1"


class Names(asyncio.DatagramProtocol):
    """Answers with this machine for the hosts that `known` knows, and tells `refuse` of others."""

    def __init__(self, known: Callable[[str], bool], refuse: Callable[[str], None]) -> None:
        self._known = known
        self._refuse = refuse
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        """It can be answered."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """One question."""
        try:
            asked = message.from_wire(data)
            question = asked.question[0]
            answer = message.make_response(asked)
        except (exception.DNSException, IndexError):
            return
        answer.flags |= flags.AA | flags.RA
        name = question.name.to_text(omit_final_dot=True)
        if not self._known(name):
            # One look-up asks for addresses of both kinds.
            if question.rdtype == rdatatype.A:
                self._refuse(name)
            answer.set_rcode(rcode.NXDOMAIN)
        elif question.rdtype == rdatatype.A:
            answer.answer.append(rrset.from_text(question.name, 60, "IN", "A", HERE))
        self._transport.sendto(answer.to_wire(), addr)
