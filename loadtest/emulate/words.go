package emulate

import "github.com/headroom/headroom/scenarios"

// words are those beyond the base of the language that a system acts out; the
// others are replaced by what is nearest, with a caveat.
func words() []scenarios.Word { return nil }
