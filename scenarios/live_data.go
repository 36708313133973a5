package scenarios

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios/holes"
	"github.com/headroom/headroom/scenarios/jsonpath"
)

const (
	maxData = 32 << 20 // of a data file (B)
	maxRows = 1_000_000
)

// data reads the files that requests are filled from.
func (c *compiler) data(s spot) {
	for _, e := range c.entries(s, "a mapping from names to data files") {
		c.liveName(e)
		d, ok := c.feed(e)
		if !ok {
			c.breaks(e.name)
			continue
		}
		c.m.Live.Data = append(c.m.Live.Data, d)
	}
}

func (c *compiler) breaks(feed string) {
	if c.asking.broken == nil {
		c.asking.broken = map[string]bool{}
	}
	c.asking.broken[feed] = true
}

// liveName checks the name of a data file or of a capture.
func (c *compiler) liveName(e entry) {
	c.name(e.key, e.name)
	if slices.Contains(holes.Words(), e.name) {
		c.fail(e.key, "name it otherwise", "${%s} is built in", e.name)
	}
}

func (c *compiler) feed(e entry) (Feed, bool) {
	mark := len(c.diags)
	f, ok := c.fields(e.spot, dataKeys())
	if !ok {
		return Feed{}, false
	}
	d := Feed{Name: e.name}
	if v, ok := f["pick"]; ok {
		word, _ := c.word(v, pickWords())
		d.Pick = map[string]Pick{"random": PickRandom, "unique": PickUnique}[word]
	}
	v, ok := c.required(e.spot, f, "file", "write file: users.csv")
	if !ok {
		return d, false
	}
	name, ok := c.text(v, "the path of a file")
	if !ok {
		return d, false
	}
	content, err := c.besideUpTo(name, maxData)
	if err != nil {
		c.fail(v, "the path is relative to the scenario", "%v", err)
		return d, false
	}
	if d.Columns, d.Rows, err = readRows(name, content); err != nil {
		c.fail(v, "", "%v", err)
	}
	return d, !c.failed(mark)
}

// readRows reads a file of rows: JSON lines by its extension, CSV with a line of
// names otherwise.
func readRows(name string, content []byte) (columns []string, rows [][]string, err error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jsonl", ".ndjson", ".json":
		columns, rows, err = jsonRows(content)
	case ".tsv":
		columns, rows, err = csvRows(content, '\t')
	default:
		columns, rows, err = csvRows(content, ',')
	}
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	case len(rows) == 0:
		return nil, nil, fmt.Errorf("%s has no rows", name)
	}
	return columns, rows, nil
}

func csvRows(content []byte, comma rune) (columns []string, rows [][]string, err error) {
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma = comma
	columns, err = r.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, errors.New("empty; want a line of names first")
	}
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for i, c := range columns {
		c = strings.TrimSpace(c)
		if columns[i] = c; c == "" || seen[c] {
			return nil, nil, fmt.Errorf("line 1: column %d is called %q; want different names", i+1, shorten(c))
		}
		seen[c] = true
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return columns, rows, nil
		}
		if errors.Is(err, csv.ErrFieldCount) {
			line, _ := r.FieldPos(0)
			return nil, nil, fmt.Errorf("line %d: %d values for %d columns", line, len(row), len(columns))
		}
		if err != nil {
			return nil, nil, err
		}
		if rows = append(rows, row); len(rows) > maxRows {
			return nil, nil, fmt.Errorf("more than %d rows", maxRows)
		}
	}
}

// jsonRows reads one object a line; the columns are the keys of the first.
func jsonRows(content []byte) (columns []string, rows [][]string, err error) {
	for i, line := range bytes.Split(content, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		v, err := jsonpath.Decode(line)
		object, ok := v.(map[string]any)
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax):
			return nil, nil, fmt.Errorf("line %d, column %d: %w", i+1, syntax.Offset, err)
		case err != nil || !ok:
			return nil, nil, fmt.Errorf("line %d: want one JSON object a line", i+1)
		}
		if columns == nil {
			columns = slices.Sorted(maps.Keys(object))
		}
		row := make([]string, len(columns))
		for k, name := range columns {
			value, ok := object[name]
			if !ok {
				return nil, nil, fmt.Errorf("line %d has no %q", i+1, name)
			}
			row[k] = jsonpath.Text(value)
		}
		if rows = append(rows, row); len(rows) > maxRows {
			return nil, nil, fmt.Errorf("more than %d rows", maxRows)
		}
	}
	return columns, rows, nil
}
