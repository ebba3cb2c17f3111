// Sorts a table by the column whose heading is clicked. Without it tables stay in their own order.
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      for (const body of table.tBodies) sort(body, column, down ? -1 : 1);
    });
  });
}
function sort(body, column, sign) {
  const rows = [...body.rows].filter((row) => !row.classList.contains("group"));
  const value = (row) => {
    const cell = row.cells[column];
    return column === 0 ? cell.textContent.toLowerCase() : parseFloat(cell.dataset.sort ?? "NaN");
  };
  rows.sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (column === 0) return sign * x.localeCompare(y);
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
    return sign * (x - y);
  });
  body.append(...rows);
}
