package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/florasync/florasync/internal/control"
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

const png = "\x89PNG\r\n\x1a\n"

// bytes are like no others.
func (w *world) bytes(size int) []byte {
	b := make([]byte, size)
	_, _ = w.random.Read(b)
	copy(b, png)
	return b
}

func write(w *world, args []string) error {
	size := 3000
	if len(args) > 1 {
		var err error
		if size, err = strconv.Atoi(args[1]); err != nil {
			return err
		}
	}
	path := w.path(args[0])
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, w.bytes(size), 0o644); err != nil {
		return err
	}
	return w.note(args[0])
}

func rewrite(w *world, args []string) error {
	f, err := os.OpenFile(w.path(args[0]), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(w.bytes(int(info.Size())))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return w.note(args[0])
}

func grow(w *world, args []string) error {
	size, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	f, err := os.OpenFile(w.path(args[0]), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(w.bytes(size))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return w.note(args[0])
}

// note remembers what is at a path as a whole version.
func (w *world) note(name string) error {
	sum, err := w.digest(name)
	if err == nil {
		w.whole[sum] = name
	}
	return err
}

func (w *world) awaitReady(name string) error {
	if err := w.note(name); err != nil {
		return err
	}
	sum, err := w.digest(name)
	if err != nil {
		return err
	}
	return await(func() (bool, string) { return w.ready()[sum] > 0, "it is not ready" })
}

func unready(w *world, names []string) error {
	if err := w.rest(); err != nil {
		return err
	}
	for _, name := range names {
		sum, err := w.digest(name)
		if err != nil {
			return err
		}
		if w.ready()[sum] > 0 {
			return fmt.Errorf("%s is ready", name)
		}
	}
	return nil
}

// await looks again and again until it is so.
func await(so func() (bool, string)) error {
	end := time.Now().Add(patience)
	for {
		ok, why := so()
		if ok {
			return nil
		}
		if time.Now().After(end) {
			return errors.New(why)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func assets(w *world, args []string) error {
	n := 0
	for _, k := range w.ready() {
		n += k
	}
	if strconv.Itoa(n) != args[0] {
		return fmt.Errorf("%d assets are ready, want %s", n, args[0])
	}
	return nil
}

func rows(w *world, args []string) error {
	page, err := w.daemon.Service().List(context.Background(), control.Filter{All: true}, "", 1000)
	if err != nil {
		return err
	}
	if n := len(page.Items); strconv.Itoa(n) != args[0] {
		return fmt.Errorf("the record has %d rows, want %s: %+v", n, args[0], page.Items)
	}
	return nil
}

// filed asserts that nothing is left in a directory, and that what was moved to the other is ready, but for what a script put there itself.
func filed(w *world, args []string) error {
	left, err := os.ReadDir(w.path(args[0]))
	if err != nil || len(left) > 0 {
		return fmt.Errorf("left: %v, %v", left, err)
	}
	moved, err := os.ReadDir(w.path(args[1]))
	if err != nil {
		return err
	}
	n := 0
	for _, e := range moved {
		name := filepath.Join(args[1], e.Name())
		sum, err := w.digest(name)
		if err != nil {
			return err
		}
		switch {
		case w.ready()[sum] == 1:
			n++
		case w.whole[sum] != name:
			return fmt.Errorf("%s was moved and is ready %d times", name, w.ready()[sum])
		}
	}
	if n == 0 {
		return errors.New("nothing was moved")
	}
	return nil
}

// until waits until an answer of the daemon says something.
func until(w *world, args []string) error {
	re, err := regexp.Compile(args[len(args)-1])
	if err != nil {
		return err
	}
	var said string
	return await(func() (bool, string) {
		answer, err := w.ask(args[:len(args)-1])
		if err != nil {
			return false, err.Error()
		}
		said = answer
		return re.MatchString(said), "it says: " + said
	})
}

// ask returns what a command's --json would print.
func (w *world) ask(what []string) (string, error) {
	if w.daemon == nil {
		return "", errors.New("no daemon runs")
	}
	ctx := context.Background()
	var v any
	var err error
	switch s := w.daemon.Service(); {
	case what[0] == "status":
		v, err = s.Status(ctx)
	case what[0] == "list":
		v, err = s.List(ctx, control.Filter{}, "", 1000)
	case what[0] == "explain" && len(what) == 2:
		v, err = s.Explain(ctx, w.path(what[1]))
	default:
		return "", fmt.Errorf("until %s: want status, list, or explain FILE", strings.Join(what, " "))
	}
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(v)
	return string(b), err
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

// noted takes the digests that the last program printed, one a line, for whole versions.
func noted(ts *testscript.TestScript, _ bool, _ []string) {
	w := ts.Value(worldKey{}).(*world)
	for sum := range strings.FieldsSeq(ts.ReadFile("stdout")) {
		w.whole[sum] = "what a program wrote"
	}
}

// mayBeTwice notes that the bytes at a path belong to two files.
func (w *world) mayBeTwice(name string) error {
	sum, err := w.digest(name)
	w.double[sum] = true
	return err
}

// refused asserts that no daemon starts, and what it says.
func refused(w *world, args []string) error {
	err := w.start()
	if err == nil {
		return errors.New("it started")
	}
	if ok, bad := regexp.MatchString(args[0], err.Error()); !ok || bad != nil {
		return fmt.Errorf("it says: %w", err)
	}
	return nil
}

// umount unmounts. Whoever looks at a file this very moment has it open, so that it is tried for a while: what is held is held longer.
func umount(w *world, args []string) error {
	return await(func() (bool, string) {
		out, err := exec.Command("umount", w.path(args[0])).CombinedOutput()
		return err == nil, string(out)
	})
}

// promises rests and asserts what holds after every script.
func promises(w *world, _ []string) error {
	if w.daemon != nil {
		if err := w.rest(); err != nil {
			return err
		}
	}
	if broken := w.broken(); len(broken) > 0 {
		return errors.New(strings.Join(broken, "\n"))
	}
	return nil
}
