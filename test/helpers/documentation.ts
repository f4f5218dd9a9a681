/** Which public names of a module have no doc comment. */
import ts from "typescript";

/**
 * What is exported from `entry` without a doc comment, members of classes, interfaces and object
 * types included, as `name` or `name.member`.
 *
 * Not asked for: members that TypeScript or a library declares, private and protected ones,
 * constructors (the class's comment covers them), iterators and disposers, whose symbols say what
 * they do, and properties of one literal type (`kind: "image"`), whose types do.
 *
 * @param isOurs Whether a file's declarations are to be documented.
 */
export function undocumented(
  program: ts.Program,
  entry: string,
  isOurs: (file: string) => boolean,
): readonly string[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${entry} exports nothing`);

  const hasComment = (symbol: ts.Symbol): boolean =>
    symbol.getDocumentationComment(checker).some(({ text }) => text.trim() !== "");

  const isPublic = (declaration: ts.Declaration): boolean =>
    (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.NonPublicAccessibilityModifier) ===
    0;

  const speaksForItself = (member: ts.Symbol): boolean => {
    // `#name`, `[Symbol.name]`, constructors.
    if (/^(#|__@|__constructor$|prototype$)/.test(member.name)) return true;
    const isProperty = (member.flags & ts.SymbolFlags.Property) !== 0;
    return isProperty && (checker.getTypeOfSymbol(member).flags & ts.TypeFlags.Unit) !== 0;
  };

  const isAsked = (member: ts.Symbol): boolean => {
    const declarations = member.getDeclarations() ?? [];
    const isPlain = declarations.every((d) => isOurs(d.getSourceFile().fileName) && isPublic(d));
    return declarations.length > 0 && isPlain && !speaksForItself(member);
  };

  const membersOf = (symbol: ts.Symbol): readonly ts.Symbol[] => {
    if ((symbol.flags & ts.SymbolFlags.Type) === 0) return [];
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    const instance = (type.isUnion() ? type.types : [type]).flatMap((part) => part.getProperties());
    if ((symbol.flags & ts.SymbolFlags.Class) === 0) return instance;
    return [...instance, ...checker.getTypeOfSymbol(symbol).getProperties()];
  };

  return checker.getExportsOfModule(module).flatMap((exported) => {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    const members = membersOf(symbol).filter((member) => isAsked(member) && !hasComment(member));
    return [
      ...(hasComment(symbol) ? [] : [exported.name]),
      ...members.map((member) => `${exported.name}.${member.name}`),
    ];
  });
}
