package cli

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"headroom": func() { os.Exit(Main(os.Args[1:], System())) },
	})
}

// The program's behaviour is told in testdata/script, one file a behaviour.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Setup:               func(e *testscript.Env) error { writeProfiles(t, e.WorkDir); return nil },
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs headroom and checks its exit code: exits 2 check bad.yaml. Where that
// is up to how busy the machine is, it may be any.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE ARGUMENT...")
	}
	code := 0
	if err := ts.Exec("headroom", args[1:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("headroom: %v", err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] && args[0] != "any" {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}
