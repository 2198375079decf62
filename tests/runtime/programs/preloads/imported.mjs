globalThis.loaded = [...(globalThis.loaded ?? []), 'imported'];
