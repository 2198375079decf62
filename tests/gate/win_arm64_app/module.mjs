import { readFile } from 'node:fs/promises'

// Top-level await, and a file named by the module's own address.
const text = await readFile(new URL('./data/text.txt', import.meta.url), 'utf8')

export default text.length
