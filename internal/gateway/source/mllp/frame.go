package mllp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

// Signs of the minimal lower layer protocol.
const (
	startBlock     = 0x0B
	endBlock       = 0x1C
	carriageReturn = 0x0D
)

const (
	// readBuffer holds most messages, which are then read without being copied.
	readBuffer = 32 << 10
	// smallFrame is what every connection may hold; a larger message takes one of the
	// receiver's large slots, of which there are few.
	smallFrame = 64 << 10
	// headBytes is what is kept of a message that is too large: enough for its MSH.
	headBytes = maxHeader
	// maxGarbage bounds what is passed over in search of a message.
	maxGarbage = 64 << 10
)

var (
	errTooLarge = cause.New(cause.Large, "message is larger than allowed")
	errGarbage  = cause.New(cause.Stray, fmt.Sprintf("more than %d bytes that belong to no message", maxGarbage))
	errCut      = cause.New(cause.Cut, "connection ended within a message")
	errAnew     = cause.New(cause.Anew, "another message began before it ended")
	errSlow     = cause.New(cause.Slow, "message did not arrive in time")
	errBusy     = cause.New(cause.Busy, "too many large messages at the same time")
	errTLS      = cause.New(cause.TLSHere, "the sender begins TLS where a message should begin")
)

// framer takes messages out of a stream: 0x0B, message, 0x1C, 0x0D. It bears a missing
// 0x0D, a missing 0x0B before MSH and garbage in between. No character set in use has
// 0x1C in it, so that always ends a message; 0x0B may stand in a text.
//
// What of the stream is no message it shows to whoever made it. That takes no part in
// reading a message: it costs a sender nothing that sends as it should.
type framer struct {
	conn    net.Conn
	r       *bufio.Reader
	limit   int           // bytes of a message
	idle    time.Duration // how long nothing may come
	within  time.Duration // how long a message may take, from its first byte to its last
	large   chan struct{} // slots for messages above smallFrame
	holding bool          // one of them

	buf   []byte
	begun bool // a message has begun on this connection

	garbage *atomic.Int64      // counts bytes passed over
	cut     func(broken)       // is shown a message that was begun and not ended
	stray   func(bytes []byte) // is shown bytes passed over that somebody should look at
}

// broken is a message that broke off.
type broken struct {
	head []byte // its beginning, at most smallFrame; nil: it is listed as one that was refused
	size int    // of what came of it
	why  error
}

func newFramer(conn net.Conn, limit int, idle, within time.Duration, large chan struct{}) *framer {
	return &framer{conn: conn, r: bufio.NewReaderSize(conn, readBuffer), limit: limit, idle: idle, within: within, large: large}
}

// release gives back what a large message took.
func (f *framer) release() {
	if f.holding {
		<-f.large
		f.holding = false
	}
	if cap(f.buf) > smallFrame {
		f.buf = nil
	}
}

// next gives the next message without its frame, valid until the following call. With
// errTooLarge it gives the beginning of the message, and the stream goes on behind it.
// io.EOF is the end between messages, as is a connection that has been idle for too long.
func (f *framer) next(ctx context.Context) ([]byte, error) {
	f.release()
	f.buf = f.buf[:0]
	if f.r.Buffered() == 0 {
		f.conn.SetReadDeadline(time.Now().Add(f.idle))
		if ctx.Err() != nil { // the deadline that ended reading must not be undone
			return nil, ctx.Err()
		}
	}
	if err := f.start(); err != nil {
		return nil, err
	}
	if body, ok := f.buffered(); ok {
		return f.whole(body), nil
	}
	f.conn.SetReadDeadline(time.Now().Add(f.within))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	body, err := f.collect()
	if err != nil {
		return body, err
	}
	return f.whole(body), nil
}

// start goes to the first byte of a message, and gathers in buf what it passes over.
func (f *framer) start() error {
	for {
		next, err := f.r.Peek(1)
		if err != nil {
			f.passed(true)
			if timedOut(err) || len(f.buf) == 0 && errors.Is(err, io.EOF) {
				return io.EOF
			}
			return err
		}
		c := next[0]
		if len(f.buf) == 0 {
			switch {
			case c == 'M' && f.peeks("MSH"):
				f.begun = true
				return nil
			case c == tlsRecord[0] && !f.begun && f.peeks(tlsRecord):
				return errTLS
			}
		}
		if _, err := f.r.Discard(1); err != nil {
			return err
		}
		switch {
		case c == startBlock:
			if len(f.buf) > 0 {
				f.passed(false)
			}
			f.begun = true
			return nil
		case len(f.buf) == 0 && (c == carriageReturn || c == '\n' || c == endBlock || c == 0):
			continue // what senders put behind a message
		}
		f.buf = append(f.buf, c)
		f.garbage.Add(1)
		if len(f.buf) > maxGarbage {
			f.passed(true)
			return errGarbage
		}
	}
}

