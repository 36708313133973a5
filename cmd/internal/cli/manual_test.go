package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// console is a block of commands in the README.
var console = regexp.MustCompile("(?s)```console\n(.*?)```")

// What the README tells a newcomer to type works, in the order in which it is told.
func TestReadmeCommands(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	ran := 0
	for _, block := range console.FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[1]) {
			args, ok := strings.CutPrefix(strings.TrimSpace(line), "$ headroom ")
			if !ok {
				continue
			}
			var out, errOut bytes.Buffer
			s := Streams{In: strings.NewReader(""), Out: &out, Err: &errOut, Getenv: func(string) string { return "" }}
			if code := Main(strings.Fields(args), s); code != ExitPassed {
				t.Errorf("headroom %s: exit code %d\n%s%s", args, code, out.String(), errOut.String())
			}
			ran++
		}
	}
	if ran < 4 {
		t.Errorf("the README has %d commands to try; were they lost?", ran)
	}
}

// Every example in the help names a command and flags that exist.
func TestHelpExamples(t *testing.T) {
	root := newRoot(&app{Streams: Streams{Getenv: os.Getenv}})
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Runnable() && c.Example == "" && c.Name() != "help" && c.Parent() == root {
			t.Errorf("%s has no example", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			checkExample(t, strings.TrimSpace(line))
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(root)
}

// shell is what may follow a command in an example.
var shell = regexp.MustCompile(`\s(#|\||>|&).*`)

// word is an argument, in which there may be quoted parts.
var word = regexp.MustCompile(`(?:'[^']*'|[^\s'])+`)

func checkExample(t *testing.T, line string) {
	t.Helper()
	_, args, ok := strings.Cut(line, "headroom ")
	if !ok || strings.HasPrefix(line, "#") {
		return
	}
	args = shell.ReplaceAllString(args, "")
	var fields []string
	for _, w := range word.FindAllString(args, -1) {
		fields = append(fields, strings.ReplaceAll(w, "'", ""))
	}
	root := newRoot(&app{Streams: Streams{Getenv: os.Getenv}})
	c, rest, err := root.Find(fields)
	if err != nil {
		t.Errorf("%s: %v", line, err)
		return
	}
	if err := c.ParseFlags(rest); err != nil {
		t.Errorf("%s: %v", line, err)
	}
}
