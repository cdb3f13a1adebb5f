package disclose_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// letter is the file that the hospital's gateway has.
var letter = clinical.File{Name: "紹介状.pdf", MediaType: "application/pdf", Size: 5, Main: true}

// withFile adds a referral letter with one file to the scene.
func (sc *scene) withFile(content string) disclose.FileRef {
	item := sc.Item(flowtest.Hospital, hospitalID, clinical.KindReferral, "20261103")
	file := letter
	file.Size = int64(len(content))
	sc.gives(func(context.Context) (clinical.File, io.ReadCloser, error) {
		return file, io.NopCloser(bytes.NewReader([]byte(content))), nil
	})
	return disclose.FileRef{Person: sc.patient.ID, Facility: flowtest.Hospital, Item: item.ID, Mark: letter.Mark()}
}

func (sc *scene) gives(file func(context.Context) (clinical.File, io.ReadCloser, error)) {
	sc.Gateways.With(flowtest.Hospital, func(g *flowtest.Gateway) {
		g.File = func(ctx context.Context, _ wire.Assertion, req wire.FileRequest) (clinical.File, io.ReadCloser, error) {
			if req.Mark != letter.Mark() {
				return clinical.File{}, nil, fault.New(fault.NotFound, "another file")
			}
			return file(ctx)
		}
	})
}

// send sends the file and gives what came of it; begun is nil if nothing was sent.
func (sc *scene) send(ctx context.Context, ref disclose.FileRef, to io.Writer) (begun *clinical.File, err error) {
	err = sc.s.SendFile(ctx, sc.caller, ref, func(f clinical.File) io.Writer {
		begun = &f
		return to
	})
	return begun, err
}

// last gives the last row of the access log.
func (sc *scene) last() audit.Event {
	events := sc.Events()
	return events[len(events)-1]
}

func TestSendFile(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		sc := newScene(t, d)
		ref := sc.withFile("hello")
		ref.Number = 3
		var got bytes.Buffer
		begun, err := sc.send(t.Context(), ref, &got)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != "hello" || begun == nil || !cmp.Equal(*begun, letter) {
			t.Errorf("sent %q of %+v", got.String(), begun)
		}
		rows := sc.Events()
		if len(rows) != 2 || rows[0].Action != audit.ActionDecide || rows[1].Action != audit.ActionComplete || rows[0].Decision != rows[1].Decision {
			t.Fatalf("access log = %+v, want a decision and its completion", rows)
		}
		if d := rows[0].Detail; d["page"] != "file" || !cmp.Equal(d["kinds"], []any{"referral"}) {
			t.Errorf("decision detail = %v", d)
		}
		want := map[string]any{"documents": 1.0, "refused": 0.0, "ms": 0.0, "file": 3.0, "bytes": 5.0}
		if diff := cmp.Diff(want, rows[1].Detail); rows[1].Outcome != audit.Done || diff != "" {
			t.Errorf("completion %s (-want +got):\n%s", rows[1].Outcome, diff)
		}
		asked := sc.Gateways.At(flowtest.Hospital).Asked[0]
		if diff := cmp.Diff(wire.Assertion{
			Owner: flowtest.Hospital, Decision: rows[0].Decision, Viewer: sc.caller.Viewer, PatientID: hospitalID,
			Kinds: []clinical.Kind{clinical.KindReferral}, ViewerLink: true, Consent: true, Purpose: access.PurposeCare,
		}, asked); diff != "" {
			t.Errorf("assertion (-want +got):\n%s", diff)
		}
	})
}

