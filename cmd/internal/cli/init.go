package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/scenarios"
)

func newInit(a *app) *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a small commented scenario to start from",
		Example: `  headroom init shop.yaml
  headroom init - | less           # only look at it
  headroom init shop.yaml && headroom run shop.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			file := "scenario.yaml"
			if len(args) > 0 {
				file = args[0]
			}
			name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
			if file == "-" {
				_, err := a.Out.Write(scenarios.Starter("shop"))
				return err
			}
			mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
			if force {
				mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
			}
			f, err := os.OpenFile(file, mode, 0o644)
			if errors.Is(err, os.ErrExist) {
				return usageError{fmt.Errorf("init: %s exists; --force writes over it", file)}
			}
			if err != nil {
				return fmt.Errorf("init: %w", err)
			}
			if _, err := f.Write(scenarios.Starter(name)); err != nil {
				return errors.Join(err, f.Close())
			}
			if err := f.Close(); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.Out, "wrote %s; next: headroom run %s\n", file, file)
			return err
		},
	}
	c.Flags().BoolVarP(&force, "force", "f", false, "write over a file that exists")
	return c
}
