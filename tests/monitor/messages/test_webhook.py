"""Incidents reach a real web server by POST, and what it answers decides what becomes of them."""

from __future__ import annotations

import json
import queue
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engines.command import run_command
from monitor import store as store_command
from monitor.journal.store.clips import path_of
from monitor.journal.store.opening import open_for_reading
from monitor.journal.store.records import incident_uid
from monitor.journal.store.retention import RetentionLimits
from monitor.journal.store.writer import Store
from monitor.messages.sender import Sender
from monitor.messages.settings import WebhookSettings, read_message_settings
from monitor.messages.webhook import WebhookReceiver
from tests.monitor.messages.broker import WAIT_S, SenderClock, authority, free_port, store_incidents


class Server:
    """A web server on a free port that answers what a test tells it to, then 204.

    Attributes:
        requests: path, headers and content of each.
        answers: status and headers of the next ones.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.requests: queue.Queue[tuple[str, dict[str, str], Any]] = queue.Queue()
        self.answers: queue.Queue[tuple[int, dict[str, str]]] = queue.Queue()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                server.requests.put((self.path, dict(self.headers), json.loads(content)))
                status, headers = server.answers.get_nowait() if not server.answers.empty() else (204, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def next(self) -> tuple[str, dict[str, str], Any]:
        return self.requests.get(timeout=WAIT_S)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture
def hook_store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "store", destinations=("webhook",))
    yield opened
    opened.close(WAIT_S)


def settings(port: int, **more: Any) -> WebhookSettings:
    given = {"tls": None, "headers": {"Authorization": "Bearer hush-hush"}, **more}
    return WebhookSettings(f"http://127.0.0.1:{port}/hook?key=hush-hush", "127.0.0.1", port, **given)


def started(store: Store, receiver: WebhookReceiver, clock: SenderClock) -> Sender:
    sender = Sender(store, receiver, clock=clock, jitter=lambda: 1.0)
    sender.start()
    return sender


def test_messages_are_posted_in_order_with_the_secret(server: Server, hook_store: Store, clock: SenderClock) -> None:
    store_incidents(hook_store, 1, 2)
    sender = started(hook_store, WebhookReceiver(settings(server.port)), clock)
    clock.until_idle(sender)
    requests = [server.next() for _ in range(4)]
    sender.close(WAIT_S)
    assert [content["type"] for _, _, content in requests] == ["new", "end"] * 2
    assert [content["number"] for _, _, content in requests] == [1, 1, 2, 2]
    assert {path for path, _, _ in requests} == {"/hook?key=hush-hush"}
    assert {headers["Authorization"] for _, headers, _ in requests} == {"Bearer hush-hush"}
    assert {headers["Content-Type"] for _, headers, _ in requests} == {"application/json; charset=utf-8"}
    assert len({headers["Idempotency-Key"] for _, headers, _ in requests}) == 4


@pytest.mark.parametrize("status", [302, 401, 403, 404, 407, 408, 429, 500, 503])
def test_a_server_in_trouble_or_wrong_settings_get_the_same_message_again(
    status: int, server: Server, hook_store: Store, clock: SenderClock
) -> None:
    store_incidents(hook_store, 1)
    for _ in range(7):
        server.answers.put((status, {}))
    sender = started(hook_store, WebhookReceiver(settings(server.port)), clock)
    for _ in range(7):
        clock.advance(clock.until_failed(sender))
    clock.until_idle(sender)
    requests = [server.next() for _ in range(9)]
    sender.close(WAIT_S)
    assert len({headers["Idempotency-Key"] for _, headers, _ in requests[:8]}) == 1
    assert [content["type"] for _, _, content in requests] == ["new"] * 8 + ["end"]


def test_a_server_that_asks_for_patience_gets_it(server: Server, hook_store: Store, clock: SenderClock) -> None:
    store_incidents(hook_store, 1)
    server.answers.put((429, {"Retry-After": "120"}))
    sender = started(hook_store, WebhookReceiver(settings(server.port)), clock)
    assert clock.until_failed(sender) == 120.0
    assert sender.problem is not None and "it answers 429 Too Many Requests" in sender.problem
    sender.close(WAIT_S)


def test_a_message_that_is_refused_is_given_up_and_blocks_no_other(
    server: Server, hook_store: Store, clock: SenderClock
) -> None:
    store_incidents(hook_store, 1)
    for _ in range(3):
        server.answers.put((422, {}))
    sender = started(hook_store, WebhookReceiver(settings(server.port, tries=3)), clock)
    for _ in range(2):
        clock.advance(clock.until_failed(sender))
    clock.until_idle(sender)
    (notice,) = sender.take_notices()
    sender.close(WAIT_S)
    assert "a message (new) of incident" in notice and "given up after 3 tries: it answers 422" in notice
    assert [server.next()[2]["type"] for _ in range(4)] == ["new", "new", "new", "end"]
    (fault,) = hook_store.call(lambda database: database.faults(), WAIT_S)
    assert fault.kind == "message" and fault.content["text"] == notice and "hush-hush" not in notice


@pytest.mark.parametrize("status", [302, 401, 403, 404, 422])
def test_the_command_says_what_was_sent_and_what_was_given_up(
    status: int, server: Server, hook_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only what the message itself is to blame for leaves the outbox, and that is no success either."""
    store_incidents(hook_store, 1)
    assert hook_store.close(WAIT_S)
    file = tmp_path / "messages.toml"
    file.write_text(f'[webhook]\naddress = "http://127.0.0.1:{server.port}/"\ntries = 3\n', encoding="utf-8")
    for _ in range(3):
        server.answers.put((status, {}))
    command = ["send", str(hook_store.folder), "--messages", str(file)]
    assert run_command(store_command.main, command) == 1
    said = capsys.readouterr().out
    with closing(open_for_reading(hook_store.folder)) as database:
        left = len(database.outbox.pending("webhook", 9))
    if status == 422:
        assert "1 messages sent, 1 given up" in said and "given up after 3 tries: it answers 422" in said and left == 0
    else:
        assert f"0 messages sent; it answers {status}" in said and left == 2


