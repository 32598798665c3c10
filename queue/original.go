package queue

import (
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// Original returns the row whose content this one is suspected to have, when it may take this one over as a Same outcome asks; ok is false when there is
// none. Errors: [ErrNoRow].
func (q *Queue) Original(ctx context.Context, id state.ID) (it state.Item, ok bool, err error) {
	err = q.view(ctx, func(tx *bolt.Tx, h head) error {
		rows := tx.Bucket(bucketRows)
		newer, err := readRow(rows, h, id)
		if err != nil || newer.Prev == 0 {
			return err
		}
		older, err := readRow(rows, h, newer.Prev)
		switch {
		case errors.Is(err, ErrNoRow):
			return nil
		case err != nil:
			return err
		case !heir(older.Item, newer.Item):
			return nil
		}
		free, err := leaves(tx.Bucket(bucketPaths), older, newer)
		it, ok = older.Item, free
		return err
	})
	return it, ok, err
}

// heir reports a row that can take over another's path and stamps: its bytes are proven, and its file was not filed away by us. Anything else has nothing
// to take over with.
func heir(older, newer state.Item) bool {
	return older.ID != newer.ID && older.URL == "" && !filedAway(older) && older.Phase >= state.Uploaded && older.Halt != state.Skipped
}

// leaves reports that the older row is free to go to the newer one's place: it stands there already, or its file was seen not to stand where it did. A
// file may have several names, and each is a file: what stands is not taken from its place.
func leaves(paths *bolt.Bucket, older, newer row) (bool, error) {
	if older.gone != 0 || older.root == newer.root && older.Path == newer.Path {
		return true, nil
	}
	return drivenOut(paths, older)
}
