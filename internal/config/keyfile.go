package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// keyN bounds a key file, in bytes: no key is that long.
const keyN = 4 << 10

// readableByOthers are the permission bits a key file must not have: any for others, and more than reading for its group. 0600, 0400, and for a
// file that a service's group may read 0640 and 0440 are well.
const readableByOthers = 0o037

// keyFile is a file that may hold the key.
type keyFile struct {
	path, name string
	trusted    bool // systemd guards credentials itself, and shows their rights in ways of its own
}

// read returns the text of the file. Errors are [*KeyError]; fs.ErrNotExist is in one for a file that is not there.
func (s keyFile) read() (string, error) {
	// O_NONBLOCK: opening a pipe must not wait for its writer.
	f, err := os.OpenFile(s.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		cure := ""
		if errors.Is(err, fs.ErrPermission) {
			cure = "let the user florasync runs as read it, e.g. chgrp florasync and chmod 0640"
		}
		return "", &KeyError{Where: s.name, Message: reasonOf(err), Cure: cure, err: err}
	}
	defer f.Close()
	st, err := f.Stat()
	switch {
	case err != nil:
		return "", &KeyError{Where: s.name, Message: reasonOf(err), err: err}
	case !st.Mode().IsRegular():
		return "", &KeyError{Where: s.name, Message: "is not a regular file", Cure: "name the file that holds the key"}
	case !s.trusted && st.Mode().Perm()&readableByOthers != 0:
		return "", &KeyError{Where: s.name, Message: fmt.Sprintf("others can read or change it (mode %04o)", st.Mode().Perm()),
			Cure: "chmod 0600 " + ShellWord(s.path)}
	}
	text, err := io.ReadAll(io.LimitReader(f, keyN+1))
	switch {
	case err != nil:
		return "", &KeyError{Where: s.name, Message: reasonOf(err), err: err}
	case len(text) > keyN:
		return "", &KeyError{Where: s.name, Message: "is too long for a key", Cure: "the file holds the key alone"}
	}
	return string(text), nil
}

// checkKey refuses what could not stand in a header: RFC 6750, section 2.1, takes printable ASCII without blanks.
func checkKey(text, where string) (string, error) {
	key := strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	switch {
	case key == "":
		return "", &KeyError{Where: where, Message: "is empty", Cure: "write the API key into it"}
	case strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c >= 0x7f }):
		return "", &KeyError{Where: where, Message: "does not hold a key: one word on one line", Cure: "the file holds the key alone"}
	}
	return key, nil
}
