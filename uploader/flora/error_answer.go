package flora

import (
	"net/http"
	"slices"
	"strings"
)

const maxErrorFields = 20

// readError reads {"error": {"code", "message", "fields"}}. It takes less as well: {"error": "text"}, {"code", "message"}, or text.
func readError(op Op, resp *http.Response, m Meta, body []byte, red redactor) *Error {
	e := &Error{Op: op, Status: m.Status, RequestID: m.RequestID, Date: m.Date, ShouldRetry: shouldRetry(resp.Header)}
	e.RetryAfter, e.HasRetryAfter = retryAfter(resp.Header, m)
	o, ok := parseObject(body)
	if !ok {
		e.Message = red.text(plainText(resp.Header.Get("Content-Type"), body))
		return e
	}
	inner := o.object("error")
	if inner == nil {
		e.Message = red.text(o.text("error"))
		inner = o
	}
	e.Code = harmless(red.text(inner.text("code")), 64)
	if message := inner.text("message"); message != "" {
		e.Message = red.text(message)
	}
	if raw, ok := inner.first("fields"); ok {
		e.Fields = readFields(raw, red)
	}
	return e
}

// readFields takes a list of {field, message} or an object of field: message.
func readFields(raw any, red redactor) []Field {
	var fields []Field
	if list, ok := raw.([]any); ok {
		for _, item := range list[:min(len(list), maxErrorFields)] {
			o, _ := asObject(item)
			f := Field{Name: harmless(red.text(o.text("field", "name", "path")), 128), Message: red.text(o.text("message"))}
			if f != (Field{}) {
				fields = append(fields, f)
			}
		}
		return fields
	}
	o, _ := asObject(raw)
	for name := range o {
		fields = append(fields, Field{Name: harmless(red.text(name), 128), Message: red.text(o.text(name))})
	}
	slices.SortFunc(fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return fields[:min(len(fields), maxErrorFields)]
}

// plainText is a body worth showing: text, but not a proxy's page of HTML.
func plainText(contentType string, body []byte) string {
	text := strings.TrimSpace(string(body))
	if strings.Contains(contentType, "html") || strings.HasPrefix(text, "<") {
		return "the answer is a web page, not the API's"
	}
	return text
}
