// The page, fed by datagrams with every quirk of the SDK, and by hostile ones.
import assert from "node:assert/strict";
import dgram from "node:dgram";
import {ask, browse, download, eventually, shot, step, udp, url} from "./lib.mjs";

const socket = dgram.createSocket("udp4");
const [host, port] = udp.split(":");
const raw = (text) => new Promise((done, fail) => socket.send(text, Number(port), host, (error) => error ? fail(error) : done()));
const head = '{"format": "json", "version": 1}\n';
const now = () => Date.now() / 1000;

let traces = 0;
const traceID = () => `1-${Math.floor(now()).toString(16)}-${(++traces).toString(16).padStart(24, "0")}`;
const id = (n) => n.toString(16).padStart(16, "0");
// doc returns a document that began so many milliseconds ago and took so many.
const doc = (trace, n, name, ago, took, more = {}) =>
  ({trace_id: trace, id: id(n), name, start_time: now() - ago / 1000, end_time: now() - (ago - took) / 1000, Dummy: false, ...more});
const send = (d) => raw(head + JSON.stringify(d));
const open = {in_progress: true, end_time: undefined};
const remote = {namespace: "remote"};
const go = async (page, hash) => page.goto(page.url().split("#")[0] + hash);
// show opens a trace once it has come.
const show = async (page, trace) => {
  await eventually("the trace is there", async () => (await fetch(url + "api/traces/" + trace)).ok);
  await go(page, "#/trace/" + trace);
};
const spans = (page) => page.locator(".span .label b").allTextContents();

const evil = "<script>window.hacked=1</script>";
const image = '"><img src=x onerror="window.hacked=1">';

