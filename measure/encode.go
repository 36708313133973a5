package measure

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MaxSize bounds what [Decode] reads: no result of one run comes near it (B).
const MaxSize = 256 << 20

// Encode writes r as JSON. The same result always gives the same bytes: maps
// are sorted by key, and a float is written with the fewest digits that read
// back as the same number. A figure that is not finite is an error that names
// it by its path, such as "services.db.utilization.lo".
func Encode(w io.Writer, r *Result) error {
	if r == nil {
		return errors.New("measure: no result to encode")
	}
	if path, v := notFinite(r); path != "" {
		return fmt.Errorf("measure: %s is %v; a result holds finite figures, and leaves out what is not known", path, v)
	}
	head := *r
	if head.Schema == "" {
		head.Schema = Schema
	}
	raw, err := json.Marshal(&head)
	if err != nil {
		return fmt.Errorf("measure: encode result: %w", err)
	}
	if _, err := w.Write(layOut(raw)); err != nil {
		return fmt.Errorf("measure: write result: %w", err)
	}
	return nil
}

// Decode reads a result that [Encode] wrote, or another program to the same
// schema. Fields it does not know are passed over: within a version the schema
// only grows.
func Decode(r io.Reader) (*Result, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("measure: read result: %w", err)
	}
	if len(raw) > MaxSize {
		return nil, fmt.Errorf("measure: more than %d MB; no result is that large", MaxSize>>20)
	}
	if err := checkVersion(raw); err != nil {
		return nil, err
	}
	out := new(Result)
	if err := json.Unmarshal(raw, out); err != nil {
		return nil, fmt.Errorf("measure: result: %w", located(raw, err))
	}
	if path := hollow(out); path != "" {
		return nil, fmt.Errorf("measure: %s is null; leave it out, or give its figures", path)
	}
	return out, nil
}

// checkVersion reads the schema first: of a result of another version nothing
// else can be relied on.
func checkVersion(raw []byte) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return errors.New("measure: empty; want a result as JSON")
	}
	var head struct {
		Schema *string `json:"schema"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return fmt.Errorf("measure: not a result: %w", located(raw, err))
	}
	switch {
	case head.Schema == nil:
		return fmt.Errorf(`measure: not a result: no "schema"; want %q`, Schema)
	case *head.Schema == Schema:
		return nil
	case strings.HasPrefix(*head.Schema, "headroom/result/"):
		return fmt.Errorf("measure: result of schema %q; this headroom reads %q: use the version that wrote it, or make the result again", clip(*head.Schema), Schema)
	default:
		return fmt.Errorf("measure: not a result: schema %q, want %q", clip(*head.Schema), Schema)
	}
}

// located adds line and column to an error of encoding/json that has an offset.
func located(raw []byte, err error) error {
	var (
		syntax *json.SyntaxError
		typed  *json.UnmarshalTypeError
		offset int64
	)
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &typed):
		offset = typed.Offset
	default:
		return err
	}
	before := raw[:max(0, min(int(offset), len(raw)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Errorf("line %d, column %d: %w", line, max(1, column-1), err)
}

// clip keeps a foreign string from filling an error message.
func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// hollow is the path of the first entry of a map that is null.
func hollow(r *Result) string {
	for _, name := range sortedKeys(r.Workloads) {
		if r.Workloads[name] == nil {
			return "workloads." + name
		}
	}
	for _, name := range sortedKeys(r.Operations) {
		if r.Operations[name] == nil {
			return "operations." + name
		}
	}
	for _, name := range sortedKeys(r.Services) {
		if r.Services[name] == nil {
			return "services." + name
		}
	}
	for _, name := range sortedKeys(r.Topics) {
		if r.Topics[name] == nil {
			return "topics." + name
		}
	}
	for _, name := range sortedKeys(r.Jobs) {
		if r.Jobs[name] == nil {
			return "jobs." + name
		}
	}
	return hollowTarget(r)
}

func hollowTarget(r *Result) string {
	for _, name := range sortedKeys(r.Target) {
		t := r.Target[name]
		if t == nil {
			return "target." + name
		}
		for resource, x := range t.Resources {
			if x == nil {
				return "target." + name + ".resources." + resource
			}
		}
		for requests, x := range t.Requests {
			if x == nil {
				return "target." + name + ".requests." + requests
			}
		}
	}
	return ""
}
