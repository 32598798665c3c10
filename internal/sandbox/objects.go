package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// object is bytes on disk. Its file is written once and never changed: a second post makes a second file.
type object struct {
	File   string `json:"file"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Type   string `json:"type,omitempty"`
}

// objects is the folder of the bytes.
type objects struct {
	dir    string
	noSync bool
}

// errTooLarge says that a writer took more than its limit.
var errTooLarge = errors.New("larger than the limit")

// objectWriter streams one object to disk: digest and size on the way, never the whole in memory.
type objectWriter struct {
	in    objects
	file  *os.File
	sum   hash.Hash
	size  int64
	limit int64 // 0 = none
}

func openObjects(dir string, noSync bool) (objects, error) {
	return objects{dir: dir, noSync: noSync}, os.MkdirAll(dir, 0o700)
}

func (o objects) path(name string) string { return filepath.Join(o.dir, name) }

func (o objects) create(limit int64) (*objectWriter, error) {
	file, err := os.CreateTemp(o.dir, "incoming-*")
	if err != nil {
		return nil, fmt.Errorf("create object: %w", err)
	}
	return &objectWriter{in: o, file: file, sum: sha256.New(), limit: limit}, nil
}

// Write appends p, or returns errTooLarge.
func (w *objectWriter) Write(p []byte) (int, error) {
	if w.limit > 0 && w.size+int64(len(p)) > w.limit {
		return 0, errTooLarge
	}
	n, err := w.file.Write(p)
	w.sum.Write(p[:n])
	w.size += int64(n)
	return n, err
}

// commit makes the bytes durable under name and returns them.
func (w *objectWriter) commit(name, contentType string) (*object, error) {
	var err error
	if !w.in.noSync {
		err = w.file.Sync()
	}
	err = errors.Join(err, w.file.Close())
	if err == nil {
		err = os.Rename(w.file.Name(), w.in.path(name))
	}
	if err == nil && !w.in.noSync {
		err = syncDir(w.in.dir)
	}
	if err != nil {
		os.Remove(w.file.Name())
		return nil, fmt.Errorf("commit object: %w", err)
	}
	return &object{File: name, Size: w.size, SHA256: hex.EncodeToString(w.sum.Sum(nil)), Type: contentType}, nil
}

// abort drops what was written.
func (w *objectWriter) abort() {
	w.file.Close()
	os.Remove(w.file.Name())
}

// sweep removes what no asset holds: the leftovers of a crash between bytes and journal.
func (o objects) sweep(held map[string]bool) error {
	names, err := os.ReadDir(o.dir)
	if err != nil {
		return fmt.Errorf("sweep objects: %w", err)
	}
	for _, n := range names {
		if !held[n.Name()] {
			if err := os.Remove(o.path(n.Name())); err != nil {
				return fmt.Errorf("sweep objects: %w", err)
			}
		}
	}
	return nil
}

// copyFrom streams r into w and tells reading errors (the client's) from writing errors (ours).
func (w *objectWriter) copyFrom(r io.Reader) (readErr, writeErr error) {
	buf := make([]byte, 128<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return nil, werr
			}
		}
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return err, nil
		}
	}
}

// remove drops bytes that were replaced. A reader that has them open keeps them.
func (o objects) remove(name string) error { return os.Remove(o.path(name)) }

func (o objects) open(name string) (*os.File, error) { return os.Open(o.path(name)) }