await browse(async (page) => {
  await step("before the first segment the page says what to do", async () => {
    await page.getByText("Waiting for the first segment").waitFor();
    await shot(page, "welcome-light");
  });
  await step("subsegments that come before their parents", async () => {
    const t = traceID();
    await send(doc(t, 0xb1, "early.example.com", 50, 30, {...remote, type: "subsegment", parent_id: id(0xa1)}));
    await show(page, t);
    await page.getByText("have come without what they belong to").waitFor();
    assert.deepEqual(await spans(page), ["early.example.com"]);
    await send(doc(t, 0xa1, "streamer", 100, 90));
    await send(doc(t, 0xb2, "late.example.com", 40, 10, {...remote, type: "subsegment", parent_id: id(0xb1)}));
    await eventually("all three are shown", async () => (await spans(page)).length === 3);
    assert.deepEqual(await spans(page), ["streamer", "early.example.com", "late.example.com"]);
    assert.deepEqual(await page.locator(".span").evaluateAll((all) => all.map((el) => el.ariaLevel)), ["1", "2", "3"]);
  });
  await step("a segment in progress, which then ends", async () => {
    const t = traceID();
    await send(doc(t, 0xa1, "worker", 100, 0, open));
    await show(page, t);
    await page.locator(".span .took").filter({hasText: "in progress"}).waitFor();
    await send(doc(t, 0xa1, "worker", 100, 80));
    await eventually("it has ended", async () => /^8\d/.test(await page.locator(".span .took").textContent()));
  });
  await step("a root that is sent again with doubled children", async () => {
    const t = traceID();
    const child = (n, done) => doc(t, n, "db" + n, 90, 10, {...remote, ...(done ? {} : open)});
    for (let done = 0; done <= 3; done++) {
      const children = [0, 1, 2].map((i) => child(0xb1 + i, i < done));
      await send(doc(t, 0xa1, "closer", 100, 20, {subsegments: [...children, ...children]}));
    }
    await show(page, t);
    await eventually("each is there once, and has ended", async () => (await spans(page)).length === 4 && !(await page.locator(".spans").textContent()).includes("in progress"));
    assert.equal((await ask("api/map")).edges.filter((e) => e.from === "service:closer").reduce((n, e) => n + e.requests, 0), 3);
  });
  await step("nested subsegments have the root's id as parent, but stand where they are nested", async () => {
    const t = traceID();
    const below = doc(t, 0xc1, "inner.example.com", 80, 10, {...remote, parent_id: id(0xa1)});
    await send(doc(t, 0xa1, "nester", 100, 90, {subsegments: [doc(t, 0xb1, "outer", 90, 60, {parent_id: id(0xa1), subsegments: [below]})]}));
    await show(page, t);
    await eventually("three levels", async () => (await page.locator(".span").evaluateAll((all) => all.map((el) => el.ariaLevel))).join() === "1,2,3");
  });
  await step("whatever segments are called, it is text", async () => {
    const t = traceID();
    await send(doc(t, 0xa1, evil, 100, 90, {
      user: image, annotations: {[image]: evil, order_id: image}, metadata: {default: {x: evil}}, http: {request: {method: image, url: "http://x/" + evil}, response: {status: 500}}, fault: true,
      cause: {exceptions: [{id: image, type: evil, message: image, stack: [{path: evil, line: 1, label: image}]}]},
      subsegments: [doc(t, 0xb1, image, 80, 20, {...remote, sql: {sanitized_query: `SELECT '${evil}'`, url: image}}), doc(t, 0xb2, evil, 50, 20, {namespace: "aws", aws: {operation: evil, table_name: image}})],
    }));
    await show(page, t);
    await page.locator(".exception").waitFor();
    for (const i of [0, 1, 2]) {
      await page.locator(".span").nth(i).click();
      await page.locator(".details h2").waitFor();
    }
    await shot(page, "hostile-light");
    const svg = (await download(page, "Save the timeline as SVG")).toString();
    assert.ok(!svg.includes("<script") && !svg.includes("<img"), "the drawing has text alone");
    await go(page, "#/map");
    await page.locator(`[data-node="service:${evil}"]`).click();
    await page.locator(".panel h2").filter({hasText: evil}).waitFor();
    await go(page, "#/traces?text=" + encodeURIComponent("order_id=" + image));
    await page.locator("a.row").waitFor();
    assert.equal(await page.locator("a.row").count(), 1);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator("main img, main script").count(), 0);
  });
  await step("broken datagrams are counted and shown", async () => {
    await raw("");
    await raw("hello");
    await raw(head);
    await raw(Buffer.concat([Buffer.from(head), Buffer.from([0xff, 0xfe])]));
    await raw(head + "[".repeat(30_000));
    await raw(head + '{"trace_id":"' + image.replaceAll('"', "'") + '"}');
    await page.locator(".pulse .fault").filter({hasText: "6 refused"}).waitFor();
    await page.locator(".pulse").click();
    const text = await page.locator("dialog").textContent();
    for (const reason of ["no header line", "not JSON", "not UTF-8", "nested too deeply", "no trace id"]) assert.ok(text.includes(reason), reason);
    await shot(page, "collector-light");
    await page.keyboard.press("Escape");
  });
  await step("a map of sixty nodes", async () => {
    const t = traceID();
    for (let i = 0; i < 56; i++) {
      const calls = [1, 2].map((k) => 2 * i + k).filter((c) => c < 56).map((c) => doc(t, 0x1000 + c, "svc-" + c, 90, 50, remote));
      await send(doc(t, 0x2000 + i, "svc-" + i, 100, 80, {...(i ? {parent_id: id(0x1000 + i)} : {}), subsegments: calls}));
    }
    await go(page, "#/map");
    await eventually("all are drawn", async () => await page.locator(".node").count() >= 60);
    const boxes = await page.locator(".node .card").evaluateAll((all) => all.map((el) => { const b = el.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }));
    const overlap = boxes.some((a, i) => boxes.some((b, j) => i < j && a[0] < b[2] - 1 && b[0] < a[2] - 1 && a[1] < b[3] - 1 && b[1] < a[3] - 1));
    assert.ok(!overlap, "no node covers another");
    await shot(page, "sixty-light");
  });
  await step("twenty thousand traces", async () => {
    const total = (await ask("api/status")).store.traces + 20_000;
    for (let i = 0; i < 20_000; i++) {
      const t = traceID();
      await send(doc(t, 0xa1, "bulk", 1000, 1 + i % 400, {annotations: {n: i}, http: {request: {method: "GET", url: "http://bulk/" + i}, response: {status: 200}}}));
      if (i % 200 === 199) await eventually("taken", async () => (await ask("api/status")).store.traces >= total - 20_000 + i - 2000);
    }
    await eventually("all are in memory", async () => (await ask("api/status")).store.traces === total);
    await go(page, "#/traces");
    await eventually("all are listed", async () => (await page.getByRole("status").first().textContent()) === `${total.toLocaleString("en")} of ${total.toLocaleString("en")} traces`);
    assert.ok(await page.locator(".place").count() < 80, "only what is seen is in the page");
    await page.locator(".list").evaluate((el) => el.scrollTo(0, el.scrollHeight));
    await eventually("the oldest is at the end", async () => (await page.locator("a.row").last().textContent()).includes("streamer"));
    await page.locator(".list").evaluate((el) => el.scrollTo(0, el.scrollHeight / 2));
    await page.locator("a.row").filter({hasText: "bulk"}).first().waitFor();
    await shot(page, "many-light");
    await page.getByRole("searchbox").fill("n=777");
    await eventually("one is found", async () => (await page.locator("a.row").allTextContents()).join().includes("/777"));
    assert.equal(await page.locator("a.row").count(), 1);
  });
});
socket.close();
