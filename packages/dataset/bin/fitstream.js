#!/usr/bin/env node
// Not a built file: npm links commands when it installs, and only to what is there by then.
import "../dist/cli/main.js";
