package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/rogpeppe/go-internal/testscript"
)

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
