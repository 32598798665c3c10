// Uploads a folder with the official SDK as its documentation shows: create with a signed form, post the bytes, complete, so many files at a time.
// Nothing is retried and nothing is remembered. Usage: node bulk.mjs BASE_URL KEY CONCURRENCY DIR. Exit 0: all were taken.

import { openAsBlob } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import FLORA from '@flora-ai/flora';

const [baseURL, apiKey, concurrency, dir] = process.argv.slice(2);
if (!dir) {
  console.error('usage: node bulk.mjs BASE_URL KEY CONCURRENCY DIR');
  process.exit(2);
}
const client = new FLORA({ apiKey, baseURL, maxRetries: 0 });
const types = { '.png': 'image/png', '.mp4': 'video/mp4' };

async function upload(path) {
  const type = types[extname(path)];
  const asset = await client.assets.create({
    source: 'signed-url', workspace_id: 'ws_bench', file_name: basename(path), content_type: type,
  });
  const form = new FormData();
  for (const [key, value] of Object.entries(asset.upload.form_fields)) form.append(key, value);
  form.append(asset.upload.file_field, await openAsBlob(path, { type }), basename(path));
  const answer = await fetch(asset.upload.url, { method: asset.upload.method, body: form });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  await client.assets.complete(asset.asset_id);
}

const entries = await readdir(dir, { recursive: true, withFileTypes: true });
const paths = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath ?? e.path, e.name));
async function worker() {
  for (let path = paths.pop(); path; path = paths.pop()) await upload(path);
}
await Promise.all(Array.from({ length: Number(concurrency) }, worker));
