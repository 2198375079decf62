'use strict';

/**
 * The parts of module loading that a program has replaced or added.
 *
 * Calls the hooks that a program registers (`module.registerHooks`) for the ES modules that are
 * bytecode. Node's own loader calls them for all others.
 */

const Module = require('node:module');
const { internals, modulePrototype } = require('../node-internals.js');

/**
 * @typedef {(argument: string, context: any, next: (argument?: string, context?: any) => any)
 *   => any} Hook
 * @typedef {{resolve?: Hook, load?: Hook}} HookPair
 */

class ProgramHooks {
  /** @type {HookPair[]} */ #registered = [];

  /** What the program may replace, before it runs. */
  #compile = modulePrototype._compile;
  #handler = internals._extensions['.js'];
  #wrapped = internals.wrap('');

  /** Replace `module.registerHooks`; called after the runtime has installed its own hooks. */
  install() {
    this.#compile = modulePrototype._compile;
    this.#handler = internals._extensions['.js'];
    const { registerHooks } = Module;
    if (registerHooks === undefined) return;
    Module.registerHooks = (hooks) => {
      const handle = registerHooks(hooks);
      const pair = /** @type {HookPair} */ ({ resolve: hooks.resolve, load: hooks.load });
      this.#registered.push(pair);
      const deregister = () => {
        this.#registered = this.#registered.filter((other) => other !== pair);
        handle.deregister();
      };
      return Object.freeze({ ...handle, deregister });
    };
  }

  /** Whether the program has registered any. */
  get any() {
    return this.#registered.length !== 0;
  }

  /** Whether the program has replaced the text around CommonJS modules (`Module.wrapper`). */
  get replacesWrapper() {
    return internals.wrap('') !== this.#wrapped;
  }

  /** Whether the program has replaced the function that loads `.js` files. */
  get replacesHandler() {
    return internals._extensions['.js'] !== this.#handler;
  }

  /** Whether code of the program receives the source of CommonJS modules before it is compiled. */
  get mayChangeSource() {
    return (
      this.any ||
      modulePrototype._compile !== this.#compile ||
      this.replacesHandler ||
      this.replacesWrapper
    );
  }

  /**
   * Call the hooks, the one registered last first.
   *
   * @param {'resolve' | 'load'} name
   * @param {string} first specifier or URL
   * @param {any} given context
   * @param {(argument: string, context: any) => any} last what the runtime itself does
   * @returns {any} what the first hook returns
   */
  run(name, first, given, last) {
    const chain = this.#registered.flatMap((pair) => pair[name] ?? []);
    /** @type {(index: number, argument: string, context: any) => any} */
    const step = (index, argument, context) =>
      index < 0
        ? last(argument, context)
        : chain[index](argument, context, (nextArgument = argument, nextContext = {}) =>
            step(index - 1, nextArgument, { ...context, ...nextContext }),
          );
    return step(chain.length - 1, first, given);
  }

  /**
   * Throw an Error if a hook has changed a source that the executable does not contain.
   *
   * @param {string} source that the hook returned
   * @param {string} name of the file
   */
  check(source, name) {
    const { MARKER } = require('../bytecode/commonjs.js');
    if (this.any && source.includes(MARKER)) {
      throw new Error(require('../messages.js').sourceChangedByHook(name));
    }
  }
}

module.exports = { ProgramHooks };
