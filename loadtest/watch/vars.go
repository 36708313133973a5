package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

const varsPath = "/debug/vars"

// vars looks at a page of Go's expvar: one JSON object whose numbers, however
// deep, are figures under their path. Arrays and texts are left out.
type vars struct {
	client *http.Client
	url    string
}

func (v *vars) look(ctx context.Context) ([]sample, error) {
	text, err := fetch(ctx, v.client, v.url, "application/json")
	if err != nil {
		return nil, err
	}
	return readVars(text)
}

func readVars(text []byte) ([]sample, error) {
	var page map[string]any
	if err := json.Unmarshal(bytes.TrimSpace(text), &page); err != nil {
		return nil, fmt.Errorf("not a page of expvar: %w", err)
	}
	return flatten(nil, "", page), nil
}

func flatten(out []sample, path string, object map[string]any) []sample {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		name := path + key
		switch x := object[key].(type) {
		case float64:
			out = append(out, sample{varColumn(name), x})
		case map[string]any:
			out = flatten(out, name+".", x)
		}
	}
	return out
}

// varColumn knows the figures of runtime.MemStats; of others expvar does not
// tell whether they count, so they are shown as they are.
func varColumn(name string) Column {
	c := Column{Name: name, Kind: Gauge}
	field, ok := strings.CutPrefix(name, "memstats.")
	if !ok {
		return c
	}
	switch field {
	case "Mallocs", "Frees", "Lookups", "NumGC", "NumForcedGC":
		c.Kind, c.Unit = Counter, "1/s"
	case "TotalAlloc":
		c.Kind, c.Unit = Counter, "B/s"
	case "PauseTotalNs":
		c.Kind, c.Unit = Counter, "ns/s"
	case "GCCPUFraction":
		c.Unit = "1"
	case "HeapObjects":
		c.Unit = "1"
	case "LastGC":
		c.Unit = "ns"
	default:
		c.Unit = "B"
	}
	return c
}
