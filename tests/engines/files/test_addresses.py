"""No password is shown, wherever in an address people write it; where the address leads is."""

from __future__ import annotations

import string
from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engines.errors import UserError
from engines.files.addresses import hide_passwords, openable
from engines.files.printable import source_label

HOSTS = st.sampled_from(["127.0.0.1", "10.20.30.40:8554", "[fe80::1]:554", "[2001:db8::7]"])
SECRET = "Xq7hunter"
"""In every password; nothing else holds a part of it of three letters."""

_ANY = st.text(st.sampled_from(string.ascii_letters + string.digits + string.punctuation + " äß€"), max_size=12)
PASSWORDS = st.builds(lambda before, after: f"{before}{SECRET}{after}", _ANY, _ANY)
USERS = st.text(st.sampled_from(string.ascii_letters + string.digits + "._-"), min_size=1, max_size=8)
SCHEMES = st.sampled_from(["rtsp", "RTSP", "rtsps", "http", "https", "rtmp", "srt"])
KEYS = st.sampled_from(
    ["password", "pwd", "pass", "passwd", "passphrase", "token", "key", "auth", "secret", "loginpas"]
)


def shows_none_of(password: str, shown: str, *others: str) -> bool:
    """Whether no three letters of the password's middle can be read."""
    for other in others:
        shown = shown.replace(other, "")
    return not any(SECRET[index : index + 3] in shown for index in range(len(SECRET) - 2))


@given(SCHEMES, USERS, PASSWORDS, HOSTS)
def test_before_the_host_with_any_letters(scheme: str, user: str, password: str, host: str) -> None:
    for slashes in ("://", ":/"):
        shown = source_label(f"{scheme}{slashes}{user}:{password}@{host}/live")
        assert shown == f"{scheme}://{host}/live"
        assert shows_none_of(password, shown)


@given(SCHEMES, USERS, PASSWORDS, HOSTS)
def test_percent_encoded(scheme: str, user: str, password: str, host: str) -> None:
    shown = source_label(f"{scheme}://{user}:{quote(password, safe='')}@{host}/Streaming/Channels/101")
    assert shown == f"{scheme}://{host}/Streaming/Channels/101"


@given(SCHEMES, KEYS, USERS, PASSWORDS, HOSTS)
def test_in_the_query(scheme: str, key: str, user: str, password: str, host: str) -> None:
    for query in (
        f"{key}={password}",
        f"user={user}&{key}={password}&channel=1",
        f"channel=1&{key.upper()}={password}",
    ):
        shown = source_label(f"{scheme}://{host}/live?{query}")
        assert shown.startswith(f"{scheme}://{host}/live?") and shows_none_of(password, shown)


@given(SCHEMES, USERS, PASSWORDS, HOSTS)
def test_in_the_path(scheme: str, user: str, password: str, host: str) -> None:
    for path in (f"user={user}_password={password}_channel=1.sdp", f"live/{user}/{password}/7.ts", f"live/{password}"):
        shown = source_label(f"{scheme}://{host}/{path}")
        assert shown.startswith(f"{scheme}://{host}/") and shows_none_of(password, shown)


@example(user="0", password=f"@{SECRET}'", host="127.0.0.1")
@given(USERS, PASSWORDS, HOSTS)
def test_in_a_pipeline(user: str, password: str, host: str) -> None:
    quoted = password.replace('"', "")
    for pipeline in (
        f'rtspsrc location=rtsp://{host}/a user-id={user} user-pw="{quoted}" ! appsink',
        f"rtspsrc user-id={user} user-pw={password} location=rtsp://{host}/a ! decodebin ! appsink",
        f'uridecodebin uri="rtsp://{user}:{quoted}@{host}/a" ! appsink',
        f"rtspsrc location=rtsp://{host}/a user-pw={password}",
    ):
        shown = source_label(pipeline)
        assert shown.startswith("GStreamer pipeline") and shows_none_of(password, shown)
    simple = f"rtspsrc location=rtsp://{user}:{SECRET}@{host}/live user-pw={SECRET} ! appsink"
    assert source_label(simple) == f"GStreamer pipeline rtsp://{host}/live"


