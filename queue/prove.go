package queue

import "context"

// Prove commits something small by the way of every change, and returns when it is on disk: whoever watches over the process asks so whether the committer
// still comes round. While a check runs, for which commits wait and which takes as long as the record is large, nothing is committed, and that is no fault.
// Errors: [ErrUnwritable] and the like when the record takes no change now, which is an answer, too; the cause of ctx's end when none came.
func (q *Queue) Prove(ctx context.Context) error {
	o := &op{proof: true, done: make(chan struct{}), exec: func(b *batch) error {
		b.touched()
		return b.tx.Bucket(bucketMeta).Put(metaProbe, key8(uint64(q.commits.Load())))
	}}
	q.mu.Lock()
	err, alone := q.refusal(), q.alone
	if err == nil && !alone {
		err = q.push(o)
	}
	q.mu.Unlock()
	if err != nil || alone {
		return err
	}
	return o.wait(ctx)
}
