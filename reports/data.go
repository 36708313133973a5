package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/headroom/headroom/measure"
)

// Schema is the version of what [JSON] writes.
const Schema = "headroom/report/v1"

type pageJSON struct {
	Schema      string           `json:"schema"`
	Title       string           `json:"title"`
	Notes       []string         `json:"notes,omitempty"`
	Results     []namedJSON      `json:"results"`
	Comparisons []comparisonJSON `json:"comparisons"`
}

type namedJSON struct {
	Name   string          `json:"name"`
	Result json.RawMessage `json:"result"`
}

type comparisonJSON struct {
	Part      string    `json:"part"`
	Share     float64   `json:"share"`
	Names     []string  `json:"names"`
	Reference string    `json:"reference,omitempty"`
	Rows      []rowJSON `json:"rows"`
}

type rowJSON struct {
	Kind        string             `json:"kind"`
	Subject     string             `json:"subject"`
	Metric      string             `json:"metric"`
	Unit        string             `json:"unit"`
	Values      []measure.Estimate `json:"values"`      // by name; null where not known
	Differences []*differenceJSON  `json:"differences"` // by name; null for the reference and where not known
}

type differenceJSON struct {
	By     float64 `json:"by"`
	Beyond bool    `json:"beyond"`
}

// JSON writes the results of the page in full, and their comparison.
func JSON(w io.Writer, p Page) error {
	out := pageJSON{Schema: Schema, Title: p.title(), Notes: p.Notes, Results: []namedJSON{}, Comparisons: []comparisonJSON{}}
	for _, x := range p.parts() {
		for _, n := range x.results {
			var b bytes.Buffer
			if err := measure.Encode(&b, n.Result); err != nil {
				return fmt.Errorf("reports: result %q: %w", n.Name, err)
			}
			out.Results = append(out.Results, namedJSON{n.Name, b.Bytes()})
		}
		out.Comparisons = append(out.Comparisons, comparisonToJSON(x.compare(p.Model)))
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("reports: write JSON: %w", err)
	}
	return nil
}

func comparisonToJSON(c Comparison) comparisonJSON {
	out := comparisonJSON{Part: c.Part, Share: c.Share, Names: c.Names, Rows: []rowJSON{}}
	if c.Reference >= 0 {
		out.Reference = c.Names[c.Reference]
	}
	for _, r := range c.Rows {
		row := rowJSON{Kind: r.Kind, Subject: r.Subject, Metric: r.Metric, Unit: r.unit.String(), Values: r.Values}
		for _, d := range r.Differences {
			var j *differenceJSON
			if d.Known {
				j = &differenceJSON{d.By, d.Beyond}
			}
			row.Differences = append(row.Differences, j)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// CSV writes one line for each figure of each result, in base units: seconds,
// requests per second, shares of one.
func CSV(w io.Writer, p Page) error {
	out := csv.NewWriter(w)
	lines := [][]string{{"part", "kind", "subject", "metric", "unit", "result", "value", "lo", "hi", "confidence", "difference", "beyond"}}
	for _, c := range Compare(p) {
		for _, r := range c.Rows {
			for i, e := range r.Values {
				if e.Known() {
					lines = append(lines, csvLine(c, r, i, e))
				}
			}
		}
	}
	if err := out.WriteAll(lines); err != nil {
		return fmt.Errorf("reports: write CSV: %w", err)
	}
	return nil
}

func csvLine(c Comparison, r Row, i int, e measure.Estimate) []string {
	line := []string{decimal(c.Share), r.Kind, r.Subject, r.Metric, r.unit.String(), c.Names[i], decimal(e.Value), "", "", "", "", ""}
	if e.Uncertain() {
		line[7], line[8], line[9] = decimal(e.Lo), decimal(e.Hi), decimal(e.Confidence)
	}
	if d := r.Differences[i]; d.Known {
		line[10], line[11] = decimal(d.By), strconv.FormatBool(d.Beyond)
	}
	return line
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
