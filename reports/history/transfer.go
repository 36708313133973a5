package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/headroom/headroom/measure"
)

// Export writes runs as JSON, one a line.
func Export(w io.Writer, runs []Run) error {
	e := json.NewEncoder(w)
	for _, r := range runs {
		if err := e.Encode(r); err != nil {
			return fmt.Errorf("history: export of %s: %w", r.ID, err)
		}
	}
	return nil
}

// Import adds what [Export] wrote and returns how many runs were new. Runs that
// are there already stay as they are, so that it may be tried again.
func (s *Store) Import(ctx context.Context, r io.Reader) (added int, err error) {
	d := json.NewDecoder(r)
	for n := 1; ; n++ {
		var run Run
		if err := d.Decode(&run); errors.Is(err, io.EOF) {
			return added, nil
		} else if err != nil {
			return added, fmt.Errorf("run %d, at byte %d: %w", n, d.InputOffset(), err)
		}
		if run.ID == "" || run.At.IsZero() || run.Result == nil || run.Result.Schema != measure.Schema {
			return added, fmt.Errorf("run %d: want id, at and result, as history export writes them", n)
		}
		_, isNew, err := s.Add(ctx, run)
		if err != nil {
			return added, fmt.Errorf("run %d: %w", n, err)
		}
		if isNew {
			added++
		}
	}
}
