package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"testing"
)

// copier hands out a record of so many bytes, and fails after some of them.
type copier struct {
	Service
	whole []byte
	after int
	err   error
}

func (c *copier) Backup(_ context.Context, w io.Writer) error {
	for n := 0; n < c.after; n += 4096 {
		if _, err := w.Write(c.whole[n:min(n+4096, c.after)]); err != nil {
			return err
		}
	}
	return c.err
}

func (c *copier) Check(context.Context) (Report, error) {
	return Report{Rows: 7, Problems: []string{"page 3"}}, c.err
}

func serve(t *testing.T, s Service) *Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, l, s, false) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return Dial(path)
}

// Invariant 3: the copy arrives whole, or as an error.
func TestBackupArrivesWholeOrNotAtAll(t *testing.T) {
	whole := bytes.Repeat([]byte("0123456789abcdef"), 20_000)
	for name, c := range map[string]struct {
		after int
		err   error
		want  error
	}{
		"Whole":             {after: len(whole)},
		"Refused":           {err: fmt.Errorf("copy: %w", ErrDamaged), want: ErrDamaged},
		"BrokenOff":         {after: 100_000, err: errors.New("the disk is full"), want: ErrGone},
		"BrokenOffAtOnce":   {after: 1, err: errors.New("the disk is full"), want: ErrGone},
		"BrokenOffAtTheEnd": {after: len(whole), err: errors.New("it cannot be closed"), want: ErrGone},
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			err := serve(t, &copier{whole: whole, after: c.after, err: c.err}).Backup(t.Context(), &got)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if c.want == nil && !bytes.Equal(got.Bytes(), whole) {
				t.Errorf("%d bytes arrived of %d", got.Len(), len(whole))
			}
		})
	}
}

type fullDisk struct{}

var errFull = errors.New("no space left on device")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestBackupSaysWhatTheWriterSays(t *testing.T) {
	err := serve(t, &copier{whole: make([]byte, 1<<20), after: 1 << 20}).Backup(t.Context(), fullDisk{})
	if !errors.Is(err, errFull) || errors.Is(err, ErrGone) {
		t.Errorf("got %v", err)
	}
}

func TestCheckOverTheSocket(t *testing.T) {
	r, err := serve(t, &copier{}).Check(t.Context())
	if err != nil || r.Rows != 7 || len(r.Problems) != 1 {
		t.Errorf("got %+v, %v", r, err)
	}
	if _, err := serve(t, &copier{err: ErrDamaged}).Check(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}
