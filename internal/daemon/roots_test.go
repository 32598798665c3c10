package daemon

import (
	"testing"
	"time"
)

// TestWhoWalksTheRootsHoldsNobodyUp: what is done with each root may take as long as the record is large; meanwhile one may be opened for what was named by
// hand, and the uploader asks for others.
func TestWhoWalksTheRootsHoldsNobodyUp(t *testing.T) {
	r := &roots{byName: map[string]*root{"inbox": {}}, order: []string{"inbox"}, handOnly: true, opened: make(map[string]bool)}
	n := 0
	r.each(func(*root) {
		n++
		asked := make(chan bool, 1)
		go func() { // ends when each does, at the latest
			r.open("inbox")
			_, ok := r.Root("inbox")
			asked <- ok
		}()
		select {
		case ok := <-asked:
			if !ok {
				t.Error("the root that was opened is not there")
			}
		case <-time.After(20 * time.Second):
			t.Error("the roots cannot be asked for while somebody walks them")
		}
	})
	if n != 1 {
		t.Errorf("%d roots were walked", n)
	}
}
