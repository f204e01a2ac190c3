"""Who gets messages is read from a file; what is wrong with it is said, and no secret is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from monitor.messages import secret
from monitor.messages.settings import MessageSettings, read_message_settings


def write(folder: Path, text: str) -> Path:
    file = folder / "messages.toml"
    file.write_text(text, encoding="utf-8")
    return file


def write_secret(folder: Path, text: str = "hush\n", mode: int = 0o600) -> None:
    file = folder / "secret"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)


def test_a_broker_and_a_webhook_are_read_with_their_secrets(tmp_path: Path) -> None:
    write_secret(tmp_path)
    settings = read_message_settings(
        write(
            tmp_path,
            '[mqtt]\naddress = "mqtts://broker.example.org"\nname = "car-7"\nuser = "car"\npassword_file = "secret"\n'
            '[webhook]\naddress = "https://fleet.example.org/hook?key=abc"\nheader = "Authorization"\n'
            'secret_file = "secret"\n',
        )
    )
    mqtt, webhook = settings.mqtt, settings.webhook
    assert mqtt is not None and webhook is not None
    assert (mqtt.host, mqtt.port, mqtt.user, mqtt.password) == ("broker.example.org", 8883, "car", "hush")
    assert mqtt.tls is not None and mqtt.topic == "driver-monitor/car-7" and not mqtt.thumbnails
    assert mqtt.discovery_prefix is None and settings.destinations == ("mqtt", "webhook")
    assert webhook.headers == {"Authorization": "hush"} and webhook.receiver == "webhook fleet.example.org:443"
    assert settings.notices == ()
    assert "hush" not in repr(settings) and "key=abc" not in repr(settings)


@pytest.mark.parametrize(
    ("address", "said"),
    [("mqtt://10.0.0.5", ["MQTT 10.0.0.5:1883: what is sent there goes over the network unencrypted"])]
    + [(f"mqtt://{host}", []) for host in ("localhost", "127.0.0.1", "[::1]")],
)
def test_what_goes_over_the_network_unencrypted_is_said(address: str, said: list[str], tmp_path: Path) -> None:
    settings = read_message_settings(write(tmp_path, f'[mqtt]\naddress = "{address}"\n'))
    assert list(settings.notices) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "write a table [mqtt] or [webhook]"),
        ("[mqtt]\n", "mqtt.address is missing"),
        ('[mqtt]\naddress = "broker:1883"\n', "mqtt.address: it begins with mqtts://, or mqtt://"),
        ('[mqtt]\naddress = "http://broker"\n', "and not with http://"),
        ('[mqtt]\naddress = "mqtts://broker:99999"\n', "a port from 1 to 65535"),
        ('[mqtt]\naddress = "mqtts://broker:0"\n', "a port from 1 to 65535"),
        ('[mqtt]\naddress = "mqtts://"\n', "this is no address"),
        ('[mqtt]\naddress = "mqtts://broker/cars"\n', "a topic is named with topic"),
        ('[mqtt]\naddress = "mqtts://broker"\npasword_file = "x"\n', "did you mean"),
        ('[mqtt]\naddress = "mqtts://broker"\npassword_file = "x"\n', "mqtt.user is missing"),
        ('[mqtt]\naddress = "mqtts://broker"\nuser = "a"\npassword_file = "none"\n', "there is no such file"),
        ('[mqtt]\naddress = "mqtts://broker"\nname = "car 7"\n', "mqtt.name"),
        ('[mqtt]\naddress = "mqtts://broker"\ntopic = "a/#"\n', "mqtt.topic"),
        ('[mqtt]\naddress = "mqtts://broker"\nca_file = "none.pem"\n', "mqtt.ca_file: cannot read"),
        ('[mqtt]\naddress = "mqtts://broker"\nca_file = "messages.toml"\n', "no certificate in PEM form"),
        ('[mqtt]\naddress = "mqtts://broker"\ncertificate_file = "a.pem"\n', "mqtt.key_file is missing"),
        ('[mqtt]\naddress = "mqtt://broker"\nca_file = "a.pem"\n', "certificates are for mqtts://"),
        ('[webhook]\naddress = "ftp://a"\n', "webhook.address: it begins with https://"),
        ('[webhook]\naddress = "https://a/b#c"\n', "what follows # is never sent"),
        ('[webhook]\naddress = "https://a"\nsecret_file = "secret"\n', "webhook.header is missing"),
        ('[webhook]\naddress = "https://a"\nheader = "Host"\nsecret_file = "secret"\n', "is set already"),
        ('[webhook]\naddress = "https://a"\ntimeout_s = 0\n', "webhook.timeout_s"),
        ("[mqtt", "cannot read the message settings"),
        ("[kafka]\n", "kafka: there is no such key"),
    ],
)
def test_what_is_wrong_is_said_with_the_setting(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        read_message_settings(write(tmp_path, text))
    assert said in str(error.value) and "messages.toml" in str(error.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such file"):
        read_message_settings(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "text",
    [
        '[mqtt]\naddress = "mqtts://car:hush-hush@broker"\n',
        '[mqtt]\naddress = "mqtts://car:hush-hush@broker:99999"\n',
        '[mqtt]\naddress = "mqtts://broker"\nuser = "car"\npassword = "hush-hush"\n',
        '[webhook]\naddress = "https://user:hush-hush@fleet"\n',
        '[webhook]\naddress = "https://fleet"\ntoken = "hush-hush"\n',
        '[webhook]\naddress = "gopher://fleet/hush-hush"\n',
    ],
)
def test_a_secret_in_the_settings_is_refused_and_never_shown(text: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        read_message_settings(write(tmp_path, text))
    assert "hush-hush" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("hush-hush", 0o640, "others can read .*chmod 600"),
        ("hush-hush", 0o604, "others can read .*chmod 600"),
        ("", 0o600, "is empty"),
        ("hush-hush\nmore\n", 0o600, "more than one line"),
        ("hush-hush\0", 0o600, "cannot be printed"),
    ],
)
def test_a_secret_file_is_private_and_one_line(content: str, mode: int, said: str, tmp_path: Path) -> None:
    write_secret(tmp_path, content, mode)
    text = '[mqtt]\naddress = "mqtts://broker"\nuser = "car"\npassword_file = "secret"\n'
    with pytest.raises(UserError, match=said) as error:
        read_message_settings(write(tmp_path, text))
    assert "hush-hush" not in str(error.value)


class Keyring:
    """A keyring with one password."""

    priority = 1

    def get_password(self, service: str, user: str) -> str | None:
        return "from the keyring" if (service, user) == (secret.SERVICE, "car@broker") else None


def test_without_a_file_the_password_is_the_keyrings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    monkeypatch.setattr(keyring, "get_password", Keyring().get_password)
    settings = read_message_settings(write(tmp_path, '[mqtt]\naddress = "mqtts://broker"\nuser = "car"\n'))
    assert settings.mqtt is not None and settings.mqtt.password == "from the keyring"
    with pytest.raises(UserError, match="keyring set driver-monitor bus@broker, or put it into a file"):
        read_message_settings(write(tmp_path, '[mqtt]\naddress = "mqtts://broker"\nuser = "bus"\n'))


def test_a_password_of_more_than_a_line_in_the_keyring_is_not_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring

    monkeypatch.setattr(keyring, "get_password", lambda *_: "hush-hush\nx")
    with pytest.raises(UserError, match="the keyring has for car@broker cannot be printed") as raised:
        read_message_settings(write(tmp_path, '[mqtt]\naddress = "mqtts://broker"\nuser = "car"\n'))
    assert "hush" not in str(raised.value)


def test_a_machine_without_a_keyring_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backends.fail import Keyring as NoKeyring

    monkeypatch.setattr(keyring, "get_password", NoKeyring().get_password)
    with pytest.raises(UserError, match=r"the keyring cannot be read .*password_file"):
        read_message_settings(write(tmp_path, '[mqtt]\naddress = "mqtts://broker"\nuser = "car"\n'))


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=30) | st.integers() | st.booleans(), max_size=4))
def test_no_address_and_no_table_is_more_than_an_error(table: dict[str, object]) -> None:
    import tempfile

    import tomlkit

    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), tomlkit.dumps({"mqtt": {"address": "mqtts://broker", **table}}))
        try:
            settings = read_message_settings(file)
        except UserError as error:
            assert "\n" not in str(error)
        else:
            assert isinstance(settings, MessageSettings)
