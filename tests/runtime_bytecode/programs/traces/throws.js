'use strict';

null.property;
