package foreign

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headroom/headroom/scenarios"
)

// Each sample becomes the scenario, with the notes, that stands beside it.
func TestGolden(t *testing.T) {
	for _, file := range samples(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, got := importFile(t, file)
			var b strings.Builder
			for _, n := range got.Notes {
				fmt.Fprintf(&b, "# note: %s\n", n)
			}
			b.Write(got.Text)
			golden := file + ".yaml"
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", b.String(), want)
			}
		})
	}
}

// A sample that is imported, exported and imported again is the same scenario.
// Two come out with other names, since the formats name classes where the
// language names operations; these are the same from the second time on.
func TestRoundTrip(t *testing.T) {
	renamed := map[string]bool{"shop.lqnx": true, "switching.jsimg": true}
	for _, file := range samples(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			format, first := importFile(t, file)
			if renamed[filepath.Base(file)] {
				first = importText(t, format, filepath.Base(file), export(t, format, first.Model).Text)
			}
			second := importText(t, format, filepath.Base(file), export(t, format, first.Model).Text)
			if a, b := stripped(first.Text), stripped(second.Text); a != b {
				t.Errorf("before\n%s\nafter\n%s", a, b)
			}
		})
	}
}

// Every format takes every scenario of the library but one that is too large;
// what it writes it can read, and nothing is left out without a note.
func TestExportLibrary(t *testing.T) {
	for _, e := range scenarios.Library() {
		m, err := scenarios.Load(e.Name, scenarios.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range Formats() {
			t.Run(e.Name+"."+f, func(t *testing.T) {
				made, err := Export(Format(f), m)
				if f == string(JSIM) && e.Name == "albumly" {
					if err == nil || !strings.Contains(err.Error(), "MiB") {
						t.Errorf("hundreds of replicas, a station each: %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				importText(t, Format(f), "again."+f, made.Text)
				if len(m.Objectives) > 0 && len(made.Notes) == 0 {
					t.Error("objectives are left out in silence")
				}
			})
		}
	}
}
