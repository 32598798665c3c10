package daemon

// HandOver is what tests see of [handOver].
var HandOver = handOver

// Commits counts the commits of the record since it was opened.
func (d *Daemon) Commits() int64 { return int64(d.queue.Commits()) }

// Known tells the paths of the roots that the record knows, by name.
func (d *Daemon) Known() map[string]string {
	known := make(map[string]string)
	for _, r := range d.queue.Roots() {
		known[r.Name] = r.Path
	}
	return known
}
