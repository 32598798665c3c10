package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Nearest returns the nearest directory above path, or path itself, that is there, or that cannot be looked at.
func Nearest(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) || !errors.Is(err, fs.ErrNotExist) {
			return path
		}
		path = filepath.Dir(path)
	}
}
