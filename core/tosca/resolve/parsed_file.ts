import { parseYaml, yamlLimits, type YamlNode } from "../../yaml/mod.ts";
import { type FileDefinition, readFile } from "../read/file.ts";
import { type Findings, Report } from "../report.ts";

/** A file as its text alone says it: nothing that it names was looked for. */
export interface ParsedFile {
  readonly file: string;
  readonly root: YamlNode | undefined;
  /** Nothing where the text is no TOSCA file, which is among the findings. */
  readonly definition: FileDefinition | undefined;
  readonly findings: Findings;
}

/** A file of more bytes has more characters than are read: it is not even decoded. */
const fileBytesMax = 3 * yamlLimits.textLengthMax;

/** Reads a file. */
export function parseFile(file: string, bytes: Uint8Array): ParsedFile {
  const report = new Report();
  if (bytes.length > fileBytesMax) {
    const findings = report.apart(() => reportTooLarge(file, bytes, report));
    return { file, root: undefined, definition: undefined, findings };
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    const findings = report.apart(() => reportNoText(file, bytes, report));
    return { file, root: undefined, definition: undefined, findings };
  }
  const { value: root, problems } = parseYaml(text, file);
  report.addFile(file, root);
  let definition: FileDefinition | undefined;
  const findings = report.apart(() => {
    for (const each of problems) report.add(each);
    if (root) definition = readFile(root, report);
    else if (problems.length === 0) reportEmpty(file, report);
  });
  return { file, root, definition, findings };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function reportTooLarge(file: string, bytes: Uint8Array, report: Report): void {
  report.add({
    code: "YAML_LIMIT",
    severity: "error",
    what: "Cannot read the YAML text within its limits",
    where: { position: { file, line: 1, column: 1 } },
    why: `It has ${bytes.length} bytes`,
    fix: "Split the file, or replace aliases of aliases by imports",
  });
}

function reportNoText(file: string, bytes: Uint8Array, report: Report): void {
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe || bytes[0] === 0xfe && bytes[1] === 0xff;
  report.add({
    code: "TOSCA_FILE",
    severity: "error",
    what: `Cannot read the file "${file}" as text`,
    where: { position: { file, line: 1, column: 1 } },
    why: isWide ? "It is UTF-16, not UTF-8" : "It is not UTF-8",
    fix: "Save it as UTF-8",
  });
}

function reportEmpty(file: string, report: Report): void {
  report.add({
    code: "TOSCA_VERSION",
    severity: "error",
    what: "Cannot read an empty file as TOSCA",
    where: { position: { file, line: 1, column: 1 } },
    fix: 'Begin it with "tosca_definitions_version: tosca_2_0"',
  });
}
