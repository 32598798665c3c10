package flora

import (
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkProtocols compares HTTP/1.1 and HTTP/2, over TLS on loopback, with as many requests in flight as florasync makes: of the API, and of bytes to a
// storage. Client and server
// share the processors, which are what bounds them.
func BenchmarkProtocols(b *testing.B) {
	for _, http2 := range []bool{false, true} {
		name := map[bool]string{false: "http1.1", true: "http2"}[http2]
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			_, _ = io.Copy(io.Discard, q.Body)
			if want := map[bool]int{false: 1, true: 2}[http2]; q.ProtoMajor != want {
				b.Errorf("came by %s", q.Proto)
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"asset_id":"asset_1","status":"ready"}`)
		}))
		server.EnableHTTP2 = http2
		server.StartTLS()
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		c := newTestClient(b, server.URL, func(o *Options) { o.RootCAs, o.HTTP2 = roots, http2 })
		form := formFor(b, server.URL+"/bucket", `{"key":"k"}`)

		b.Run("api/"+name, func(b *testing.B) {
			inFlight(b, 0, func() error { _, _, err := c.Complete(b.Context(), assetID, "key"); return err })
		})
		for _, size := range []int64{20_000, 20_000_000} {
			b.Run(fmt.Sprintf("bytes-%d/%s", size, name), func(b *testing.B) {
				inFlight(b, size, func() error {
					_, err := c.Upload(b.Context(), form, File{Name: "a.png", ContentType: "image/png", Size: size, Body: io.LimitReader(zeros{}, size)})
					return err
				})
			})
		}
		server.Close()
	}
}

// inFlight makes b.N requests, as many at once as florasync does, on connections that are there.
func inFlight(b *testing.B, size int64, request func() error) {
	drive := func(n int) {
		var made atomic.Int64
		var workers sync.WaitGroup
		for range DefaultMaxConns {
			workers.Go(func() {
				for made.Add(1) <= int64(n) {
					if err := request(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		workers.Wait()
	}
	drive(4 * DefaultMaxConns)
	b.SetBytes(size)
	b.ReportAllocs()
	b.ResetTimer()
	drive(b.N)
}
