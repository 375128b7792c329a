// The page, fed by the demonstration: five services with their databases and AWS resources.
import assert from "node:assert/strict";
import {ask, browse, download, eventually, isPNG, shot, step} from "./lib.mjs";

const edges = [
  "client: > service:ordervalidator",
  "service:ordervalidator > database:orders@127.0.0.1", "service:ordervalidator > service:inventorychecker", "service:ordervalidator > service:paymentprocessor",
  "service:inventorychecker > database:stock@127.0.0.1",
  "service:paymentprocessor > aws:DynamoDB/payments", "service:paymentprocessor > aws:S3/streamline-receipts", "service:paymentprocessor > service:shipmentscheduler",
  "service:shipmentscheduler > database:shipping@127.0.0.1", "service:shipmentscheduler > service:notificationdispatcher",
  "service:notificationdispatcher > aws:s3/streamline-mail", "service:notificationdispatcher > aws:sqs/streamline-mail",
];
const known = (names) => names.filter((name) => !name.includes("remote:")); // a call that nobody answered has a node of its own
const attributes = (page, name) => page.locator(`[data-${name}]`).evaluateAll((all, key) => all.map((el) => el.dataset[key]), name);
let failed; // a trace in which a statement failed

await browse(async (page) => {
  await step("the map has all services, databases and AWS resources, with their edges", async () => {
    await eventually("all edges are drawn", async () => known(await attributes(page, "edge")).length >= edges.length);
    assert.deepEqual(known(await attributes(page, "edge")).sort(), [...edges].sort());
    const nodes = known(await attributes(page, "node"));
    assert.equal(nodes.length, 13, nodes.join());
  });
  await step("its counts fit together", async () => {
    await eventually("calls are as many as are answered", async () => {
      const map = await ask("api/map");
      const node = Object.fromEntries(map.nodes.map((n) => [n.key, n]));
      const into = (key) => map.edges.filter((e) => e.to === key).reduce((sum, e) => sum + e.requests, 0);
      const edge = (name) => map.edges.find((e) => `${e.from} > ${e.to}` === name).requests;
      // One receipt and one call for shipment for every card that is charged; two calls of AWS for every letter.
      return map.nodes.filter((n) => n.kind !== "client" && n.kind !== "remote").every((n) => n.requests === into(n.key)) &&
        edge("service:paymentprocessor > aws:S3/streamline-receipts") === edge("service:paymentprocessor > service:shipmentscheduler") &&
        edge("service:notificationdispatcher > aws:s3/streamline-mail") === node["service:notificationdispatcher"].requests &&
        edge("service:notificationdispatcher > aws:sqs/streamline-mail") === node["service:notificationdispatcher"].requests;
    });
  });
  await step("SDKs record everything, as they are told", async () => {
    // By their own rule they would record one a second and a twentieth of the others.
    await eventually("more than two a second", async () => (await ask("api/map?seconds=20")).edges.find((e) => e.from === "client:").requests > 40);
  });
  await step("it is live, without being loaded again", async () => {
    await page.evaluate(() => { window.mark = "here"; });
    const label = () => page.locator('[data-node="service:ordervalidator"]').getAttribute("aria-label");
    const before = await label();
    await eventually("the figures change", async () => await label() !== before);
    assert.equal(await page.evaluate(() => window.mark), "here");
    await shot(page, "map-light");
  });
  await step("from a node to its distribution, a bar's traces, a trace", async () => {
    await page.locator('[data-node="service:inventorychecker"]').click();
    await page.locator(".bars .bar").first().waitFor();
    await shot(page, "node-light");
    const label = await page.locator(".bars .bar").last().getAttribute("aria-label");
    await page.locator(".bars .bar").last().click();
    await page.locator("a.row").first().waitFor();
    assert.ok((await page.locator(".chip").textContent()).startsWith("inventorychecker, "), label);
    await page.locator("a.row").first().click();
    await page.locator(".span").first().waitFor();
    assert.ok((await page.locator(".spans").textContent()).includes("inventorychecker"));
  });
  await step("faults are found, with the statement, its exception and stack", async () => {
    await eventually("a statement has failed", async () => (await ask("api/traces?outcome=fault&length=1")).matched > 0);
    await page.goto(page.url().split("#")[0] + "#/traces");
    await page.getByLabel("Status").selectOption("fault");
    await page.locator("a.row .outcome.fault").first().waitFor();
    await page.locator("a.row").first().click();
    await page.locator(".span .bar.fault.database").first().click();
    await page.locator(".exception").waitFor();
    assert.match(await page.locator(".exception").textContent(), /lock timeout/);
    assert.ok(await page.locator(".stack li").count() > 5);
    assert.match(await page.locator(".sql").textContent(), /UPDATE products SET on_hand/);
    assert.ok(await page.locator(".critical").count() > 3, "the critical path is drawn");
    failed = page.url().split("/trace/")[1];
    await shot(page, "trace-light");
  });
  await step("the trace id can be copied", async () => {
    await page.getByTitle("Copy the trace id").click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), failed);
  });
  await step("a trace is saved as JSON, its timeline as SVG and PNG", async () => {
    const json = JSON.parse(await download(page, "Save the trace as JSON"));
    assert.equal(json.Id, failed);
    assert.ok(json.Segments.every((s) => s.Document.trace_id === failed));
    const svg = (await download(page, "Save the timeline as SVG")).toString();
    assert.match(svg, /^<svg[^>]* xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    assert.ok(svg.includes("ordervalidator") && svg.includes(failed));
    await isPNG(await download(page, "Save the timeline as PNG"));
  });
  await step("an order is found by its number, alone", async () => {
    const trace = await eventually("an order is complete", async () => {
      const page = await ask("api/traces?service=notificationdispatcher&outcome=ok&length=1");
      return page.rows[0];
    });
    const spans = (await ask("api/traces/" + trace.id)).spans;
    const order = spans.find((s) => s.annotations?.order_id).annotations.order_id;
    await page.goto(page.url().split("#")[0] + "#/traces");
    await page.getByRole("searchbox").fill(`order_id=${order}`);
    await eventually("one trace is listed", async () => await page.locator("a.row").count() === 1);
    assert.equal(await page.locator("a.row").getAttribute("data-trace"), trace.id);
    assert.match(await page.getByRole("status").first().textContent(), /^1 of /);
    await shot(page, "search-light");
  });
  await step("the slow edge is marked", async () => {
    await page.goto(page.url().split("#")[0] + "#/map");
    // One look at the mark and the label: the service's own edge may be marked later, and a mark ends with its phase.
    const slow = '.edge.slow[data-edge="service:shipmentscheduler > database:shipping@127.0.0.1"][aria-label*="slower than before"]';
    await page.locator(slow).waitFor({timeout: 180_000});
    await shot(page, "slow-light");
    await page.locator('[data-edge="service:shipmentscheduler > database:shipping@127.0.0.1"]').focus();
    await page.keyboard.press("Enter");
    await page.getByText("Slower than before.").waitFor({timeout: 180_000}); // the slow phase may just have ended: there is another one
    await shot(page, "edge-light");
  });
  await step("the map is saved as SVG and PNG", async () => {
    const svg = (await download(page, "Save the map as SVG")).toString();
    assert.ok(svg.includes("shipmentscheduler") && svg.includes("DynamoDB") && !svg.includes("<script"));
    await isPNG(await download(page, "Save the map as PNG"));
  });
});

