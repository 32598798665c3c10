package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// compactStep bounds the bytes of one transaction while a backup is written anew.
const compactStep = 16 << 20

// Backup writes a whole record to w, while the queue goes on. It is copied beside the record first, so that a slow w holds no transaction open; rows
// of URLs lose user part and query; and what was deleted is not in it, since the copy is written anew. A URL
// that needs its query cannot be fetched from a restored backup. The directory needs room for two copies meanwhile.
func (q *Queue) Backup(ctx context.Context, w io.Writer) (err error) {
	dir, err := os.MkdirTemp(filepath.Dir(q.opts.Path), beside(backupPrefix, q.opts.Path))
	if err != nil {
		return fmt.Errorf("backup record: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	raw, clean := filepath.Join(dir, "raw"), filepath.Join(dir, "clean")
	if err := q.copyTo(ctx, raw); err != nil {
		return fmt.Errorf("backup record: %w", err)
	}
	if err := guard(func() error { return rewrite(raw, clean) }); err != nil {
		return fmt.Errorf("backup record: %w", err)
	}
	in, err := os.Open(clean)
	if err != nil {
		return fmt.Errorf("backup record: %w", err)
	}
	return errors.Join(pour(ctx, w, in), in.Close())
}

// pour copies until the end, or until ctx ends.
func pour(ctx context.Context, w io.Writer, r io.Reader) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch _, err := io.CopyN(w, r, 1<<20); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// copyTo holds a transaction for as long as the record is large. Commits and readers go on beside it, but for a commit that has the file mapped anew, since it
// has outgrown a power of two: bbolt lets that one wait, and every reader behind it.
func (q *Queue) copyTo(ctx context.Context, path string) error {
	return q.view(ctx, func(tx *bolt.Tx, _ head) error {
		out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
		if err != nil {
			return err
		}
		_, err = tx.WriteTo(out)
		return errors.Join(err, out.Close())
	})
}

// rewrite takes the secrets out of the copy, and writes what is left to a fresh file: pages that were let go keep their old bytes.
func rewrite(raw, clean string) (err error) {
	src, err := bolt.Open(raw, fileMode, &bolt.Options{NoSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	if err := src.Update(stripURLs); err != nil {
		return err
	}
	dst, err := bolt.Open(clean, fileMode, &bolt.Options{NoSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return err
	}
	return errors.Join(bolt.Compact(dst, src, compactStep), dst.Sync(), dst.Close())
}

func stripURLs(tx *bolt.Tx) error {
	h, err := readHead(tx)
	if err != nil {
		return err
	}
	rows := tx.Bucket(bucketRows)
	return tx.Bucket(bucketURLs).ForEach(func(k, _ []byte) error {
		r, err := readRow(rows, h, state.ID(num8(k)))
		if err != nil {
			return err
		}
		r.URL = shown(r.URL)
		v, err := r.encode()
		if err != nil {
			return err
		}
		return rows.Put(k, v)
	})
}

// shown keeps a URL row one: without a URL it would pass for a file.
func shown(raw string) string {
	if s := state.ShownURL(raw); s != "" {
		return s
	}
	return "unknown:"
}
