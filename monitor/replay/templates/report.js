"use strict";
// The timelines' pointer: a frame's label, prediction and alert, and the thumbnail nearest to it.
(() => {
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

  for (const drive of document.querySelectorAll("[data-drive]")) {
    const data = JSON.parse(drive.querySelector("script").textContent);
    const times = new Float32Array(bytes(data.times).buffer);
    const [probabilities, distracted, tiers, healths, labels] =
      ["probabilities", "distracted", "tiers", "healths", "labels"].map((name) => bytes(data[name]));
    const previewTimes = data.preview.map(([time]) => time);
    const panel = drive.querySelector(".frame-details"), rows = [...drive.querySelectorAll("svg.row")];
    const part = (name) => panel.querySelector(`[data-part=${name}]`);
    const bars = [...panel.querySelectorAll(".bar")];
    if (!times.length || !rows.length) continue;
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
      svg.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        pinned = Math.min(times.length - 1, Math.max(0, shown + step));
        show(pinned);
      });
    }
    for (const element of drive.querySelectorAll("[data-at]")) {
      element.addEventListener("click", () => {
        pinned = before(times, Number(element.dataset.at) + 1e-3);
        show(pinned);
        drive.querySelector(".timeline").scrollIntoView({ block: "center" });
      });
    }
    const first = tiers.findIndex((tier) => tier > 0);
    show(first < 0 ? 0 : first);
  }
  for (const link of document.querySelectorAll("a[href^='#drive']")) {
    link.addEventListener("click", () => { document.querySelector(link.getAttribute("href")).open = true; });
  }
})();
