import ts from 'typescript';

export interface Branch {
  file: string;
  line: number;
  /** The condition, and which way it went. */
  text: string;
}

/**
 * Counts which way each decision of a file goes: `if`, `?:`, `&&`, `||`, `??`, `for`, and whether a `catch` is entered. The branches
 * are numbered in `branches`, over all files; their hits are in `globalThis.simulationHits`.
 */
export function countBranches(
  file: string,
  branches: Branch[],
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (source) => {
    const { factory } = context;
    const add = (node: ts.Node, way: string) => {
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
      const text = node.getText(source).replaceAll(/\s+/g, ' ');
      return branches.push({ file, line, text: `${text} ${way}` }) - 1;
    };
    const hit = (index: number) => rawExpression(factory, `${HITS}[${index}]++`);
    const decide = (node: ts.Expression, ways: [string, string], test: string) => {
      const first = add(node, ways[0]);
      add(node, ways[1]);
      const visited = visit(node) as ts.Expression;
      const chosen = rawExpression(
        factory,
        `(value) => (${HITS}[${first} + (${test} ? 0 : 1)]++, value)`,
      );
      return factory.createCallExpression(
        factory.createParenthesizedExpression(chosen),
        [],
        [visited],
      );
    };
    const truth = (node: ts.Expression) => decide(node, ['is true', 'is false'], 'value');
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isIfStatement(node)) {
        const { thenStatement, elseStatement } = node;
        return factory.updateIfStatement(
          node,
          truth(node.expression),
          visit(thenStatement) as ts.Statement,
          elseStatement && (visit(elseStatement) as ts.Statement),
        );
      }
      if (ts.isConditionalExpression(node)) {
        return factory.updateConditionalExpression(
          node,
          truth(node.condition),
          node.questionToken,
          visit(node.whenTrue) as ts.Expression,
          node.colonToken,
          visit(node.whenFalse) as ts.Expression,
        );
      }
      if (ts.isBinaryExpression(node) && isLogical(node.operatorToken.kind)) {
        const isNullish = node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken;
        const left = isNullish
          ? decide(node.left, ['is there', 'is missing'], 'value !== undefined && value !== null')
          : truth(node.left);
        const right = visit(node.right) as ts.Expression;
        return factory.updateBinaryExpression(node, left, node.operatorToken, right);
      }
      if (ts.isForStatement(node) && node.condition) {
        return factory.updateForStatement(
          node,
          node.initializer && (visit(node.initializer) as ts.ForInitializer),
          truth(node.condition),
          node.incrementor && (visit(node.incrementor) as ts.Expression),
          visit(node.statement) as ts.Statement,
        );
      }
      if (ts.isCatchClause(node)) {
        const index = add(node.parent.tryBlock, 'throws');
        const { statements } = node.block;
        const counted = factory.createExpressionStatement(hit(index));
        const rest = statements.map((each) => visit(each) as ts.Statement);
        const block = factory.updateBlock(node.block, [counted, ...rest]);
        return factory.updateCatchClause(node, node.variableDeclaration, block);
      }
      return ts.visitEachChild(node, visit, context);
    };
    return visit(source) as ts.SourceFile;
  };
}

/** Made by the thread before it calls any of the code. */
const HITS = 'globalThis.simulationHits';

const isLogical = (kind: ts.SyntaxKind) =>
  kind === ts.SyntaxKind.AmpersandAmpersandToken ||
  kind === ts.SyntaxKind.BarBarToken ||
  kind === ts.SyntaxKind.QuestionQuestionToken;

/** An identifier is printed as it is, whatever its text. */
const rawExpression = (factory: ts.NodeFactory, code: string): ts.Expression =>
  factory.createIdentifier(code);
