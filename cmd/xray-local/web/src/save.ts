// Saving drawings and data as files. Nothing leaves the page: the files are made here.

export function saveText(text: string, type: string, name: string): void {
  save(new Blob([text], {type}), name);
}

function save(blob: Blob, name: string): void {
  const a = document.createElement("a");
  a.href = URL.createObjectURL(blob);
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
}

export function saveSVG(svg: SVGSVGElement, name: string): void {
  saveText(standalone(svg), "image/svg+xml", name);
}

// savePNG draws at twice the size, for screens with fine dots.
export async function savePNG(svg: SVGSVGElement, name: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([standalone(svg)], {type: "image/svg+xml"}));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * Number(svg.getAttribute("width"));
    canvas.height = 2 * Number(svg.getAttribute("height"));
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (blob) save(blob, name);
  } finally {
    URL.revokeObjectURL(url);
  }
}

const kept = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "font-family", "font-size", "font-weight", "opacity", "transform"];

// standalone returns a drawing as text, with the colors that it has on the page now written into
// it, and a background.
function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.classList.add("offscreen");
  document.body.append(copy); // only what is in the page has a style
  try {
    for (const el of copy.querySelectorAll<SVGElement>("*")) {
      const style = getComputedStyle(el);
      for (const name of kept) {
        const value = style.getPropertyValue(name);
        if (value && value !== "none" || name === "fill" || name === "stroke") el.setAttribute(name, name === "transform" ? svgTransform(el, value) : value);
      }
      if (style.display === "none") el.setAttribute("display", "none");
    }
    const background = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    background.setAttribute("width", "100%");
    background.setAttribute("height", "100%");
    background.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
    copy.prepend(background);
    for (const el of copy.querySelectorAll<SVGElement>(".touch")) el.remove();
    for (const el of [copy, ...copy.querySelectorAll<SVGElement>("*")]) for (const name of ["class", "style", "tabindex", "role"]) el.removeAttribute(name);
    return new XMLSerializer().serializeToString(copy);
  } finally {
    copy.remove();
  }
}

// svgTransform keeps an attribute, and makes one of a style.
function svgTransform(el: SVGElement, computed: string): string {
  return el.getAttribute("transform") ?? (computed === "none" ? "" : computed);
}
