"""The report as a reader has it: in a browser, by mouse and by keyboard, narrow, enlarged, dark and on paper."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from copy import copy
from itertools import product
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserType, Page, Route, sync_playwright
from PySide6.QtPdf import QPdfDocument
from pytestqt.qtbot import QtBot

from engines.view import Mount
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.pictures import DriveThumbnails, take_thumbnails
from monitor.replay.report import report_html
from tests.monitor.fakes import FakeSource, Segments, frames_of
from tests.monitor.replay.test_replay import record_of, run_of

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed: apt-get install chromium")

LABELS: Segments = [(0, 5.0), (6, 7.0), (7, 4.0), (0, 15.0), (9, 6.0), (0, 5.0)]
SEEN: Segments = [(0, 5.0), (6, 7.0), (7, 4.0), (0, 8.0), (1, 3.0), (0, 15.0)]
"""Three incidents, the third of them false, and the last distraction is missed."""

LARGE_TEXT = ("--blink-settings=defaultFontSize=32",)
"""The reader's own text size, twice the usual one."""


def launch(chromium: BrowserType, *arguments: str) -> Browser:
    return chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", *arguments])


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserType]:
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="module")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    with launch(chromium) as browser:
        yield browser


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> DriveRecord:
    record = record_of(LABELS, tmp_path_factory.mktemp("record"), name="morning.mp4", seen=SEEN)
    assert record.event_score is not None and record.event_score.missed and record.event_score.false
    return record


def named(record: DriveRecord, name: str, driver: str, thumbnails: DriveThumbnails) -> DriveRecord:
    """The same drive again, with what was computed of it."""
    other = copy(record)
    other.name, other.driver, other.thumbnails = name, driver, thumbnails
    return other


@pytest.fixture(scope="module")
def report(record: DriveRecord, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five drives, two of them closed; one has a name that cannot be broken between words."""
    names = ("morning.mp4", f"{'a-very-long-name-' * 8}.mp4", "noon.mp4", "evening.mp4", "night.mp4")
    file = tmp_path_factory.mktemp("report") / "report.html"
    records = [named(record, name, f"p{number}", record.thumbnails) for number, name in enumerate(names)]
    file.write_text(report_html(run_of(*records), "2026-01-01 12:00"), encoding="utf-8")
    return file


def open_page(browser: Browser, file: Path, width: int = 1280, scheme: str = "light") -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page.set_default_timeout(60_000)
    page.goto(file.as_uri())
    return page


def when(page: Page) -> str:
    """The time that the first drive's details show."""
    return page.locator("#drive-1 [data-part=when]").inner_text()


def test_the_page_asks_for_nothing_and_complains_of_nothing(browser: Browser, report: Path) -> None:
    said: list[str] = []
    asked: list[str] = []

    def only_itself(route: Route) -> None:
        asked.append(route.request.url)
        if route.request.url == report.as_uri():
            route.continue_()
        else:
            route.abort()

    with browser.new_page() as page:
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.route(lambda url: not url.startswith("data:"), only_itself)
        page.goto(report.as_uri())
        for drive in ("#drive-4", "#drive-5"):
            page.locator(f"{drive} > summary").click()
        page.locator("#drive-5 figure").first.click()
    assert asked == [report.as_uri()] and said == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_axe_finds_nothing_serious(browser: Browser, report: Path, width: int, scheme: str) -> None:
    with open_page(browser, report, width, scheme) as page:
        page.locator("#drive-4 > summary").click()
        # Its policy allows no script of others in the page: axe runs beside it.
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert found["passes"], "axe has looked"
    serious = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == []


@pytest.mark.parametrize(("width", "arguments"), [(400, ()), (400, LARGE_TEXT), (1280, LARGE_TEXT)])
def test_a_narrow_page_and_one_of_twice_the_text_need_no_scrolling_sideways(
    chromium: BrowserType, report: Path, width: int, arguments: tuple[str, ...]
) -> None:
    with launch(chromium, *arguments) as browser, open_page(browser, report, width) as page:
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == (30.0 if arguments else 15.0)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # Nothing sticks out of the page but what scrolls by itself.
        out = """[...document.querySelectorAll("main *")].filter((each) => !each.closest(".scroll, .hidden")
            && each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.outerHTML.slice(0, 120))"""
        assert page.evaluate(out) == []
        scrolled = page.locator("#drive-1 .scroll:not(.timeline)").first
        scrolled.focus()
        assert page.evaluate("document.activeElement.classList.contains('scroll')")


def test_the_timeline_follows_the_mouse(browser: Browser, report: Path) -> None:
    with open_page(browser, report) as page:
        row = page.locator("#drive-1 svg.row").first
        row.scroll_into_view_if_needed()
        box = row.bounding_box()
        assert box is not None
        first = when(page)
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 20)
        under = when(page)
        assert under != first
        page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 20)
        pinned = when(page)
        page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 20)
        assert when(page) == pinned != under
        page.locator("#drive-1-incident-2").click()
        assert when(page) not in (pinned, under)
        assert page.locator("#drive-1 [data-part=tier]").inner_text() != "none"
        assert page.evaluate("document.activeElement.id") == "drive-1-timeline"


