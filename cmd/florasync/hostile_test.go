package main

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Secrets: the key of the form that FLORA gives out, the others with characters that JSON, URLs and HTML spell in another way.
const (
	markKey       = "sk_live_K3yMarker7Qzx9Lp2"
	markSignature = "S1gnatureMarker+/=&<8Wk>"
	markPolicy    = "P0licyMarker+/=&<5Rt>=="
	markToken     = "T0kenMarker+/=&<2Lm>"
	markQuery     = "Qu3ryMarker.4Hd"
	markUser      = "Us3rinfoMarker.6Vb"
	markProxy     = "Pr0xyMarker.1Nc"
)

var marks = []string{markKey, markSignature, markPolicy, markToken, markQuery, markUser, markProxy}

// hostile is a FLORA and a storage that say back everything they were told, where nobody would look for it.
type hostile struct {
	api, storage func(w http.ResponseWriter, r *http.Request, echo string)
	status       string // of an asset that was completed
	url          string
}

func newHostile(t *testing.T) *hostile {
	h := &hostile{status: "ready"}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// withUser is the server's origin with a user part, as in a signed URL of some storages.
func (h *hostile) withUser() string {
	return "http://user:" + markUser + "@" + strings.TrimPrefix(h.url, "http://")
}

func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what was cut is echoed as far as it came
	echo := fmt.Sprintf("%s %s %s", r.Header.Get("Authorization"), r.RequestURI, body)
	toStorage := !strings.HasPrefix(r.URL.Path, "/api/v1/")
	if toStorage {
		echo = fmt.Sprintf("%s policy=%s", echo, field(body, "policy"))
		w.Header().Set("X-Guploader-Uploadid", field(body, "signature"))
		w.Header().Set("Request-Id", field(body, "token"))
	} else {
		w.Header().Set("Request-Id", "req_"+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	}
	switch {
	case toStorage && h.storage != nil:
		h.storage(w, r, echo)
	case toStorage:
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/assets"):
		answer(w, http.StatusOK, map[string]any{"assets": []any{}, "meta": map[string]any{}})
	case r.Method == http.MethodGet && !strings.HasSuffix(r.URL.Path, "/asset_hostile"):
		answer(w, http.StatusNotFound, fault("not_found", "Not found."))
	case h.api != nil:
		h.api(w, r, echo)
	case strings.HasSuffix(r.URL.Path, "/assets"), strings.HasSuffix(r.URL.Path, "/retry"):
		answer(w, http.StatusCreated, h.reservation("asset_hostile"))
	default:
		answer(w, http.StatusOK, map[string]any{"asset_id": "asset_hostile", "status": h.status, "failure_message": echo, "workspace_id": "ws_test",
			"url": h.withUser() + "/files/a.png?signature=" + markQuery, "canvas_url": h.withUser() + "/canvas?" + markQuery, "name": markKey})
	}
}

// field is what a form field of a post held.
func field(body []byte, name string) string {
	_, after, _ := strings.Cut(string(body), `name="`+name+`"`)
	value, _, _ := strings.Cut(strings.TrimLeft(after, "\r\n"), "\r\n")
	return value
}

func (h *hostile) reservation(id string) map[string]any {
	return map[string]any{"asset_id": id, "status": "pending_upload", "uploaded_via": "signed_url", "workspace_id": "ws_test",
		"expires_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "upload": map[string]any{"url": h.url + "/upload?X-Signature=" + markQuery,
			"method": "POST", "file_field": "file", "form_fields": map[string]string{"policy": markPolicy, "signature": markSignature, "token": markToken}}}
}

func fault(code, message string) map[string]any {
	return map[string]any{"error": map[string]any{"code": code, "message": message, "fields": []any{map[string]any{"field": message, "message": message}}}}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}

// hostilities are the ways to say it back; each has a status of its own where there are several.
func hostilities() map[string]func(*hostile) {
	type handler = func(http.ResponseWriter, *http.Request, string)
	code := func(status int) handler {
		return func(w http.ResponseWriter, _ *http.Request, echo string) {
			answer(w, status, fault("input_validation_error", echo))
		}
	}
	page := func(status int) handler {
		return func(w http.ResponseWriter, _ *http.Request, echo string) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			fmt.Fprintf(w, "<html>%s %s</html>", echo, html.EscapeString(echo))
		}
	}
	xml := func(status int, code string) handler {
		return func(w http.ResponseWriter, _ *http.Request, echo string) {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(status)
			fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message><StringToSign>%s</StringToSign></Error>", code, html.EscapeString(echo), html.EscapeString(echo))
		}
	}
	redirect := func(w http.ResponseWriter, r *http.Request, _ string) {
		w.Header().Set("Location", "http://user:"+markUser+"@127.0.0.1:1/?key="+markKey+"&sig="+markQuery)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	cut := func(w http.ResponseWriter, _ *http.Request, echo string) {
		w.Header().Set("Content-Length", "100000")
		fmt.Fprint(w, echo)
		panic(http.ErrAbortHandler)
	}
	raw := func(text string) handler {
		return func(w http.ResponseWriter, _ *http.Request, echo string) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, strings.ReplaceAll(text, "ECHO", echo))
		}
	}
	api := func(f handler) func(*hostile) { return func(h *hostile) { h.api = f } }
	storage := func(f handler) func(*hostile) { return func(h *hostile) { h.storage = f } }
	return map[string]func(*hostile){
		"api400": api(code(400)), "api401": api(code(401)), "api402": api(code(402)), "api409": api(code(409)), "api422": api(code(422)), "api500": api(code(500)),
		"apiPage": api(page(502)), "apiPageFor200": api(page(200)), "apiRedirect": api(redirect), "apiCut": api(cut), "apiNoJSON": api(raw("ECHO")),
		"apiKeyAsCode": api(func(w http.ResponseWriter, _ *http.Request, echo string) { answer(w, 400, fault(markKey, echo)) }),
		"apiKeyAsID":   api(raw(`{"asset_id":"` + markKey + `","status":"` + markKey + `"}`)),
		"apiFormUser": func(h *hostile) {
			h.api = func(w http.ResponseWriter, _ *http.Request, _ string) {
				r := h.reservation("asset_hostile")
				r["upload"].(map[string]any)["url"] = h.withUser() + "/upload?" + markQuery
				answer(w, 201, r)
			}
		},
		"apiFormElsewhere": func(h *hostile) {
			h.api = func(w http.ResponseWriter, _ *http.Request, _ string) {
				r := h.reservation("asset_hostile")
				r["upload"].(map[string]any)["url"] = "https://user:" + markUser + "@127.0.0.1:1/upload?" + markQuery // TLS to nobody
				answer(w, 201, r)
			}
		},
		"apiFormTLS": func(h *hostile) {
			h.api = func(w http.ResponseWriter, _ *http.Request, _ string) {
				r := h.reservation("asset_hostile")
				r["upload"].(map[string]any)["url"] = strings.Replace(h.withUser(), "http://", "https://", 1) + "/upload?" + markQuery // no TLS there
				answer(w, 201, r)
			}
		},
		"storage400": storage(xml(400, "InvalidPolicyDocument")), "storage403": storage(xml(403, markSignature)), "storage503": storage(xml(503, "SlowDown")),
		"storagePage": storage(page(500)), "storageJSON": storage(code(400)), "storageRedirect": storage(redirect), "storageCut": storage(cut),
		"failed": func(h *hostile) { h.status = "failed" },
		"odd":    func(h *hostile) { h.status = markKey },
		"ready":  func(*hostile) {},
	}
}
