// Runs the official SDK through every assets call it has, against a stand-in for FLORA on loopback, and asserts what
// comes back. Usage: node run.mjs BASE_URL KEY. Exit 0: all as it should be; 1: a mismatch, named on stderr.

import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import FLORA, { toFile } from '@flora-ai/flora';

const [baseURL, apiKey] = process.argv.slice(2);
if (!baseURL || !apiKey) {
  console.error('usage: node run.mjs BASE_URL KEY');
  process.exit(2);
}
const origin = new URL(baseURL).origin;
assert.match(origin, /^http:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/, 'only a stand-in on loopback is tried');

const workspace_id = `ws_${randomUUID().slice(0, 8)}`; // a folder that was used before does not matter
const projectId = `prj_${randomUUID().slice(0, 8)}`;
const client = new FLORA({ apiKey, baseURL, maxRetries: 0 });
const quick = { workspace_id, pollIntervalMs: 20, pollTimeoutMs: 30_000 };
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function refused(promise, status, code, what) {
  const error = await promise.then(() => undefined, (e) => e);
  assert.ok(error instanceof FLORA.APIError, `${what}: got ${error}, want an API error`);
  assert.equal(error.status, status, `${what}: ${error.message}`);
  assert.equal(error.error?.error?.code ?? error.error?.code, code, what);
  assert.match(error.headers.get('request-id') ?? '', /^req_/, `${what}: request-id`);
}

async function bytesAt(url) {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, `GET ${url}`);
  return Buffer.from(await answer.arrayBuffer());
}

/** Sends the form by hand, as the guide describes it, and returns the answer. */
async function post(reservation, bytes, name) {
  const form = new FormData();
  for (const [key, value] of Object.entries(reservation.upload.form_fields)) form.append(key, value);
  form.append(reservation.upload.file_field, new Blob([bytes]), name);
  return fetch(reservation.upload.url, { method: reservation.upload.method, body: form });
}

