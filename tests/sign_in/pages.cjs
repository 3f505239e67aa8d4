// Looks at pages in headless Chromium as people do who see little or use no mouse.
//
// Usage: node pages.cjs < {"chromium", "scheme": "light" or "dark", "width", "pictures": folder or null,
// "client": the client's redirect address, "steps": [...]}, with NODE_PATH where playwright-core and axe-core are.
// Steps: {"open": url}, {"examine": name}, {"tab_to": text}, {"press": key}, {"arrive": part of an address},
// {"click": selector}, {"choose": selector, "option": value}, {"fill": selector, "text": ...}, {"see": selector},
// {"run": [program, ...]}, which ends before the next step, {"read": selector, "as": name}, {"count": selector, "as": name}.
// Prints {"at": last address, "examined": {name: {"title", "violations", "focusable", "scrolls"}}, "focused": [...],
// "console": [...], "read": {name: text or number}, "origins": those of all requests,
// "ran": the exit status of each program}.

const { execFile } = require("child_process");
const fs = require("fs");
const http = require("http");
const path = require("path");
const { promisify } = require("util");
const { chromium } = require("playwright-core");
const { examine, focused } = require("./examine.cjs");

const wanted = JSON.parse(fs.readFileSync(0, "utf8"));
const LIMIT = 20_000;

async function status([program, ...given]) {
  try {
    await promisify(execFile)(program, given);
    return 0;
  } catch (error) {
    return error.code;
  }
}

async function main() {
  const browser = await chromium.launch({ executablePath: wanted.chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  const context = await browser.newContext({
    colorScheme: wanted.scheme,
    viewport: { width: wanted.width, height: 800 },
    ignoreHTTPSErrors: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT);
  const seen = { at: "", examined: {}, focused: [], console: [], read: {}, ran: [] };
  const origins = new Set();
  page.on("request", (request) => origins.add(new URL(request.url()).origin));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  // A page of status 400 is told there, too.
  page.on("console", (message) => message.text().startsWith("Failed to load") || seen.console.push(message.text()));
  const client = http.createServer((_, response) => response.end("You can close this page."));
  await new Promise((resolve) => client.listen(new URL(wanted.client).port, "127.0.0.1", resolve));
  for (const step of wanted.steps) {
    if (step.open) await page.goto(step.open);
    if (step.arrive) await page.waitForURL((url) => url.href.includes(step.arrive));
    if (step.click) await page.click(step.click);
    if (step.choose) await page.selectOption(step.choose, step.option);
    if (step.fill) await page.fill(step.fill, step.text);
    if (step.see) await page.waitForSelector(step.see);
    if (step.run) seen.ran.push(await status(step.run));
    if (step.read) seen.read[step.as] = await page.locator(step.read).first().innerText();
    if (step.count) seen.read[step.as] = await page.locator(step.count).count();
    if (step.press) await page.keyboard.press(step.press);
    if (step.tab_to) {
      const order = [];
      do {
        if (order.length > 30) throw new Error(`No ${step.tab_to} among ${JSON.stringify(order)}.`);
        await page.keyboard.press("Tab");
        order.push(await page.evaluate(focused));
      } while (!order.at(-1).text.includes(step.tab_to));
      seen.focused.push(...order);
    }
    if (step.examine) {
      seen.examined[step.examine] = await examine(page);
      if (wanted.pictures) {
        const name = `${step.examine}-${wanted.scheme}-${wanted.width}.png`;
        await page.screenshot({ path: path.join(wanted.pictures, name), fullPage: true });
      }
    }
  }
  seen.at = page.url();
  seen.origins = [...origins];
  await browser.close();
  client.close();
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => { console.error(error); process.exit(1); });
