"use strict";
(() => {
  const table = document.getElementById("drives");
  if (!table) return;
  const all = JSON.parse(document.getElementById("data").textContent);
  const PAGE = 50;
  const body = table.tBodies[0], find = document.getElementById("find"), shown = document.getElementById("shown");
  const back = document.getElementById("back"), next = document.getElementById("next");
  let rows = all, first = 0;

  function duration(seconds) {
    if (seconds < 60) return seconds.toFixed(1) + " s";
    const minutes = Math.round(seconds / 60);
    return minutes < 60 ? minutes + " min" : Math.floor(minutes / 60) + " h " + String(minutes % 60).padStart(2, "0") + " min";
  }

  function cell(row, tag, text, href, left) {
    const element = document.createElement(tag);
    if (tag === "th") element.scope = "row";
    if (left) element.className = "left";
    if (href) {
      const link = document.createElement("a");
      link.href = href;
      link.textContent = text;
      element.append(link);
    } else {
      element.textContent = text;
    }
    row.append(element);
  }

  function draw() {
    const part = document.createDocumentFragment();
    for (const drive of rows.slice(first, first + PAGE)) {
      const row = document.createElement("tr");
      cell(row, "th", drive.drive, drive.link, true);
      for (const name of ["driver", "vehicle", "day"]) cell(row, "td", drive[name], "", true);
      cell(row, "td", duration(drive.length_s));
      for (const name of ["criticals", "warnings", "cautions"]) cell(row, "td", drive[name]);
      cell(row, "td", duration(drive.alert_s));
      cell(row, "td", duration(drive.not_assessed_s));
      cell(row, "td", drive.expected === null ? "–" : drive.detected + " of " + drive.expected);
      cell(row, "td", drive.false_alerts === null ? "–" : drive.false_alerts);
      cell(row, "td", "incidents", drive.incidents_file);
      part.append(row);
    }
    body.replaceChildren(part);
    const last = Math.min(first + PAGE, rows.length);
    shown.textContent = rows.length ? (first + 1) + " to " + last + " of " + rows.length : "none found";
    back.disabled = first === 0;
    next.disabled = last >= rows.length;
  }

  find.addEventListener("input", () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows = all.filter((drive) => {
      const text = (drive.drive + " " + drive.driver + " " + drive.vehicle + " " + drive.day).toLowerCase();
      return words.every((word) => text.includes(word));
    });
    first = 0;
    draw();
  });
  back.addEventListener("click", () => { first = Math.max(0, first - PAGE); draw(); });
  next.addEventListener("click", () => { first += PAGE; draw(); });
  draw();
})();
