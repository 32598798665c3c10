package queue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// migrate takes an older layout to the present one, in one transaction, after a copy of the file was made beside it: NAME.schema-N.
func (f *file) migrate(o Options, from int) (head, error) {
	if o.ReadOnly {
		return head{}, &OlderError{Found: from, Known: schemaVersion}
	}
	if err := copyFile(f.f, fmt.Sprintf("%s.schema-%d", o.Path, from)); err != nil {
		return head{}, fmt.Errorf("copy record before its migration: %w", err)
	}
	err := guard(func() error {
		return f.db.Update(func(tx *bolt.Tx) error {
			for n := from; n < schemaVersion; n++ {
				step, ok := migrations[n]
				if !ok {
					return fmt.Errorf("%w: schema %d was never released", ErrDamaged, n)
				}
				if err := step(tx); err != nil {
					return fmt.Errorf("migrate record from schema %d: %w", n, err)
				}
			}
			return tx.Bucket(bucketMeta).Put(metaSchema, key8(schemaVersion))
		})
	})
	if err != nil {
		return head{}, err
	}
	return f.read()
}

// keepRows is the migration from schema 3, whose rows are read as they are; a row that is written anew has the new form, which older programs cannot read.
func keepRows(*bolt.Tx) error { return nil }

// moveSent is the migration from schema 4, which had large files whose bytes were sent wait in the lane of those that were not.
func moveSent(tx *bolt.Tx) error {
	names, err := readRoots(tx)
	if err != nil {
		return err
	}
	h, dues := head{roots: names}, tx.Bucket(bucketDue)
	var sent [][]byte
	err = dues.ForEach(func(k, _ []byte) error {
		_, id := splitDueKey(k)
		if laneKey(k[:3]).size() != state.Large {
			return nil
		}
		r, err := readRow(tx.Bucket(bucketRows), h, id)
		if err == nil && r.lane().size() != state.Large {
			sent = append(sent, bytes.Clone(k))
		}
		return err
	})
	for _, old := range sent {
		now := bytes.Clone(old)
		now[2] = byte(state.Small)
		err = errors.Join(err, move(dues, old, now))
	}
	return err
}

// copyFile copies an open file whole to a new name, and is on disk when it returns. The lock keeps writers away meanwhile.
func copyFile(from *os.File, to string) (err error) {
	info, err := from.Stat()
	if err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(to), beside(copyPrefix, from.Name()))
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	if _, err = io.Copy(out, io.NewSectionReader(from, 0, info.Size())); err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if err := os.Rename(out.Name(), to); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(to))
}