def test_the_timeline_is_worked_by_keyboard_alone(browser: Browser, report: Path) -> None:
    with open_page(browser, report) as page:
        for _ in range(200):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "drive-1-timeline":
                break
        slider = page.locator("#drive-1-timeline")
        assert (
            slider.evaluate("each => each.matches(':focus-visible') && getComputedStyle(each).outlineStyle") == "solid"
        )
        now = []
        for key in ("Home", "ArrowRight", "Shift+ArrowRight", "ArrowLeft", "n", "n", "n", "Shift+N", "End"):
            page.keyboard.press(key)
            now.append(float(slider.get_attribute("aria-valuenow") or "nan"))
        home, right, far, left, *peaks, back, end = now
        assert home == 0.0 and right == pytest.approx(0.2) and far == pytest.approx(5.2) and left == pytest.approx(5.0)
        assert left < peaks[0] < peaks[1] < peaks[2] and back == peaks[1] and end > 40.0
        assert "alert" in (slider.get_attribute("aria-valuetext") or "")
        # Pinned, it does not follow the mouse; Enter lets it go.
        row = page.locator("#drive-1 svg.row").first
        last = when(page)
        row.hover(position={"x": 400, "y": 20})
        assert when(page) == last
        page.keyboard.press("Enter")
        row.hover(position={"x": 300, "y": 20})
        assert when(page) != last


def test_a_card_is_reached_by_keyboard_and_leads_to_the_timeline(browser: Browser, report: Path) -> None:
    with open_page(browser, report) as page:
        page.locator("#drive-2-incident-3 a.at").focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "drive-2-timeline"
        at = page.locator("#drive-2-incident-3").get_attribute("data-at")
        now = page.locator("#drive-2-timeline").get_attribute("aria-valuenow")
        assert at is not None and now is not None and float(now) == pytest.approx(float(at), abs=0.06)


def test_a_link_opens_the_drive_that_it_leads_to(browser: Browser, report: Path) -> None:
    with open_page(browser, report) as page:
        assert not page.locator("#drive-5 .timeline").is_visible()
        page.locator('a[href="#drive-5"]').focus()
        page.keyboard.press("Enter")
        assert page.locator("#drive-5 .timeline").is_visible() and page.locator("#drive-5 .frame-details").is_visible()
        page.goto(f"{report.as_uri()}#drive-4-incident-2")
        page.reload()
        assert page.locator("#drive-4-incident-2").is_visible()


