package flora

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// File is what Upload sends.
type File struct {
	Name        string    // file name of the part; "" is "file"
	ContentType string    // of the part; "" is application/octet-stream
	Size        int64     // exactly so many bytes are read from Body
	Body        io.Reader // read by one goroutine at a time, never after Upload returned; its Read must return
}

// Receipt is what is known of an upload, also when it failed.
type Receipt struct {
	Meta      Meta  // of storage's answer; zero without one
	FileBytes int64 // of the file, handed to the connection; a few KiB of them may not have left this machine
	WholeBody bool  // the whole request was handed to the connection without an error: without an answer, storage may have all of it
}

// Upload posts the file with the form. Any 2xx is success, with or without a body. The FLORA key is not sent.
//
// Errors: *StorageError for a status of 400 or more, also when it came before the whole body was sent; *ReadError when file.Body failed;
// *TransportError without an answer, with ErrStalled in it when the transfer stood still; *RedirectError;
// ErrInsecureUpload; ErrPrivateAddress, also in a *TransportError; *RequestError. The Receipt tells how far it came.
func (c *Client) Upload(ctx context.Context, f Form, file File) (Receipt, error) {
	if err := c.checkUpload(f, &file); err != nil {
		return Receipt{}, err
	}
	started := time.Now()
	frame := newFormFrame(f.data(), file)
	body := newUploadBody(frame, file.Body, file.Size)
	x := Exchange{Op: OpUpload, Host: f.Host()}
	receipt, err := c.send(ctx, f.data(), frame.contentType, body, &x)
	x.Err, x.Sent, x.Status, x.RequestID, x.Date = err, receipt.FileBytes, receipt.Meta.Status, receipt.Meta.RequestID, receipt.Meta.Date
	c.observe(x, started)
	return receipt, err
}

func (c *Client) checkUpload(f Form, file *File) error {
	switch {
	case f.data() == nil:
		return &RequestError{Op: OpUpload, What: "no form"}
	case file.Size < 0 || file.Body == nil:
		return &RequestError{Op: OpUpload, What: "no file"}
	}
	if file.Name == "" {
		file.Name = "file"
	}
	if file.ContentType == "" {
		file.ContentType = "application/octet-stream"
	}
	if strings.ContainsFunc(file.ContentType, func(r rune) bool { return r < ' ' || r > '~' }) {
		return &RequestError{Op: OpUpload, What: "content type holds characters a header cannot carry"}
	}
	if err := c.checkTarget(f.data().url); err != nil {
		return fmt.Errorf("upload to %s: %w", f.Host(), err)
	}
	return nil
}

// send makes the one request, under a guard, and leaves neither a goroutine nor a reader behind.
func (c *Client) send(ctx context.Context, f *form, contentType string, body *uploadBody, x *Exchange) (Receipt, error) {
	red := redactor{f.secrets}
	parent := ctx
	ctx, trace, stop := c.guarded(ctx, PhaseWrite, body)
	defer stop()

	req, err := http.NewRequestWithContext(trace.context(ctx), http.MethodPost, f.url.String(), body)
	if err != nil {
		return Receipt{}, &RequestError{Op: OpUpload, What: "request cannot be made from the form's URL"}
	}
	req.ContentLength = body.length()
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("User-Agent", c.agent)

	var receipt Receipt
	resp, err := c.storage.Do(req)
	if err == nil {
		receipt.Meta = newMeta(resp, red)
		err = c.storageAnswer(ctx, f, resp, receipt.Meta, trace, red, x)
	} else if failed := body.failed.Load(); failed != nil && parent.Err() == nil {
		err = failed
	} else {
		err = transportError(ctx, OpUpload, f.url.Host, trace.at(), err, red)
	}
	stop() // net/http gives up the connection, and with it the body
	body.revoke()
	// After a success the connection may already serve, and break under, another request.
	receipt.WholeBody = err == nil || trace.whole()
	receipt.FileBytes = body.fileMoved(receipt.WholeBody)
	if failed := body.failed.Load(); failed != nil && errors.Is(err, ErrEarlyAnswer) {
		err = failed
	}
	return receipt, err
}

// storageAnswer judges an answer. An error answer counts at once; a 2xx only when the whole body went out.
func (c *Client) storageAnswer(ctx context.Context, f *form, resp *http.Response, m Meta, trace *tracker, red redactor, x *Exchange) error {
	defer resp.Body.Close()
	if m.Status < 300 {
		if !trace.written.Load() {
			select {
			case <-trace.wrote:
			case <-ctx.Done():
			}
		}
		if !trace.whole() {
			e := transportError(ctx, OpUpload, f.url.Host, PhaseWrite, ErrEarlyAnswer, red)
			e.Status = m.Status
			return e
		}
	}
	trace.enter(PhaseAnswer)
	// The status decides; a success whose text is cut, endless or missing is a success.
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorAnswer))
	x.Received = int64(len(text))
	switch {
	case m.Status < 300:
		return nil
	case m.Status < 400:
		return redirectError(OpUpload, f.url.Host, resp, m)
	}
	return readStorageError(OpUpload, f.kind, resp, m, text, red)
}
