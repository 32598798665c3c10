package state

import (
	"fmt"
	"strconv"
	"strings"
)

// ID names a row: one version of one file, or one URL. IDs are handed out by the queue in increasing order, from 1; 0 is no row.
type ID uint64

// idPrefix marks an ID's text form, so that a command can tell it from a path.
const idPrefix = "it_"

// String returns the text form, "it_" and the number in base 36, which is what commands, logs and JSON show.
func (id ID) String() string { return idPrefix + strconv.FormatUint(uint64(id), 36) }

// ParseID reads the text form of an ID. Anything else, 0 too, is an error.
func ParseID(s string) (ID, error) {
	digits, ok := strings.CutPrefix(s, idPrefix)
	if !ok {
		return 0, fmt.Errorf("%q is not an item id: it does not start with %q", s, idPrefix)
	}
	n, err := strconv.ParseUint(digits, 36, 64)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is not an item id", s)
	}
	return ID(n), nil
}
