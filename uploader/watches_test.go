package uploader

// Watches reports that somebody watches over the breakers of an account.
func (u *Uploader) Watches(a *Account) bool {
	u.probes.mu.Lock()
	defer u.probes.mu.Unlock()
	return u.probes.watched[a]
}
