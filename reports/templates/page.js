// Puts the interactive chart in the place of its drawing; the drawing stays where this fails.
const wide = matchMedia("(min-width: 720px)");
const options = {
  ast: true, renderer: "svg", actions: false, defaultStyle: false,
  tooltip: { disableDefaultStyle: true },
};
async function draw(figure) {
  const form = wide.matches ? "wide" : "narrow";
  const specs = JSON.parse(figure.querySelector(".specs").textContent);
  const view = document.createElement("div");
  const result = await window.vegaEmbed(view, { ...specs[form], datasets: specs.datasets }, options);
  const place = figure.querySelector("." + form);
  place.replaceChildren(view);
  result.view.resize();
}
function drawAll() {
  for (const figure of document.querySelectorAll("figure")) draw(figure);
}
drawAll();
wide.addEventListener("change", drawAll);
