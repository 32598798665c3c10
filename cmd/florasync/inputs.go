package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/watcher"
)

// readInputs reads what upload is to take from a file, or from standard input: one a line, or one before each NUL byte.
func readInputs(name string, zero bool) ([]string, error) {
	in := io.Reader(os.Stdin)
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	end := byte('\n')
	if zero {
		end = 0
	}
	var inputs []string
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes(end)
		if line = bytes.TrimSuffix(line, []byte{end}); len(line) > 0 {
			inputs = append(inputs, string(line))
		}
		if errors.Is(err, io.EOF) {
			return inputs, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// expand makes inputs absolute and replaces folders by the files in them that have one of the usual names.
func expand(inputs []string) ([]string, error) {
	rules, err := watcher.NewRules(true, nil, nil)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, input := range inputs {
		text, err := absolute(input)
		if err != nil {
			return nil, err
		}
		raw := rawPath(text)
		st, err := os.Stat(raw)
		if isURL(input) || err != nil || !st.IsDir() {
			all = append(all, text)
			continue
		}
		if raw, err = filepath.EvalSymlinks(raw); err != nil { // the walk would not follow a link that was named
			return nil, exitWith(exitFailed, fmt.Errorf("%s: %w", input, err))
		}
		n := len(all)
		err = filepath.WalkDir(raw, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			below, err := filepath.Rel(raw, path)
			if err == nil && d.Type().IsRegular() && watcher.Wants(rules, state.Path(below)).Taken {
				all = append(all, state.Path(path).Text())
			}
			return err
		})
		if err != nil {
			return nil, exitWith(exitFailed, fmt.Errorf("%s: %w", input, err))
		}
		if len(all) == n {
			return nil, usage("%s holds nothing that FLORA takes", input)
		}
	}
	return all, nil
}
