//go:build linux

package disk_test

import (
	"path/filepath"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

func TestOf(t *testing.T) {
	s, err := disk.Of(t.TempDir())
	if err != nil || s.Size == 0 || s.Free > s.Size {
		t.Errorf("Of = %+v, %v", s, err)
	}
	if _, err := disk.Of(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that is not there has space")
	}
}
