'use strict';
require('./needs-missing');
