// @ts-check
// The graph as a file that stands on its own: its styles, colours and fonts inside.

const SHEET = "assets/graph.css";
const FONTS = { KaTeX_Main: "Main-Regular", KaTeX_Math: "Math-Italic" };
const SCALE = 3;

/** @param {SVGSVGElement} picture @returns {Promise<Blob>} */
export async function asSVG(picture) {
  const copy = /** @type {SVGSVGElement} */ (picture.cloneNode(true));
  for (const part of copy.querySelectorAll(".undrawn,.now,.back,.lit")) {
    part.classList.remove("undrawn", "now", "back", "lit");
  }
  copy.classList.remove("led");
  const sheet = await (await fetch(SHEET)).text();
  const style = document.createElementNS(copy.namespaceURI, "style");
  style.textContent = `${await fonts()}\nsvg{${colours(sheet)}}\n${sheet}`;
  copy.prepend(style);
  const text = new XMLSerializer().serializeToString(copy);
  return new Blob([text], { type: "image/svg+xml" });
}

/** @param {SVGSVGElement} picture @returns {Promise<Blob>} */
export async function asPNG(picture) {
  const address = URL.createObjectURL(await asSVG(picture));
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = SCALE * picture.viewBox.baseVal.width;
  canvas.height = SCALE * picture.viewBox.baseVal.height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--card");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png");
  });
}

/** The custom properties the sheet uses, as they are now. */
function colours(sheet) {
  const used = new Set(sheet.match(/var\(--[\w-]+/g).map((found) => found.slice(4)));
  const now = getComputedStyle(document.documentElement);
  return [...used].map((name) => `${name}:${now.getPropertyValue(name)}`).join(";");
}

async function fonts() {
  const faces = Object.entries(FONTS).map(async ([family, file]) => {
    const reply = await fetch(`vendor/katex/fonts/KaTeX_${file}.woff2`);
    const bytes = new Uint8Array(await reply.arrayBuffer());
    const data = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    const style = file.endsWith("Italic") ? "italic" : "normal";
    return `@font-face{font-family:${family};font-style:${style};src:url(data:font/woff2;base64,${data})}`;
  });
  return (await Promise.all(faces)).join("");
}
