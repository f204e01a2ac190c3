"""A web server that takes incidents by HTTP POST, one JSON object each."""

from __future__ import annotations

import http.client
import ssl
from email.utils import parsedate_to_datetime
from time import time
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from engines.errors import reason
from engines.notice import NoticeText
from monitor.messages.receiver import RefusedError, UnreachableError
from monitor.messages.settings import WebhookSettings

_REFUSED = (400, 413, 415, 422)
"""What blames the message itself. All else, such as a wrong secret or path, may be put right, and the messages wait."""

_MOST_OF_AN_ANSWER = 64 << 10


class WebhookReceiver:
    """One address. Taken is what was answered by 2xx; it never follows to another address."""

    destination = "webhook"

    def __init__(self, settings: WebhookSettings) -> None:
        self.name, self.thumbnails, self.tries = settings.receiver, settings.thumbnails, settings.tries
        self._settings = settings
        self._opener: OpenerDirector = build_opener(
            _NoRedirects(), *([HTTPSHandler(context=settings.tls)] if settings.tls is not None else [])
        )

    def connect(self) -> None:
        """Nothing: each message has a connection of its own."""

    def send(self, content: str, key: str) -> None:
        request = Request(
            self._settings.address,
            content.encode("utf-8"),
            {
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "driver-monitor",
                "Idempotency-Key": key,
                **self._settings.headers,
            },
            method="POST",
        )
        try:
            with self._opener.open(request, timeout=self._settings.timeout_s) as answer:
                answer.read(_MOST_OF_AN_ANSWER)
        except HTTPError as error:
            with error:
                raise _refusal(error) from None  # the error has the address, which may be a secret
        except (URLError, OSError, http.client.HTTPException) as error:
            raise UnreachableError(_why(error)) from None
        except ValueError:  # it quotes what it does not take, which may be the secret
            raise UnreachableError(NoticeText("a header or the address cannot be sent as it is")) from None

    def rest(self) -> None:
        """Nothing."""

    def take_notices(self) -> tuple[NoticeText, ...]:
        """None: what it answers is an error, or nothing."""
        return ()

    def close(self) -> None:
        """Nothing is open."""


class _NoRedirects(HTTPRedirectHandler):
    """A redirect is an answer like others: secrets go where the settings say, and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        return None


def _refusal(error: HTTPError) -> UnreachableError:
    status = NoticeText("it answers {status}", status=f"{error.code} {error.reason or ''}".strip())
    if 300 <= error.code < 400:
        host = urlsplit(error.headers.get("Location") or "").hostname or "?"
        return UnreachableError(
            NoticeText("{status}, which leads elsewhere ({host}): name that in the settings", status=status, host=host)
        )
    if error.code in _REFUSED:
        return RefusedError(status)
    return UnreachableError(status, _seconds(error.headers.get("Retry-After")))


def _seconds(retry_after: str | None) -> float | None:
    """What ``Retry-After`` asks for: seconds, or a date."""
    if retry_after is None:
        return None
    try:
        return max(0.0, float(int(retry_after)))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time())
    except (ValueError, OverflowError):
        return None


def _why(error: Exception) -> NoticeText:
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    match cause:
        case ssl.SSLCertVerificationError():
            return NoticeText("the certificate cannot be trusted: {what}", what=cause.verify_message)
        case TimeoutError():
            return NoticeText("it does not answer")
        case _:
            return NoticeText("it cannot be reached: {what}", what=reason(cause))