// tlsRecord begins a TLS handshake, in every version.
const tlsRecord = "\x16\x03"

// passed ends what was passed over. Somebody should look at it if it may be a message, or
// if it is all that came before the connection ended. What a sender puts between messages
// that arrive matters to nobody.
func (f *framer) passed(ended bool) {
	if n := len(f.buf); n > maxGarbage || n > 0 && ended && !f.begun || bytes.Contains(f.buf, []byte("MSH")) {
		f.stray(f.buf[:min(n, maxGarbage)])
	}
	f.buf = f.buf[:0]
}

// peeks reports whether the text comes next. It waits for it, as it would for a message.
func (f *framer) peeks(text string) bool {
	next, err := f.r.Peek(len(text))
	return err == nil && string(next) == text
}

// buffered gives a message that has arrived already.
func (f *framer) buffered() ([]byte, bool) {
	have, err := f.r.Peek(f.r.Buffered())
	if err != nil {
		return nil, false
	}
	end := bytes.IndexByte(have, endBlock)
	if end < 0 || end > f.limit {
		return nil, false
	}
	if _, err := f.r.Discard(end + 1); err != nil {
		return nil, false
	}
	return have[:end], true
}

// collect reads a message piece by piece.
func (f *framer) collect() ([]byte, error) {
	for {
		piece, err := f.r.ReadSlice(endBlock)
		ended := err == nil
		if ended {
			piece = piece[:len(piece)-1]
		} else if !errors.Is(err, bufio.ErrBufferFull) {
			why := endOf(err)
			size := len(f.buf) + len(piece)
			head := append(f.buf[:min(len(f.buf), smallFrame)], piece...)
			f.cut(broken{head[:min(len(head), smallFrame)], size, why})
			return nil, why
		}
		if len(f.buf)+len(piece) > f.limit {
			return f.skip(append(f.buf, piece[:min(len(piece), headBytes)]...), ended)
		}
		if err := f.room(len(f.buf) + len(piece)); err != nil {
			f.cut(broken{append(f.buf, piece...)[:min(len(f.buf)+len(piece), smallFrame)], len(f.buf) + len(piece), err})
			return nil, err
		}
		f.buf = append(f.buf, piece...)
		if ended {
			return f.buf, nil
		}
	}
}

// room takes a slot for a large message. Whoever has one needs no other, so that those
// who wait for one never wait for each other.
func (f *framer) room(n int) error {
	if n <= smallFrame || f.holding {
		return nil
	}
	wait := time.NewTimer(f.within)
	defer wait.Stop()
	select {
	case f.large <- struct{}{}:
		f.holding = true
		f.conn.SetReadDeadline(time.Now().Add(f.within)) // waiting was not the sender's fault
		return nil
	case <-wait.C:
		return errBusy
	}
}

// skip reads a message that is too large to its end and keeps its beginning.
func (f *framer) skip(head []byte, ended bool) ([]byte, error) {
	head = bytes.Clone(head[:min(len(head), headBytes)])
	f.release()
	for !ended {
		_, err := f.r.ReadSlice(endBlock)
		ended = err == nil
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			why := endOf(err)
			f.cut(broken{nil, f.limit, why})
			return head, fmt.Errorf("%w: %w", errTooLarge, why)
		}
	}
	return head, errTooLarge
}

// whole takes off the beginning of a message that was broken off on the same connection
// and begun anew.
func (f *framer) whole(body []byte) []byte {
	if bytes.IndexByte(body, startBlock) < 0 {
		return body
	}
	if i := bytes.LastIndex(body, []byte{startBlock, 'M', 'S', 'H'}); i >= 0 {
		f.cut(broken{body[:min(i, smallFrame)], i, errAnew})
		return body[i+1:]
	}
	return body
}

// endOf says why a message broke off, by how reading it ended.
func endOf(err error) error {
	if timedOut(err) {
		return errSlow
	}
	return errCut
}

func timedOut(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
