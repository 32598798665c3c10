package sandbox

import (
	"html/template"
	"io"
	"net/http"
	"slices"
	"time"
)

// pageRows bounds the page at /: newest first.
const pageRows = 500

func (s *Server) serveAssets(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.Assets())
}

func (s *Server) serveViolations(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, append([]Violation{}, s.Violations()...))
}

func (s *Server) serveFaults(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, s.Faults()+"\n")
}

// putFaults replaces the faults by the body's. A web page of another origin cannot send a PUT without asking first,
// and nobody answers that question.
func (s *Server) putFaults(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxField))
	if err == nil {
		err = s.SetFaults(string(body))
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.serveFaults(w, r)
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>FLORA sandbox</title>
<style>body{font:14px/1.5 system-ui,sans-serif;margin:2em auto;max-width:72em;padding:0 1em}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2em .8em .2em 0;border-bottom:1px solid #ddd}
.n{text-align:right;font-variant-numeric:tabular-nums}code{font-size:12px}</style></head><body>
<h1>FLORA sandbox</h1>
<p>A stand-in for FLORA on this machine. {{.Total}} assets, {{.Ready}} ready.
Rules broken by clients: <a href="/sandbox/violations">{{.Violations}}</a>.
Faults in force: <code>{{or .Faults "none"}}</code>. <a href="/sandbox/assets">Assets as JSON</a>.</p>
<table><tr><th>name</th><th>folder</th><th>status</th><th class="n">bytes</th><th>workspace</th><th>asset</th></tr>
{{range .Rows}}<tr><td>{{if .URL}}<a href="{{.URL}}">{{or .Name "(no name)"}}</a>{{else}}{{or .Name "(no name)"}}{{end}}</td>
<td>{{.Folder}}</td><td>{{.Status}} {{.Failure}}</td><td class="n">{{if ge .Size 0}}{{.Size}}{{end}}</td>
<td>{{.Workspace}}</td><td><code>{{.ID}}</code></td></tr>
{{end}}</table>{{if gt .Total (len .Rows)}}<p>The newest {{len .Rows}} are shown.</p>{{end}}
</body></html>
`))

type pageRow struct {
	Asset
	URL string
}

// servePage lists the newest assets for people.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	view := struct {
		Total, Ready, Violations int
		Faults                   string
		Rows                     []pageRow
	}{}
	now := time.Now()
	s.mu.Lock()
	view.Total, view.Violations, view.Faults = len(s.order), len(s.violations), s.faults.text
	for _, a := range s.order {
		if a.status(now) == Ready {
			view.Ready++
		}
	}
	for _, a := range slices.Backward(s.order) {
		if len(view.Rows) == pageRows {
			break
		}
		row := pageRow{Asset: a.public(now)}
		if a.status(now) == Ready && a.Object != nil {
			row.URL = s.assetURL(r, a)
		}
		view.Rows = append(view.Rows, row)
	}
	s.mu.Unlock()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	h.Set("X-Content-Type-Options", "nosniff")
	_ = page.Execute(w, view) // a browser that went away
}
