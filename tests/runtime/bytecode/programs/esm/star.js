export * from "./live.js"; export * as ns from "./x.js"; export {default as cj} from "cjsdep"; export { readFileSync as rf } from "fs"
