'use strict';

/**
 * Hooks that a program registers (`module.registerHooks`), for the ES modules that are bytecode: Node's own loader,
 * which would call them, does not come to these.
 */

const Module = require('node:module');
const { MARKER } = require('./commonjs.js');

/**
 * @typedef {(argument: string, context: any, next: (argument?: string, context?: any) => any) => any} Hook
 * @typedef {{resolve?: Hook, load?: Hook}} HookPair
 */

class ProgramHooks {
  /** @type {HookPair[]} */ #registered = [];

  /** To be called after the runtime has registered its own. */
  install() {
    const { registerHooks } = Module;
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

  /** Whether there are any. */
  get areThere() {
    return this.#registered.length !== 0;
  }

  /**
   * @param {'resolve' | 'load'} name
   * @param {string} argument specifier or URL
   * @param {any} context
   * @param {(argument: string, context: any) => any} last what the runtime does by itself
   * @returns {any} what the hook says that was registered last
   */
  run(name, argument, context, last) {
    const chain = this.#registered.flatMap((pair) => pair[name] ?? []);
    /** @type {(index: number, argument: string, context: any) => any} */
    const step = (index, argument, context) =>
      index < 0
        ? last(argument, context)
        : chain[index](argument, context, (nextArgument = argument, nextContext = {}) =>
            step(index - 1, nextArgument, { ...context, ...nextContext }),
          );
    return step(chain.length - 1, argument, context);
  }

  /**
   * See that a source which a hook gives was not made of one that is not there.
   *
   * @param {string} source
   * @param {string} name of the file
   */
  check(source, name) {
    if (!this.areThere || !source.includes(MARKER)) return;
    throw new Error(
      `A hook of the program changes the source of ${name}, which is not packaged; build with --public or --sea.`,
    );
  }
}

module.exports = { ProgramHooks };
