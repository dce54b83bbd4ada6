import { type Application, type ApplicationText, buildApplication } from "@stricli/core";
import type { CliContext } from "./command.ts";
import { routes } from "./routes.ts";

/** Returns all commands as the argument parser runs them, with texts of our own or the parser's. */
export function buildKhutulun(text?: ApplicationText): Application<CliContext> {
  return buildApplication<CliContext>(routes, {
    name: "khutulun",
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    documentation: { onlyRequiredInUsageLine: true, disableAnsiColor: true },
    ...(text && { localization: { text } }),
  });
}
