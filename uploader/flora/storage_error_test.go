package flora

import (
	"errors"
	"fmt"
	"testing"
)

func gcs(code, message, details string) string {
	return fmt.Sprintf("<?xml version='1.0' encoding='UTF-8'?><Error><Code>%s</Code><Message>%s</Message><Details>%s</Details></Error>", code, message, details)
}

func TestStorageErrorsAreRead(t *testing.T) {
	for name, tc := range map[string]struct {
		status  int
		body    string
		verdict Verdict
		kind    StorageKind
		code    string
	}{
		"GCSTooLarge":       {400, gcs("EntityTooLarge", "Your proposed upload is larger than the maximum object size specified in your Policy Document.", ""), VerdictTooLarge, StorageGCS, "EntityTooLarge"},
		"GCSExpiredPolicy":  {400, gcs("InvalidPolicyDocument", "The content of the form does not meet the conditions specified in the policy document.", "Policy expired."), VerdictExpired, StorageGCS, "InvalidPolicyDocument"},
		"GCSExpiredToken":   {400, gcs("ExpiredToken", "The provided token has expired.", "Request signature expired"), VerdictExpired, StorageGCS, "ExpiredToken"},
		"GCSPolicy":         {400, gcs("InvalidPolicyDocument", "The content of the form does not meet the conditions specified in the policy document.", "Policy did not reference these fields: x"), VerdictBadField, StorageGCS, "InvalidPolicyDocument"},
		"GCSDenied":         {403, gcs("AccessDenied", "Access denied.", ""), VerdictKey, StorageGCS, "AccessDenied"},
		"GCSDeniedExpired":  {403, gcs("AccessDenied", "Access denied.", "Policy expired."), VerdictExpired, StorageGCS, "AccessDenied"},
		"GCSSignature":      {403, gcs("SignatureDoesNotMatch", "Access denied.", ""), VerdictSignature, StorageGCS, "SignatureDoesNotMatch"},
		"GCSArgument":       {400, gcs("InvalidArgument", "Invalid argument.", ""), VerdictBadField, StorageGCS, "InvalidArgument"},
		"GCSSlowDown":       {503, gcs("SlowDown", "Please reduce your request rate.", ""), VerdictThrottled, StorageGCS, "SlowDown"},
		"GCSInternal":       {500, gcs("InternalError", "We encountered an internal error.", ""), VerdictServer, StorageGCS, "InternalError"},
		"GCSCut":            {400, "<Error><Code>EntityTooLarge</Code><Message>Your pro", VerdictTooLarge, StorageGCS, "EntityTooLarge"},
		"GCSJSON":           {403, `{"error":{"code":403,"message":"denied"}}`, VerdictKey, StorageGCS, "403"},
		"ImageKitExpired":   {400, `{"message":"Your request contains invalid expire parameter. Expire parameter should be a Unix time in less than 1 hour into the future.","help":"x"}`, VerdictExpired, StorageImageKit, ""},
		"ImageKitUsed":      {400, `{"message":"The token with value '8cbdb59b' has been used before. We suggest using V4 UUIDs","help":"x"}`, VerdictUsed, StorageImageKit, ""},
		"ImageKitSignature": {400, `{"message":"Your request contains invalid signature.","help":"x"}`, VerdictSignature, StorageImageKit, ""},
		"ImageKitKey":       {403, `{"message":"Your account cannot be authenticated.","help":"x"}`, VerdictKey, StorageImageKit, ""},
		"ImageKitMissing":   {400, `{"message":"Missing fileName parameter for upload","help":"x"}`, VerdictBadField, StorageImageKit, ""},
		"ImageKitOther":     {400, `{"message":"Something else","help":"x"}`, VerdictUnknown, StorageImageKit, ""},
		"ImageKitServer":    {500, `{"message":"token has expired while we slept"}`, VerdictServer, StorageImageKit, ""},
		"Status413":         {413, "", VerdictTooLarge, StorageUnknown, ""},
		"Status429":         {429, "", VerdictThrottled, StorageUnknown, ""},
		"Status408":         {408, "", VerdictServer, StorageUnknown, ""},
		"Status502Page":     {502, "<html>Bad gateway, has expired</html>", VerdictServer, StorageUnknown, ""},
		"Status403":         {403, "", VerdictKey, StorageUnknown, ""},
		"Status400":         {400, "no", VerdictUnknown, StorageUnknown, ""},
		// The object's name is the form's, not the storage's words.
		"EchoedName": {400, gcs("Odd", "object 'my trial has expired.png' refused", ""), VerdictUnknown, StorageGCS, "Odd"},
	} {
		t.Run(name, func(t *testing.T) {
			base := record(t, says(tc.status, tc.body)).URL
			receipt, err := newTestClient(t, base).Upload(t.Context(), formFor(t, base+"/b", `{"key":"my trial has expired.png"}`), fileOf("hello"))
			var e *StorageError
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Verdict != tc.verdict || e.Kind != tc.kind || e.Code != tc.code || e.Status != tc.status || e.RequestID != "req_7" || "http://"+e.Host != base {
				t.Errorf("got %+v", e)
			}
			if !receipt.WholeBody || receipt.FileBytes != 5 {
				t.Errorf("receipt %+v", receipt)
			}
		})
	}
}

func TestStorageKinds(t *testing.T) {
	for _, tc := range []struct {
		url, fields string
		want        StorageKind
	}{
		{"https://storage.googleapis.com/b", `{}`, StorageGCS},
		{"https://b.storage.googleapis.com/", `{}`, StorageGCS},
		{"https://upload.imagekit.io/api/v1/files/upload", `{}`, StorageImageKit},
		{"http://127.0.0.1:1/x", `{"policy":"p","x-goog-signature":"s"}`, StorageGCS},
		{"http://127.0.0.1:1/x", `{"token":"t","expire":1,"signature":"s"}`, StorageImageKit},
		{"https://example.com/x", `{"policy":"p"}`, StorageUnknown},
		{"https://notimagekit.io/x", `{}`, StorageUnknown},
	} {
		f := formFor(t, tc.url, tc.fields)
		if f.Kind() != tc.want || f.Reusable() != (tc.want == StorageGCS) {
			t.Errorf("%s %s: %s", tc.url, tc.fields, f.Kind())
		}
	}
}
