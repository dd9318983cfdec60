// Ask every second what is going on; show it, and load the page again when there is a new report.
const board = document.getElementById("watch");
const shown = () => [...board.children].map((line) => line.className + line.textContent).join("\n");
const show = (lines) => {
  const made = lines.map(({ look, text }) => {
    const line = document.createElement("p");
    line.className = look;
    line.textContent = text;
    return line;
  });
  if (made.map((line) => line.className + line.textContent).join("\n") !== shown()) board.replaceChildren(...made);
};
const ask = async () => {
  try {
    const told = await (await fetch("/state")).json();
    if (String(told.report) !== board.dataset.report) {
      location.reload();
      return;
    }
    show(told.lines);
  } catch {
    show([{ look: "alarm doubt", text: "The watch has ended: this page no longer follows the table." }]);
  }
  setTimeout(ask, 1000);
};
ask();