// Whatever is not the caller's to have: nothing is asked of a gateway, nothing begins.
func TestSendFile_refuses(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*scene, *disclose.FileRef)
		kind   fault.Kind
		probe  bool // the refusal is a row of its own
	}{
		"another patient's document": {func(sc *scene, r *disclose.FileRef) {
			r.Item = sc.Item(flowtest.Hospital, "another patient", clinical.KindReferral, "20261101").ID
		}, fault.NotFound, true},
		"no document":                   {func(_ *scene, r *disclose.FileRef) { r.Item = ident.New[ident.ItemID]() }, fault.NotFound, true},
		"a hospital that is not linked": {func(_ *scene, r *disclose.FileRef) { r.Facility = flowtest.Hospital2 }, fault.NotFound, true},
		"a person of nobody":            {func(_ *scene, r *disclose.FileRef) { r.Person = ident.New[ident.PersonID]() }, fault.NotFound, true},
		"somebody of another clinic": {func(sc *scene, _ *disclose.FileRef) {
			sc.caller = sc.Caller(flowtest.OtherClinic, access.Physician, access.RoleViewer)
		}, fault.NotFound, true},
		"a clerk": {func(sc *scene, _ *disclose.FileRef) {
			sc.caller = sc.Caller(flowtest.Clinic, access.Clerk, access.RoleLiaison)
		}, fault.Denied, false},
		"no consent any more":             {func(sc *scene, _ *disclose.FileRef) { sc.Revoke(sc.patient.ID) }, fault.Denied, false},
		"a kind that is not released":     {func(sc *scene, _ *disclose.FileRef) { sc.withhold(access.Cell{}) }, fault.Denied, false},
		"a kind that is released later":   {func(sc *scene, _ *disclose.FileRef) { sc.withhold(access.Cell{Allowed: true, DelayDays: 300}) }, fault.Denied, false},
		"a session of one factor":         {func(sc *scene, _ *disclose.FileRef) { sc.caller.TwoFactor = false }, fault.Denied, false},
		"a device that is no longer live": {func(sc *scene, _ *disclose.FileRef) { sc.caller.DeviceLive = false }, fault.Denied, false},
	} {
		t.Run(name, func(t *testing.T) {
			sc := newScene(t, dbtest.SQLite(t, migrate.Center))
			ref := sc.withFile("secret")
			tc.change(sc, &ref)
			var got bytes.Buffer
			begun, err := sc.send(t.Context(), ref, &got)
			if !fault.Is(err, tc.kind) || errors.Is(err, disclose.ErrCut) || begun != nil || got.Len() > 0 {
				t.Errorf("SendFile = %v, begun %v, want %s and nothing", err, begun, tc.kind)
			}
			if n := len(sc.Gateways.At(flowtest.Hospital).Asked); n != 0 {
				t.Errorf("the gateway was asked %d times", n)
			}
			if row := sc.last(); row.Outcome != audit.Denied || tc.probe != (row.Action == audit.ActionProbe) {
				t.Errorf("last row = %+v", row)
			}
		})
	}
}

func (sc *scene) withhold(c access.Cell) {
	m := flowtest.Everything()
	m.Set(clinical.KindReferral, access.AudiencePhysician, c)
	sc.Release(flowtest.Hospital, m)
}

// What the gateway answers before a byte flows.
func TestSendFile_gatewayGivesNone(t *testing.T) {
	for name, tc := range map[string]struct {
		give    func(*scene)
		kind    fault.Kind
		outcome audit.Outcome
		key     fault.Key
	}{
		"it has no such file": {func(sc *scene) {
			sc.gives(func(context.Context) (clinical.File, io.ReadCloser, error) {
				return clinical.File{}, nil, fault.New(fault.NotFound, "x")
			})
		}, fault.NotFound, audit.Denied, ""},
		"it does not believe the assertion": {func(sc *scene) {
			sc.gives(func(context.Context) (clinical.File, io.ReadCloser, error) {
				return clinical.File{}, nil, fault.New(fault.Denied, "x")
			})
		}, fault.Denied, audit.Denied, ""},
		"it is not there": {func(sc *scene) {
			sc.Gateways.With(flowtest.Hospital, func(g *flowtest.Gateway) { g.Online = false })
		}, fault.Unavailable, audit.Failed, "gateway.silent"},
		"it is being written": {func(sc *scene) {
			sc.gives(func(context.Context) (clinical.File, io.ReadCloser, error) {
				return clinical.File{}, nil, fault.WithKey(fault.Unavailable, wire.KeyBeingWritten, nil)
			})
		}, fault.Unavailable, audit.Failed, wire.KeyBeingWritten},
	} {
		t.Run(name, func(t *testing.T) {
			sc := newScene(t, dbtest.SQLite(t, migrate.Center))
			ref := sc.withFile("x")
			tc.give(sc)
			begun, err := sc.send(t.Context(), ref, io.Discard)
			if key, _, _ := fault.Message(err); key != tc.key {
				t.Errorf("key %q, want %q", key, tc.key)
			}
			if !fault.Is(err, tc.kind) || errors.Is(err, disclose.ErrCut) || begun != nil {
				t.Errorf("SendFile = %v, begun %v, want %s", err, begun, tc.kind)
			}
			if row := sc.last(); row.Action != audit.ActionComplete || row.Outcome != tc.outcome || row.Detail["bytes"] != 0.0 {
				t.Errorf("last row = %+v, want a completion: %s", row, tc.outcome)
			}
		})
	}
}

