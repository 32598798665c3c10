package control

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
)

// ErrDenied: whoever asks may only read.
var ErrDenied = errors.New("only florasync's own user and root may do that: try sudo")

// rank is what somebody at the other end of the socket may do.
type rank uint8

const (
	stranger rank = iota // nothing: the file's mode should have kept them out
	reader               // ask what readable lists
	owner                // everything
)

// readable are the questions of readers: what a screen or a script shows, nothing that changes anything, copies the record or keeps it from its work.
var readable = map[string]bool{pathStatus: true, pathList: true, pathExplain: true}

// rankOf ranks by user id: root and the daemon's own user own it, others read, where the configuration lets a group in.
func rankOf(uid uint32, readers bool) rank {
	switch {
	case uid == 0 || int(uid) == os.Geteuid():
		return owner
	case readers:
		return reader
	}
	return stranger
}

type rankKey struct{}

// ranked notes with each connection who is at its other end. Where the system does not tell, the file's mode is all there is.
func ranked(readers bool) func(context.Context, net.Conn) context.Context {
	return func(ctx context.Context, conn net.Conn) context.Context {
		r := owner
		if c, ok := conn.(*net.UnixConn); ok && KnowsPeers {
			r = stranger
			if uid, err := peerUser(c); err == nil {
				r = rankOf(uid, readers)
			}
		}
		return context.WithValue(ctx, rankKey{}, r)
	}
}

// guarded lets through what whoever asks may ask.
func guarded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, known := r.Context().Value(rankKey{}).(rank)
		if known && who != owner && (who == stranger || !readable[r.URL.Path]) {
			reply(w, http.StatusForbidden, problem{"denied", ErrDenied.Error()})
			return
		}
		h.ServeHTTP(w, r)
	})
}
