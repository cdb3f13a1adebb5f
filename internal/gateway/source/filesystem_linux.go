package source

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// fileSystems names the types that statfs(2) tells, by the kernel's numbers.
var fileSystems = map[uint32]struct {
	name string
	kind Kind
}{
	unix.NFS_SUPER_MAGIC:       {"nfs", Share},
	unix.SMB_SUPER_MAGIC:       {"smb", Share},
	unix.CIFS_SUPER_MAGIC:      {"cifs", Share},
	unix.SMB2_SUPER_MAGIC:      {"smb2", Share},
	unix.FUSE_SUPER_MAGIC:      {"fuse", Share}, // sshfs and the like: who else writes is not told
	unix.V9FS_MAGIC:            {"9p", Share},
	unix.CEPH_SUPER_MAGIC:      {"ceph", Share},
	unix.AFS_SUPER_MAGIC:       {"afs", Share},
	unix.OCFS2_SUPER_MAGIC:     {"ocfs2", Share},
	0x0BD00BD0:                 {"lustre", Share},
	0x01161970:                 {"gfs2", Share},
	0x47504653:                 {"gpfs", Share},
	0x786F4256:                 {"vboxsf", Share},
	unix.EXT4_SUPER_MAGIC:      {"ext4", Local},
	unix.XFS_SUPER_MAGIC:       {"xfs", Local},
	unix.BTRFS_SUPER_MAGIC:     {"btrfs", Local},
	unix.F2FS_SUPER_MAGIC:      {"f2fs", Local},
	unix.MSDOS_SUPER_MAGIC:     {"fat", Local},
	unix.TMPFS_MAGIC:           {"tmpfs", Local},
	unix.OVERLAYFS_SUPER_MAGIC: {"overlay", Local},
	0x2FC12FC1:                 {"zfs", Local},
	0x5346544E:                 {"ntfs", Local},
}

// fileSystem tells what a folder lies on. What is not known counts as a disk, and is
// polled as well for as long as notifications do not cover it.
func (f *handle) fileSystem() (name string, kind Kind) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(f.fd, &st); err != nil {
		return "", Local
	}
	known, ok := fileSystems[uint32(st.Type)]
	if !ok {
		return fmt.Sprintf("%#x", uint32(st.Type)), Local
	}
	return known.name, known.kind
}
