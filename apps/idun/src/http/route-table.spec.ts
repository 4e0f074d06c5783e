import { describe, expect, it } from 'vitest';

import { RouteTable } from './route-table.js';

const routes = new RouteTable();
routes.add('GET', '/api/keys');
routes.add('GET', '/api/keys/:key');
routes.add(['PUT', 'PATCH'], '/api/keys/:key');
routes.add('POST', '/api/keys/special');
routes.add('GET', '/docs/*');

const methods = (target: string) => [...(routes.match(target)?.methods ?? [])].toSorted();

describe('RouteTable', () => {
  it.each([
    ['/api/keys', ['GET']],
    ['/api/keys?x=/a', ['GET']],
    ['/api/k%65ys', ['GET']],
    ['http://host/api/keys', ['GET']],
    ['HTTPS://host:1/api/keys?x', ['GET']],
    ['/api/keys/a', ['GET', 'PATCH', 'PUT']],
    ['/api/keys/a%2Fb', ['GET', 'PATCH', 'PUT']],
    ['/api/keys/special', ['GET', 'PATCH', 'POST', 'PUT']],
    ['/docs/', ['GET']],
    ['/docs/a/b', ['GET']],
    ['/docs', []],
    ['/api/keys/a/b', []],
    ['/api/Keys', []],
    ['//api/keys', []],
    ['/api/keys%2Fa', []],
    ['/%zz', []],
  ])('finds the methods of %s', (target, expected) => {
    expect(methods(target)).toEqual(expected);
  });

  it.each([
    ['/api/keys/a', undefined],
    ['/api/keys/', 'key'],
    ['/api/keys/%', 'key'],
    ['/api/keys/%c3%28', 'key'],
    ['/api/keys/%25', undefined],
    ['/docs/%zz', undefined],
  ])('finds the bad parameter of %s', (target, expected) => {
    expect(routes.match(target)?.badParam).toBe(expected);
  });
});
