package scenarios

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// golden compares a text with a file of testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (rewrite with -update, then look at it):\n%s", file, diff)
	}
}

// TestBadScenarios holds every kind of bad scenario against what is said of it.
func TestBadScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d bad scenarios, %v; want at least 25", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			m, diags := Parse(filepath.Base(file), src, nil)
			if m != nil || len(diags) == 0 {
				t.Fatal("a bad scenario passed")
			}
			checkPlaces(t, string(src), diags)
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", diags.Error()+"\n")
		})
	}
}

// checkPlaces holds that every diagnostic points into the text, or right after
// the end of a line of it.
func checkPlaces(t *testing.T, src string, diags Diagnostics) {
	t.Helper()
	lines := splitLines(src)
	for _, d := range diags {
		if d.Msg == "" {
			t.Errorf("%v: a diagnostic without a message", d.Pos)
		}
		if d.Pos.Line == 0 && d.Pos.Col == 0 {
			continue
		}
		if d.Pos.Line < 1 || d.Pos.Line > len(lines) {
			t.Errorf("%v %s: line outside of the text of %d lines", d.Pos, d.Msg, len(lines))
			continue
		}
		if end := len([]rune(lines[d.Pos.Line-1])) + 1; d.Pos.Col < 1 || d.Pos.Col > end {
			t.Errorf("%v %s: column outside of 1 … %d", d.Pos, d.Msg, end)
		}
	}
}

func splitLines(src string) []string {
	src = strings.TrimPrefix(src, "\ufeff")
	src = strings.ReplaceAll(src, "\r\n", "\n")
	return strings.Split(strings.ReplaceAll(src, "\r", "\n"), "\n")
}
