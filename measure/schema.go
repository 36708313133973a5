package measure

import (
	_ "embed"
	"slices"
)

//go:embed schema/result.schema.json
var resultSchema []byte

// JSONSchema is the JSON Schema (draft 2020-12) of what [Encode] writes.
func JSONSchema() []byte { return slices.Clone(resultSchema) }
