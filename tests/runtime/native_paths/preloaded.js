'use strict';

global.hook = 'loaded';
