package watch

import (
	"fmt"
	"time"

	"github.com/headroom/headroom/measure"
)

// Kind tells how a figure is to be read.
type Kind string

const (
	Gauge   Kind = "gauge"   // what it is
	Counter Kind = "counter" // what it has risen by
	Bucket  Kind = "bucket"  // a counter of values that do not exceed Le
)

// Column is one figure that a monitor looks at.
type Column struct {
	Name string  `json:"name"` // unique in its monitor
	Unit string  `json:"unit,omitempty"`
	Kind Kind    `json:"kind"`
	Of   string  `json:"of,omitempty"` // of a bucket: the name of its histogram
	Le   float64 `json:"le,omitempty"` // of a bucket, in the unit; 0 stands for no bound
}

// Note is what one monitor saw at one look.
type Note struct {
	Monitor int            `json:"monitor"`
	Part    string         `json:"part,omitempty"`    // whose figures; said when there are new columns
	Every   time.Duration  `json:"every,omitempty"`   // between two looks; said when there are new columns
	Columns []Column       `json:"columns,omitempty"` // new ones, added to those that the monitor has
	At      time.Duration  `json:"at"`                // since the start of the measured time
	Values  measure.Values `json:"values"`            // by column, in its unit
}

// Bounds on what is kept of one monitor.
const (
	mostFigures = 300
	mostBuckets = 1200
	longestName = 500
)

// room tells whether a figure may still be added to those that are kept.
func room(have map[string]int, c *Column) bool {
	most := mostFigures
	if c.Kind == Bucket {
		most = mostFigures + mostBuckets
	}
	return len(have) < most && len(c.Name) <= longestName
}

// check says what no note can be like.
func (n *Note) check(columns int) error {
	switch {
	case n.Monitor < 0 || n.Monitor >= mostMonitors:
		return fmt.Errorf("watch: a note of monitor %d", n.Monitor)
	case columns > mostFigures+mostBuckets || len(n.Values) > columns:
		return fmt.Errorf("watch: a note of %d values in %d columns", len(n.Values), columns)
	}
	for _, c := range n.Columns {
		if c.Kind != Gauge && c.Kind != Counter && c.Kind != Bucket {
			return fmt.Errorf("watch: a column of kind %q", c.Kind)
		}
	}
	return nil
}

const mostMonitors = 1 << 12
