package uploader_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestOddAnswers: fields that are missing, null, or hold words that nobody has told of; the file becomes one ready asset all the same, and soon.
func TestOddAnswers(t *testing.T) {
	reserving := func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/assets")
	}
	looking := func(r *http.Request) bool { return r.Method == http.MethodGet }
	for name, c := range map[string]struct {
		match         func(*http.Request) bool
		pattern, with string
	}{
		"ReservedWithoutAStatus":    {reserving, `"status": ?"pending_upload"`, `"status":null`},
		"ReservedWithAnUnknownWord": {reserving, `"pending_upload"`, `"created"`},
		"UnknownWordEverywhere":     {anyRequest, `"pending_upload"`, `"awaiting_upload"`},
		"NoExpiry":                  {anyRequest, `"expires_at": ?"[^"]*"`, `"expires_at":null`},
		"ExpiredAtOnce":             {anyRequest, `"expires_at": ?"[^"]*"`, `"expires_at":"1999-01-01T00:00:00Z"`},
		"NoCreationTime":            {anyRequest, `"created_at": ?("[^"]*"|[0-9]+)`, `"created_at":null`},
		"NoAssetIDWhenLooked":       {looking, `"asset_id": ?"[^"]*"`, `"asset_id":null`},
		"SizeIsText":                {anyRequest, `"size_bytes": ?([0-9]+)`, `"size_bytes":"$1"`},
		"NoURL":                     {looking, `"url": ?"[^"]*"`, `"url":null`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newTampered(t, sandbox.Options{Process: 2 * time.Second}, altering(c.match, c.pattern, c.with))
				defer b.stop()
				ids := []state.ID{b.write("a.png", png, 1000), b.write("b.png", png, 2000)}
				b.run(time.Minute)
				b.done(ids)
				if n := len(b.box.Assets()); n != 2 {
					t.Errorf("%d assets for two files", n)
				}
				b.lawful()
			})
		})
	}
}
