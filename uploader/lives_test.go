package uploader_test

import (
	"context"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
	"github.com/florasync/florasync/uploader/flora"
)

// run runs one life for so long, in fake time, and then stops it softly.
func (b *bench) run(d time.Duration) {
	b.t.Helper()
	b.life(func(claim, work context.CancelFunc) {
		time.Sleep(d)
		claim()
	})
}

// kill runs one life for so long and then takes everything away that is memory.
func (b *bench) kill(d time.Duration) {
	b.t.Helper()
	b.life(func(claim, work context.CancelFunc) {
		time.Sleep(d)
		claim()
		work()
	})
}

func (b *bench) life(end func(claim, work context.CancelFunc)) {
	b.t.Helper()
	if err := b.try(end); err != nil {
		b.t.Errorf("uploader: %v", err)
	}
}

// try is a life that may end with an error.
func (b *bench) try(end func(claim, work context.CancelFunc)) error {
	b.t.Helper()
	client, err := flora.New(flora.Options{BaseURL: mustURL(b.t, "http://localhost/api/v1"), Key: func() (string, error) { return *b.key.Load(), nil },
		Dial: b.net.dial, MaxConns: 4, Observe: b.sent.note})
	if err != nil {
		b.t.Fatal(err)
	}
	defer client.Close()
	b.root.Account = uploader.NewAccount("test", client)
	b.root.Account.Changed = b.changed
	b.hand.Account = b.root.Account
	if b.other != nil {
		b.hand.Account = uploader.NewAccount("other", client.WithKey(func() (string, error) { return *b.otherKey.Load(), nil }))
		b.other(b.hand.Account)
	}
	b.options.Queue = record{b.queue}
	if b.wrap != nil {
		b.options.Queue = b.wrap
	}
	u, err := uploader.New(b.options)
	if err != nil {
		b.t.Fatal(err)
	}
	b.live.Store(u)
	claim, stopClaim := context.WithCancel(b.t.Context())
	work, stopWork := context.WithCancel(b.t.Context())
	defer stopWork()
	ran := make(chan error, 1)
	go func() { ran <- u.Run(claim, work) }()
	end(stopClaim, stopWork)
	err = <-ran
	synctest.Wait()
	return err
}

// reopen is `florasync retry`: the operator has a row tried again that failed, or waits for them.
func (b *bench) reopen(id state.ID) {
	b.t.Helper()
	_, err := b.queue.Apply(context.Background(), state.Change{ID: id, Rev: b.item(id).Rev, At: time.Now(), Outcome: state.Reopen()})
	b.must(err)
}
