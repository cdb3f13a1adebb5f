package link

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Limits of what a gateway may answer.
const (
	maxAnswer = 16 << 20 // a whole JSON answer
	maxLine   = 8 << 20  // one line of a stream
	maxError  = 64 << 10
)

// lane is one connection of a gateway. Whose it is comes from its certificate and
// stays with it: the host in a request's URL is looked at by nobody.
type lane struct {
	gateway directory.Gateway
	hello   wire.Hello
	version int
	conn    *http.ClientConn
	ctx     context.Context // ends with the connection; its cause says why
	cancel  context.CancelCauseFunc
}

func newLane(ctx context.Context, conn *tls.Conn, gateway directory.Gateway) (*lane, error) {
	c, err := httpclient.Over(ctx, conn)
	if err != nil {
		return nil, err
	}
	l := &lane{gateway: gateway, conn: c}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	return l, nil
}

// greet asks the gateway for its hello and checks it against what the directory says.
func (l *lane) greet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	hello, err := call[wire.Hello](ctx, l, wire.PathHello, struct{}{})
	if err != nil {
		return fmt.Errorf("hello: %w", err)
	}
	if hello.Gateway != l.gateway.ID || hello.Facility != l.gateway.Facility {
		return fmt.Errorf("hello of gateway %q of facility %q over the certificate of another", hello.Gateway, hello.Facility)
	}
	if hello.Lane != wire.LaneCall && hello.Lane != wire.LaneBulk {
		return fmt.Errorf("hello for the unknown lane %q", hello.Lane)
	}
	l.hello = hello
	l.version, err = agree(hello)
	return err
}

// agree gives the newest wire version that both ends speak.
func agree(hello wire.Hello) (int, error) {
	v := min(hello.MaxVersion, wire.Version)
	if v < max(hello.MinVersion, wire.OldestVersion) {
		return 0, fmt.Errorf("the gateway speaks wire versions %d to %d, this center %d to %d: update the older one",
			hello.MinVersion, hello.MaxVersion, wire.OldestVersion, wire.Version)
	}
	return v, nil
}

// watch ends the lane when its connection ends, from now on or already.
func (l *lane) watch() {
	l.conn.SetStateHook(func(c *http.ClientConn) {
		if err := c.Err(); err != nil {
			l.cancel(err)
		}
	})
	if err := l.conn.Err(); err != nil { // it ended before the hook was there
		l.cancel(err)
	}
}

// close ends the lane and whatever runs on it.
func (l *lane) close(why error) {
	l.cancel(why)
	l.conn.Close()
}

// header is one header field of a request.
type header struct{ name, value string }

// post sends body and gives the answer if its status is 200. Other answers come back
// as the error that they hold.
func (l *lane) post(ctx context.Context, path string, body []byte, fields ...header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://gateway.invalid"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	for _, f := range fields {
		req.Header.Set(f.name, f.value)
	}
	res, err := l.conn.RoundTrip(req)
	if err != nil {
		return nil, l.silent(ctx, path, err)
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	return nil, refusal(res)
}

// refusal reads the error of an answer. Its kind is the status's, whatever the body
// says, so that a body of another program cannot pass for ours.
func refusal(res *http.Response) error {
	e := wire.Error{Kind: fault.KindOfStatus(res.StatusCode)}
	var said wire.Error
	if json.NewDecoder(io.LimitReader(res.Body, maxError)).Decode(&said) == nil && said.Kind == e.Kind {
		e = said
	}
	return e.Fault()
}

// silent says that the gateway has not answered, unless it was the caller who went away.
func (l *lane) silent(ctx context.Context, path string, err error) error {
	op := fmt.Sprintf("gateway %s, %s", l.gateway.ID, path)
	if errors.Is(ctx.Err(), context.Canceled) && l.ctx.Err() == nil {
		return fmt.Errorf("%s: %w", op, ctx.Err())
	}
	if l.ctx.Err() != nil {
		err = errors.Join(err, context.Cause(l.ctx))
	}
	return &fault.Error{Kind: fault.Unavailable, Key: KeySilent, Op: op, Err: err}
}
