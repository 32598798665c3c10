// Command florasync uploads a watched folder to FLORA: every file that settles there becomes exactly one ready asset. See the README, and `florasync
// help`.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
)

// version is set at the build: -ldflags "-X main.version=…".
var version = "dev"

func main() { os.Exit(run(os.Args[1:])) }

// Exit codes, as in the README.
const (
	exitWell    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitNoOne   = 3
	exitRefused = 4
	exitLocked  = 5
	exitDamaged = 6
	exitTimeout = 7
)

// exits are the exit codes in words, as in the README.
var exits = []struct {
	code  int
	means string
}{
	{exitWell, "well; also run after a drain"},
	{exitFailed, "some files failed or were not taken; a path is unknown; a check found something"},
	{exitUsage, "wrong usage or configuration"},
	{exitNoOne, "no daemon where one is needed; status prints the record all the same"},
	{exitRefused, "FLORA refuses: the key, or somebody has to pay (upload, run --once, check)"},
	{exitLocked, "the record is held by another florasync"},
	{exitDamaged, "the record is damaged, or newer than this florasync"},
	{exitTimeout, "time ran out, FLORA could not be reached, or the record could not be written to the end; everything is kept, the next run goes on"},
}

// exit is an error with its exit code. A nil err ends quietly with the code: what there was to say has been said.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

func exitWith(code int, err error) error { return &exit{code, err} }

// usage is an error of how a command was called.
func usage(format string, args ...any) error { return &exit{exitUsage, fmt.Errorf(format, args...)} }

// run runs the command line and returns the exit code.
func run(args []string) int {
	cmd := rootCommand()
	cmd.SetArgs(args)
	out := &remembering{w: os.Stdout} // help and completions do not say themselves that they could not be printed
	cmd.SetOut(out)
	err := errors.Join(cmd.ExecuteContext(context.Background()), out.err)
	if err == nil {
		return exitWell
	}
	var e *exit
	if !errors.As(err, &e) {
		e = &exit{codeOf(err), err}
	}
	if e.err != nil {
		fmt.Fprintln(os.Stderr, "florasync:", harmless(e.err.Error()))
	}
	return e.code
}

// codeOf finds the exit code of an error that nobody gave one.
func codeOf(err error) int {
	var badConfig config.Errors
	var oneBad *config.Error
	var key *config.KeyError
	switch {
	case errors.As(err, &badConfig), errors.As(err, &oneBad), errors.As(err, &key):
		return exitUsage
	case errors.Is(err, queue.ErrLocked):
		return exitLocked
	case errors.Is(err, queue.ErrDamaged), errors.Is(err, queue.ErrNewer), errors.Is(err, control.ErrDamaged):
		return exitDamaged
	case errors.Is(err, control.ErrGone), errors.Is(err, control.ErrNoDaemon):
		return exitNoOne
	case errors.Is(err, queue.ErrRootRenamed), errors.Is(err, queue.ErrCursor), errors.Is(err, control.ErrInput):
		return exitUsage
	}
	return exitFailed
}
