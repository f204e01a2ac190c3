"""Addresses of cameras and streams as they may be shown: where they lead, and nothing that may be a password.

People write passwords in many places and with any character. So an address is taken apart, and of its parts only those
are shown that are plainly no secret: scheme, host and port, and the words and numbers that cameras' paths are made of.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote

HIDDEN = "…"

_BEGIN = r"(?:[a-zA-Z][a-zA-Z0-9+.-]+:[/\\]{2,}|(?i:rtsps?|rtmps?|https?|srt|udp|tcp|mms):[/\\])"
"""Of an address; a missing slash is forgiven where nothing else can be meant."""
_SCHEME = re.compile(rf"\s*(?={_BEGIN})([a-zA-Z0-9+.-]+):[/\\]+")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+(?:%[\w.-]+)?\]|[\w.-]+)(?::(\d{1,5}))?")
_ENDS_HOST = re.compile(r"[/?#]")
_USER_BEFORE_HOST = re.compile(
    r"\s*(?:[/\\]*(?!\d{1,2}:[0-5]\d[\s:])(?:[^\s:/\\@]{2,}|\d)|[\w+.-]+\s*[;:.,]?[/\\]{1,2}[^\s:/\\@]+):(?![/\\])[^@]*@"
)
"""Also behind a scheme that is mistyped, such as ``rtsp//``; not a time of day in a file's name."""
_USER_IN_TEXT = re.compile(r"(?<![\w/\\:.@-])[^\s:/\\@\"'(]{2,}:[^\s@/\\][^\s@]*@(?=[\w\[])")
_ENDS_SENTENCE = ".,:;!?)]}>\"'»"
_PASSWORD = re.compile(
    r"""(?ix) ( (?: \w* (?:passwo?r?d|passphrase|secret|pwd?)
    | (?<![a-z]) (?: (?:login|user)?pass? | token | auth | (?:api|access)[_-]?key ) ) \s* = \s* )
    (?: "[^"]*" | '[^']*' | [^\s&;!"']+ )"""
)
_QUERY = re.compile(r"\?[^=]+=")
_PIPELINE = re.compile(r"\s!\s|^\s*[a-z]\w*(?:src|bin)\b.*=")
_IN_PIPELINE = re.compile(
    # A quote ends what one like it begins; a password may hold the other kind.
    rf"""(?<="){_BEGIN}[^"]*|(?<='){_BEGIN}[^']*|{_BEGIN}.*?(?=["']?(?:\s+[\w:-]+\s*=|\s+!|\s*$))"""
)
_HOST_IN_PIPELINE = re.compile(r"\b(?:host|address)\s*=\s*([\w.-]+)")

_WORD = re.compile(
    r"""(?ix) \d{1,3} | amp | av | axis | cam | camera | cameras | cgi | ch | channel | channels | codec | default
    | feed | h | hevc | high | image | jpeg | jpg | live | low | m3u8 | main | media | medium | mjpeg | mjpg | mp
    | mpeg | onvif | preview | profile | realmonitor | rtsp | sdp | snapshot | stream | streaming | streams | sub
    | substream | subtype | track | ts | unicast | video | videos"""
)
_KEY = re.compile(r"(?i)camera|channel|codec|fps|height|profile|resolution|stream|subtype|unicast|width")

_LETTERS_OF_A_USER = "".join(map(chr, set(range(33, 127)) - set(map(ord, '/\\?#@"<>[]'))))


def is_address(text: str) -> bool:
    """Whether a text that names no file may be an address or a pipeline, complete or not: it may hold a password."""
    marks = (_SCHEME.search(text), _USER_BEFORE_HOST.match(text), _PASSWORD.search(text), _QUERY.search(text))
    return any(mark is not None for mark in marks) or _PIPELINE.search(text) is not None


def address_label(text: str) -> str:
    """An address for people, such as ``rtsp://10.0.0.9:554/Streaming/Channels/101``; what is left out is ``…``.

    Of a GStreamer pipeline the addresses and hosts are shown that it names.
    """
    scheme = _SCHEME.match(text)
    if scheme is None and _PIPELINE.search(text):
        places = [*map(address_label, _IN_PIPELINE.findall(text)), *_HOST_IN_PIPELINE.findall(text)]
        return " ".join(["GStreamer pipeline", *places])
    start, rest = ("", text) if scheme is None else (f"{scheme[1]}://", text[scheme.end() :])
    if scheme is not None and "\\" in scheme[0]:
        rest = rest.replace("\\", "/")
    _, host, tail = _parts(rest.strip().lstrip("/\\"))
    return f"{start}{host}{_tail_label(tail)}" if host else f"{start}{HIDDEN}"


