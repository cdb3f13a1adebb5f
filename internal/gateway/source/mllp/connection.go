package mllp

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/tally"
	"mizuhiki.dev/mizuhiki/internal/platform/tcpserver"
)

const (
	// inFlight is how many messages of a connection may wait for their answer.
	inFlight = 256
	// answerTimeout is how long a sender may take to take its answers.
	answerTimeout = 10 * time.Second
)

// listener is one open port.
type listener struct {
	cfg      ListenerConfig
	receiver *Receiver
	server   *tcpserver.Server

	accepted, rejected, duplicates, changed atomic.Int64
	last                                    atomic.Int64 // microseconds

	cut, stray, refused, unheard tally.Tally
	garbage                      atomic.Int64 // bytes
	listed                       listed
}

// reply is an answer that is due, in the order of the messages.
type reply struct {
	header
	answer
	outcome outcome
	commit  *journal.Commit // to wait for; nil: nothing
	msh     []byte          // that the header's fields are parts of
}

var notStored = answer{away, CodeInternal, "", "cannot be stored now, send again later", ""}

// replies are used again: there is one for every message.
var replies = sync.Pool{New: func() any { return &reply{} }}

func newReply(body []byte) *reply {
	p := replies.Get().(*reply)
	msh := append(p.msh[:0], segment(body)...)
	*p = reply{header: readHeader(msh), msh: msh}
	return p
}

// serve takes messages from a connection and answers them in order, while further ones
// are being read.
func (l *listener) serve(ctx context.Context, conn net.Conn) {
	from := tally.AddressOf(conn.RemoteAddr())
	due := make(chan *reply, inFlight)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.answer(ctx, conn, from, due)
	}()
	f := newFramer(conn, l.cfg.MaxMessageMB<<20, time.Duration(l.cfg.IdleSeconds)*time.Second,
		time.Duration(l.cfg.MessageSeconds)*time.Second, l.receiver.large)
	l.watch(ctx, from, f)
	err := l.read(ctx, from, f, due)
	f.release()
	close(due)
	<-ended
	if errors.Is(err, errTLS) {
		l.server.RefusedTLS(conn, err)
	}
	if ctx.Err() == nil && !errors.Is(err, io.EOF) {
		l.receiver.cfg.Log.Warn("mllp connection", "listener", l.cfg.Name, logging.KeyAddr, conn.RemoteAddr().String(), logging.KeyError, err)
	}
}

// read reads messages until the connection or ctx ends, and gives the reason.
func (l *listener) read(ctx context.Context, from string, f *framer, due chan<- *reply) error {
	for {
		if err := l.receiver.journal.Room(ctx); err != nil {
			return err
		}
		body, err := f.next(ctx)
		switch {
		case err == nil:
			due <- l.receive(ctx, from, lead(body))
		case errors.Is(err, errTooLarge):
			due <- l.refuseLarge(from, lead(body))
			if err == errTooLarge { // else it broke off as well
				continue
			}
			return err
		default:
			return err
		}
	}
}

// receive takes one message and gives the answer that is due.
func (l *listener) receive(ctx context.Context, from string, body []byte) *reply {
	r := l.receiver
	now := r.cfg.Clock()
	l.last.Store(now.UnixMicro())
	p := newReply(body)
	if p.answer = judge(&p.header, body); p.verdict != accepted {
		l.keep(p, from, body, now)
		return p
	}
	if r.low.Load() {
		p.answer = answer{away, CodeInternal, "", "out of storage, send again later", ""}
		return p
	}
	id := digest(&p.header)
	take := func() (err error) {
		p.outcome, p.commit, err = r.memory.take(id, body, now, func(changed bool) (*journal.Commit, error) {
			return r.journal.Append(ctx, journal.Record{
				Received: now, Sender: id, Listener: l.cfg.Name, Changed: changed, Body: body,
			})
		})
		return err
	}
	err := take()
	for errors.Is(err, journal.ErrFull) { // others were faster: this sender waits as well
		if err = r.journal.Room(ctx); err == nil {
			err = take()
		}
	}
	if err != nil {
		p.answer = notStored
	}
	return p
}

func (l *listener) refuseLarge(from string, head []byte) *reply {
	p := newReply(head)
	p.answer = answer{faulty, CodeInternal, "", "message is larger than this receiver takes", kept.ReasonLarge}
	listed := *p
	listed.text += ": its beginning is here"
	l.keep(&listed, from, head, l.receiver.cfg.Clock())
	return p
}

// causes of the reasons for which a message is answered with an error.
var causes = map[kept.Reason]cause.Kind{
	kept.ReasonNotHL7: cause.NotHL7, kept.ReasonUnsupported: cause.Unsupported, kept.ReasonIncomplete: cause.Incomplete, kept.ReasonLarge: cause.Large,
}

// keep counts and lists a message that is refused. That it cannot be kept is no reason to
// take it.
func (l *listener) keep(p *reply, from string, body []byte, now time.Time) {
	e := kept.Entry{
		Class: kept.Refused, Reason: p.reason, Detail: p.text, Listener: l.cfg.Name, From: from, Received: now,
		Type: string(p.fields[mshType]), ControlID: string(p.fields[mshControlID]), Code: string(p.code),
	}
	if p.location != "" {
		e.Detail = p.location + ": " + p.text
	}
	l.refused.Add(from, now, cause.Trouble{Cause: causes[p.reason], Said: e.Detail})
	if l.receiver.low.Load() {
		return
	}
	if err := l.receiver.cfg.Kept.Keep(e, journal.DigestOf(body), body); err != nil {
		l.receiver.cfg.Log.Error("refused message", "listener", l.cfg.Name, logging.KeyError, err)
	}
}

// answer writes answers in order, each when its message is durable. Those that are
// ready together go out together.
func (l *listener) answer(ctx context.Context, conn net.Conn, from string, due <-chan *reply) {
	w := bufio.NewWriterSize(conn, 8<<10)
	var buf []byte
	failed := false
	var settled *journal.Commit // the last that was waited for
	var lost error              // what it ended with
	now := l.receiver.cfg.Clock()
	flush := func() {
		if w.Buffered() == 0 || failed {
			return
		}
		conn.SetWriteDeadline(time.Now().Add(answerTimeout))
		if err := w.Flush(); err != nil {
			failed = true
			if ctx.Err() == nil {
				l.unheard.Add(from, l.receiver.cfg.Clock(), cause.From(err))
			}
			conn.Close() // the reader must not go on for somebody who is not there
		}
	}
	var sent stamp
	for p := range due {
		if p.commit == nil {
			now = l.receiver.cfg.Clock()
		} else if p.commit != settled {
			select {
			case <-p.commit.Done():
			default:
				flush()
			}
			settled, lost = p.commit, p.commit.Wait()
			l.receiver.memory.settle(settled, lost == nil)
			now = l.receiver.cfg.Clock()
		}
		if p.commit != nil && lost != nil {
			p.answer = notStored
		}
		l.count(p)
		if failed {
			continue
		}
		buf = appendAcks(buf[:0], &p.header, p.answer, sent.of(now), l.receiver.ids.Add(2))
		if len(buf) > w.Available() {
			flush()
		}
		w.Write(buf) // an error shows in flush
		replies.Put(p)
		if len(due) == 0 {
			flush()
		}
	}
	flush()
}

func (l *listener) count(p *reply) {
	switch {
	case p.verdict != accepted:
		l.rejected.Add(1)
		return
	case p.outcome == duplicate:
		l.duplicates.Add(1)
	case p.outcome == changed:
		l.changed.Add(1)
	}
	l.accepted.Add(1)
}
