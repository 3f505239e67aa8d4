// Measures the texts of SVG pictures in headless Chromium, with the fonts of this machine.
//
// Usage: node measure.cjs < {"chromium", "pictures": {name: svg}}, with NODE_PATH where playwright-core is.
// Prints {name: [[left, top, right, bottom] of each text, in pixels and in the order of the file]}.

const fs = require("fs");
const { chromium } = require("playwright-core");

const wanted = JSON.parse(fs.readFileSync(0, "utf8"));

function boxes() {
  return [...document.querySelectorAll("text")].map((text) => {
    const box = text.getBBox();
    return [box.x, box.y, box.x + box.width, box.y + box.height];
  });
}

async function main() {
  const browser = await chromium.launch({ executablePath: wanted.chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  const page = await browser.newPage();
  const measured = {};
  for (const [name, svg] of Object.entries(wanted.pictures)) {
    await page.setContent(svg);
    measured[name] = await page.evaluate(boxes);
  }
  await browser.close();
  process.stdout.write(JSON.stringify(measured));
}

main().catch((error) => { console.error(error); process.exit(1); });
