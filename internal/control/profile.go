package control

import (
	"net/http"
	"net/http/pprof"
	"path"
	"runtime"
	"sync"
)

// pathProfiles is where profiles of the running daemon are: `go tool pprof` reads them. On the socket alone, for its owners: they show what florasync is
// about, and cost it time.
const pathProfiles = "/debug/pprof/"

// blockRate is how many nanoseconds of blocking are sampled once, while somebody asks: fine enough for a lock, at little cost.
const blockRate = 10_000

// profiles serves CPU, heap, goroutine, block and mutex profiles, and traces. Blocking is measured only while a block or mutex profile with ?seconds=N is
// being taken.
func profiles(mux *http.ServeMux) {
	var measuring struct {
		sync.Mutex
		n int
	}
	measure := func(by int) {
		measuring.Lock()
		defer measuring.Unlock()
		switch measuring.n += by; {
		case by > 0 && measuring.n == 1:
			runtime.SetBlockProfileRate(blockRate)
			runtime.SetMutexProfileFraction(10)
		case measuring.n == 0:
			runtime.SetBlockProfileRate(0)
			runtime.SetMutexProfileFraction(0)
		}
	}
	mux.HandleFunc("GET "+pathProfiles, func(w http.ResponseWriter, r *http.Request) {
		switch name := path.Base(r.URL.Path); name {
		case "cmdline":
			http.NotFound(w, r)
		case "block", "mutex":
			measure(1)
			defer measure(-1)
			pprof.Index(w, r)
		default:
			pprof.Index(w, r)
		}
	})
	mux.HandleFunc("GET "+pathProfiles+"profile", pprof.Profile)
	mux.HandleFunc("GET "+pathProfiles+"trace", pprof.Trace)
}
