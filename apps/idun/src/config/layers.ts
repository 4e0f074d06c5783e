export type Tree = Record<string, unknown>;

/** One source of settings. `name` completes "… has" in an error. */
export interface Layer {
  name: string;
  tree: Tree;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without a prototype, so that a YAML key such as `__proto__` is an unknown key like any other. */
export function emptyTree(): Tree {
  const tree: Tree = {};
  Object.setPrototypeOf(tree, null);
  return tree;
}

/** The later layer wins, setting by setting; lists are replaced whole. */
export function mergeLayers(layers: readonly Layer[], problems: string[]): Tree {
  const merged = emptyTree();
  for (const { name, tree } of layers) mergeInto(merged, tree, name, '', problems);
  return merged;
}

function mergeInto(into: Tree, tree: Tree, layer: string, prefix: string, problems: string[]) {
  for (const [name, value] of Object.entries(tree)) {
    const below = into[name];
    if (isTree(below) && !isTree(value)) {
      problems.push(`${prefix}${name} in ${layer} must be a section with keys of its own`);
    } else if (isTree(value)) {
      mergeInto(childOf(into, name), value, layer, `${prefix}${name}.`, problems);
    } else {
      into[name] = value;
    }
  }
}

function childOf(tree: Tree, name: string): Tree {
  const child = tree[name];
  if (isTree(child)) return child;
  const created = emptyTree();
  tree[name] = created;
  return created;
}

export function setAt(tree: Tree, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce(childOf, tree);
  parent[path.at(-1) ?? ''] = value;
}

export function getAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce(
    (node, name) => (isTree(node) && Object.hasOwn(node, name) ? node[name] : undefined),
    tree,
  );
}

/** The layer whose value counts; undefined when none has one. */
export function originOf(layers: readonly Layer[], path: readonly string[]): Layer | undefined {
  return layers.findLast(({ tree }) => getAt(tree, path) !== undefined);
}
