#!/usr/bin/env node
'use strict';

require('../js/command-line.js').main(process.argv.slice(2));
