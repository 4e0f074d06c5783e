import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');

/** What the compiler says about modules that stand in the root of the repository. An example may name what it does not use. */
export function problemsIn(codes: readonly string[]): string[] {
  const modules = new Map(codes.map((code, index) => [join(root, `example-${index}.ts`), code]));
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  );
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...rest) => {
    const code = modules.get(path);
    return code === undefined
      ? getSourceFile(path, ...rest)
      : ts.createSourceFile(path, code, rest[0]);
  };
  const program = ts.createProgram(
    [...modules.keys()],
    { ...options, noEmit: true, noUnusedLocals: false },
    host,
  );
  return [...modules.keys()]
    .flatMap((path) => ts.getPreEmitDiagnostics(program, program.getSourceFile(path)))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
