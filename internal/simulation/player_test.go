package simulation

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/florasync/florasync/internal/daemon"
)

// player is a machine with somebody in front of it.
type player struct {
	*machine
	w *randomWorld
	r *rand.Rand

	busy int                         // how often they do something while a life lasts, at most
	does func(*life, *daemon.Daemon) // what they do then, and while nothing runs: then both are nil
	ends func(*life, *daemon.Daemon) // what they do before it rests

	unmounted bool      // the folder is not there
	mounted   time.Time // when it was back last
	away      func()    // is called when it goes away; may be nil
	edited    bool      // the configuration is not the first one any more

	mu   sync.Mutex
	log  []string
	seen []event // of all lives
}

// play is a few lives, each killed or stopped at some moment, and a last one that rests.
func (p *player) play() {
	for range 1 + p.r.IntN(4) {
		p.does(nil, nil)
	}
	for range p.r.IntN(4) {
		l := p.newLife(nil)
		switch p.r.IntN(3) {
		case 0:
			l.crash = &crash{at: p.r.IntN(20), lost: p.r.IntN(2) == 0}
		case 1:
			l.crash = &crash{at: p.r.IntN(60)}
		}
		killed := p.live(l, p.meanwhile)
		p.seen = append(p.seen, l.events...)
		p.say("life %d: %d events, killed %v (%v)", p.lives, len(l.events), killed, l.crash)
		if killed && p.r.IntN(2) == 0 {
			p.setAside()
		}
		time.Sleep(time.Duration(p.r.IntN(4)) * 17 * time.Minute)
		for range p.r.IntN(3) {
			p.does(nil, nil)
		}
		if p.r.IntN(10) == 0 {
			p.unmount()
		}
	}
	l := p.newLife(nil)
	l.linger = 21 * time.Minute // two rescans: nothing is done twice
	p.live(l, p.meanwhile)
	p.seen = append(p.seen, l.events...)
}

// meanwhile changes the folder beside a life, cuts the network for a while, and may end the life at any moment.
func (p *player) meanwhile(l *life, d *daemon.Daemon) {
	if p.unmounted {
		p.pause(3 * time.Minute)
		p.mount()
	}
	for range p.r.IntN(p.busy) {
		p.pause(30 * time.Second)
		switch {
		case l.isDead():
			return
		case p.r.IntN(12) == 0:
			p.say("network cut")
			if p.w.server.doubtful() { // answers are lost with it
				p.w.service.mayFail()
			}
			p.net.cut()
			p.pause(3 * time.Minute)
			if l.isDead() {
				return
			}
			p.net.mend()
		case p.r.IntN(14) == 0:
			p.unmount()
			p.pause(3 * time.Minute)
			p.mount()
		default:
			p.does(l, d)
		}
	}
	p.pause(15 * time.Second)
	if l.crash == nil && l.linger == 0 && p.r.IntN(2) == 0 {
		p.say("killed")
		l.kill()
		return
	}
	p.ends(l, d)
}

// pause waits for some time, often a very short one: that is where the races are.
func (p *player) pause(most time.Duration) {
	if p.r.IntN(2) == 0 {
		most /= 50
	}
	time.Sleep(time.Duration(p.r.Int64N(int64(most))))
}

func (p *player) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, time.Now().Format(clock)+" "+fmt.Sprintf(format, args...))
}

// names are few, so that they meet; the two machines use the same ones.
var names = []string{"a.png", "b.png", "d/a.png", "d/b.png", "d/e/f.png", "g/a.png"}

// change does something to the folder.
func (p *player) change(*life, *daemon.Daemon) {
	name := names[p.r.IntN(len(names))]
	_, there := p.stands[name]
	size := 30 + p.r.IntN(20_000)
	if p.w.links && there && p.r.IntN(3) == 0 {
		if to := names[p.r.IntN(len(names))]; p.stands[to] == "" {
			p.say("link %s %s %v", name, to, p.link(name, to))
		}
		return
	}
	if p.w.links && p.after["move"] && p.manyNames(name) {
		// Writing to it would write to what was moved away under another name.
		p.say("replace %s %s", name, p.replace(name, p.content(size))[:8])
		return
	}
	switch k := p.r.IntN(10); {
	case !there || k == 0:
		p.say("write %s %s", name, p.write(name, p.content(size))[:8])
	case k < 3:
		p.say("replace %s %s", name, p.replace(name, p.content(size))[:8])
	case k < 4:
		content := p.content(size)
		delete(p.stands, name)
		p.writeSlowly(name, content, time.Duration(p.r.IntN(5000))*time.Millisecond)
		p.say("write slowly %s %s", name, p.note(name, content)[:8])
	case k < 6:
		p.say("touch %s", name)
		p.touch(name)
	case k < 8:
		to := names[p.r.IntN(len(names))]
		if to != name {
			p.say("rename %s %s", name, to)
			p.rename(name, to)
		}
	case k < 9:
		p.say("delete %s", name)
		p.remove(name)
	default:
		p.say("same size %s %s", name, p.write(name, p.content(4000))[:8])
	}
}
