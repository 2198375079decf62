#!/usr/bin/env node
'use strict';

require('../js/command-line.js').main(['pkg', ...process.argv.slice(2)]);
