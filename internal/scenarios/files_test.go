package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
)

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
