'use strict';
require('./throws');
