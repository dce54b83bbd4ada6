/** Mistakes that people make, by what kind of mistake it is. */
import { circles } from "./circles.ts";
import { drafts } from "./drafts.ts";
import { kinds } from "./kinds.ts";
import { names } from "./names.ts";
import { spelling } from "./spelling.ts";
import { values } from "./values.ts";
import type { Mistake } from "./right_template.ts";

export { type Mistake, rightTemplate } from "./right_template.ts";

export const mistakes: readonly Mistake[] = [
  ...spelling,
  ...names,
  ...drafts,
  ...kinds,
  ...values,
  ...circles,
];
