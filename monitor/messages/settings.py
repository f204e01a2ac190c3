"""To whom incidents are sent, as one TOML file says it."""

from __future__ import annotations

import re
import socket
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from engines.errors import UserError, reason
from engines.files.settings_faults import first_fault
from engines.files.toml_files import load_toml
from monitor.messages.secret import keyring_secret, read_secret, require_private

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PORTS = {"mqtt": 1883, "mqtts": 8883, "http": 80, "https": 443}

_SECRETS = ("password", "secret", "token")
"""What stands in no settings file."""


def _topic(text: str) -> str:
    if not text or len(text.encode()) > 200 or set(text) & set("+#\0") or text[0] in "/$" or text.endswith("/"):
        raise ValueError(f"{text!r} is no topic: names with / between them, without + and #")
    return text


class MqttTable(BaseModel):
    """The table ``[mqtt]``; files are relative to the settings file's folder.

    Attributes:
        address: ``mqtts://HOST:PORT``, or ``mqtt://`` without TLS; port 8883, or 1883.
        name: of this monitor, which no other one at the broker has; the machine's when left out.
        user: at the broker; none when empty.
        password_file: holds the user's password; without it the keyring does.
        ca_file: PEM, who signed the broker's certificate; the system's authorities when left out.
        certificate_file, key_file: PEM, the client's own.
        topic: below which all topics lie; ``driver-monitor/NAME`` when left out.
        thumbnails: whether messages have a thumbnail of the clip.
        home_assistant: whether Home Assistant is told of the device; ``false`` takes one away that it was told of.
        discovery_prefix: the topic where it looks for devices.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    topic: Annotated[str, AfterValidator(_topic)] | None = None
    thumbnails: bool = False
    home_assistant: bool | None = None
    discovery_prefix: Annotated[str, AfterValidator(_topic)] = "homeassistant"


class WebhookTable(BaseModel):
    """The table ``[webhook]``.

    Attributes:
        address: ``https://HOST/PATH``; ``http://`` without TLS.
        header: which carries the secret, such as ``Authorization``; none when empty.
        secret_file: holds the header's value; without it the keyring does.
        ca_file: PEM, who signed the server's certificate; the system's authorities when left out.
        thumbnails: as for MQTT.
        timeout_s: how long the server may take to answer.
        tries: after so many refusals a message is given up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,64}$")] = ""
    secret_file: Path | None = None
    ca_file: Path | None = None
    thumbnails: bool = False
    timeout_s: Annotated[float, Field(ge=1.0, le=120.0)] = 10.0
    tries: Annotated[int, Field(ge=1, le=100)] = 5


