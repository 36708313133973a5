package gating

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/headroom/headroom/measure"
)

// Plan is what all runs of a directory have in common: another plan's runs are
// not mixed with them.
type Plan struct {
	Scenario string  `json:"scenario"` // SHA-256
	Base     string  `json:"base"`
	Head     string  `json:"head"`
	Seed     uint64  `json:"seed"`
	Warmup   float64 `json:"warmup"`   // (s)
	Duration float64 `json:"duration"` // (s)
	Test     string  `json:"test,omitempty"`
	Engine   string  `json:"engine,omitempty"`
}

// Store is a directory that keeps runs: plan.json, base/0001.json, head/0001.json
// and so on. It survives a kill at any moment: a pair counts once both are there.
type Store struct{ dir string }

// OpenStore opens a directory for runs of a plan, or makes it.
func OpenStore(dir string, p Plan) (*Store, error) {
	for _, side := range []Side{Base, Head} {
		if err := os.MkdirAll(filepath.Join(dir, string(side)), 0o755); err != nil {
			return nil, fmt.Errorf("gate: %w", err)
		}
	}
	want, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "plan.json")
	have, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Store{dir}, writeWhole(file, append(want, '\n'))
	case err != nil:
		return nil, fmt.Errorf("gate: %w", err)
	}
	var old Plan
	if err := json.Unmarshal(have, &old); err != nil {
		return nil, fmt.Errorf("gate: %s: %w", file, err)
	}
	if old != p {
		return nil, fmt.Errorf("%w: %s has runs of another plan:\n%swanted now:\n%s\ngive another --keep, or remove it", ErrOtherPlan, dir, have, want)
	}
	return &Store{dir}, nil
}

// ErrOtherPlan says that a directory has runs made in another way.
var ErrOtherPlan = errors.New("gate")

func (s *Store) file(side Side, i int) string {
	return filepath.Join(s.dir, string(side), fmt.Sprintf("%04d.json", i+1))
}

// pair is a pair that was measured before, nil where it was not.
func (s *Store) pair(i int) (*Pair, error) {
	if s == nil {
		return nil, nil
	}
	base, err := s.read(Base, i)
	if err != nil || base == nil {
		return nil, err
	}
	head, err := s.read(Head, i)
	if err != nil || head == nil {
		return nil, err
	}
	return &Pair{base, head}, nil
}

func (s *Store) read(side Side, i int) (*measure.Result, error) {
	text, err := os.ReadFile(s.file(side, i))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	r, err := measure.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("gate: %s: %w", s.file(side, i), err)
	}
	return r, nil
}

func (s *Store) keep(i int, p Pair) error {
	if s == nil {
		return nil
	}
	for side, r := range map[Side]*measure.Result{Base: p.Base, Head: p.Head} {
		var b bytes.Buffer
		if err := measure.Encode(&b, r); err != nil {
			return err
		}
		if err := writeWhole(s.file(side, i), b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// writeWhole writes a file that is there whole or not at all.
func writeWhole(name string, data []byte) error {
	if err := os.WriteFile(name+".part", data, 0o644); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	if err := os.Rename(name+".part", name); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	return nil
}
