'use strict';

/**
 * Node's own modules as the program gets them: some are patched when the program first asks for
 * them, so that a program that never uses them does not pay for it. This is the only wrapper of
 * `process.getBuiltinModule`; the resolve hook (modules/hooks.js) covers `require` and `import`.
 */

/**
 * Something to do before the program gets one of Node's modules for the first time.
 *
 * @typedef {object} Patch
 * @property {string[]} names of the modules, without `node:`
 * @property {() => void} apply
 */

class BuiltinModules {
  /** @type {Map<string, Set<() => void>>} patches not applied yet, by module name */
  #patches = new Map();
  /** @type {Map<string, () => unknown>} */ #provided = new Map();

  /** Node's own `process.getBuiltinModule`, which applies no patch. */
  original = process.getBuiltinModule;

  /** @param {Patch[]} patches applied in this order if several are for one module */
  constructor(patches) {
    for (const { names, apply } of patches) {
      const keys = names.flatMap((name) => [name, `node:${name}`]);
      const once = () => {
        // Removed first: the patch itself may load the module.
        for (const key of keys) this.#patches.get(key)?.delete(once);
        apply();
      };
      for (const key of keys) {
        const all = this.#patches.get(key) ?? new Set();
        this.#patches.set(key, all.add(once));
      }
    }
  }

  /** Replace `process.getBuiltinModule` in this thread. */
  install() {
    const getBuiltinModule = this.original;
    const replacement = {
      /** @param {string} id @returns {any} */
      getBuiltinModule: (id) => {
        const provide = this.#provided.get(id);
        if (provide !== undefined) return provide();
        this.patch(id);
        return getBuiltinModule(id);
      },
    };
    process.getBuiltinModule = replacement.getBuiltinModule;
  }

  /**
   * Let `process.getBuiltinModule` return one more module, for the runtime's own ES modules.
   *
   * @param {string} id that Node does not have
   * @param {() => unknown} provide
   */
  provide(id, provide) {
    this.#provided.set(id, provide);
  }

  /** Apply the patches of a module. @param {string} specifier */
  patch(specifier) {
    const patches = this.#patches.get(specifier);
    if (patches !== undefined) for (const apply of patches) apply();
  }

  /** Apply every patch. */
  patchAll() {
    for (const specifier of this.#patches.keys()) this.patch(specifier);
  }
}

module.exports = { BuiltinModules };
