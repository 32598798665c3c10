package scenarios

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// commands are what scripts can say; doc_test.go lists them.
var commands = map[string]func(*testscript.TestScript, bool, []string){
	"settings":  command(0, func(w *world, args []string) error { w.settings = args; return nil }),
	"more":      command(0, func(w *world, args []string) error { w.more = args; return nil }),
	"start":     command(0, func(w *world, _ []string) error { return w.start() }),
	"halt":      command(0, func(w *world, _ []string) error { return w.stop() }),
	"write":     command(1, write),
	"rewrite":   command(1, rewrite),
	"append":    command(2, grow),
	"whole":     command(1, each((*world).note)),
	"ready":     command(1, each((*world).awaitReady)),
	"unready":   command(1, unready),
	"rest":      command(0, func(w *world, _ []string) error { return w.rest() }),
	"assets":    command(1, assets),
	"rows":      command(1, rows),
	"until":     command(2, until),
	"filed":     command(2, filed),
	"pause":     command(0, pause),
	"resume":    command(0, func(w *world, _ []string) error { return w.daemon.Service().Resume(context.Background(), "inbox") }),
	"hold":      command(0, hold),
	"release":   command(0, func(w *world, _ []string) error { w.release(); return nil }),
	"uploading": command(1, uploading),
	"lost":      command(0, func(w *world, _ []string) error { w.ears.Store(deaf); return nil }),
	"heard":     command(0, func(w *world, _ []string) error { w.ears.Store(hears); return nil }),
	"overflow":  command(0, func(w *world, _ []string) error { w.ears.Store(overflows); return nil }),
	"twice":     command(1, each((*world).mayBeTwice)),
	"refused":   command(1, refused),
	"promises":  command(0, promises),
	"noted":     noted,
	"umount":    command(1, umount),
}

// command adapts a function to testscript: at least n arguments, relative names below the working directory, no negation.
func command(n int, fn func(*world, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < n {
			ts.Fatalf("want %d arguments or more, and no !", n)
		}
		ts.Check(fn(ts.Value(worldKey{}).(*world), args))
	}
}

func each(fn func(*world, string) error) func(*world, []string) error {
	return func(w *world, names []string) error {
		for _, name := range names {
			if err := fn(w, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	}
}

func pause(w *world, _ []string) error {
	return w.daemon.Service().Pause(context.Background(), "inbox", time.Time{})
}

func hold(w *world, _ []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gate == nil {
		w.gate = make(chan struct{})
		clear(w.posting)
	}
	return nil
}

func uploading(w *world, args []string) error {
	name := filepath.Base(args[0])
	return await(func() (bool, string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.posting[name], fmt.Sprintf("%s is not on its way", name)
	})
}

// umount unmounts. Whoever looks at a file this very moment has it open, so that it is tried for a while: what is held is held longer.
func umount(w *world, args []string) error {
	return await(func() (bool, string) {
		out, err := exec.Command("umount", w.path(args[0])).CombinedOutput()
		return err == nil, string(out)
	})
}
