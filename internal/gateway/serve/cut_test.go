package serve_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/serve"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// interrupted is an answer during which something happens once its first line is sent.
type interrupted struct {
	*httptest.ResponseRecorder
	act func()
}

func (w *interrupted) Write(p []byte) (int, error) {
	n, err := w.ResponseRecorder.Write(p)
	if act := w.act; act != nil {
		w.act = nil
		act()
	}
	return n, err
}

// What is taken back while a patient's documents flow ends them: a record of years takes
// its time.
func TestReq_AZ04_documentsAreCut(t *testing.T) {
	for name, tc := range map[string]struct {
		act func(*world)
		cut bool
	}{
		"nothing happens": {act: func(*world) {}},
		"the link is taken back": {cut: true, act: func(w *world) {
			ask[struct{}](w, wire.PathUnlink, wire.PatientRef{PatientID: hanako})
		}},
		"the number is another's": {cut: true, act: func(w *world) {
			taro := clinical.Demographics{Name: "別人 太郎", Kana: "ベツジン タロウ", BirthDate: "1950-02-03", Sex: clinical.Male}
			if err := w.index.Put(w.t.Context(), index.Reading{ID: hanako, Demographics: &taro, Updated: "20240701090000000"}); err != nil {
				w.t.Fatal(err)
			}
		}},
		"the matrix is narrowed": {cut: true, act: func(w *world) {
			for _, k := range []clinical.Kind{clinical.KindPrescription, clinical.KindLab, clinical.KindAllergy} {
				w.narrow(k, access.AudiencePhysician, access.Cell{})
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			later := time.Duration(0)
			w.config.Clock = func() time.Time { return time.Now().Add(later) }
			handler := serve.New(w.config, wire.LaneCall)
			body := encode(t, wire.ContentRequest{})
			req := httptest.NewRequestWithContext(serve.WithCenterCert(t.Context(), cert), http.MethodPost, wire.PathContent, bytes.NewReader(body))
			req.Header.Set(wire.AssertionHeader, w.sign(assertion(), body, time.Now()))
			rec := &interrupted{httptest.NewRecorder(), func() {
				tc.act(w)
				later = 2 * time.Second
			}}
			handler.ServeHTTP(rec, req)
			lines := linesOf[wire.Content](t, rec.Body.Bytes())
			documents, done := 0, false
			for _, l := range lines {
				if l.Document != nil {
					documents++
				}
				done = done || l.Done
			}
			rows := w.trail()
			last := rows[len(rows)-1]
			want, outcome := 3, index.Done
			if tc.cut {
				want, outcome = 1, index.Failed
			}
			if documents != want || done == tc.cut || last.Outcome != outcome || last.Detail.Documents != want {
				t.Errorf("%d documents, done %v, last row %+v", documents, done, last)
			}
		})
	}
}