class _Tables(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    mqtt: MqttTable | None = None
    webhook: WebhookTable | None = None


@dataclass(frozen=True)
class MqttSettings:
    """A broker, and what is sent there.

    Attributes:
        host, port: the broker's.
        tls: how its certificate is checked, and which is shown to it; None without TLS.
        name: of this monitor.
        user: at the broker; none when empty.
        password: the user's.
        topic: below which all topics lie.
        thumbnails: whether messages have a thumbnail.
        discovery_prefix: where Home Assistant looks for devices; None where nothing is said to it.
        removes_device: whether it is to forget the device, instead of being told of it.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None
    name: str
    user: str
    password: str | None = field(repr=False)
    topic: str
    thumbnails: bool = False
    discovery_prefix: str | None = None
    removes_device: bool = False

    @property
    def receiver(self) -> str:
        """For people."""
        return f"MQTT {_host_and_port(self.host, self.port)}"


@dataclass(frozen=True)
class WebhookSettings:
    """A web server that takes messages.

    Attributes:
        address: complete, which may be a secret.
        host, port: the server's.
        tls: how its certificate is checked; None without TLS.
        headers: that are sent with each message, secrets among them.
        thumbnails: whether messages have a thumbnail.
        timeout_s: how long it may take.
        tries: after so many refusals a message is given up.
    """

    address: str = field(repr=False)
    host: str
    port: int
    tls: ssl.SSLContext | None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    thumbnails: bool = False
    timeout_s: float = 10.0
    tries: int = 5

    @property
    def receiver(self) -> str:
        """For people."""
        return f"webhook {_host_and_port(self.host, self.port)}"


@dataclass(frozen=True)
class MessageSettings:
    """Everybody to whom incidents are sent.

    Attributes:
        mqtt, webhook: None where there is none.
        notices: what is worth a thought, one line each.
    """

    mqtt: MqttSettings | None = None
    webhook: WebhookSettings | None = None
    notices: tuple[str, ...] = ()

    @property
    def destinations(self) -> tuple[str, ...]:
        """Their names in the outbox."""
        return tuple(name for name, one in (("mqtt", self.mqtt), ("webhook", self.webhook)) if one is not None)


def read_message_settings(path: Path) -> MessageSettings:
    """Read a settings file, and the secrets and certificates that it names.

    Raises:
        UserError: with the file's name, for anything that is wrong; no secret is quoted.
    """
    path = path.expanduser()
    try:
        content = load_toml(path)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        said = str(error) if isinstance(error, tomllib.TOMLDecodeError) else reason(error)
        raise UserError(f"cannot read the message settings {path}: {said}") from error
    try:
        _refuse_secrets(content)
        tables = _Tables.model_validate(content)
        if tables.mqtt is None and tables.webhook is None:
            raise UserError("it names nobody: write a table [mqtt] or [webhook], with an address")
        mqtt = None if tables.mqtt is None else _mqtt(tables.mqtt, path.parent)
        webhook = None if tables.webhook is None else _webhook(tables.webhook, path.parent)
    except ValidationError as error:
        raise UserError(f"message settings {path}: {first_fault(error, _Tables)}") from error
    except UserError as error:
        raise UserError(f"message settings {path}: {error}") from error
    return MessageSettings(mqtt, webhook, tuple(_notices(mqtt, webhook)))


def _refuse_secrets(content: Mapping[str, Any]) -> None:
    for table, keys in content.items():
        for key in keys if isinstance(keys, dict) else ():
            if key.lower() in _SECRETS:
                name = "password_file" if table == "mqtt" else "secret_file"
                raise UserError(
                    f"{table}.{key}: no secret stands here: put it into a file for you alone (chmod 600), and name "
                    f'that: {name} = "FILE"; or leave both out, and it is taken from the keyring'
                )


def _mqtt(table: MqttTable, folder: Path) -> MqttSettings:
    address = _address(table.address, "mqtt.address", ("mqtts", "mqtt"), "user and password_file")
    if address.path not in ("", "/") or address.query or address.fragment:
        raise UserError("mqtt.address: it ends after the port: a topic is named with topic")
    if table.password_file is not None and not table.user:
        raise UserError("mqtt.user is missing: whose password it is")
    files = (table.ca_file, table.certificate_file, table.key_file)
    if address.scheme == "mqtt" and any(file is not None for file in files):
        raise UserError("mqtt.address: certificates are for mqtts://, and this is mqtt://")
    host, password = address.hostname or "", None
    if table.user:
        password = _secret(folder, table.password_file, f"{table.user}@{host}", "mqtt.password_file")
    name = table.name or re.sub(r"[^A-Za-z0-9_-]+", "-", socket.gethostname()).strip("-")[:64] or "monitor"
    return MqttSettings(
        host=host,
        port=address.port or _PORTS[address.scheme],
        tls=_tls("mqtt", folder, *files) if address.scheme == "mqtts" else None,
        name=name,
        user=table.user,
        password=password,
        topic=table.topic or f"driver-monitor/{name}",
        thumbnails=table.thumbnails,
        discovery_prefix=None if table.home_assistant is None else table.discovery_prefix,
        removes_device=table.home_assistant is False,
    )


def _webhook(table: WebhookTable, folder: Path) -> WebhookSettings:
    address = _address(table.address, "webhook.address", ("https", "http"), "header and secret_file")
    if address.fragment:
        raise UserError("webhook.address: what follows # is never sent: leave it out")
    if table.secret_file is not None and not table.header:
        raise UserError('webhook.header is missing: which header has the secret, such as "Authorization"')
    if table.header.lower() in ("host", "content-type", "content-length", "idempotency-key", "user-agent"):
        raise UserError(f"webhook.header: {table.header} is set already: name another")
    if address.scheme == "http" and table.ca_file is not None:
        raise UserError("webhook.address: certificates are for https://, and this is http://")
    host, headers = address.hostname or "", {}
    if table.header:
        secret = _secret(folder, table.secret_file, f"{table.header}@{host}", "webhook.secret_file")
        try:
            secret.encode("latin-1")
        except UnicodeEncodeError:
            raise UserError("webhook.secret_file: a header can only have letters of Western Europe") from None
        headers[table.header] = secret
    return WebhookSettings(
        address=table.address,
        host=host,
        port=address.port or _PORTS[address.scheme],
        tls=_tls("webhook", folder, table.ca_file, None, None) if address.scheme == "https" else None,
        headers=headers,
        thumbnails=table.thumbnails,
        timeout_s=table.timeout_s,
        tries=table.tries,
    )


def _address(text: str, setting: str, schemes: tuple[str, str], instead: str) -> SplitResult:
    """An address that is one. The error never shows it: it may hold a password."""
    form = f"{schemes[0]}://HOST:PORT"
    try:
        address = urlsplit(text)
        port, host = address.port, address.hostname
        user = address.username is not None or address.password is not None or "@" in address.netloc
    except ValueError:
        raise UserError(f"{setting}: this is no address: write {form}, with a port from 1 to 65535") from None
    if user:
        raise UserError(f"{setting}: no user and no password stand in an address: name them with {instead}")
    if address.scheme not in schemes:
        named = f" and not with {address.scheme}://" if "://" in text else ""
        raise UserError(f"{setting}: it begins with {schemes[0]}://, or {schemes[1]}:// without encryption,{named}")
    if not host or port == 0 or not text.isascii() or not text.isprintable() or " " in text:
        raise UserError(f"{setting}: this is no address: write {form}, with a port from 1 to 65535")
    return address


def _secret(folder: Path, file: Path | None, entry: str, setting: str) -> str:
    return keyring_secret(entry, setting) if file is None else read_secret(folder / file.expanduser())


def _tls(
    table: str, folder: Path, ca_file: Path | None, certificate_file: Path | None, key_file: Path | None
) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        # Whoever names an authority trusts no other.
        context = ssl.create_default_context(cafile=_readable(folder / ca_file.expanduser(), f"{table}.ca_file"))
    if (certificate_file is None) != (key_file is None):
        missing = "certificate_file" if certificate_file is None else "key_file"
        raise UserError(f"{table}.{missing} is missing: a client's certificate and its key go together")
    if certificate_file is not None and key_file is not None:
        certificate, key = folder / certificate_file.expanduser(), folder / key_file.expanduser()
        require_private(key)
        try:
            context.load_cert_chain(certificate, key, password=_no_passphrase)
        except _EncryptedKeyError:
            raise UserError(f"{table}.key_file: {key} is encrypted: name one without a passphrase, chmod 600") from None
        except (OSError, ValueError) as error:
            why = (
                "they are no PEM files, or do not belong together" if isinstance(error, ssl.SSLError) else reason(error)
            )
            raise UserError(f"{table}.certificate_file: cannot use {certificate} with {key}: {why}") from error
    return context


def _readable(path: Path, setting: str) -> str:
    try:
        ssl.create_default_context(cafile=str(path))
    except (OSError, ValueError) as error:
        why = "it holds no certificate in PEM form" if isinstance(error, ssl.SSLError) else reason(error)
        raise UserError(f"{setting}: cannot read {path}: {why}") from error
    return str(path)


class _EncryptedKeyError(Exception):
    """A key cannot be used without a passphrase."""


def _no_passphrase() -> str:
    """Instead of asking for it on the terminal."""
    raise _EncryptedKeyError


def _notices(mqtt: MqttSettings | None, webhook: WebhookSettings | None) -> list[str]:
    open_ones = [
        one for one in (mqtt, webhook) if one is not None and one.tls is None and not _is_this_machine(one.host)
    ]
    return [f"{one.receiver}: what is sent there goes over the network unencrypted" for one in open_ones]


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host_and_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
