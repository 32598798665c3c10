package flora

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func assertHarmless(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if len(s) > maxMessageBytes || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || strings.Contains(s, testKey) {
			t.Errorf("not harmless: %q", s)
		}
	}
}

// FuzzAnswer reads any bytes as each kind of answer: nothing panics, and what is accepted can be used.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"asset_id":"asset_1","status":"pending_upload","upload":{"url":"https://s/x","formFields":{"a":"b"},"fileField":"f"},"expires_at":1767323945}`))
	f.Add([]byte(`{"asset_id":"asset_1","status":"failed","failure_message":"x\u0000y","size_bytes":"12","created_at":1767323945000}`))
	f.Add([]byte(`{"assets":[{"asset_id":null,"created_at":1},null,[]],"meta":{"next_cursor":3}}`))
	f.Add([]byte(`{"error":{"code":"c","message":"` + testKey + `","fields":[{"field":"a","message":"b"}]}}`))
	f.Add([]byte(`{"error":"x","message":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		red := newRedactor(testKey)
		a := answer{op: OpReserve, meta: Meta{Status: 200, Date: time.Unix(1767323045, 0), ReceivedAt: time.Now()}, body: data, red: red}
		if r, err := readReservation(a, "", true); err == nil {
			if CheckID(AssetPrefix, r.Asset.ID) != nil {
				t.Errorf("id %q", r.Asset.ID)
			}
			if r.Form.IsZero() && r.Asset.Status != StatusReady && r.Asset.Status != StatusFailed {
				t.Errorf("no form for %q", r.Asset.Status)
			}
			assertHarmless(t, r.Asset.FailureMessage, string(r.Asset.Status))
			checkFrame(t, r.Form)
		}
		if asset, err := readOneAsset(a, assetID); err == nil && (asset.ID != assetID || asset.Status == "" || asset.SizeBytes < 0) {
			t.Errorf("asset %+v", asset)
		}
		if p, err := readPage(a, "7"); err == nil && p.Next == "7" {
			t.Error("endless pages")
		}
		e := readError(OpReserve, &http.Response{Header: http.Header{}}, a.meta, data, red)
		assertHarmless(t, e.Code, e.Message)
		for _, field := range e.Fields {
			assertHarmless(t, field.Name, field.Message)
		}
	})
}

// checkFrame holds a form's head against what it must begin and end with.
func checkFrame(t *testing.T, f Form) {
	t.Helper()
	if f.IsZero() {
		return
	}
	frame := newFormFrame(f.data(), File{Name: "a", ContentType: "b/c"})
	if n := bytes.Count(frame.head, []byte("Content-Disposition: form-data; name=\"")); n < len(f.data().fields)+1 {
		t.Errorf("%d parts for %d fields", n, len(f.data().fields))
	}
	if !bytes.HasSuffix(frame.head, []byte("Content-Type: b/c\r\n\r\n")) {
		t.Errorf("head %q", frame.head)
	}
}

// FuzzStorageError reads any bytes as a storage's answer.
func FuzzStorageError(f *testing.F) {
	f.Add(400, []byte(gcs("EntityTooLarge", "m", "d")))
	f.Add(403, []byte(`{"message":"The token with value 'x' has been used before.","help":"y"}`))
	f.Add(500, []byte(`<?xml version="1.0" encoding="x"?><!DOCTYPE a><Error><Code>`+testKey))
	f.Add(400, []byte("text \x00\xff"))
	f.Fuzz(func(t *testing.T, status int, data []byte) {
		e := readStorageError(OpUpload, StorageUnknown, &http.Response{Header: http.Header{}}, Meta{Status: status}, data, newRedactor(testKey))
		assertHarmless(t, e.Code, e.Message)
		if e.Verdict == "" {
			t.Error("no verdict")
		}
		if status >= 500 && status < 600 && e.Code == "" && e.Verdict != VerdictServer {
			t.Errorf("%d is %s", status, e.Verdict)
		}
	})
}

// FuzzParameter escapes any name: it cannot leave its quotes.
func FuzzParameter(f *testing.F) {
	f.Add("a\"b\r\nc")
	f.Add("\xff\u00e9\\")
	f.Fuzz(func(t *testing.T, name string) {
		got := escapeParameter(name)
		if strings.ContainsAny(got, "\"\r\n\x00") || !utf8.ValidString(got) {
			t.Errorf("%q", got)
		}
		if name == fmt.Sprint(got) != !strings.ContainsFunc(name, func(r rune) bool { return r == '"' || r < ' ' || r == 0x7f }) && utf8.ValidString(name) {
			t.Errorf("%q became %q", name, got)
		}
	})
}
