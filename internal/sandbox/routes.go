package sandbox

import (
	"net"
	"net/http"
	"strings"
)

// routes builds the two handlers: everything, and the storage alone.
func (s *Server) routes() (api, storage http.Handler) {
	store := http.NewServeMux()
	store.HandleFunc("POST "+gcsPath, s.handlePost(GCS))
	store.HandleFunc("POST "+imageKitPath, s.handlePost(ImageKit))
	store.HandleFunc("GET /files/{asset}/{name}", s.handleFile)

	all := http.NewServeMux()
	all.Handle("/storage/", store)
	all.Handle("/files/", store)
	for pattern, e := range endpoints() {
		all.HandleFunc(pattern, s.handle(e))
	}
	all.HandleFunc("/api/v1/", s.handle(endpoint{prepare: func(s *Server, c *call) *apiError {
		s.violate(c, Malformed, c.r.Method+" "+c.r.URL.Path)
		return notFound("Route")
	}}))
	all.HandleFunc("GET /sandbox/assets", s.serveAssets)
	all.HandleFunc("GET /sandbox/violations", s.serveViolations)
	all.HandleFunc("GET /sandbox/faults", s.serveFaults)
	all.HandleFunc("PUT /sandbox/faults", s.putFaults)
	all.HandleFunc("GET /sandbox/media/{name}", samplePicture)
	all.HandleFunc("GET /{$}", s.servePage)
	return all, store
}

// endpoints are the six of the guide's table.
func endpoints() map[string]endpoint {
	return map[string]endpoint{
		"POST /api/v1/assets":                                   {op: OpCreate, mutating: true, prepare: prepareCreate, effect: effectCreate},
		"GET /api/v1/assets":                                    {op: OpList, prepare: prepareList, effect: effectList},
		"GET /api/v1/assets/{asset}":                            {op: OpRetrieve, prepare: prepareAsset, effect: effectRetrieve},
		"POST /api/v1/assets/{asset}/complete":                  {op: OpComplete, mutating: true, prepare: prepareAssetAction, effect: effectComplete},
		"POST /api/v1/assets/{asset}/retry":                     {op: OpRetry, mutating: true, prepare: prepareAssetAction, effect: effectRetry},
		"POST /api/v1/projects/{project}/assets/{asset}/attach": {op: OpAttach, mutating: true, prepare: prepareAttach, effect: effectAttach},
	}
}

// loopbackOnly refuses requests that were not meant for a loopback name: a web page that rebinds its name to
// 127.0.0.1 must not reach the stand-in.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopbackHost(r.Host) {
			http.Error(w, "the sandbox answers loopback names only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loopbackHost tells whether host, with or without a port, is a loopback address or a localhost name (RFC 6761).
func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(strings.TrimSuffix(host, "."), "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// apiOrigin and storageOrigin are the origins written into answers; neither takes mu, because the callers hold it
// or not. They are set by Options or, once, by Serve.
func (s *Server) apiOrigin(r *http.Request) string {
	if o := s.origins.Load(); o != nil {
		return o.api
	}
	return "http://" + r.Host
}

func (s *Server) storageOrigin(r *http.Request) string {
	if o := s.origins.Load(); o != nil {
		return o.storage
	}
	return "http://" + r.Host
}
