// Reads action.yml and workflows as GitHub does, and prints what GitHub would
// refuse: node workflow-parser.cjs FILE... A file that is named action.yml is an
// action, any other a workflow.

import { readFileSync } from "node:fs";
import { basename } from "node:path";

import { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } from "@actions/workflow-parser";
import { parseAction } from "@actions/workflow-parser/actions/action-parser";

const trace = new NoOperationTraceWriter();

async function refused(path) {
  const file = { name: path, content: readFileSync(path, "utf8") };
  const isAction = /^action\.ya?ml$/.test(basename(path));
  const result = isAction ? parseAction(file, trace) : parseWorkflow(file, trace);
  const errors = result.context.errors.getErrors().map((e) => e.message);
  if (!isAction && errors.length === 0) {
    const template = await convertWorkflowTemplate(result.context, result.value, undefined, {
      fetchReusableWorkflowDepth: 0,
    });
    errors.push(...(template.errors ?? []).map((e) => e.Message));
  }
  return errors;
}

async function main(paths) {
  for (const path of paths) {
    for (const error of await refused(path)) {
      console.log(error);
      process.exitCode = 1;
    }
  }
}

main(process.argv.slice(2));
