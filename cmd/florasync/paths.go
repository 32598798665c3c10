package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/florasync/florasync/state"
)

func parseID(arg string) (state.ID, error) { return state.ParseID(arg) }

func isURL(arg string) bool {
	return strings.HasPrefix(arg, "https://") || strings.HasPrefix(arg, "http://")
}

// absolutePath returns the text form of an argument's absolute path. An argument with a backslash that names nothing as it stands is read as the text
// form that commands print. Whoever answers follows the links on the way: it knows by which path each root was given.
func absolutePath(arg string) (string, error) {
	raw := arg
	if strings.Contains(arg, `\`) {
		if _, err := os.Lstat(arg); err != nil {
			if p, err := state.ParsePath(arg); err == nil {
				raw = string(p)
			}
		}
	}
	abs, err := filepath.Abs(raw)
	if err != nil {
		return "", err
	}
	return state.Path(abs).Text(), nil
}

// rawPath reverses absolutePath for use on this machine.
func rawPath(text string) string {
	p, err := state.ParsePath(text)
	if err != nil {
		return text
	}
	return string(p)
}
