"use strict";
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const dark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => { button.textContent = dark() ? "Light" : "Dark"; };
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; label(); });
  label();

  // On paper everything is open.
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });

  // The map: what is under the pointer is said below it.
  const said = document.getElementById("said");
  for (const shape of document.querySelectorAll("[data-code]")) {
    const say = () => {
      const title = shape.querySelector("title");
      said.textContent = title ? title.textContent : "";
    };
    shape.addEventListener("pointerenter", say);
    shape.addEventListener("click", say);
  }

  // Tables: a click on a heading sorts.
  for (const table of document.querySelectorAll("table[data-sort]")) {
    const body = table.tBodies[0];
    table.querySelectorAll("thead th").forEach((head, k) => {
      const key = (row) => {
        const cell = row.cells[k];
        return cell.dataset.v !== undefined ? Number(cell.dataset.v) : cell.textContent.trim();
      };
      const press = document.createElement("button");
      press.type = "button";
      press.textContent = head.textContent;
      head.textContent = "";
      head.append(press);
      press.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        table.querySelectorAll("th[aria-sort]").forEach((h) => h.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = [...body.rows].sort((a, b) => {
          const [x, y] = [key(a), key(b)];
          const order = typeof x === "number" && typeof y === "number"
            ? (Number.isNaN(x) ? 1 : Number.isNaN(y) ? -1 : x - y)
            : String(x).localeCompare(String(y));
          return up ? order : -order;
        });
        body.append(...rows);
      });
    });
  }

  // A box that keeps the rows that hold what is typed.
  for (const box of document.querySelectorAll("input[data-filter]")) {
    const rows = [...document.getElementById(box.dataset.filter).tBodies[0].rows];
    box.addEventListener("input", () => {
      const wanted = box.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
  }
})();
