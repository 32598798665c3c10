package uploader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// throttleDelay is how long to wait after a 429 without Retry-After: the documentation's example (facts, Base and headers).
const throttleDelay = 5 * time.Second

// retryAfterLeast keeps a Retry-After of nothing from making a row spin.
const retryAfterLeast = time.Second

// verdict is a fault with what the rest of the house has to know about it.
type verdict struct {
	fault  state.Fault
	wait   time.Duration // Throttled: how long
	probe  bool          // the row's own, unless a probe says that service or key are not well
	reason state.Reason  // of being blocked, when the class reaches beyond the row
}

// classify is the one function that says what a fault is. Lasting is the marked case: validation, size and field errors, a
// refusal while the probe is fine. An error of none of the types is this machine's own: local.
func classify(err error, now time.Time) verdict {
	var (
		api       *flora.Error
		storage   *flora.StorageError
		transport *flora.TransportError
		redirect  *flora.RedirectError
		malformed *flora.MalformedError
		request   *flora.RequestError
		key       *flora.KeyError
		read      *flora.ReadError
	)
	v := verdict{fault: state.Fault{Class: state.Passing, Message: err.Error(), At: now}}
	switch {
	case errors.As(err, &read):
		return classifyLocal(v, read.Err)
	case errors.As(err, &api):
		return classifyAPI(v, api)
	case errors.As(err, &storage):
		return classifyStorage(v, storage)
	case errors.As(err, &key), errors.Is(err, flora.ErrNoKey):
		v.fault.Class, v.reason, v.fault.Code = state.LockedOut, state.KeyMissing, string(state.KeyMissing)
		v.fault.Hint = "put the API key where the configuration says it is"
	case errors.As(err, &transport):
		v.fault.Code = string(transport.Phase)
		v.fault.Class, v.probe, v.reason = state.ServiceDown, true, state.APIDown
		if transport.Op == flora.OpUpload {
			v.fault.Class, v.probe, v.reason = state.StorageDown, false, state.StorageIsDown
		}
	case errors.As(err, &redirect):
		v.fault.Class, v.fault.Code, v.probe, v.reason = state.ServiceDown, "redirect", true, state.APIDown
		v.fault.Hint = "api.base_url should be the address that answers itself; a captive portal or a proxy may stand between"
		if redirect.Op == flora.OpUpload {
			v.fault.Class, v.probe, v.reason = state.StorageDown, false, state.StorageIsDown
		}
	case errors.As(err, &malformed):
		v.fault.Code, v.fault.RequestID, v.probe = "malformed", malformed.RequestID, true
	case errors.As(err, &request), errors.Is(err, flora.ErrInsecureUpload), errors.Is(err, flora.ErrPrivateAddress): // one that was dialled is a TransportError
		v.fault.Class, v.fault.Code = state.Lasting, "request"
	default:
		return classifyLocal(v, err)
	}
	return v
}

func classifyAPI(v verdict, e *flora.Error) verdict {
	v.fault.Code, v.fault.RequestID, v.fault.Message = e.Code, e.RequestID, e.Message
	for _, f := range e.Fields {
		if !strings.Contains(v.fault.Message, f.Message) { // FLORA's message may name its fields already
			v.fault.Message += fmt.Sprintf("; %s: %s", f.Name, f.Message)
		}
	}
	if v.fault.Message == "" {
		v.fault.Message = e.Error()
	}
	if v.fault.Code == "" {
		v.fault.Code = fmt.Sprintf("http_%d", e.Status)
	}
	switch {
	case e.Status == http.StatusTooManyRequests:
		v.fault.Class, v.wait, v.reason = state.Throttled, throttleDelay, state.IsThrottled
		if e.HasRetryAfter {
			v.wait = max(e.RetryAfter, retryAfterLeast)
		}
	case e.Status == http.StatusPaymentRequired, e.Code == "paid_plan_required":
		v.fault.Class, v.reason = state.LockedOut, state.PaymentRequired
		v.fault.Hint = hintPayment
	case e.Status == http.StatusUnauthorized:
		v.fault.Class, v.probe, v.reason = state.LockedOut, true, state.KeyRefused
		v.fault.Hint = hintKey
	case e.Status == http.StatusForbidden:
		// The probe tells a key that may do nothing from a workspace or project that this key may not use.
		v.fault.Class, v.probe, v.reason = state.Lasting, true, state.Forbidden
		v.fault.Hint = "this key may not do that: look at workspace and project in the configuration"
	case e.Status >= 500, e.Status == http.StatusRequestTimeout:
		v.probe, v.reason = true, state.APIDown
	case e.Status == http.StatusConflict, e.Status == http.StatusUnprocessableEntity && e.Code == "idempotency_conflict", e.Status == http.StatusTooEarly:
		// Whoever sent the request looks at the asset before this matters.
	case e.Status == http.StatusNotFound:
		v.fault.Class, v.probe = state.Lasting, true
		v.fault.Hint = "FLORA does not know this workspace, project or asset, or this key may not see it"
	case e.Status >= 400:
		v.fault.Class = state.Lasting
	}
	return v
}

func classifyStorage(v verdict, e *flora.StorageError) verdict {
	v.fault.Code, v.fault.RequestID = e.Code, e.RequestID
	if v.fault.Code == "" {
		v.fault.Code = fmt.Sprintf("storage_%d", e.Status)
	}
	switch e.Verdict {
	case flora.VerdictTooLarge, flora.VerdictBadField:
		v.fault.Class = state.Lasting
	case flora.VerdictExpired, flora.VerdictUsed, flora.VerdictSignature:
		v.fault.Class = state.FormStale
	case flora.VerdictServer, flora.VerdictThrottled, flora.VerdictKey:
		v.fault.Class, v.reason = state.StorageDown, state.StorageIsDown
	}
	return v
}

// classifyLocal reads an error of this machine: the file or the disk. The errno is in the words.
func classifyLocal(v verdict, err error) verdict {
	v.fault.Class, v.fault.Message, v.fault.Code = state.Local, err.Error(), "local"
	var errno syscall.Errno
	switch {
	case errors.Is(err, source.ErrOffline):
		v.fault.Code, v.reason = string(state.RootOffline), state.RootOffline
	case errors.Is(err, fs.ErrPermission):
		v.fault.Code, v.fault.Hint = "EACCES", "let florasync's user read the file"
	case errors.Is(err, io.ErrUnexpectedEOF):
		v.fault.Code = string(state.Changed)
	case errors.As(err, &errno):
		v.fault.Code = errnoName(errno)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		v.fault.Code = "interrupted"
	}
	return v
}

func errnoName(errno syscall.Errno) string {
	switch errno {
	case syscall.EIO:
		return "EIO"
	case syscall.ENOSPC:
		return "ENOSPC"
	case syscall.EROFS:
		return "EROFS"
	case syscall.EXDEV:
		return "EXDEV"
	}
	return fmt.Sprintf("errno_%d", int(errno))
}
