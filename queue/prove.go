package queue

import "context"

// Prove commits something small by the way of every change, and returns when it is on disk: whoever watches over the process asks so whether the committer
// still comes round. Errors: [ErrUnwritable] and the like when the record takes no change now, which is an answer, too; the cause of ctx's end when none
// came.
func (q *Queue) Prove(ctx context.Context) error {
	return q.do(ctx, func(b *batch) error {
		b.touched()
		return b.tx.Bucket(bucketMeta).Put(metaProbe, key8(uint64(q.commits.Load())))
	})
}
