import {nope} from "./live.js"; console.log(nope)
