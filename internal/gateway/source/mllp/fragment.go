package mllp

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// watch has a framer show what of its stream is no message. What a gateway that stops cuts
// off itself is nobody's fault: its sender has no answer and sends it again.
func (l *listener) watch(ctx context.Context, from string, f *framer) {
	clock := l.receiver.cfg.Clock
	f.garbage = &l.garbage
	f.cut = func(b broken) {
		if ctx.Err() != nil {
			return
		}
		now := clock()
		l.cut.Add(from, now, cause.From(b.why))
		if len(b.head) > 0 {
			l.list(kept.ReasonCut, cause.From(fmt.Errorf("%w, after %d bytes", b.why, b.size)), from, b.head, now)
		}
	}
	f.stray = func(bytes []byte) {
		if ctx.Err() != nil {
			return
		}
		now, why := clock(), cause.From(resemblance(bytes))
		if why.Cause == cause.Unframed {
			l.cut.Add(from, now, why)
		} else {
			l.stray.Add(from, now, why)
		}
		l.list(kept.ReasonStray, why, from, bytes, now)
	}
}

var (
	errUnframed = cause.New(cause.Unframed, "it may be a message, but 0x0B is not in front of it")
	errWeb      = cause.New(cause.Web, "an HTTP request")
	errStray    = cause.New(cause.Stray, "it does not look like a message")
)

// resemblance says what bytes outside of a message look like.
func resemblance(b []byte) error {
	for _, verb := range []string{"GET ", "POST ", "PUT ", "HEAD ", "OPTIONS "} {
		if bytes.HasPrefix(b, []byte(verb)) {
			return errWeb
		}
	}
	if bytes.Contains(b, []byte("MSH")) {
		return errUnframed
	}
	return errStray
}

// list keeps a piece of a stream, unless its sender has had its share of that.
func (l *listener) list(reason kept.Reason, why cause.Trouble, from string, body []byte, now time.Time) {
	if l.receiver.low.Load() || !l.listed.grant(reason, from, now) {
		return
	}
	e := kept.Entry{Class: kept.Refused, Reason: reason, Cause: why.Cause, Detail: why.Said, Listener: l.cfg.Name, From: from, Received: now}
	if h := readHeader(segment(lead(body))); h.ok {
		e.Type, e.ControlID = string(h.fields[mshType]), string(h.fields[mshControlID])
	}
	if err := l.receiver.cfg.Kept.Keep(e, journal.DigestOf(body), body); err != nil {
		l.receiver.cfg.Log.Error("piece of a message", "listener", l.cfg.Name, logging.KeyError, err)
	}
}

// An address may have that many pieces of a kind listed within shareFor: whoever sends
// nothing but rubbish must neither fill the list nor keep the disk busy. The count of them
// goes on.
const (
	sharePieces = 10
	shareFor    = time.Hour
	// maxShares bounds how many addresses are told apart; those beyond have none.
	maxShares = 200
)

// listed knows whose pieces were listed. The zero value is ready.
type listed struct {
	mu     sync.Mutex
	shares map[share]*used
}

type share struct {
	reason kept.Reason
	from   string
}

type used struct {
	pieces int
	since  time.Time
}

// grant reports whether one more may be listed.
func (l *listed) grant(reason kept.Reason, from string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s, u := range l.shares {
		if now.Sub(u.since) >= shareFor {
			delete(l.shares, s)
		}
	}
	of := share{reason, from}
	u := l.shares[of]
	if u == nil {
		if len(l.shares) == maxShares {
			return false
		}
		if l.shares == nil {
			l.shares = map[share]*used{}
		}
		u = &used{since: now}
		l.shares[of] = u
	}
	u.pieces++
	return u.pieces <= sharePieces
}
