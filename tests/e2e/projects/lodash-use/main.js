'use strict';
// A tour of lodash: wrappers, lazy chains, templates (which compile text), deep copies, functions of functions.
const _ = require('lodash');
const fp = require('lodash/fp');

const people = [
  { name: 'Ada', age: 36, tags: ['maths', 'code'] },
  { name: 'Grace', age: 85, tags: ['navy', 'code'] },
  { name: 'Alan', age: 41, tags: ['maths'] },
];
const say = (...values) => console.log(...values.map((value) => JSON.stringify(value)));

say(_.VERSION, _.map(people, 'name'), _.sortBy(people, ['age']).map((one) => one.age));
say(_(people).filter((one) => one.age > 40).map('tags').flatten().uniq().value());
say(_.groupBy(people, (one) => one.tags.length), _.countBy(_.flatMap(people, 'tags')));
say(_.template('<% _.each(people, (one) => { %><li><%- one.name %></li><% }) %>')({ people }));
const copy = _.cloneDeep({ when: new Date(0), list: [new Set([1]), new Map([[1, 2]])], expression: /a/g });
say(_.isEqual(copy.list[1], new Map([[1, 2]])), copy.when, String(copy.expression));
say(_.camelCase('--foo bar_baz'), _.startCase('fooBar'), _.deburr('déjà vu'), _.words('one, two & three'));
const added = _.curry((a, b, c) => a + b + c);
say(added(1)(2)(3), _.memoize(Math.sqrt)(16), _.partialRight(_.join, '-')([1, 2]));
say(_.get({ a: [{ b: { c: 3 } }] }, 'a[0].b.c'), _.set({}, 'x[0].y', 1), _.merge({ a: [1] }, { a: [, 2] }));
say(fp.flow(fp.filter('age'), fp.map(fp.get('name')), fp.join('|'))(people));
say(_.isNative(Math.max), _.functions(_).length, _.mixin({ twice: (value) => value * 2 }) && _.twice(21));
say(_.chunk(_.range(7), 3), _.zipObjectDeep(['a.b', 'a.c'], [1, 2]), _.padStart('7', 3, '0'));