@example(user="00", password=f"{SECRET}@", host="127.0.0.1")
@example(user="8", password=SECRET, host="127.0.0.1")
@given(USERS, PASSWORDS, HOSTS)
def test_where_the_scheme_was_forgotten(user: str, password: str, host: str) -> None:
    if not password.startswith(("/", "\\")) and (len(user) > 1 or user.isdigit()):
        assert shows_none_of(password, source_label(f"{user}:{password}@{host}/live"))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://user:p@ss/w@cam/live", "rtsp://cam/live"),
        ("rtsp://me@mail.example:a#b@cam.local/live", "rtsp://cam.local/live"),
        ("rtsp://DOMAIN\\me:pass word@cam.local/live", "rtsp://cam.local/live"),
        ("rtsp:\\\\me:password@cam\\live", "rtsp://cam/live"),
        ("http://cam.local/live?mail=me@home.example", "http://cam.local/live?…"),
        ("http://me:password@cam.local/x?mail=me@home", "http://cam.local/…"),
        ("rtsp://10.0.0.9:554/live/me@home", "rtsp://10.0.0.9:554/live/…"),
        # Whichever is the host, the other may be a part of the password.
        ("rtsp://me:1234/word@cam/live", "rtsp://…"),
        ("rtsp://me:p@s.s/w@cam/live", "rtsp://…"),
        ("rtsp://cam:99999/live", "rtsp://…"),
        ("rtsp://10.0.0.9/cam/realmonitor?channel=1&subtype=0", "rtsp://10.0.0.9/cam/realmonitor?channel=1&subtype=0"),
        ("rtsp://10.0.0.9/h264Preview_01_main", "rtsp://10.0.0.9/h264Preview_01_main"),
        ("rtsp://10.0.0.9/axis-media/media.amp#me", "rtsp://10.0.0.9/axis-media/…"),
        ("rtmp://10.0.0.9/live/stream/key", "rtmp://10.0.0.9/live/stream/…"),
        ("udp://@239.0.0.1:1234", "udp://239.0.0.1:1234"),
        ("srt://10.0.0.9:9000?passphrase=word&mode=caller", "srt://10.0.0.9:9000?…"),
        ("nvarguscamerasrc sensor-id=0 ! appsink", "GStreamer pipeline"),
        ("tcpclientsrc host=10.0.0.9 port=80 ! appsink", "GStreamer pipeline 10.0.0.9"),
    ],
)
def test_addresses_as_people_see_them(address: str, shown: str) -> None:
    assert source_label(address) == shown
    assert source_label(shown) == shown or "GStreamer" in shown


@given(USERS, PASSWORDS, HOSTS)
def test_what_a_library_opens_leads_to_the_host_with_the_password(user: str, password: str, host: str) -> None:
    address = openable(f"rtsp://{user}:{password}@{host}/live?a=b")
    parts = urlsplit(address)
    assert parts.netloc.rpartition("@")[2] == host and parts.path == "/live"
    if "%" not in password:
        assert unquote(parts.netloc.rpartition("@")[0]) == f"{user}:{password}"


def test_an_address_that_libraries_understand_stays() -> None:
    for address in ("rtsp://me:p%40ss@cam/live", "rtsp://cam/live?user=me@home", "http://cam:8080/x", "0", "a b.mp4"):
        assert openable(address) == address


def test_in_texts_from_elsewhere() -> None:
    text = "[rtsp @ 0x5] cannot open 'rtsp://me:Xq7 hunter@10.0.0.9/live'"
    assert hide_passwords(text) == "[rtsp @ 0x5] cannot open 'rtsp://10.0.0.9/live'"
    assert hide_passwords("element rtspsrc user-pw=Xq7hunter failed") == "element rtspsrc user-pw=… failed"
    assert hide_passwords("http://10.0.0.9/x?a=b&PWD=Xq7hunter is gone") == "http://10.0.0.9/… is gone"
    for harmless in ("caution_s = 2.0", "mail me@home", "3 @ 4 km/h"):
        assert hide_passwords(harmless) == harmless
    assert "Xq7" not in str(UserError("cannot open rtsp:/me:Xq7hunter@10.0.0.9/live: no route"))


@pytest.mark.parametrize(
    "text",
    [
        "cannot open rtsp://10.0.0.9/admin/Xq7hunter/1: no answer",
        "rtmp://10.0.0.9/app/Xq7hunter failed",
        "(http://cam/snap.jpg?Xq7hunter)",
        "srt://10.0.0.9:9000?streamid=Xq7hunter",
        "no answer from me:Xq7hunter@10.0.0.9/live, tried twice",
    ],
)
def test_in_a_line_of_a_library_no_address_shows_one(text: str) -> None:
    shown = hide_passwords(text)
    assert SECRET not in shown and ("10.0.0.9" in shown or "//cam" in shown)


def test_a_line_that_names_no_secret_stays() -> None:
    for text in (
        "write rtsp://, http:// or https://",
        "rtsp://10.0.0.9:554/Streaming/Channels/101: no answer",
        "at 12:30 the camera me@home was lost",
    ):
        assert hide_passwords(text) == text


@pytest.mark.parametrize("text", ["rtsp//me:Xq7hunter@h/1", "rtsp;//u:Xq7hunter@h", "rtps ://u:Xq7hunter@h/1"])
def test_behind_a_mistyped_scheme(text: str) -> None:
    assert SECRET not in source_label(text)
