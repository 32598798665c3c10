// Package flora speaks FLORA's assets API and the form upload it hands out: the wire, and nothing above it.
//
// It owns the requests (reserve, create from a URL, upload, complete, retrieve, list, retry, attach, probe, download), the
// lenient reading of their answers, the bounds on time and size, and the typed, scrubbed errors.
// It does not decide: no retries, no back-off, no rate limit, no state. What an error means for a file is the uploader's business.
//
// Invariants, cited by the tests:
//
//  1. The API key travels only to the API's own origin. Storage and asset hosts never see it, and no redirect is followed with a
//     key or a body.
//  2. An upload is one multipart/form-data request (RFC 7578) with an exact Content-Length: the form's fields verbatim, sorted by
//     name, then the file as the last part, streamed. Exactly File.Size bytes are read from the caller's reader.
//  3. Every request ends: a whole API answer within Options.Timeout; an upload as long as it moves, then Options.AnswerTimeout.
//  4. Every answer is bounded in bytes before it is read.
//  5. An answer, however early, wins over a write error of the same request.
//  6. No error text holds the key, a value of a signed form, or the path, query or user part of a URL. Server text is bounded,
//     valid UTF-8 and free of control characters.
//  7. net/http does not send a mutating request again by itself once a byte of it was written.
//  8. Once a method returns, nothing reads the caller's reader or writes the caller's writer any more.
package flora
