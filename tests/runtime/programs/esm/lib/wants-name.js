import { nothing } from './one.js';
