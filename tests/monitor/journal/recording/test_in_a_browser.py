"""What Chromium's video element shows of a clip."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from monitor.journal.recording.clip_file import ClipFile
from tests.monitor.journal.recording.numbered import packets_of, write_numbered

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed: apt-get install chromium")

SHOWN = """async () => {
    const video = document.querySelector("video");
    await new Promise(done => { video.oncanplay = done; if (video.readyState >= 3) done(); });
    const numberAt = async time => {
        video.currentTime = time;
        await new Promise(done => video.onseeked = done);
        await new Promise(done => video.requestVideoFrameCallback ? requestAnimationFrame(done) : done());
        const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight), context = canvas.getContext("2d");
        context.drawImage(video, 0, 0);
        let number = 0;
        for (let bit = 0; bit < 12; bit++) {
            const x = Math.floor((bit + 0.5) * canvas.width / 12);
            if (context.getImageData(x, canvas.height / 2, 1, 1).data[0] > 127) number |= 1 << bit;
        }
        return number;
    };
    return [await numberAt(0), await numberAt(1.01), await numberAt(video.duration - 0.01), video.duration];
}"""


@pytest.mark.parametrize("b_frames", [0, 2])
def test_the_video_element_shows_the_span(tmp_path: Path, b_frames: int) -> None:
    packets = packets_of(write_numbered(tmp_path / "drive.mkv", 150, b_frames=b_frames))
    clip = ClipFile(tmp_path / "clip.mp4", 2.6, [packet for packet in packets[50:] if packet.decoded_s < 4.4])
    clip.close(4.4)
    data = base64.b64encode((tmp_path / "clip.mp4").read_bytes()).decode("ascii")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_page()
        page.set_content(f'<video muted preload="auto" src="data:video/mp4;base64,{data}"></video>')
        first, middle, last, duration_s = page.evaluate(SHOWN)
        browser.close()
    assert (first, middle, last) == (65, 90, 109)
    assert duration_s == pytest.approx(1.8, abs=0.1)
