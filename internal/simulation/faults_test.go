package simulation

import (
	"net/http"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
)

// faultKind is one way in which a call goes wrong.
type faultKind struct {
	name    string
	fault   sandbox.Fault
	lasting bool         // a row may fail of it, with the reason
	only    []sandbox.Op // nil: every operation of its side
	storage bool         // of the storage, else of the API
}

func (k faultKind) fits(op sandbox.Op) bool {
	if k.only != nil {
		for _, o := range k.only {
			if o == op {
				return true
			}
		}
		return false
	}
	return k.storage == (op == sandbox.OpPost || op == sandbox.OpFetch)
}

// of returns the fault for a call; a call it does not fit goes well: after an earlier fault the n-th call may be another one.
func (k faultKind) of(c sandbox.Call) sandbox.Fault {
	if !k.fits(c.Op) {
		return sandbox.Fault{}
	}
	return k.fault
}

// held returns the kind of fault in which a request is held up on its way, and arrives whether its client lives or not.
func held(by time.Duration) faultKind {
	return faultKind{name: "Held" + by.String(), fault: sandbox.Fault{Latency: by, Late: true},
		only: []sandbox.Op{sandbox.OpCreate, sandbox.OpComplete, sandbox.OpRetry, sandbox.OpAttach, sandbox.OpPost}}
}

// faultKinds are all of them.
var faultKinds = []faultKind{
	{name: "AnswerLost", fault: sandbox.Fault{Lost: true}},
	{name: "Dropped", fault: sandbox.Fault{Drop: true}},
	{name: "ErrorBefore", fault: sandbox.Fault{Status: http.StatusInternalServerError}},
	{name: "ErrorAfter", fault: sandbox.Fault{After: http.StatusInternalServerError}},
	{name: "Gateway", fault: sandbox.Fault{Status: http.StatusBadGateway, Gateway: true}},
	{name: "GatewayAfter", fault: sandbox.Fault{After: http.StatusGatewayTimeout, Gateway: true}},
	{name: "Hangs", fault: sandbox.Fault{Hang: true}},
	{name: "Throttled", fault: sandbox.Fault{Status: http.StatusTooManyRequests}},
	{name: "KeyRefused", fault: sandbox.Fault{Status: http.StatusUnauthorized}},
	{name: "PaymentRequired", fault: sandbox.Fault{Status: http.StatusPaymentRequired}},
	{name: "Forbidden", fault: sandbox.Fault{Status: http.StatusForbidden}, lasting: true},
	{name: "Refused", fault: sandbox.Fault{Status: http.StatusBadRequest}, lasting: true},
	{name: "NotFound", fault: sandbox.Fault{Status: http.StatusNotFound}, lasting: true},
	{name: "Unprocessable", fault: sandbox.Fault{Status: http.StatusUnprocessableEntity}, lasting: true},
	{name: "UntrueConflict", fault: sandbox.Fault{Status: http.StatusConflict}, only: []sandbox.Op{sandbox.OpComplete}},
	{name: "ProcessingFails", fault: sandbox.Fault{Fail: "cannot be decoded"}, only: []sandbox.Op{sandbox.OpComplete}},
	{name: "ProcessingIsLate", fault: sandbox.Fault{Process: 30 * 60e9}, only: []sandbox.Op{sandbox.OpComplete}},

	{name: "StorageAnswerLost", fault: sandbox.Fault{Lost: true}, storage: true},
	{name: "StorageDropped", fault: sandbox.Fault{Drop: true}, storage: true},
	{name: "StorageCut", fault: sandbox.Fault{Cut: 0.5}, storage: true},
	{name: "StorageError", fault: sandbox.Fault{Status: http.StatusServiceUnavailable}, storage: true},
	{name: "StorageErrorAfter", fault: sandbox.Fault{After: http.StatusServiceUnavailable}, storage: true},
	{name: "StorageForbids", fault: sandbox.Fault{Status: http.StatusForbidden}, storage: true},
	{name: "StorageRefuses", fault: sandbox.Fault{Status: http.StatusBadRequest}, storage: true, lasting: true},
	{name: "StorageTooLarge", fault: sandbox.Fault{Status: http.StatusRequestEntityTooLarge}, storage: true, lasting: true},
	{name: "StorageHangs", fault: sandbox.Fault{Hang: true}, storage: true},
}
