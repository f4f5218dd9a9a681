/** TypeScript programs under the repository's own options. */
import { join } from "node:path";
import ts from "typescript";
import { root } from "./repository.js";

/** A program of these files, checked as strictly as the tests are. */
export function programOf(files: readonly string[]): ts.Program {
  const path = join(root, "tsconfig.tests.json");
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  const json = { ...config, include: undefined, files };
  const { options } = ts.parseJsonConfigFileContent(json, ts.sys, root, undefined, path);
  return ts.createProgram({ rootNames: files, options: { ...options, rootDir: "/" } });
}

/** What the compiler has to say, one text a diagnostic. */
export function complaintsOf(program: ts.Program): readonly string[] {
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, "\n");
    if (file === undefined) return text;
    return `${file.fileName}:${file.getLineAndCharacterOfPosition(start).line + 1}: ${text}`;
  });
}
