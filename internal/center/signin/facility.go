package signin

import (
	"context"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
)

// Facility gives the facility whose terminal a registered device is, for the page on
// which its people sign in.
func (s *Service) Facility(ctx context.Context, dev device.Device) (directory.Facility, error) {
	return s.directory.Facility(ctx, s.DB.Reader(), dev.Facility)
}
