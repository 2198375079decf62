import { readFile } from 'node:fs/promises';

// (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
const bytes = await readFile(new URL('./add.wasm', import.meta.url));
const { instance } = await WebAssembly.instantiate(bytes);

export const add = instance.exports.add;
export default await Promise.resolve(`late ${import.meta.url.split('/').pop()}`);
