'use strict';

require('./kinds.js');
import('./module.mjs');
