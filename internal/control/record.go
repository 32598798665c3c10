package control

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Report is what a check of the record found.
type Report struct {
	Rows     int64    `json:"rows"`
	Paths    int64    `json:"paths"`
	Marks    int64    `json:"marks"`
	Due      int64    `json:"due"`
	Finished int64    `json:"finished"`
	Bytes    int64    `json:"bytes"`
	Problems []string `json:"problems"` // empty: the record is sound
}

// Check asks the daemon to read its whole record, which takes as long as the record is large.
func (c *Client) Check(ctx context.Context) (r Report, err error) {
	return r, c.slow(ctx, wholeTimeout, pathCheck, question{}, &r)
}

// Backup asks for a copy of the daemon's record and writes it to w. Whatever was written before an error is no backup.
func (c *Client) Backup(ctx context.Context, w io.Writer) error {
	if err := c.Answers(ctx); err != nil {
		return err
	}
	resp, err := c.within(wholeTimeout).send(ctx, pathBackup, question{})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	to := &writing{w: w}
	if _, err = io.Copy(to, resp.Body); err != nil && to.err == nil { // cut: the daemon's way to say that the rest is missing
		return gone(ctx, err)
	}
	return err
}

// writing tells an error of the writer from one of the reader.
type writing struct {
	w   io.Writer
	err error
}

func (w *writing) Write(p []byte) (n int, err error) {
	n, w.err = w.w.Write(p)
	return n, w.err
}

// wholeTimeout is how long the daemon may take before it begins to answer a question about all of the record: it is copied, or read, first. A guess: a
// hundred million rows on a slow disk.
const wholeTimeout = time.Hour

// within is a client for questions whose answer may take so long to begin.
func (c *Client) within(d time.Duration) *Client {
	t := c.http.Transport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = d
	return &Client{http: &http.Client{Transport: t}}
}

// backup streams a copy. What goes wrong before its first byte is an answer; after it the connection is cut, so that nobody takes a part for the whole.
func backup(w http.ResponseWriter, r *http.Request, s Service) {
	out := &stream{w: w}
	err := s.Backup(r.Context(), out)
	switch {
	case err == nil:
	case !out.began:
		reply(w, http.StatusUnprocessableEntity, problem{codeOf(err), err.Error()})
	default:
		panic(http.ErrAbortHandler)
	}
}

type stream struct {
	w     http.ResponseWriter
	began bool
}

func (s *stream) Write(p []byte) (int, error) {
	if !s.began {
		s.began = true
		s.w.Header().Set("Content-Type", "application/octet-stream")
	}
	n, err := s.w.Write(p)
	if err != nil {
		return n, fmt.Errorf("send the copy: %w", err)
	}
	return n, nil
}
