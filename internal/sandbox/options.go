package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Defaults of Options, each with where the number comes from.
const (
	// DefaultKey is the API key taken when Options.Key is empty.
	DefaultKey = "sk_sandbox"
	// DefaultFormLifetime is how long a GCS form lives, by what clients saw at the real service.
	DefaultFormLifetime = 15 * time.Minute
	// ImageKitFormLifetime is how long an ImageKit form lives: ImageKit refuses an expire of an hour or more.
	ImageKitFormLifetime = 30 * time.Minute
	// DefaultRetryAfter is what a 429 asks for when nothing else is set.
	DefaultRetryAfter = time.Second
	// IdempotencyWindow is how long a used Idempotency-Key answers idempotency_duplicate (specification).
	IdempotencyWindow = 2 * time.Hour
	// ReplayWindow is how long a key replays its first answer where Options.Replay is set (one documentation page).
	ReplayWindow = 24 * time.Hour
	// DirectLimit is the largest file taken as multipart by POST /assets, in bytes.
	DirectLimit = 4 << 20
	// FetchLimit is the largest file fetched from a URL, in bytes.
	FetchLimit = 50 << 20
)

// The two kinds of storage that a reservation can point at.
const (
	GCS      = "gcs"
	ImageKit = "imagekit"
)

// What POST /assets/{id}/complete does before any bytes have arrived; the specification is silent.
const (
	EmptyRefused = "refuse" // 4xx, the asset stays pending_upload (default)
	EmptyFails   = "fail"   // the asset is failed, with a failure_message
	EmptyReady   = "ready"  // the asset is ready, of zero bytes
)

// When POST /assets/{id}/retry is allowed; the specification says "supported lifecycle states".
const (
	RetryPending = "pending" // while pending or failed (default)
	RetryExpired = "expired" // only once the form is expired or spent, or the asset failed
)

// Options choose how the stand-in behaves where the specification leaves room. The zero value with a Dir is the
// strict default: GCS, forms of 15 minutes, ready at once, 409 for a used idempotency key, no faults.
type Options struct {
	Dir    string // bytes and state; created when absent; one process only
	NoSync bool   // do not fsync: for tests, where only the process can die

	Key       string   // the accepted API key; default DefaultKey
	OtherKeys []string // further accepted keys, as for a second workspace

	// URL and StorageURL are the origins ("http://flora.localhost") written into answers. Empty: Serve's listeners,
	// or the Host of the request where Handler is used alone.
	URL, StorageURL string
	// StorageListener receives the form posts. Nil: Serve opens one beside a TCP listener; an in-memory listener
	// serves both.
	StorageListener net.Listener

	Storage     string        // GCS (default) or ImageKit
	Form        time.Duration // lifetime of a form; default by kind
	GCSStatus   int           // success of a GCS post: 204 (default), 200 or 201
	MaxSize     int64         // the storage refuses larger files; 0 = no limit
	EarlyAnswer bool          // answer a refused post without reading its body
	ReadAhead   bool          // take a post into memory before it is looked at; one that is cut leaves no trace

	Process       time.Duration // time between complete and ready; 0 = ready at once
	Empty         string        // EmptyRefused (default), EmptyFails, EmptyReady
	EmptyStatus   int           // status of EmptyRefused: 400 (default), 409, 422
	Retry         string        // RetryPending (default) or RetryExpired
	RetryStatus   int           // status of a refused retry: 409 (default), 400, 422
	ReserveStatus int           // status of a reservation: 201 (default) or 200

	Replay       bool // idempotency: 24 h, first answer replayed, 422 on another body
	CamelForm    bool // the guide's spelling: formFields, fileField
	NullSize     bool // size_bytes is always null
	Milliseconds bool // created_at in lists is in milliseconds instead of seconds
	OldRow       bool // each first page of a list ends with an old row whose asset_id is null
	OldestFirst  bool // order of lists; default newest first
	CheckTypes   bool // refuse a content_type that FLORA does not take
	PageSize     int  // rows of a list without limit; default 20

	RateN          int           // API requests per workspace and RateWindow; 0 = no limit
	RateWindow     time.Duration // default 1 min
	NoRetryAfter   bool          // a 429 carries no Retry-After
	RetryAfterDate bool          // Retry-After is an HTTP date instead of seconds

	// Sources maps an allowlisted host to what it serves: fetching https://host/… calls the handler and nothing
	// leaves the process. Nil: the guide's media.flora.ai with a generated picture.
	Sources map[string]http.Handler

	Seed   uint64           // of the faults' draws and of the ids; 0: ids are random, draws use seed 1
	Faults string           // as for SetFaults; see the package comment for the grammar
	Fault  func(Call) Fault // asked at every call, before the Faults; must be safe for concurrent use
}

func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" {
		return o, errors.New("sandbox: no directory given")
	}
	if o.StorageURL != "" && o.URL == "" {
		return o, errors.New("sandbox: StorageURL needs URL")
	}
	setDefault(&o.Key, DefaultKey)
	setDefault(&o.Storage, GCS)
	setDefault(&o.GCSStatus, http.StatusNoContent)
	setDefault(&o.Empty, EmptyRefused)
	setDefault(&o.EmptyStatus, http.StatusBadRequest)
	setDefault(&o.Retry, RetryPending)
	setDefault(&o.RetryStatus, http.StatusConflict)
	setDefault(&o.ReserveStatus, http.StatusCreated)
	setDefault(&o.PageSize, 20)
	setDefault(&o.RateWindow, time.Minute)
	if o.Sources == nil {
		o.Sources = map[string]http.Handler{"media.flora.ai": http.HandlerFunc(samplePicture)}
	}
	if o.Form == 0 {
		o.Form = DefaultFormLifetime
		if o.Storage == ImageKit {
			o.Form = ImageKitFormLifetime
		}
	}
	for _, choice := range []struct {
		name, got string
		of        []string
	}{
		{"storage", o.Storage, []string{GCS, ImageKit}},
		{"empty", o.Empty, []string{EmptyRefused, EmptyFails, EmptyReady}},
		{"retry", o.Retry, []string{RetryPending, RetryExpired}},
	} {
		if !slices.Contains(choice.of, choice.got) {
			return o, fmt.Errorf("sandbox: %s %q: want one of %s", choice.name, choice.got, strings.Join(choice.of, ", "))
		}
	}
	return o, nil
}

// setDefault sets *v to def where *v is its zero value.
func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}
