package scenarios

import _ "embed" // for the schema

//go:embed schema/scenario.schema.json
var schema string

// Schema returns the JSON Schema (draft 2020-12) of the language, with which
// an editor completes keys and marks mistakes. It holds the form of a scenario;
// what only makes sense of the whole (names, sums, cycles) [Parse] checks.
func Schema() []byte { return []byte(schema) }
