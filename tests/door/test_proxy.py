"""What the proxy is asked for is done for the host that was meant, and told if it is refused."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread

import pytest
from dns import flags, message

from emulator.core.scenario import Scenario, View
from emulator.door.authority import Authority
from emulator.door.housing import House
from emulator.door.lobby import MOST, Lobby
from emulator.door.names import Names
from emulator.door.places import MOST as PLACES
from emulator.door.places import Places
from tests.door.running import run

ENDED = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nthem"


@contextmanager
def house(*allowed: str) -> Iterator[House]:
    with House(Scenario(view=View.MACHINE), Authority(), allowed=allowed) as one:
        yield one


def said(to: House, *calls: str) -> bytes:
    """All that the proxy answers these calls, sent one after the other until it hangs up."""
    host, port = to.proxy.removeprefix("http://").split(":")
    got = b""
    with closing(socket.create_connection((host, int(port)), timeout=20)) as plug:
        for call in calls:
            plug.sendall(call.replace("\n", "\r\n").encode() + b"\r\n\r\n")
            while data := plug.recv(65536):
                got += data
                if b"\r\n\r\n" in got and b"close" not in got:
                    break
    return got


@contextmanager
def another() -> Iterator[int]:
    """The port of a server that is none of ours, which answers `them`."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def serve() -> None:
            plug, _ = listening.accept()
            with plug:
                plug.recv(65536)
                plug.sendall(ENDED)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(20)


def test_a_call_without_a_host_is_for_the_one_in_its_target() -> None:
    with house() as one:
        assert said(one, "GET http://hub.oxen.ai/api/nonsense HTTP/1.0").startswith(b"HTTP/1.1 404")
        assert not one.door.refused.lines()


def test_a_call_for_another_host_is_refused_whatever_host_it_names() -> None:
    with house() as one:
        answer = said(one, "GET http://example.com/ HTTP/1.1\nHost: hub.oxen.ai")
        assert answer.startswith(b"HTTP/1.1 403")
        assert b"--allow example.com" in answer
        assert one.door.refused.lines() == ["example.com:80"]


def test_a_call_that_names_no_host_at_all_is_told_so() -> None:
    with house() as one:
        assert b"The call names no host." in said(one, "GET / HTTP/1.0")
        assert one.door.refused.lines() == ["a host without a name:80"]


def test_an_allowed_host_is_reached_after_a_call_to_a_provider() -> None:
    with house("127.0.0.1") as one, another() as port:
        first = said(one, "GET http://hub.oxen.ai/api/x HTTP/1.1\nHost: hub.oxen.ai")
        assert b"connection: close" in first
        assert said(one, f"GET http://127.0.0.1:{port}/ HTTP/1.1\nHost: x").endswith(b"them")
        assert one.door.through.lines() == [f"127.0.0.1:{port}"]


def test_an_allowed_host_that_cannot_be_reached_is_told_to_the_client_and_at_the_end() -> None:
    with house("127.0.0.1") as one, closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{held.getsockname()[1]}"
        for call in (f"GET http://{place}/ HTTP/1.1\nHost: x", f"CONNECT {place} HTTP/1.0"):
            answer = said(one, call)
            assert answer.startswith(b"HTTP/1.1 502")
            assert f"{place} could not be reached: ".encode() in answer
        (line,) = one.door.through.lines()
        assert line.startswith(f"{place}, could not be reached (")


@pytest.mark.parametrize(
    "host", ["", "*", "https://a.b", "a.b:443", "a b", "*.a.b", "a..b", "-a.b", "\uff48ub.oxen.ai"]
)
def test_what_is_no_bare_host_is_not_let_through(host: str) -> None:
    ended = run("true", options=(f"--allow={host}",))
    assert ended.returncode == 2
    assert "--allow wants the bare name or the address of a host" in ended.stderr


@pytest.mark.parametrize("host", ["HUB.oxen.ai", "hub.oxen.ai.", "WWW.Omixa.Cloud."])
def test_a_provider_is_not_let_through_in_any_spelling(host: str) -> None:
    ended = run("true", options=("--allow", host))
    assert ended.returncode == 2
    assert "it cannot be let through" in ended.stderr


class Sent(asyncio.Transport):
    """Notes whether it is read."""

    reads = True

    def pause_reading(self) -> None:
        """No more."""
        self.reads = False

    def resume_reading(self) -> None:
        """Again."""
        self.reads = True

    def is_closing(self) -> bool:
        """Never."""
        return False

    def write(self, data: bytes) -> None:  # type: ignore[override]
        """Keep nothing."""


def test_who_sends_much_waits_until_it_is_read_and_so_does_who_is_sent_much() -> None:
    async def checked() -> None:
        lobby, sent = Lobby(lambda _: None), Sent()
        lobby.connection_made(sent)
        lobby.data_received(b"x" * (MOST + 1))
        assert not sent.reads
        assert len(await lobby.more()) == MOST + 1
        assert sent.reads
        lobby.pause_writing()
        sending = asyncio.ensure_future(lobby.send(b"x"))
        await asyncio.sleep(0)
        assert not sending.done()
        lobby.resume_writing()
        await sending

    asyncio.run(checked())


def test_places_are_bounded_and_nothing_in_them_moves_a_terminal() -> None:
    places = Places()
    for nth in range(PLACES + 5):
        places.note(f"host{nth}")
    places.note("host1")
    lines = places.lines()
    assert len(lines) == PLACES + 1
    assert "host1, 2 times" in lines
    assert lines[-1] == "and others, 5 times"
    ill = Places()
    ill.note("\x1b[31mred\n")
    assert ill.lines() == ["\\x1b[31mred\\n"]


class Answers(asyncio.DatagramTransport):
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendto(self, data: object, addr: object = None) -> None:
        """Keep it."""
        self.sent.append(bytes(data))  # type: ignore[call-overload]


def test_a_name_that_is_looked_up_for_both_kinds_of_address_is_told_once() -> None:
    refused: list[str] = []
    names, answers = Names(lambda name: name == "here", refused.append), Answers()
    names.connection_made(answers)
    for kind in ("A", "AAAA"):
        names.datagram_received(message.make_query("example.com", kind).to_wire(), ("", 1))
    assert refused == ["example.com"]
    answer = message.make_query("here", "A")
    answer.flags |= flags.QR
    names.datagram_received(answer.to_wire(), ("", 1))
    names.datagram_received(b"nonsense", ("", 1))
    assert len(answers.sent) == 2


def test_nothing_of_ours_stands_amid_what_a_program_says() -> None:
    code = "printf 'nonsense\\r\\n\\r\\n' | curl -sS -m 5 -p -x $http_proxy telnet://hub.oxen.ai:80"
    ended = run("sh", "-c", f"{code} >/dev/null; echo said >&2")
    assert "Invalid HTTP request" not in ended.stderr
    assert "said" in ended.stderr


def test_a_refused_host_is_not_offered_where_nothing_can_be_let_through() -> None:
    with House(Scenario(view=View.MACHINE), Authority()) as one:
        answer = said(one, "CONNECT example.com:443 HTTP/1.0")
        assert b"lets no call out to it." in answer
        assert b"--allow" not in answer
