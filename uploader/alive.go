package uploader

import "context"

// Alive returns nil once the claiming loop has come round since the call, and the cause of ctx's end when it does not: it hangs, or Run has not begun or
// has ended. What rows under way do, a stalled transfer for one, is not looked at: they have clocks of their own.
func (u *Uploader) Alive(ctx context.Context) error {
	select {
	case u.asked <- struct{}{}: // nobody else receives
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// round answers who asked whether the loop comes round.
func (u *Uploader) round() {
	select {
	case <-u.asked:
	default:
	}
}
