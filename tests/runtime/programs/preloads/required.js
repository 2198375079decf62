globalThis.loaded = [...(globalThis.loaded ?? []), 'required'];