// endless is a file without an end; every read tells the test.
type endless struct {
	read func(sent int64)
	sent int64
	ctx  context.Context
}

func (e *endless) Read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	e.read(e.sent)
	e.sent += int64(len(p))
	return len(p), nil
}

func (*endless) Close() error { return nil }

// Revoked while a file flows: it is cut within a MiB, and within a second of slow flow.
func TestReq_AZ04_revokedWhileAFileFlows(t *testing.T) {
	const mib = 1 << 20
	for name, tc := range map[string]struct {
		revoke func(*scene)
		slow   bool
		most   int64
	}{
		"the consent":            {func(sc *scene) { sc.Revoke(sc.patient.ID) }, false, 5 * mib},
		"the release":            {func(sc *scene) { sc.withhold(access.Cell{}) }, false, 5 * mib},
		"the consent, slow flow": {func(sc *scene) { sc.Revoke(sc.patient.ID) }, true, 4*mib + 128<<10},
		"the own link": {func(sc *scene) {
			sc.Exec(`UPDATE person_link SET state = 'suspended' WHERE facility_id = 'clinic'`)
		}, false, 5 * mib},
		"the session": {func(sc *scene) {
			sc.Exec(`UPDATE session SET ended_at = 1 WHERE id = $1`, sc.caller.Session)
		}, false, 5 * mib},
		"the session, by age": {func(sc *scene) { sc.Now = sc.Now.Add(account.AbsoluteTimeout) }, false, 5 * mib},
		"the account": {func(sc *scene) {
			sc.Exec(`UPDATE user_account SET closed_at = 1 WHERE id = $1`, sc.caller.User)
		}, false, 5 * mib},
		"the role": {func(sc *scene) {
			sc.Exec(`UPDATE user_role SET ended_at = 1 WHERE user_id = $1`, sc.caller.User)
		}, false, 5 * mib},
		"the terminal": {func(sc *scene) {
			sc.Exec(`UPDATE device SET revoked_at = 1 WHERE id = $1`, sc.caller.Device)
		}, false, 5 * mib},
		"the facility's place": {func(sc *scene) {
			sc.Exec(`UPDATE facility SET closed_at = 1 WHERE id = 'clinic'`)
		}, false, 5 * mib},
	} {
		t.Run(name, func(t *testing.T) {
			sc := newScene(t, dbtest.SQLite(t, migrate.Center))
			ref := sc.withFile("")
			revoked := false
			sc.gives(func(ctx context.Context) (clinical.File, io.ReadCloser, error) {
				return clinical.File{Name: "large", Size: -1}, &endless{ctx: ctx, read: func(sent int64) {
					if sent >= 4*mib && !revoked {
						revoked = true
						tc.revoke(sc)
					}
					if tc.slow {
						sc.Now = sc.Now.Add(2 * time.Second)
					}
				}}, nil
			})
			var got counter
			_, err := sc.send(t.Context(), ref, &got)
			if !errors.Is(err, disclose.ErrCut) {
				t.Fatalf("SendFile = %v, want cut", err)
			}
			if int64(got) < 4*mib || int64(got) > tc.most {
				t.Errorf("%d bytes were sent, want at most %d", got, tc.most)
			}
			row := sc.last()
			if row.Action != audit.ActionComplete || row.Outcome != audit.Denied || row.Detail["bytes"] != float64(got) || row.Detail["cause"] != "denied while it was being sent" {
				t.Errorf("last row = %+v", row)
			}
		})
	}
}

