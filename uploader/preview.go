package uploader

import (
	"fmt"
	"io"

	"github.com/florasync/florasync/state"
)

// Preview says what a run would make of a file by its size and content: the media type it would send, or the reason and the words with which it would be
// skipped. It opens the file and changes nothing; the error is why the file cannot be read.
func Preview(root Root, p state.Path, size int64) (kind string, reason state.Reason, why string, err error) {
	r := &row{root: root, it: state.Item{Path: p, Print: state.Fingerprint{Size: size}}}
	if o := r.checkSize(); o != nil {
		return "", o.Reason(), o.Fault().Message, nil
	}
	file, err := root.Source.Open(p)
	if err != nil {
		return "", "", "", err
	}
	defer file.Close()
	kind, ok, err := sniff(io.NewSectionReader(file, 0, size), p.Base())
	if err != nil {
		return "", "", "", fmt.Errorf("read %s: %w", p.Shown(), err)
	}
	if !ok {
		return kind, state.Type, "FLORA does not take " + kind, nil
	}
	return kind, "", "", nil
}
