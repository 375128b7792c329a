// What both tests need: a browser that reaches nothing but the page, and pictures of it.
import assert from "node:assert/strict";
import {mkdtempSync, mkdirSync, readFileSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {chromium} from "playwright-core";

const [url, udp, shots] = process.argv.slice(2);
export {url, udp};
mkdirSync(shots, {recursive: true});

export const patience = 60_000; // milliseconds; machines that run tests are busy

const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const complaints = [];

// browse opens the page in a fresh browser, has it used, and closes it. What the page asks for
// elsewhere, and what the browser complains of, fails the test.
export async function browse(use, options = {}) {
  const profile = mkdtempSync(join(tmpdir(), "xray-local-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium", headless: true, args, viewport: {width: 1440, height: 900}, acceptDownloads: true,
    permissions: ["clipboard-read", "clipboard-write"], ...options,
  });
  context.setDefaultTimeout(patience);
  try {
    const page = context.pages()[0] ?? await context.newPage();
    page.on("request", (r) => { if (!r.url().startsWith(url) && !/^(blob|data):/.test(r.url())) complaints.push("a request to " + r.url()); });
    page.on("pageerror", (e) => complaints.push("an error: " + e.message));
    page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") complaints.push(m.text()); });
    await page.goto(url);
    await use(page);
  } finally {
    await context.close();
    rmSync(profile, {recursive: true, force: true, maxRetries: 5});
  }
}

// step runs one part of a test and says so.
export async function step(name, run) {
  const begun = Date.now();
  await run();
  assert.deepEqual(complaints.splice(0), [], name);
  console.log(`ok ${name} (${Date.now() - begun} ms)`);
}

export async function shot(page, name) {
  await page.waitForTimeout(400); // movements have ended
  await page.screenshot({path: join(shots, name + ".png")});
}

// eventually waits until a condition holds.
export async function eventually(what, holds) {
  const end = Date.now() + 2 * patience;
  for (let last; ;) {
    try {
      last = await holds();
      if (last) return last;
    } catch (error) { last = error; }
    if (Date.now() > end) assert.fail(`${what}: ${last}`);
    await new Promise((done) => setTimeout(done, 150));
  }
}

// download returns what a button saves.
export async function download(page, title) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByTitle(title).click()]);
  return readFileSync(await file.path());
}

export const ask = async (path) => (await fetch(url + path)).json();

export async function isPNG(bytes) {
  assert.equal(bytes.subarray(1, 4).toString(), "PNG");
  assert.ok(bytes.length > 5000, `a PNG of ${bytes.length} bytes`);
}
