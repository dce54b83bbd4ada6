/** What a person may get wrong: each has one clear problem and an exit code, and changes nothing. */
import assert from "node:assert/strict";
import { StartedAgent } from "../support/started_agent.ts";

const head = `tosca_definitions_version: tosca_2_0
imports:
- profile: org.khutulun:1.0
`;

/** A template with one node, written at line 10 with its parts from line 11. */
const template = (web: string) =>
  `${head}service_template:
  inputs:
    count:
      type: integer
      default: 1
  node_templates:
    web:
${web.split("\n").map((line) => `      ${line}`).join("\n")}
`;

interface Expected {
  readonly code: number;
  /** The head of the first problem: place and code. */
  readonly head: RegExp;
  readonly says?: RegExp;
}

Deno.test("khutulun tells what is wrong with what it is given, and changes nothing", async (context) => {
  const agent = await StartedAgent.prepare();
  try {
    await agent.start();
    const before = await agent.state();

    const check = (name: string, args: readonly string[], expected: Expected) =>
      context.step(name, async () => {
        const { code, stdout, stderr } = await agent.run(args);
        assert.deepEqual([code, stdout], [expected.code, ""], stderr);
        const [first] = stderr.split("\n");
        assert.match(first, expected.head, stderr);
        assert.equal(stderr.match(/^ {2}what: /gm)?.length, 1, stderr);
        if (expected.says) assert.match(stderr, expected.says);
        assert.deepEqual(await agent.state(), before);
      });
    const checkTemplate = async (name: string, text: string, expected: Expected) => {
      const path = await agent.write(`in/${name.replaceAll(" ", "-")}.yaml`, text);
      await check(name, ["service", "deploy", "a", path], expected);
    };
    const ok = `type: Process\nproperties: {command: [sleep, "1000"]}`;

    await checkTemplate("broken YAML", `${head}service_template: {a: [}\n`, {
      code: 3,
      head: /broken-YAML\.yaml:4:\d+: YAML_SYNTAX$/,
    });
    await checkTemplate("wrong version line", `tosca_definitions_version: tosca_3_0\n`, {
      code: 3,
      head: /:1:28: TOSCA_\w*VERSION\w*$/,
      says: /tosca_2_0/,
    });
    await checkTemplate("unknown type", template("type: Proces"), {
      code: 3,
      head: /:11:13: TOSCA_TYPE_UNKNOWN$/,
      says: /Did you mean "Process"\?/,
    });
    await checkTemplate("misspelt keyname", template(`${ok}\nrequirments: []`), {
      code: 3,
      head: /:13:7: TOSCA_KEYNAME_UNKNOWN$/,
      says: /Did you mean "requirements"\?/,
    });
    await checkTemplate("missing property", template("type: Process"), {
      code: 3,
      head: /:10:5: TOSCA_PROPERTY_MISSING$/,
      says: /"command"/,
    });
    await checkTemplate("wrong value", template("type: Port\nproperties: {port: eighty}"), {
      code: 3,
      head: /:12:\d+: TOSCA_VALUE_TYPE$/,
      says: /"eighty"/,
    });
    await checkTemplate(
      "unsatisfied requirement",
      template(`${ok}\nrequirements: [{connection: nobody}]`),
      { code: 3, head: /:13:\d+: TOSCA_\w+$/, says: /"nobody"/ },
    );
    await check("template not registered", ["service", "deploy", "a", "nowhere"], {
      code: 4,
      head: /^AGENT_PACKAGE_UNKNOWN$/,
      says: /khutulun template list/,
    });
    const good = await agent.write("in/good.yaml", template(ok));
    await check("unknown input", ["service", "deploy", "a", good, "--input", "cuont=3"], {
      code: 3,
      head: /TOSCA_INPUT$/,
      says: /Did you mean "count"\?/,
    });
    await check("input of another type", ["service", "deploy", "a", good, "-i", "count=many"], {
      code: 3,
      head: /:6:5: TOSCA_VALUE_TYPE$/,
      says: /"many"/,
    });
    await check("input without a value", ["service", "deploy", "a", good, "-i", "count"], {
      code: 2,
      head: /^CLI_USAGE$/,
      says: /--input port=8080/,
    });
    await check("no such file", ["service", "deploy", "a", "./nowhere.yaml"], {
      code: 3,
      head: /^CLI_FILE$/,
    });
    await check("no such service", ["service", "deploy", "nobody"], {
      code: 3,
      head: /^AGENT_TEMPLATE_MISSING$/,
    });
    for (const noun of ["instance", "connection", "event"]) {
      await check(`no such service to list the ${noun}s of`, [noun, "list", "nobody"], {
        code: 4,
        head: /^AGENT_SERVICE_UNKNOWN$/,
      });
    }
    await check("no such service to delete", ["service", "delete", "nobody"], {
      code: 4,
      head: /^AGENT_SERVICE_UNKNOWN$/,
    });
  } finally {
    await agent.close();
  }
});
