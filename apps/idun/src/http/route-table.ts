export interface RouteMatch {
  methods: ReadonlySet<string>;
  /** Name of the first parameter that is empty or whose percent-encoding is broken. */
  badParam: string | undefined;
}

interface Route {
  segments: readonly string[];
  methods: Set<string>;
}

/**
 * What the router itself cannot answer once it has refused a request: which methods the path does
 * have, and which of its parameters is at fault. Asked only then, so a linear search will do.
 */
export class RouteTable {
  private readonly routes = new Map<string, Route>();

  /** `url` in the router's notation: static segments, `:name`, and a trailing `*`. */
  add(methods: string | readonly string[], url: string): void {
    const route = this.routes.get(url) ?? { segments: url.split('/'), methods: new Set<string>() };
    for (const method of [methods].flat()) route.methods.add(method);
    this.routes.set(url, route);
  }

  /** `target` is the raw request target; undefined where no route has that path. */
  match(target: string): RouteMatch | undefined {
    const segments = pathOf(target).split('/');
    const methods = new Set<string>();
    let badParam: string | undefined;
    for (const route of this.routes.values()) {
      if (!matches(route.segments, segments)) continue;
      for (const method of route.methods) methods.add(method);
      badParam ??= firstBadParam(route.segments, segments);
    }
    return methods.size === 0 ? undefined : { methods, badParam };
  }
}

function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '';
}

function matches(route: readonly string[], path: readonly string[]): boolean {
  const isOpenEnded = route.at(-1) === '*';
  if (isOpenEnded ? path.length < route.length : path.length !== route.length) return false;
  return route.every((segment, i) => {
    const actual = path[i] ?? '';
    return segment === '*' || segment.startsWith(':') || segment === decoded(actual, decodeURI);
  });
}

function firstBadParam(route: readonly string[], path: readonly string[]): string | undefined {
  const at = route.findIndex(
    (segment, i) => segment.startsWith(':') && !decoded(path[i] ?? '', decodeURIComponent),
  );
  return route[at]?.slice(1);
}

function decoded(segment: string, decode: (text: string) => string): string | undefined {
  try {
    return decode(segment);
  } catch {
    return undefined;
  }
}
