package cli

import (
	"fmt"
	"os"

	"github.com/headroom/headroom/scenarios"
)

// itself is the value of a --write that names no file: the scenario is changed.
const itself = "\x00"

// writeInto writes the text of a scenario, edited, into the file that --write
// names, which becomes that of the scenario where it names none.
func writeInto(command, name, file string, src []byte, write *string, edits []scenarios.Edit) error {
	if *write == "" {
		return nil
	}
	if *write == itself {
		*write = file
	}
	if _, err := os.Stat(file); err != nil && *write == file {
		return usageError{fmt.Errorf("%s: %s is no file that could be changed; name one, as in --write=shop.yaml", command, name)}
	}
	if len(edits) == 0 {
		return usageError{fmt.Errorf("%s: nothing was learned that could be written into %s; without --write it says why", command, name)}
	}
	text, diags := scenarios.Rewrite(file, src, edits)
	if len(diags) > 0 {
		return diags
	}
	return writeFile(*write, text)
}
