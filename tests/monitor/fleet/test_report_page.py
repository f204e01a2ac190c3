"""The report of 5,000 drives in a browser: it asks for nothing, finds drives, and turns pages; and how it is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from monitor.alerts.events import Tier
from monitor.fleet.report.tables import FleetTables
from monitor.fleet.report.write import report_dict, report_html
from monitor.fleet.results.store import ResultStore
from monitor.fleet.results.tables import FAULTS, INCIDENTS, SCORES, to_parquet
from tests.monitor.replay.test_report_page import AXE, CHROMIUM, launch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

DRIVES = 5000
NASTY = "/drives/</script><img src=x onerror=alert(1)>.mp4"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A fleet's report, of tables with the figures of drives that nobody has driven."""
    folder = tmp_path_factory.mktemp("fleet")
    generator = np.random.default_rng(3)
    rows: list[dict[str, Any]] = []
    incident_files: dict[int, bytes] = {}
    for name in ("incidents", "faults", "scores"):
        (folder / name).mkdir()
    no_fault = to_parquet([], FAULTS)
    for number in range(DRIVES):
        incidents = int(generator.integers(0, 4))
        if incidents not in incident_files:
            incident_files[incidents] = to_parquet(
                [
                    {
                        "number": each + 1,
                        "start_s": 10.0 * each,
                        "end_s": 10.0 * each + 4.0,
                        "tier": (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL)[each].code,
                        "activity": "c6" if each else "c2",
                    }
                    for each in range(incidents)
                ],
                INCIDENTS,
            )
        (folder / "incidents" / f"{number}.parquet").write_bytes(incident_files[incidents])
        (folder / "faults" / f"{number}.parquet").write_bytes(no_fault)
        score = {"length_s": 600.0, "frames": 6000, "not_assessed_s": 1.0, "speed_lost_s": 0.0, "below_gate_s": 0.0}
        tiers = {
            f"{tier}_s": 4.0 * (incidents > level) for level, tier in enumerate(("caution", "warning", "critical"))
        }
        (folder / "scores" / f"{number}.parquet").write_bytes(to_parquet([{**score, **tiers}], SCORES))
        rows.append(
            {
                "drive": NASTY if number == 7 else f"/drives/drive-{number:04}.mp4",
                "driver": f"driver {number % 40}",
                "vehicle": f"van {number % 12}",
                "day": f"2026-01-{number % 28 + 1:02}",
                **{name: f"{name}/{number}.parquet" for name in ("predictions", "incidents", "faults", "scores")},
                "failure": None,
            }
        )
    rows.append({**dict.fromkeys(rows[0]), "drive": "/drives/broken.mp4", "failure": "there is no frame in it"})
    tables = FleetTables.open(ResultStore(str(folder)), rows)
    made = report_dict(tables, rows, "fake", None, [])
    assert made["totals"]["drives"] == DRIVES and made["drives"] == DRIVES + 1
    found = {row["name"]: row["drives"] for row in made["per_driver"]}
    assert len(found) == 40 and sum(found.values()) == DRIVES
    incidents = sum(row["incidents"] for row in made["per_activity"])
    assert incidents == sum(made["totals"][each] for each in ("cautions", "warnings", "criticals"))
    return made


@pytest.fixture(scope="module")
def page(content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, list[str]]]:
    if CHROMIUM is None:
        pytest.skip("no chromium is installed: apt-get install chromium")
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(report_html(content), encoding="utf-8")
    with sync_playwright() as playwright, launch(playwright.chromium) as browser:
        yield _opened(browser, file)


def _opened(browser: Browser, file: Path) -> tuple[Page, list[str]]:
    said: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(120_000)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    def asked(request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            said.append(request.url)

    page.on("request", asked)
    page.goto(file.as_uri())
    return page, said


def test_the_worst_drives_come_first_and_pages_turn(page: tuple[Page, list[str]], content: dict[str, Any]) -> None:
    opened, said = page
    rows = opened.locator("#drives tbody tr")
    assert rows.count() == 50 and opened.locator("#shown").inner_text() == f"1 to 50 of {DRIVES}"
    first = rows.first.locator("a").first
    assert first.inner_text() == content["worst_drives"][0]["drive"]
    assert (first.get_attribute("href") or "").startswith("file:///drives/drive-")
    opened.locator("#next").click()
    assert opened.locator("#shown").inner_text() == f"51 to 100 of {DRIVES}"
    assert rows.first.locator("th").inner_text() == content["worst_drives"][50]["drive"]
    opened.locator("#back").click()
    opened.locator("#find").fill("VAN 2026-01-08")
    shown = opened.locator("#shown").inner_text()
    expected = sum(drive["day"] == "2026-01-08" for drive in content["worst_drives"])
    assert 0 < expected < DRIVES and shown.endswith(f"of {expected}")
    opened.locator("#find").fill("no such drive")
    assert opened.locator("#shown").inner_text() == "none found" and rows.count() == 0
    opened.locator("#find").fill("onerror")
    assert rows.first.locator("th").inner_text() == NASTY
    opened.locator("#find").fill("")
    assert opened.get_by_text("there is no frame in it").count() == 1
    assert said == []


def test_the_page_can_be_read_by_everybody(page: tuple[Page, list[str]]) -> None:
    opened, _ = page
    opened.evaluate(AXE.read_text(encoding="utf-8"))
    violations = opened.evaluate("axe.run().then(found => found.violations.map(v => v.id + ': ' + v.nodes[0].html))")
    assert violations == []
    for width in (360, 1280):
        opened.set_viewport_size({"width": width, "height": 800})
        assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_of_thousands_of_drives_stays_small(content: dict[str, Any]) -> None:
    assert len(report_html(content)) < 4_000_000