def test_filters_leave_what_is_asked_for(browser: Browser, report: Path) -> None:
    with open_page(browser, report) as page:
        told, drives = page.locator(".filters output"), page.locator("details.drive:visible")
        assert told.inner_text() == "5 drives, 15 incidents"
        # By keyboard: the name, then the activity, one Tab further.
        page.locator(".filters input[type=search]").focus()
        page.keyboard.type("NOON")
        assert told.inner_text() == "1 drive, 3 incidents" and drives.count() == 1
        assert page.locator("tr[data-of]:visible").count() == 1
        page.keyboard.press("Tab")
        page.keyboard.type("C1")
        assert told.inner_text() == "1 drive, 1 incident"
        assert page.locator("#drive-3 figure[data-incident]:visible").count() == 1
        assert page.locator("#drive-3 tr[data-incident]:visible").count() == 1
        page.get_by_role("button", name="Show all").click()
        page.wait_for_function("document.querySelector('.filters output').textContent === '5 drives, 15 incidents'")
        # By mouse: what went wrong, which is the false incident, and what stood too long.
        page.get_by_label("Only missed").check()
        assert told.inner_text() in ("5 drives, 5 incidents, 5 missed", "5 drives, 10 incidents, 5 missed")
        page.locator(".filters select[name=activity]").select_option("c5")
        assert told.inner_text() == "0 drives, 0 incidents, 0 missed" and drives.count() == 0


def choices(page: Page, name: str) -> list[str]:
    """What can be chosen of a list."""
    chosen: list[str] = page.locator(f".filters select[name={name}] option").evaluate_all(
        "all => all.map(o => o.value)"
    )
    return chosen


def choose(page: Page, name: str, number: int) -> None:
    """Choose of a list by keyboard."""
    page.locator(f".filters select[name={name}]").focus()
    page.keyboard.press("Home")
    for _ in range(number):
        page.keyboard.press("ArrowDown")


def data_of(page: Page, selector: str) -> list[dict[str, str]]:
    """What is said of some elements for the filter."""
    data: list[dict[str, str]] = page.locator(selector).evaluate_all("all => all.map((each) => ({...each.dataset}))")
    return data


def test_every_combination_of_filters_by_keyboard_leaves_what_fits(browser: Browser, report: Path) -> None:
    """What fits is counted here again, from what the page says of its cards and rows."""
    with open_page(browser, report) as page:
        cards, rows = data_of(page, "#drive-1 figure[data-incident]"), data_of(page, "#drive-1 [data-distraction]")
        assert [row["distraction"] for row in rows if "missed" in row] == ["c9"]
        asked = [each for each in enumerate(choices(page, "activity")) if each[1] in ("", "c1", "c9")]
        page.locator(".filters input[type=search]").focus()
        page.keyboard.type("morning")
        for wrong, (number, activity) in product((False, True), asked):
            page.locator(".filters input[name=wrong]").focus()
            if page.locator(".filters input[name=wrong]").is_checked() is not wrong:
                page.keyboard.press("Space")
            choose(page, "activity", number)
            for tier_number, tier in enumerate(choices(page, "tier")):
                choose(page, "tier", tier_number)
                shown = sum(
                    activity in ("", card["activity"]) and tier in ("", card["tier"]) and (not wrong or "wrong" in card)
                    for card in cards
                )
                labelled = sum(
                    not tier and (not activity or activity in row["distraction"]) and (not wrong or "missed" in row)
                    for row in rows
                )
                drives = int(shown + labelled > 0)
                counted = [
                    page.locator(f"{each}:visible").count()
                    for each in (
                        "details.drive",
                        "#drive-1 figure[data-incident]",
                        "#drive-1 tr[data-incident]",
                        "#drive-1 [data-distraction]",
                        "#drive-1 [data-none]",
                    )
                ]
                empty = drives * ((not shown) + (not labelled))
                assert counted == [drives, shown, shown, labelled, empty], (wrong, activity, tier)


def test_a_missed_distraction_is_found_by_its_activity(browser: Browser, report: Path) -> None:
    with open_page(browser, report) as page:
        page.get_by_label("Only missed").check()
        page.locator(".filters select[name=activity]").select_option("c9")
        assert page.locator(".filters output").inner_text() == "5 drives, 0 incidents, 5 missed"
        row = page.locator("#drive-1 [data-distraction]:visible")
        assert row.count() == 1 and "missed" in row.inner_text()