const steps = {
  async 'reserve, post, complete, retrieve'() {
    const { data: r, response } = await client.assets
      .create({ source: 'signed-url', workspace_id, file_name: 'one.png', content_type: 'image/png', folder: 'sdk' })
      .withResponse();
    assert.ok([200, 201].includes(response.status));
    assert.match(response.headers.get('request-id'), /^req_/);
    assert.match(r.asset_id, /^asset_/);
    assert.deepEqual(
      [r.status, r.uploaded_via, r.visibility, r.workspace_id],
      ['pending_upload', 'signed_url', 'workspace', workspace_id],
    );
    assert.deepEqual(
      [r.upload.method, r.upload.content_type, r.upload.file_field],
      ['POST', 'multipart/form-data', 'file'],
    );
    assert.ok(Object.keys(r.upload.form_fields).length > 0);
    assert.ok(Date.parse(r.expires_at) > Date.now());
    assert.notEqual(new URL(r.upload.url).origin, origin, 'the storage is another host');

    const bytes = randomBytes(1000);
    assert.ok((await post(r, bytes, 'one.png')).ok);
    const done = await client.assets.complete(r.asset_id);
    assert.deepEqual([done.asset_id, done.workspace_id], [r.asset_id, workspace_id]);
    const asset = await client.assets.retrieve(r.asset_id);
    assert.deepEqual(
      [asset.status, asset.name, asset.content_type, asset.size_bytes, asset.uploaded_via, asset.failure_message],
      ['ready', 'one.png', 'image/png', 1000, 'signed_url', null],
    );
    assert.ok(Math.abs(Date.parse(asset.created_at) - Date.now()) < 60_000);
    assert.equal(sha256(await bytesAt(asset.url)), sha256(bytes));
    await refused(client.assets.complete(r.asset_id), 409, 'conflict', 'complete twice');
    await refused(client.assets.retry(r.asset_id), 409, 'conflict', 'retry of a ready asset');
  },

  async 'retry gives a fresh form for the same asset'() {
    const r = await client.assets.create({ source: 'signed-url', workspace_id, file_name: 'again.png' });
    const again = await client.assets.retry(r.asset_id);
    assert.equal(again.asset_id, r.asset_id);
    assert.equal(again.status, 'pending_upload');
    assert.notDeepEqual(again.upload.form_fields, r.upload.form_fields);
    assert.ok((await post(again, 'fresh', 'again.png')).ok);
    assert.equal((await client.assets.complete(r.asset_id)).status, 'ready');
  },

  async 'upload helper: a small buffer goes directly'() {
    const bytes = randomBytes(4096);
    const asset = await client.assets.upload(await toFile(bytes, 'small.png', { type: 'image/png' }), quick);
    assert.deepEqual(
      [asset.status, asset.name, asset.content_type, asset.size_bytes, asset.uploaded_via],
      ['ready', 'small.png', 'image/png', 4096, 'direct'],
    );
    assert.equal(sha256(await bytesAt(asset.url)), sha256(bytes));
  },

  async 'upload helper: a large file goes by a signed form'() {
    const dir = await mkdtemp(join(tmpdir(), 'florasync-sdk-'));
    try {
      const bytes = randomBytes(5 * 1024 * 1024);
      const path = join(dir, 'large.mp4');
      await writeFile(path, bytes);
      const asset = await client.assets.upload(path, { ...quick, content_type: 'video/mp4', folder: 'films' });
      assert.deepEqual(
        [asset.status, asset.name, asset.content_type, asset.size_bytes, asset.uploaded_via],
        ['ready', 'large.mp4', 'video/mp4', bytes.length, 'signed_url'],
      );
      assert.equal(sha256(await bytesAt(asset.url)), sha256(bytes));
    } finally {
      await rm(dir, { recursive: true });
    }
  },

  async 'upload helper and create: from a URL'() {
    const asset = await client.assets.upload('https://media.flora.ai/example.png', quick);
    assert.deepEqual([asset.status, asset.name, asset.uploaded_via], ['ready', 'example.png', 'url']);
    assert.equal((await bytesAt(asset.url)).subarray(1, 4).toString(), 'PNG');
    for (const source of ['https://elsewhere.invalid/x.png', 'http://media.flora.ai/x.png', 'upload', 'data:,x']) {
      await refused(client.assets.create({ source, workspace_id }), 400, 'input_validation_error', source);
    }
    await refused(client.assets.create({ source: {}, workspace_id }), 400, 'input_validation_error', 'an object');
  },

  async 'list: pages, filters, integers'() {
    const seen = [];
    for await (const row of client.assets.list({ workspace_id, limit: 2 })) seen.push(row);
    assert.equal(seen.length, 5);
    assert.equal(new Set(seen.map((row) => row.asset_id)).size, 5);
    assert.ok(seen.every((row) => Number.isInteger(row.created_at) && row.status === 'ready'));
    const page = await client.assets.list({ workspace_id, query: 'LARGE', limit: 100 });
    assert.deepEqual(page.assets.map((row) => row.name), ['large.mp4']);
    assert.equal(page.hasNextPage(), false);
    await refused(client.assets.list({ workspace_id, limit: 101 }), 400, 'input_validation_error', 'limit 101');
  },

  async 'attach: a node each time, and a key that counts'() {
    const [{ asset_id }] = (await client.assets.list({ workspace_id, limit: 1 })).assets;
    const key = { headers: { 'Idempotency-Key': randomUUID() } };
    const one = await client.projects.assets.attachAsset(asset_id, { projectId }, key);
    assert.deepEqual([one.asset_id, one.project_id], [asset_id, projectId]);
    assert.ok(one.canvas_url.startsWith(origin));
    await refused(
      client.projects.assets.attachAsset(asset_id, { projectId }, key), 409, 'idempotency_duplicate', 'same key',
    );
    const two = await client.projects.assets.attachAsset(asset_id, { projectId });
    assert.notEqual(one.node_id, two.node_id);
    const rows = (await client.assets.list({ workspace_id, project_id: projectId })).assets;
    assert.deepEqual(new Set(rows.map((row) => row.node_id)), new Set([one.node_id, two.node_id]));
    assert.ok(rows.every((row) => row.project_id === projectId && row.asset_id === asset_id));
  },

  async 'a project named at creation gets the asset'() {
    const to = `prj_${randomUUID().slice(0, 8)}`;
    const asset = await client.assets.upload(await toFile(Buffer.from('x'), 'p.png'), { ...quick, project_id: to });
    const rows = (await client.assets.list({ project_id: to })).assets;
    assert.deepEqual(rows.map((row) => row.asset_id), [asset.asset_id]);
  },

  async 'refusals have their codes'() {
    const stranger = new FLORA({ apiKey: 'sk_wrong', baseURL, maxRetries: 0 });
    await refused(stranger.assets.list(), 401, 'invalid_api_key', 'wrong key');
    await refused(client.assets.retrieve('asset_none'), 404, 'not_found', 'missing asset');
    await refused(client.assets.complete('asset_none'), 404, 'not_found', 'complete a missing asset');
    await refused(
      client.assets.create({ source: 'signed-url', workspace_id: 'team' }), 400, 'input_validation_error', 'no ws_',
    );
  },

  async 'the client broke no rule'() {
    const all = await (await fetch(`${origin}/sandbox/violations`)).json();
    assert.deepEqual(all, []);
    const assets = await (await fetch(`${origin}/sandbox/assets`)).json();
    const mine = assets.filter((a) => a.workspace === workspace_id);
    assert.equal(mine.length, 6);
    assert.ok(mine.every((a) => a.status === 'ready' && /^[0-9a-f]{64}$/.test(a.sha256)));
  },
};

let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  try {
    await step();
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.error(`FAIL  ${name}\n      ${error.stack ?? error}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
