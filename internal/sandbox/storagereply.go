package sandbox

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// storageError is a refusal, told in the words of the form's kind.
type storageError struct {
	status  int
	code    string // GCS only
	message string
}

func faultOf(status int, f Fault) *storageError {
	code := f.Code
	if code == "" {
		code = strings.ReplaceAll(http.StatusText(status), " ", "")
	}
	return &storageError{status, code, http.StatusText(status) + " (sandbox fault)"}
}

// accept answers a stored post in the way of its kind.
func (s *Server) accept(w http.ResponseWriter, p *post, stored *object) {
	if p.form.Kind == ImageKit {
		writeJSON(w, http.StatusOK, map[string]any{
			"fileId": s.derive(24, "file", stored.File), "name": p.fields["fileName"], "size": stored.Size,
			"filePath": p.fields["folder"] + "/" + p.fields["fileName"], "fileType": "image",
			"url": s.storageOrigin(p.r) + "/files/" + p.asset + "/" + p.fields["fileName"],
		})
		return
	}
	w.Header().Set("ETag", strconv.Quote(stored.SHA256[:32]))
	if s.opts.GCSStatus != http.StatusCreated {
		w.WriteHeader(s.opts.GCSStatus)
		return
	}
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, "<?xml version='1.0' encoding='UTF-8'?><PostResponse><Bucket>flora-sandbox</Bucket><Key>%s</Key></PostResponse>", p.fields["key"])
}

// refuse answers a failed post in the way of its kind. It reads the body first, so that the client sees the answer
// instead of a broken pipe, unless Options.EarlyAnswer asks for that.
func (s *Server) refuse(w http.ResponseWriter, p *post, kind string, e *storageError) {
	if s.opts.EarlyAnswer {
		w.Header().Set("Connection", "close")
	} else if _, err := io.Copy(io.Discard, p.r.Body); err != nil {
		panic(http.ErrAbortHandler) // the client is gone; a silent return would be a 200
	}
	if err := s.journal.sync(); err != nil {
		e = &storageError{http.StatusInternalServerError, "InternalError", err.Error()}
	}
	if kind == ImageKit {
		writeJSON(w, e.status, map[string]string{"message": e.message, "help": "For support kindly contact us at support@imagekit.io ."})
		return
	}
	var message bytes.Buffer
	_ = xml.EscapeText(&message, []byte(e.message)) // a bytes.Buffer takes everything
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(e.status)
	fmt.Fprintf(w, "<?xml version='1.0' encoding='UTF-8'?><Error><Code>%s</Code><Message>%s</Message></Error>", e.code, &message)
}
