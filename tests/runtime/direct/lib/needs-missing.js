'use strict';
require('./absent');
