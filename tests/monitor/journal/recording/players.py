"""What players show of a drive's clips: the span from before to after each incident, to the frame.

    python -m monitor --demo --headless --store STORE --record incidents
    python -m tests.monitor.journal.recording.players STORE monitor/demo/drive.mp4

FFmpeg's frames are compared bit by bit with those of the drive, and Chromium's by the frame that is most like them. A
table is printed; 1 where a player begins or ends more than a frame off.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from shutil import which
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright

from monitor.journal.recording.recorder import AFTER_S, BEFORE_S
from monitor.journal.store.opening import open_for_reading

WIDTH, HEIGHT = 160, 120
_SHOWN = """async ([width, height]) => {
    const video = document.querySelector("video");
    await new Promise((done, fail) => {
        video.onerror = () => fail(video.error.message);
        video.oncanplay = done;
        if (video.readyState >= 3) done();
    });
    const at = async time => {
        video.currentTime = time;
        await new Promise(done => video.onseeked = done);
        await new Promise(done => requestAnimationFrame(done));
        const canvas = new OffscreenCanvas(width, height), context = canvas.getContext("2d");
        context.imageSmoothingQuality = "high";
        context.drawImage(video, 0, 0, width, height);
        return Array.from(context.getImageData(0, 0, width, height).data.filter((_, index) => index % 4 == 1));
    };
    return [await at(0), await at(video.duration - 0.001), video.duration];
}"""


class Drive:
    """The drive's frames: their hashes, what they look like, and how many a second."""

    def __init__(self, path: Path) -> None:
        self.hashes = ffmpeg_hashes(path)
        self.small: list[NDArray[np.float32]] = []
        with av.open(str(path)) as container:
            self.fps = container.streams.video[0].average_rate or Fraction(25)
            for frame in container.decode(video=0):
                rgb = frame.reformat(WIDTH, HEIGHT, "rgb24", interpolation="AREA").to_ndarray()
                self.small.append(rgb[:, :, 1].astype(np.float32))

    def like(self, pixels: Sequence[int]) -> int:
        """The number of the frame that looks most like an image."""
        image = np.asarray(pixels, dtype=np.float32).reshape(HEIGHT, WIDTH)
        return int(np.argmin([np.abs(one - image).mean() for one in self.small]))


def ffmpeg_hashes(path: Path) -> list[str]:
    """Of each frame that FFmpeg shows of a file."""
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(path),
        "-map",
        "0:v",
        "-fps_mode",
        "passthrough",
        "-f",
        "framemd5",
        "-",
    ]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [line.rsplit(",", 1)[1].strip() for line in lines if not line.startswith("#")]


def chromium_shows(page: Page, drive: Drive, clip: Path) -> tuple[int, int, float]:
    """The first and the last frame that the video element shows, and its duration in seconds."""
    data = base64.b64encode(clip.read_bytes()).decode("ascii")
    page.set_content(f'<video muted preload="auto" src="data:video/mp4;base64,{data}"></video>')
    first, last, duration_s = page.evaluate(_SHOWN, [WIDTH, HEIGHT])
    return drive.like(first), drive.like(last), duration_s


def main(argv: Sequence[str] | None = None) -> int:
    """Look at all clips of the store's incidents, which are all of one drive, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.monitor.journal.recording.players", description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("drive", type=Path)
    arguments = parser.parse_args(argv)
    drive = Drive(arguments.drive)
    whole_s = len(drive.hashes) / float(drive.fps)
    with closing(open_for_reading(arguments.store)) as database:
        incidents = {one.uid: one.incident for one in database.incidents()}
        clips = [(incidents[clip.incident_uid], clip.file) for clip in database.clips() if clip.incident_uid]
    rows: list[dict[str, Any]] = []
    with sync_playwright() as playwright:
        path = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))), None)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_page()
        for incident, file in sorted(clips, key=lambda one: one[0].number):
            assert incident.end_s is not None
            first_s, last_s = max(0.0, incident.start_s - BEFORE_S), min(whole_s, incident.end_s + AFTER_S)
            expected = round(first_s * float(drive.fps)), round(last_s * float(drive.fps)) - 1
            shown = ffmpeg_hashes(arguments.store / file)
            ffmpeg = drive.hashes.index(shown[0]), drive.hashes.index(shown[-1])
            assert shown == drive.hashes[ffmpeg[0] : ffmpeg[1] + 1], f"{file} has other frames between"
            *chromium, duration_s = chromium_shows(page, drive, arguments.store / file)
            rows.append(
                {
                    "incident": incident.number, "from_s": round(first_s, 2), "to_s": round(last_s, 2),
                    "expected": expected, "ffmpeg": ffmpeg, "chromium": tuple(chromium),
                    "chromium_s": round(duration_s, 2),
                }
            )  # fmt: skip
            print(json.dumps(rows[-1]), flush=True)
        browser.close()
    off = [
        abs(shown - meant)
        for row in rows
        for player in ("ffmpeg", "chromium")
        for shown, meant in zip(row[player], row["expected"], strict=True)
    ]
    print(f"{len(rows)} clips; at most {max(off, default=0)} frames off")
    return 1 if max(off, default=0) > 1 else 0


if __name__ == "__main__":
    sys.exit(main())
