'use strict';

// Scripts that are imported where nothing is an ES module.
import('./other.js').then(async (names) => {
  console.log(names, names.default === require('./other.js'), process.mainModule === module, require.main === module);
  const again = await import('./third.js');
  console.log(again.count, again.default, require('./third.js').count, module.children.length);
});
