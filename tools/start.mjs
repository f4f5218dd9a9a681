#!/usr/bin/env node
// @ts-check
/** `npm start`: the main job. Makes the checkout ready, then runs the survey example. */
import { runProgram } from "./run.mjs";
import { setUp } from "./setup.mjs";

setUp();
runProgram("examples/dist/classify-survey/main.js", process.argv.slice(2));
