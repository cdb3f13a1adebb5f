package portal

import (
	"encoding/json"
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// standing tells a terminal's own program how the certificate stands with which it has come.
func (p *Portal) standing(w http.ResponseWriter, _ *http.Request, d device.Device) error {
	return answerProgram(w, wire.Standing{Device: d.ID, NotAfter: d.NotAfter.UnixMicro()})
}

// renew gives a terminal's own program its next certificate.
func (p *Portal) renew(w http.ResponseWriter, r *http.Request, d device.Device) error {
	var req wire.RenewRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return fault.New(fault.Invalid, "request for a terminal's next certificate: %w", err)
	}
	answer, err := p.Renewal.Renew(r.Context(), d, req)
	if err != nil {
		return err
	}
	return answerProgram(w, answer)
}

func answerProgram(w http.ResponseWriter, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return answerJSON(w, body)
}