def test_the_keys_of_the_timeline_lead_to_no_incident_that_is_filtered_out(browser: Browser, report: Path) -> None:
    with open_page(browser, report) as page:
        cards = page.locator("#drive-1 figure[data-incident]")
        peaks = [float(at) for at in cards.evaluate_all("all => all.map((each) => each.dataset.at)")]
        activities = cards.evaluate_all("all => all.map((each) => each.dataset.activity)")
        assert activities == ["c6", "c7", "c1"]
        slider = page.locator("#drive-1-timeline")

        def now() -> float:
            return float(slider.get_attribute("aria-valuenow") or "nan")

        for activity, peak in zip(activities, peaks, strict=True):
            page.locator(".filters select[name=activity]").select_option(activity)
            slider.focus()
            for first, then in (("Home", "n"), ("End", "Shift+N")):
                page.keyboard.press(first)
                page.keyboard.press(then)
                assert now() == pytest.approx(peak, abs=0.06)
                page.keyboard.press(then)
                assert now() == pytest.approx(peak, abs=0.06), "there is no other"
        page.get_by_role("button", name="Show all").click()
        slider.focus()
        page.keyboard.press("Home")
        for peak in peaks:
            page.keyboard.press("n")
            assert now() == pytest.approx(peak, abs=0.06)


def test_a_link_to_what_is_filtered_out_shows_all_again(browser: Browser, report: Path) -> None:
    with open_page(browser, report) as page:
        page.locator(".filters select[name=activity]").select_option("c6")
        goal = page.locator("#drive-1-incident-2")
        assert not goal.is_visible()
        page.evaluate("location.hash = 'drive-1-incident-2'")
        goal.wait_for(state="visible")
        assert page.locator(".filters output").inner_text() == "5 drives, 15 incidents"


def test_on_paper_every_incident_is_there_and_no_card_is_cut(
    browser: Browser, report: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    with open_page(browser, report, scheme="dark") as page:
        page.pdf(path=tmp_path / "report.pdf", format="A4")
        assert page.locator("#drive-5").get_attribute("open") is None  # as it was before
    document = QPdfDocument()
    document.load(str(tmp_path / "report.pdf"))
    pages = [" ".join(document.getAllText(number).text().split()) for number in range(document.pageCount())]
    document.close()
    whole = " ".join(pages)
    assert whole.count("ended: another activity has begun") == 2 * 5  # a row and a card for each
    for number in (1, 2, 3):
        cards = (
            whole.count(f" {number} critical C")
            + whole.count(f" {number} warning C")
            + whole.count(f" {number} caution C")
        )
        assert cards == 5
    assert "Settings" in pages[-2] + pages[-1] and "clear_s" in whole  # what is closed on the screen
    assert "Point at the timeline" not in whole and "show in the timeline" not in whole
    # A card's first and last lines are on one page.
    for text in pages:
        assert text.count("label C6") + text.count("label C7") <= text.count("ended: ")


@pytest.mark.slow
def test_two_hundred_drives_are_opened_one_by_one(browser: Browser, record: DriveRecord, tmp_path: Path) -> None:
    source = FakeSource(frames_of(SEEN, fps=5.0))
    peaks_s = [incident.peak_s for incident in record.incidents]
    pictures = take_thumbnails(source, record.drive, record.frame_labels, peaks_s, Mount(), drives=200)
    records = [named(record, f"drive {number}", f"p{number % 20}", pictures) for number in range(200)]
    file = tmp_path / "report.html"
    file.write_text(report_html(run_of(*records), "2026-01-01 12:00"), encoding="utf-8")
    with open_page(browser, file) as page:
        # Their frames are not unpacked before somebody looks.
        assert page.locator("[data-started]").count() == 3
        page.locator(".filters input[type=search]").fill("drive 177")
        assert page.locator(".filters output").inner_text() == "1 drive, 3 incidents"
        page.locator("#drive-178 > summary").click()
        assert page.locator("#drive-178 [data-part=when]").inner_text() != ""
        assert page.locator("[data-started]").count() == 4
