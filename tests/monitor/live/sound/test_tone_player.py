"""What is heard without a window, through a sound card that writes to a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from monitor.alerts.events import Tier
from monitor.live.sound.tone_player import TonePlayer, system_silence
from monitor.live.sound.tones import RATE, as_wav, tone
from tests.conftest import ROOT

ALERTS = (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL)


def test_the_three_tones_differ() -> None:
    files = [as_wav(tone(tier)) for tier in ALERTS]
    assert all(file.startswith(b"RIFF") for file in files) and len(set(files)) == 3
    assert 0.3 < len(tone(Tier.WARNING)) / RATE < 1.5


def heard(player: TonePlayer, seconds: float) -> np.ndarray:
    """What a device gets in some seconds, which asks for a twentieth at a time."""
    return np.concatenate([player.samples(RATE // 20) for _ in range(round(20 * seconds))])


@pytest.mark.parametrize("tier", [Tier.CAUTION, Tier.WARNING])
def test_a_caution_and_a_warning_are_heard_once(tier: Tier) -> None:
    player = TonePlayer()
    assert not heard(player, 1.0).any()
    player.play(tier)
    got = heard(player, 3.0)
    assert np.array_equal(got[: len(tone(tier))], tone(tier)) and not got[len(tone(tier)) :].any()


def test_a_critical_alert_is_heard_until_it_ends() -> None:
    player = TonePlayer(volume=0.5)
    player.play(Tier.CRITICAL)
    period = len(tone(Tier.CRITICAL))
    got = heard(player, 5.0)
    assert np.array_equal(got[:period], got[3 * period : 4 * period])
    assert np.abs(got).max() == pytest.approx(0.5 * np.abs(tone(Tier.CRITICAL)).max(), abs=1.0)
    player.stop()
    assert not heard(player, 1.0).any()


_PLAYS = """
import sys, time
from monitor.alerts.events import Tier
from monitor.live.sound.tone_player import TonePlayer
player = TonePlayer()
player.ensure_open()
assert player.works
player.play(Tier.WARNING)
until = time.monotonic() + 20.0
while time.monotonic() < until and player.playing:
    time.sleep(0.05)
player.close()
assert not player.works
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ALSA is Linux's")
def test_alsa_gets_the_tone(tmp_path: Path) -> None:
    sound, config = tmp_path / "sound.raw", tmp_path / "asound.conf"
    config.write_text(
        f'pcm.!default {{ type file\n slave.pcm none\n file "{sound}"\n format raw }}\npcm.none {{ type null }}\n',
        encoding="utf-8",
    )
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(config), "PULSE_SERVER": f"unix:{tmp_path / 'none'}"}
    done = subprocess.run(
        [sys.executable, "-c", _PLAYS], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if "no sound device" in done.stderr:
        pytest.skip("no ALSA library here")
    assert done.returncode == 0, done.stderr
    assert sound.stat().st_size > 0
    assert np.abs(np.fromfile(sound, dtype="<i2").astype(int)).max() > 10_000


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ALSA is Linux's")
def test_a_machine_without_a_device_says_so_in_one_line(tmp_path: Path) -> None:
    config = tmp_path / "asound.conf"
    config.write_text("", encoding="utf-8")
    code = (
        "from monitor.live.sound.tone_player import TonePlayer\nfrom engines.errors import UserError\n"
        "try: TonePlayer().ensure_open()\nexcept UserError as error: print(error)"
    )
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(config), "PULSE_SERVER": f"unix:{tmp_path / 'none'}"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("there is no sound device: ") and done.stdout.count("\n") == 1 and done.stderr == ""


TOOLS = {
    "wpctl": ("Volume: 0.40", "Volume: 0.40 [MUTED]", "Volume: 0.00"),
    "pactl": (
        "Mute: no\nVolume: front-left: 26214 /  40% / -23.88 dB,   front-right: 26214 /  40% / -23.88 dB",
        "Mute: yes\nVolume: front-left: 26214 /  40% / -23.88 dB",
        "Mute: no\nVolume: front-left: 0 /   0% / -inf dB,   front-right: 0 /   0% / -inf dB",
    ),
    "amixer": (
        "  Limits: Playback 0 - 87\n  Front Left: Playback 40 [46%] [-23.50dB] [on]",
        "  Front Left: Playback 40 [46%] [-23.50dB] [off]\n  Front Right: Playback 40 [46%] [-23.50dB] [off]",
        "  Mono: Playback 0 [0%] [-65.25dB] [on]",
    ),
}


@pytest.mark.skipif(sys.platform == "win32", reason="the tools are Linux's")
@pytest.mark.parametrize(
    ("tool", "answer", "silent"),
    [(tool, answer, number > 0) for tool, answers in TOOLS.items() for number, answer in enumerate(answers)],
)
def test_a_system_that_is_muted_or_at_zero_is_silent(
    tool: str, answer: str, silent: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / tool
    program.write_text(f"#!/bin/sh\nprintf '%s\\n' '{answer}'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (system_silence() is not None) == silent


@pytest.mark.skipif(sys.platform == "win32", reason="the tools are Linux's")
def test_a_tool_that_fails_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "wpctl"
    program.write_text("#!/bin/sh\necho Volume: 0.00\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system_silence() is None
