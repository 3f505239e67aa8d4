// Drives Chromium for tests of MCP Apps, with the host page of host.html in it.
//
// Usage: node browser.cjs CHROMIUM, with NODE_PATH where playwright-core and axe-core are. Reads a JSON command in
// each line of its input, {"id", "do": name, ...}, and prints one for each answer, {"id", "value"} or {"id", "error"}.
// A page's tools/call is printed as {"call": number, "name", "arguments"}, and answered by {"answer": number,
// "result"} or {"answer": number, "error"}.

const fs = require("fs");
const path = require("path");
const readline = require("readline");
const { chromium } = require("playwright-core");
const { examine, focused } = require("../sign_in/examine.cjs");

const HOST = fs.readFileSync(path.join(__dirname, "host.html"), "utf8");
const LIMIT = 15_000;
const print = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const calls = new Map();
let browser = null;
let page = null;
let seen = null;
let asked = 0;

const callTool = (name, args) => new Promise((resolve, reject) => {
  calls.set(++asked, { resolve, reject });
  print({ call: asked, name, arguments: args });
});

function answer(message) {
  const call = calls.get(message.answer);
  calls.delete(message.answer);
  if (message.error) call.reject(new Error(message.error));
  else call.resolve(message.result);
}

const frame = () => page.frames()[1];
const named = (text) => frame().getByRole("button", { name: text });

const commands = {
  // A new page of the browser, whose host opens the app.
  async open({ html, scheme, width, messages, context, opens, refuses }) {
    await commands.close();
    seen = { dialogs: [], errors: [], console: [], requests: [], told: [] };
    page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 600 }, locale: "en-GB" });
    page.setDefaultTimeout(LIMIT);
    page.on("dialog", (dialog) => { seen.dialogs.push(dialog.message()); dialog.dismiss(); });
    page.on("pageerror", (error) => seen.errors.push(String(error)));
    page.on("console", (message) => seen.console.push(message.text()));
    page.on("request", (request) => seen.requests.push(request.url()));
    // They are in every frame, so their names must be no page's.
    await page.exposeFunction("testCallTool", callTool);
    await page.exposeFunction("testTold", (message) => { seen.told.push(message); });
    await page.setContent(HOST);
    await page.evaluate(([text, wanted]) => window.openPage(text, wanted), [html, { context, messages, opens, refuses }]);
    await commands.wait({ text: "" });
  },
  async close() {
    if (page) await page.close();
    page = null;
  },
  async deliver({ method, params }) { await page.evaluate(([name, given]) => deliver(name, given), [method, params]); },
  async say({ message }) { await page.evaluate((given) => say(given), message); },
  // Waits until a text can be seen; an empty one is there as soon as the page shows anything.
  async wait({ text }) {
    const main = frame().locator("main");
    if (text) await main.getByText(text).first().waitFor();
    else await main.waitFor();
  },
  // Until the page has shown its result, has called nothing that is open, and has not changed for a while.
  async settle() {
    await page.waitForFunction(() => window.delivered);
    let last = "";
    for (let quiet = 0, tries = 0; quiet < 3; tries += 1) {
      if (tries > 200) throw new Error(`The page does not come to rest: ${last}`);
      await new Promise((resolve) => setTimeout(resolve, 40));
      const text = await frame().evaluate(() => document.body.innerText);
      quiet = text === last && calls.size === 0 ? quiet + 1 : 0;
      last = text;
    }
  },
  async press({ name }) { await named(name).first().click(); },
  async press_twice({ name }) { await named(name).first().evaluate((button) => { button.click(); button.disabled = false; button.click(); }); },
  async fill({ label, text }) { await frame().getByLabel(label).first().fill(text); },
  async choose({ label, option }) { await frame().getByLabel(label).first().selectOption(option); },
  async check({ label }) { await frame().getByLabel(label).first().click(); },
  async key({ key }) { await page.keyboard.press(key); },
  async tab_to({ text }) {
    const order = [];
    do {
      if (order.length > 60) throw new Error(`No ${text} among ${JSON.stringify(order)}.`);
      await page.keyboard.press("Tab");
      order.push(await frame().evaluate(focused));
    } while (!order.at(-1).text.includes(text));
    return order;
  },
  // Everything the Tab key reaches in the page, in order, until it leaves.
  async tab_through() {
    const order = [];
    for (;;) {
      await page.keyboard.press("Tab");
      // The frame runs in another process: on a busy machine this one hears of the focus later.
      const inside = page.waitForFunction(() => document.activeElement.tagName === "IFRAME", null, { timeout: 1_000 });
      if (!(await inside.then(() => true, () => false))) return order;
      order.push(await frame().evaluate(focused));
      if (order.length > 300) throw new Error("The Tab key does not leave the page.");
    }
  },
  async text() { return frame().locator("body").innerText(); },
  async count({ selector }) { return frame().locator(selector).count(); },
  async evaluate({ script }) { return frame().evaluate(script); },
  async buttons() {
    return frame().locator("button:visible").evaluateAll((all) =>
      all.map((each) => ({ text: each.getAttribute("aria-label") || each.innerText, disabled: each.disabled })));
  },
  async examine() { return examine(frame()); },
  async picture({ file }) {
    const { width } = page.viewportSize();
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: file });
  },
  async seen() { return seen; },
};

async function main() {
  browser = await chromium.launch({ executablePath: process.argv[2], args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const message = JSON.parse(line);
    if (message.answer) answer(message);
    // Not awaited: while a command waits for the page, the page waits for an answer.
    else commands[message.do](message).then(
      (value) => print({ id: message.id, value: value ?? null }),
      (error) => print({ id: message.id, error: String(error) }),
    );
  }
  await browser.close();
}

main().catch((error) => { console.error(error); process.exit(1); });
