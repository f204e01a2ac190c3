"""What the command line says of metrics."""

from __future__ import annotations

import pytest

from monitor.__main__ import parser


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("9464", ("127.0.0.1", 9464)),
        ("0.0.0.0:9464", ("0.0.0.0", 9464)),
        ("[::1]:9464", ("::1", 9464)),
        ("car.local:80", ("car.local", 80)),
    ],
)
def test_a_port_is_this_machines_unless_an_address_says_otherwise(text: str, address: tuple[str, int]) -> None:
    assert parser().parse_args(["--metrics", text]).metrics == address


@pytest.mark.parametrize("text", ["", "x", "70000", "-1", ":9464", "host:", "host:x"])
def test_what_is_no_port_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parser().parse_args([f"--metrics={text}"])
    assert f"{text!r} is no port" in capsys.readouterr().err
