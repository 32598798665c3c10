package uploader

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
	"golang.org/x/time/rate"
)

// oneRow is a record of one row.
type oneRow struct {
	Queue
	it state.Item
}

func (q oneRow) Get(context.Context, state.ID) (state.Item, bool, error) { return q.it, true, nil }

// TestALengthThatTheFileSystemMisstates: sysfs says 4096 bytes of what has a few, and its stamps stand still. That is no other version, which every look would
// find anew, with a row and an asset each time: it is set aside.
func TestALengthThatTheFileSystemMisstates(t *testing.T) {
	const name = "enabled"
	src, err := source.New("inbox", "/sys/kernel/mm/transparent_hugepage")
	if err != nil {
		t.Skip("no sysfs: ", err)
	}
	e, err := src.Stat(name)
	if err != nil {
		t.Skip("no sysfs: ", err)
	}
	it := state.Item{ID: 1, Root: "inbox", Path: name, Print: e.Print}
	u := &Uploader{opt: Options{Queue: oneRow{it: it}}, bytes: rate.NewLimiter(rate.Inf, burst)}
	r := &row{u: u, it: it, root: Root{Source: src}}
	defer r.closeFile()
	if o, err := r.open(t.Context()); o != nil || err != nil {
		t.Fatal(o, err)
	}
	if r.print != it.Print {
		t.Skip("the stamps do not stand still here")
	}
	held := func(what string, o *state.Outcome, err error) {
		t.Helper()
		if o != nil || err == nil || classify(err, it.SeenAt).fault.Class != state.Local {
			t.Fatalf("%s: %v, %v", what, o, err)
		}
	}
	_, o, err := r.readDigest(t.Context())
	held("digest", o, err)
	if _, err = io.Copy(io.Discard, r.u.newBody(t.Context(), r.file, it.Print.Size, &r.sent)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a body of it ends with %v", err)
	}
	o, err = r.misread(t.Context()) // what post makes of that
	held("send", o, err)
}
