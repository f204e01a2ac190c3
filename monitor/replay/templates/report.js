"use strict";
// The timelines' pointer (a frame's label, prediction and alert, and the thumbnail nearest to it), the filter, printing.
(() => {
  let printing = false;
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const clock = (seconds) => {
    const minutes = Math.floor(seconds / 60), rest = seconds - 60 * minutes;
    return minutes > 0 ? `${minutes}:${rest.toFixed(1).padStart(4, "0")} min` : `${rest.toFixed(1)} s`;
  };
  // The last of ascending values that is not above one, or the first.
  const before = (values, value) => {
    let low = 0, high = values.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[middle] <= value) low = middle + 1; else high = middle;
    }
    return Math.max(0, low - 1);
  };

  // A drive's frames are unpacked when it is first opened: a report may hold hundreds of drives.
  const start = (drive) => {
    if (drive.dataset.started || !drive.querySelector(".timeline")) return;
    drive.dataset.started = "";
    const data = JSON.parse(drive.querySelector("script").textContent);
    const times = new Float32Array(bytes(data.times).buffer);
    const [probabilities, distracted, tiers, healths, labels] =
      ["probabilities", "distracted", "tiers", "healths", "labels"].map((name) => bytes(data[name]));
    const previewTimes = data.preview.map(([time]) => time);
    const timeline = drive.querySelector(".timeline");
    // The peaks of those that are not filtered out, or of all.
    const cards = [...drive.querySelectorAll("figure[data-incident]")];
    const peaks = () => cards.filter((card) => !card.hidden).map((card) => Number(card.dataset.at));
    const panel = drive.querySelector(".frame-details"), rows = [...drive.querySelectorAll("svg.row")];
    const part = (name) => panel.querySelector(`[data-part=${name}]`);
    const bars = [...panel.querySelectorAll(".bar")];
    if (!times.length || !rows.length) return;
    let pinned = null, shown = 0;

    const chip = (element, activity) => {
      element.textContent = "";
      if (activity > 9) { element.textContent = "–"; return; }
      const mark = document.createElement("span");
      mark.className = `chip c${activity}`;
      mark.textContent = `C${activity}`;
      element.append(mark, ` ${bars[activity].title}`);
    };

    const show = (index) => {
      shown = index;
      const time = times[index], row = probabilities.subarray(10 * index, 10 * index + 10);
      panel.classList.add("on");
      part("when").textContent = clock(time);
      chip(part("label"), labels[index]);
      chip(part("prediction"), row.indexOf(Math.max(...row)));
      const tier = data.tierNames[tiers[index]];
      part("tier").className = `tag ${tier}`;
      part("tier").textContent = tier;
      part("distracted").textContent = distracted[index] > 200 ? "–" : `${(distracted[index] / 2).toFixed(0)} %`;
      part("health").textContent = data.healthTitles[healths[index]];
      bars.forEach((bar, activity) => {
        bar.querySelector("b").style.width = `${row[activity] / 2}%`;
        bar.lastElementChild.textContent = `${(row[activity] / 2).toFixed(0)} %`;
      });
      if (previewTimes.length) {
        const left = before(previewTimes, time), right = Math.min(left + 1, previewTimes.length - 1);
        const nearest = Math.abs(previewTimes[right] - time) < Math.abs(previewTimes[left] - time) ? right : left;
        part("thumbnail").src = `data:image/jpeg;base64,${data.preview[nearest][1]}`;
        part("thumbnail").alt = `frame at ${clock(previewTimes[nearest])}`;
        part("thumbnail-time").textContent = `frame at ${clock(previewTimes[nearest])}`;
      }
      const activity = bars[row.indexOf(Math.max(...row))].title;
      timeline.setAttribute("aria-valuenow", time.toFixed(1));
      timeline.setAttribute("aria-valuetext", `${clock(time)}: ${activity}, alert ${tier}`);
      for (const svg of rows) {
        const start = Number(svg.dataset.start), end = Number(svg.dataset.end), cursor = svg.querySelector(".cursor");
        const inside = time >= start && time < end;
        cursor.classList.toggle("on", inside);
        if (inside) {
          const x = 1000 * (time - start) / (end - start);
          cursor.setAttribute("x1", x);
          cursor.setAttribute("x2", x);
        }
      }
    };

    const at = (svg, event) => {
      const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
      const x = (event.clientX - box.left) / box.width * view.width - Number(svg.dataset.left);
      const fraction = Math.min(1, Math.max(0, x / 1000));
      const start = Number(svg.dataset.start), end = Number(svg.dataset.end);
      return before(times, start + fraction * (end - start));
    };
    for (const svg of rows) {
      svg.addEventListener("pointermove", (event) => { if (pinned === null) show(at(svg, event)); });
      svg.addEventListener("click", (event) => {
        const index = at(svg, event);
        pinned = pinned !== null && Math.abs(times[pinned] - times[index]) < 0.5 ? null : index;
        show(index);
      });
    }

    // What a key leads to: the frame before or after, one some seconds away, an end, or an incident's peak.
    const target = (event) => {
      const time = times[shown], step = event.shiftKey ? 5 : 0;
      switch (event.key) {
        case "ArrowLeft": return step ? before(times, time - step) : Math.max(0, shown - 1);
        case "ArrowRight": return step ? before(times, time + step) : Math.min(times.length - 1, shown + 1);
        case "PageUp": return before(times, time - 30);
        case "PageDown": return before(times, time + 30);
        case "Home": return 0;
        case "End": return times.length - 1;
        case "n": return before(times, (peaks().find((at) => at > time + 0.05) ?? time) + 1e-3);
        case "N": return before(times, (peaks().findLast((at) => at < time - 0.05) ?? time) + 1e-3);
        case "Enter": case " ": return shown;
      }
    };
    const follow = () => {
      const cursor = drive.querySelector(".cursor.on");
      if (!cursor) return;
      const box = cursor.getBoundingClientRect(), frame = timeline.getBoundingClientRect();
      if (box.left < frame.left || box.right > frame.right) timeline.scrollLeft += box.left - frame.left - frame.width / 2;
      if (box.top < 0 || box.bottom > innerHeight) cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
    };
    timeline.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === "Escape") { pinned = null; return; }
      const index = target(event);
      if (index === undefined) return;
      event.preventDefault();
      pinned = pinned !== null && (event.key === "Enter" || event.key === " ") ? null : index;
      show(index);
      follow();
    });

    for (const element of drive.querySelectorAll("[data-at]")) {
      element.addEventListener("click", (event) => {
        event.preventDefault();
        event.stopPropagation();
        pinned = before(times, Number(element.dataset.at) + 1e-3);
        show(pinned);
        timeline.scrollIntoView({ block: "center" });
        timeline.focus({ preventScroll: true });
        follow();
      });
    }
    const first = tiers.findIndex((tier) => tier > 0);
    show(first < 0 ? 0 : first);
  };

  const drives = [...document.querySelectorAll("[data-drive]")];
  for (const drive of drives) {
    if (drive.open) start(drive);
    drive.addEventListener("toggle", () => { if (drive.open && !printing) start(drive); });
  }

  // What a link or an address leads to is opened first, and no longer filtered out.
  const filters = document.querySelector(".filters");
  const reveal = (name) => {
    const goal = document.getElementById(name), around = goal?.closest("details:not([open])");
    const filtered = filters && goal?.closest("[hidden]");
    if (filtered) {
      filters.reset();
      apply();
    }
    if (around) {
      around.open = true;
      start(around);
    }
    if (around || filtered) goal.scrollIntoView();
  };
  for (const link of document.querySelectorAll("a[href^='#']:not([data-at])")) {
    link.addEventListener("click", () => reveal(link.hash.slice(1)));
  }
  addEventListener("hashchange", () => reveal(location.hash.slice(1)));

  // On paper everything is open.
  let opened = [];
  addEventListener("beforeprint", () => {
    printing = true;
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    printing = false;
  });

  // What scrolls sideways can be scrolled by keyboard; where nothing is cut off there is no stop for Tab.
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0; else target.removeAttribute("tabindex");
    }
  });
  for (const element of document.querySelectorAll(".scroll:not(.timeline)")) resized.observe(element);

  let apply = () => {};
  if (filters) {
    const fields = filters.elements, told = filters.querySelector("output");
    const sections = drives.map((drive) => ({
      drive,
      row: document.querySelector(`[data-of="${drive.id}"]`),
      name: drive.dataset.name.toLowerCase(),
      incidents: [...drive.querySelectorAll("[data-incident]")],
      distractions: [...drive.querySelectorAll("[data-distraction]")],
      none: [...drive.querySelectorAll("[data-none]")],
    }));
    apply = () => {
      const name = (fields.name?.value ?? "").trim().toLowerCase(), wrong = fields.wrong?.checked ?? false;
      const activity = fields.activity.value, tier = fields.tier.value;
      let shownDrives = 0, shownIncidents = 0, shownMissed = 0;
      for (const section of sections) {
        let matched = 0, labelled = 0, missed = 0;
        for (const incident of section.incidents) {
          const data = incident.dataset;
          const fits = (!activity || data.activity === activity) && (!tier || data.tier === tier) && (!wrong || "wrong" in data);
          incident.hidden = !fits;
          if (fits && incident.localName === "figure") matched += 1;
        }
        // A labelled distraction has no tier; of those that went wrong, the missed ones have no incident.
        for (const row of section.distractions) {
          const isMissed = "missed" in row.dataset;
          const fits = !tier && (!activity || row.dataset.distraction.split(" ").includes(activity)) && (!wrong || isMissed);
          row.hidden = !fits;
          if (fits) { labelled += 1; if (isMissed) missed += 1; }
        }
        for (const note of section.none) {
          const of = note.dataset.none === "incidents" ? matched : labelled;
          note.hidden = of > 0;
          note.previousElementSibling.hidden = of === 0;
        }
        const found = matched > 0 || missed > 0;
        const asked = activity || tier ? found || (!wrong && labelled > 0) : !wrong || found || "wrong" in section.drive.dataset;
        const fits = section.name.includes(name) && asked;
        section.drive.hidden = !fits;
        if (section.row) section.row.hidden = !fits;
        if (fits) { shownDrives += 1; shownIncidents += matched; shownMissed += missed; }
      }
      const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
      told.textContent = `${count(shownDrives, "drive")}, ${count(shownIncidents, "incident")}${wrong && !tier ? `, ${shownMissed} missed` : ""}`;
    };
    filters.hidden = false;
    filters.addEventListener("submit", (event) => event.preventDefault());
    filters.addEventListener("input", apply);
    filters.addEventListener("reset", () => setTimeout(apply));
    apply();
  }
  reveal(location.hash.slice(1));
})();