// A gateway that takes long to begin: what ended meanwhile sends nothing.
func TestReq_AZ04_endedBeforeTheFirstByte(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	ref := sc.withFile("secret")
	sc.gives(func(context.Context) (clinical.File, io.ReadCloser, error) {
		sc.Exec(`UPDATE session SET ended_at = 1 WHERE id = $1`, sc.caller.Session)
		sc.Now = sc.Now.Add(2 * time.Second)
		return clinical.File{Size: 6}, io.NopCloser(bytes.NewReader([]byte("secret"))), nil
	})
	var got counter
	if _, err := sc.send(t.Context(), ref, &got); !errors.Is(err, disclose.ErrCut) || got != 0 {
		t.Errorf("SendFile = %v after %d bytes, want cut before the first", err, got)
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// gone is a reader who goes away.
type gone struct{ cancel func() }

func (g gone) Write([]byte) (int, error) { g.cancel(); return 0, errors.New("broken pipe") }

func TestSendFile_cutOff(t *testing.T) {
	t.Run("the reader goes away", func(t *testing.T) {
		sc := newScene(t, dbtest.SQLite(t, migrate.Center))
		ref := sc.withFile("hello")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if _, err := sc.send(ctx, ref, gone{cancel}); !errors.Is(err, disclose.ErrCut) {
			t.Errorf("SendFile = %v, want cut", err)
		}
		if row := sc.last(); row.Outcome != audit.Failed || row.Detail["cause"] != "reader gone" || row.Detail["bytes"] != 0.0 {
			t.Errorf("last row = %+v", row)
		}
	})
	t.Run("the gateway sends less than it said", func(t *testing.T) {
		sc := newScene(t, dbtest.SQLite(t, migrate.Center))
		ref := sc.withFile("hello")
		sc.gives(func(context.Context) (clinical.File, io.ReadCloser, error) {
			return clinical.File{Size: 9}, io.NopCloser(bytes.NewReader([]byte("hello"))), nil
		})
		if _, err := sc.send(t.Context(), ref, io.Discard); !errors.Is(err, disclose.ErrCut) || !fault.Is(err, fault.Unavailable) {
			t.Errorf("SendFile = %v, want cut, the gateway silent", err)
		}
		if row := sc.last(); row.Outcome != audit.Failed || row.Detail["cause"] != "gateway silent" || row.Detail["bytes"] != 5.0 {
			t.Errorf("last row = %+v", row)
		}
	})
	t.Run("the link breaks", func(t *testing.T) {
		sc := newScene(t, dbtest.SQLite(t, migrate.Center))
		ref := sc.withFile("hello")
		sc.gives(func(context.Context) (clinical.File, io.ReadCloser, error) {
			broken := io.MultiReader(bytes.NewReader([]byte("hel")), failing{fault.WithKey(fault.Unavailable, "gateway.silent", nil)})
			return clinical.File{Size: 5}, io.NopCloser(broken), nil
		})
		if _, err := sc.send(t.Context(), ref, io.Discard); !errors.Is(err, disclose.ErrCut) {
			t.Errorf("SendFile = %v, want cut", err)
		}
		if row := sc.last(); row.Outcome != audit.Failed || row.Detail["bytes"] != 3.0 {
			t.Errorf("last row = %+v", row)
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// No decision row, no byte.
func TestReq_LOG02_noAuditRowNoFile(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	ref := sc.withFile("secret")
	sc.Exec(`CREATE TRIGGER no_audit BEFORE INSERT ON audit_event WHEN NEW.action = 'disclose' BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	if begun, err := sc.send(t.Context(), ref, io.Discard); !fault.Is(err, fault.Internal) || begun != nil {
		t.Errorf("SendFile = %v, begun %v, want internal and nothing", err, begun)
	}
	if n := len(sc.Gateways.At(flowtest.Hospital).Asked); n != 0 {
		t.Errorf("the gateway was asked %d times", n)
	}
}
