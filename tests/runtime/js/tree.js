'use strict';

/**
 * Writes the tables of docs/payload-format.md for tests, from an object of locations and contents.
 */

const path = require('node:path');
const RUNTIME = path.join(__dirname, '../../../src/sealift/runtime/js');
const { Table } = require(path.join(RUNTIME, 'table.js'));

/**
 * @typedef {{content?: string | Buffer, link?: string, mode?: number, role?: number, links?:
 *   object}} Item
 * @typedef {{name: string, children: Map<string, Node>, item: Item | undefined}} Node
 */

/**
 * @param {Record<string, string | Buffer | Item>} files an item is a file, a link, or (neither) a
 *   directory
 * @returns {import('../../../src/sealift/runtime/js/table.js').Table}
 */
function tableOf(files) {
  /** @type {Node} */
  const root = { name: '', children: new Map(), item: undefined };
  for (const [location, value] of Object.entries(files)) {
    let node = root;
    for (const name of location.split('/')) {
      let next = node.children.get(name);
      if (next === undefined) {
        node.children.set(name, (next = { name, children: new Map(), item: undefined }));
      }
      node = next;
    }
    node.item = typeof value === 'string' || Buffer.isBuffer(value) ? { content: value } : value;
  }
  /** @type {{node: Node, parent: number, first: number}[]} */
  const records = [{ node: root, parent: 0, first: 0 }];
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index];
    const children = [...record.node.children.values()];
    children.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    record.first = records.length;
    for (const node of children) records.push({ node, parent: index, first: 0 });
  }
  return encode(records);
}

/** @param {{node: Node, parent: number, first: number}[]} records */
function encode(records) {
  let names = Buffer.alloc(0);
  let contents = Buffer.alloc(0);
  let fragments = Buffer.alloc(0);
  /** @param {string} text */
  const addName = (text) => {
    const start = names.length;
    names = Buffer.concat([names, Buffer.from(text)]);
    return start;
  };
  const body = Buffer.alloc(records.length * 56);
  records.forEach(({ node, parent, first }, index) => {
    const at = index * 56;
    const item = node.item ?? {};
    body.writeUInt32LE(addName(node.name), at);
    body.writeUInt16LE(Buffer.byteLength(node.name), at + 4);
    body.writeUInt32LE(parent, at + 48);
    if (item.link !== undefined) {
      body[at + 6] = 2;
      body.writeBigUInt64LE(BigInt(addName(item.link)), at + 16);
      body.writeBigUInt64LE(BigInt(Buffer.byteLength(item.link)), at + 24);
    } else if (item.content !== undefined) {
      const content = Buffer.from(item.content);
      body[at + 6] = 1;
      body[at + 7] = item.role ?? 0;
      body.writeUInt32LE(item.mode ?? 0o644, at + 8);
      body[at + 13] = content.every((byte) => byte < 128) ? 1 : 0;
      body.writeBigUInt64LE(BigInt(contents.length), at + 16);
      body.writeBigUInt64LE(BigInt(content.length), at + 24);
      body.writeBigUInt64LE(BigInt(content.length), at + 32);
      contents = Buffer.concat([contents, content]);
      if (item.links !== undefined) {
        const fragment = Buffer.from(JSON.stringify(item.links));
        body.writeUInt32LE(fragments.length, at + 40);
        body.writeUInt32LE(fragment.length, at + 44);
        fragments = Buffer.concat([fragments, fragment]);
      }
    } else {
      body.writeUInt32LE(0o755, at + 8);
      body.writeBigUInt64LE(BigInt(first), at + 16);
      body.writeBigUInt64LE(BigInt(node.children.size), at + 24);
    }
  });
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0x32544c53, 0);
  header.writeUInt32LE(records.length, 4);
  header.writeUInt32LE(16 + body.length, 8);
  header.writeUInt32LE(names.length, 12);
  return new Table(own(Buffer.concat([header, body, names])), own(fragments), own(contents));
}

/** @param {Buffer} buffer @returns {ArrayBuffer} its bytes alone */
function own(buffer) {
  return new Uint8Array(buffer).buffer;
}

module.exports = { tableOf, RUNTIME };