def test_the_command_drops_nothing_that_a_monitor_with_other_limits_keeps(
    server: Server, hook_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = incident_uid(store_incidents(hook_store, 1), 1)
    clip = hook_store.begin_clip(uid, 1000, WAIT_S)
    hook_store.call(lambda database: path_of(database, clip).write_bytes(b"a clip"), WAIT_S)
    hook_store.finish_clip(clip, (0.0, 10.0), WAIT_S)
    assert hook_store.close(WAIT_S)
    few = RetentionLimits(most_bytes=1, free_bytes=0)
    monkeypatch.setattr("monitor.journal.store.writer.RetentionLimits", lambda: few)
    file = tmp_path / "messages.toml"
    file.write_text(f'[webhook]\naddress = "http://127.0.0.1:{server.port}/"\n', encoding="utf-8")
    assert run_command(store_command.main, ["send", str(hook_store.folder), "--messages", str(file)]) == 0
    with closing(open_for_reading(hook_store.folder)) as database:
        (kept,) = database.clips()
        assert path_of(database, kept).read_bytes() == b"a clip" and len(database.incidents()) == 1


def test_a_redirect_is_not_followed(server: Server, hook_store: Store, clock: SenderClock) -> None:
    elsewhere = Server()
    store_incidents(hook_store, 1)
    for status in (301, 307):
        server.answers.put((status, {"Location": f"http://127.0.0.1:{elsewhere.port}/"}))
    sender = started(hook_store, WebhookReceiver(settings(server.port)), clock)
    clock.advance(clock.until_failed(sender))
    clock.until_failed(sender)
    assert sender.problem is not None and "leads elsewhere (127.0.0.1)" in sender.problem
    sender.close(WAIT_S)
    elsewhere.close()
    assert elsewhere.requests.empty()


def test_nobody_there_is_said_without_the_address_and_nothing_is_lost(hook_store: Store, clock: SenderClock) -> None:
    store_incidents(hook_store, 1)
    sender = started(hook_store, WebhookReceiver(settings(free_port())), clock)
    clock.until_failed(sender)
    assert sender.problem is not None and "it cannot be reached" in sender.problem
    assert "hush-hush" not in sender.problem and sender.state().messages == 2
    sender.close(WAIT_S)


def test_a_secret_that_cannot_be_sent_is_not_said(hook_store: Store, clock: SenderClock) -> None:
    store_incidents(hook_store, 1)
    wrong = settings(free_port(), headers={"Authorization": "Bearer hush-hush\nx"})
    sender = started(hook_store, WebhookReceiver(wrong), clock)
    clock.until_failed(sender)
    assert sender.problem is not None and "cannot be sent as it is" in sender.problem
    assert "hush-hush" not in sender.problem and sender.state().messages == 2
    sender.close(WAIT_S)


@pytest.mark.parametrize(("ca", "said"), [("fleet", None), ("other", "the certificate cannot be trusted")])
def test_the_servers_certificate_is_verified(
    ca: str, said: str | None, tmp_path: Path, hook_store: Store, clock: SenderClock
) -> None:
    for name in ("fleet", "other"):
        authority(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "fleet-server.pem", tmp_path / "fleet-server.key")
    server = Server(context)
    file = tmp_path / "messages.toml"
    file.write_text(
        f'[webhook]\naddress = "https://127.0.0.1:{server.port}/"\nca_file = "{ca}-ca.pem"\n', encoding="utf-8"
    )
    read = read_message_settings(file).webhook
    assert read is not None
    store_incidents(hook_store, 1)
    sender = started(hook_store, WebhookReceiver(read), clock)
    if said is None:
        clock.until_idle(sender)
        assert server.next()[2]["type"] == "new"
    else:
        clock.until_failed(sender)
        assert sender.problem is not None and said in sender.problem and server.requests.empty()
    sender.close(WAIT_S)
    server.close()
