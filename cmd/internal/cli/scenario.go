package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/scenarios"
)

// load reads the scenario that the command line names, with its overrides.
func (a *app) load(name string) (*scenarios.Model, error) {
	return scenarios.Load(name, scenarios.Options{Set: a.sets, Stdin: a.In})
}

// oneScenario is the argument check of a command that takes one scenario.
func oneScenario(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return errors.New("which scenario? Give a file, - for standard input, or a name from 'headroom library'")
	case 1:
		return nil
	default:
		return fmt.Errorf("one scenario at a time; what is %q?", args[1])
	}
}

// completeScenario offers library names beside the files the shell knows.
func completeScenario(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, e := range scenarios.Library() {
		names = append(names, e.Name+"\t"+e.Title)
	}
	return names, cobra.ShellCompDirectiveDefault
}