def openable(address: str) -> str:
    """An address as libraries read it: what would end its user's name or password too early is percent-encoded."""
    scheme = _SCHEME.match(address)
    user, host, tail = ("", "", "") if scheme is None else _parts(address[scheme.end() :])
    if scheme is None or not user or not host:
        return address
    return f"{address[: scheme.end()]}{quote(user, safe=_LETTERS_OF_A_USER)}@{host}{tail}"


def hide_passwords(text: str) -> str:
    """A text from elsewhere, such as a library's error, in which no address names a user or a password.

    Where an address ends in a text can only be guessed: what names an address shows its `address_label` instead.
    """
    if not any(mark in text for mark in ("@", "=", ":/", ":\\")):
        return text
    lines = (_USER_IN_TEXT.sub(f"{HIDDEN}@", _hide_addresses(line)) for line in text.split("\n"))
    return _PASSWORD.sub(rf"\1{HIDDEN}", "\n".join(lines))


def _hide_addresses(line: str) -> str:
    found = re.search(rf"({_BEGIN})(\S*)", line)
    if found is None:
        return line
    address, rest = found[0], line[found.end() :]
    more = re.match(r".*@\S*", rest)
    if more is not None and _certainty(_parts(found[2].lstrip("/\\"))[1]) < 2:
        # What looks like the host may be the beginning of a password with a space.
        address, rest = address + more[0], rest[more.end() :]
    behind = address[len(address.rstrip(_ENDS_SENTENCE)) :]
    address = address.removesuffix(behind) if behind else address
    # A scheme alone leads nowhere.
    shown = address_label(address) if len(address) > len(found[1]) else address
    return line[: found.start()] + shown + behind + _hide_addresses(rest)


def _parts(rest: str) -> tuple[str, str, str]:
    """What stands behind the scheme: user and password, host with port, and the rest.

    The host is empty where it cannot be told from a part of the password.
    """
    end = _ENDS_HOST.search(rest)
    authority = rest if end is None else rest[: end.start()]
    user, _, host = authority.rpartition("@")
    first = (user, host if _certainty(host) else "", rest[len(authority) :])
    if "@" not in rest[len(authority) :]:
        return first
    # A later @ belongs to path or query, or ends a password that holds / ? or #.
    user, _, after = rest.rpartition("@")
    end = _ENDS_HOST.search(after)
    host = after if end is None else after[: end.start()]
    last = (user, host if _certainty(host) else "", after[len(host) :])
    likely, other = _certainty(first[1]), _certainty(last[1])
    if ":" not in authority or likely == _IS_IP:
        return first
    if likely == 0 or other == _IS_IP:
        return last
    neither = ("", "", "")
    has_user = "@" in authority
    if re.match(r"[^@]*\?[^@]*=", rest[len(authority) :]):  # such as ?mail=me@home
        if likely > other or (likely == other and not has_user):
            return first
        return last if has_user and other > likely else neither
    if other > likely or (other == likely and has_user):
        return last
    return first if likely > other and not has_user else neither


_IS_IP = 3


def _certainty(host: str) -> int:
    """How surely a text is a host, with or without a port: 0 not at all, 1 it may be, 2 by its dots, 3 by its form."""
    match = _HOST.fullmatch(host)
    if match is None or int(match[2] or 0) > 65535:
        return 0
    try:
        ipaddress.ip_address(match[1].strip("[]").partition("%")[0])
        return _IS_IP
    except ValueError:
        return 2 if "." in match[1].strip(".") or match[1] == "localhost" else 1


def _tail_label(tail: str) -> str:
    """Path and query up to the first part that may be a secret."""
    path, mark, query = tail.partition("?")
    parts = path.split("/")
    shown = next((index for index, part in enumerate(parts) if not _is_harmless(part)), len(parts))
    if shown < len(parts):
        return "/".join([*parts[:shown], HIDDEN])
    if not mark:
        return path
    pairs = [pair for pair in query.split("&") if _is_harmless_pair(pair)]
    return f"{path}?{'&'.join(pairs if len(pairs) == query.count('&') + 1 else [*pairs, HIDDEN])}"


def _is_harmless_pair(pair: str) -> bool:
    key, _, value = pair.partition("=")
    return _KEY.fullmatch(key) is not None and _is_harmless(value)


def _is_harmless(part: str) -> bool:
    """Whether a part of a path holds nothing but known words and short numbers."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", part)
    return re.fullmatch(r"[A-Za-z0-9_.-]*", part) is not None and all(map(_WORD.fullmatch, words))