await browse(async (page) => {
  await step("the keyboard alone leads from the map to a statement", async () => {
    await page.locator(".node").first().waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
    const press = async (key, until) => {
      for (let i = 0; i < 60; i++) {
        if (until.test(await focused())) return;
        await page.keyboard.press(key);
      }
      assert.fail(`${key} does not lead to ${until}, but to ${await focused()}`);
    };
    await press("Tab", /^Skip/);
    await press("Tab", /^Service ordervalidator|^Clients/);
    await page.keyboard.press("ArrowDown");
    assert.match(await focused(), /^(Service|Calls|Database|AWS)/);
    await press("Tab", /^Service paymentprocessor/);
    await page.keyboard.press("Enter");
    await page.locator(".panel .bar").first().waitFor();
    await press("Tab", /^[\d.]+ (µs|ms|s) to .* calls/);
    await page.keyboard.press("Enter");
    await page.locator("a.row").first().waitFor();
    await press("Tab", /^\d\d:\d\d:\d\d/);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.locator(".span").first().waitFor();
    await press("Tab", /^Timeline$/);
    const first = await page.locator(".details h2").textContent();
    await eventually("the arrow keys lead to a statement", async () => {
      await page.keyboard.press("ArrowDown");
      return await page.locator(".details .sql, .details h3:has-text('AWS')").count() > 0;
    });
    assert.notEqual(await page.locator(".details h2").textContent(), first);
    await page.keyboard.press("m");
    await page.locator(".node").first().waitFor();
    await page.keyboard.press("/");
    await eventually("the search has the focus", () => page.evaluate(() => document.activeElement?.type === "search"));
  });
  await step("dark", async () => {
    for (const [name, hash, ready] of [["map", "#/map", ".node"], ["traces", "#/traces", "a.row"], ["trace", "#/trace/" + failed, ".span"], ["node", "#/map?to=service%3Apaymentprocessor", ".bars"]]) {
      await page.goto(page.url().split("#")[0] + hash);
      await page.locator(ready).first().waitFor();
      await shot(page, name + "-dark");
    }
    const [r, g, b] = (await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).match(/\d+/g).map(Number);
    assert.ok(r + g + b < 150, "the background is dark");
  });
}, {colorScheme: "dark"});

await browse(async (page) => {
  await step("a narrow window", async () => {
    for (const [name, hash, ready] of [["map", "#/map", ".node"], ["node", "#/map?to=service%3Apaymentprocessor", ".bars"], ["traces", "#/traces", "a.row"], ["trace", "#/trace/" + failed, ".span"]]) {
      await page.goto(page.url().split("#")[0] + hash);
      await page.locator(ready).first().waitFor();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name + " fits");
      await shot(page, name + "-narrow");
    }
  });
}, {viewport: {width: 400, height: 800}});
