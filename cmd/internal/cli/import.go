package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/profiles/traces"
	"github.com/headroom/headroom/scenarios/foreign"
)

func newImport(a *app) *cobra.Command {
	c := newImportFile(a)
	for _, sub := range []*cobra.Command{newImportLog(a)} {
		usageErrors(sub)
		c.AddCommand(sub)
	}
	return c
}

func newImportFile(a *app) *cobra.Command {
	hold := 0
	c := &cobra.Command{
		Use:   "import [FORMAT] FILE",
		Short: "Turn a model, a recording or an interface into a scenario",
		Long: `import reads a queueing network of JMT (jmva, jsimg) or a layered queueing network
(lqnx) and writes the scenario that says the same. It makes load tests too: of what
a browser recorded (har), a description of an interface (openapi) or curl commands
(curl), with the requests and a load that asks for them. Without FORMAT the file's
extension or its content decides. And it learns a scenario from traces of a system
(otlp, jaeger, zipkin), in a file or all files of a directory, plain or gzip. What
a scenario cannot say is named on standard error, and is an error under --strict.`,
		Example: `  headroom import network.jmva -o network.yaml
  headroom import tiers.lqnx --strict > tiers.yaml
  cat network.jsimg | headroom import jsimg - -o network.yaml
  headroom import recording.har -o shop.yaml && headroom load shop.yaml
  headroom import openapi petstore.yaml -o pets.yaml
  headroom import otlp traces/ -o learned.yaml && headroom solve learned.yaml`,
		Args: formatAnd("FILE"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return importFormats(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(a.sets) > 0 {
				return usageError{errors.New("import: --set overrides a scenario; give it to the command that reads the one made here")}
			}
			if ok, err := a.importTraces(args, hold); ok {
				return err
			}
			file := args[len(args)-1]
			format, err := formatFor("import", args, file, importFormats())
			limit := int64(foreign.MaxSize)
			if err == nil {
				limit = format.Limit()
			} else if len(args) == 2 || file == "-" {
				return err
			}
			src, readErr := a.readForeign(file, limit)
			if readErr != nil {
				return readErr
			}
			if err != nil { // the extension does not tell
				var ok bool
				if format, ok = foreign.FormatIn(src); !ok {
					return err
				}
			}
			name := file
			if file == "-" {
				name = "stdin"
			}
			got, err := foreign.Import(format, name, src)
			if err != nil {
				return err
			}
			return a.deliver(got.Text, got.Notes)
		},
	}
	c.Flags().IntVar(&hold, "hold", 0, "of traces: so many spans are held at once, at most (default a million, in about 200 MB)")
	return c
}

// importFormats are the formats that can be read: more than can be written.
func importFormats() []string {
	return slices.Concat(foreign.Formats(), foreign.RequestFormats(), traces.Formats())
}

// readForeign reads a file or standard input, and one byte more than the
// longest that is taken, so that a longer one is refused and not cut off.
func (a *app) readForeign(file string, limit int64) ([]byte, error) {
	in := a.In
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, usageError{err}
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	src, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the model: %w", err)
	}
	return src, nil
}

// deliver names what was not carried over, then writes the text.
func (a *app) deliver(text []byte, notes []foreign.Note) error {
	for _, n := range notes {
		_, _ = fmt.Fprintf(a.Err, "note: %s\n", n)
	}
	if a.strict && len(notes) > 0 {
		return fmt.Errorf("%s not carried over, under --strict; nothing is written", count(len(notes), "thing"))
	}
	return a.write(func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// formatAnd is the argument check of a command that takes a format, which may
// be left out, and one thing more.
func formatAnd(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return fmt.Errorf("give [FORMAT] %s", what)
		case 1, 2:
			return nil
		}
		return fmt.Errorf("one at a time; what is %q?", args[2])
	}
}

// formatFor is the format that the arguments name, or else that of the file.
func formatFor(command string, args []string, file string, formats []string) (foreign.Format, error) {
	named := len(args) == 2
	if named {
		if f, ok := foreign.FormatNamed(args[0]); ok {
			return f, nil
		}
		return "", usageError{fmt.Errorf("%s: no format %q; there are %s", command, args[0], strings.Join(formats, ", "))}
	}
	if f, ok := foreign.FormatOf(file); ok {
		return f, nil
	}
	if file == "" {
		return "", usageError{fmt.Errorf("%s: which format? Name one of %s first, or a file with its extension by --out", command, strings.Join(formats, ", "))}
	}
	return "", usageError{fmt.Errorf("%s: which format? %q does not tell; name one of %s first", command, file, strings.Join(formats, ", "))}
}
