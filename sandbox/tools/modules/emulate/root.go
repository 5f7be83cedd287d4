// A folder as root directory; what is written there stays in memory. pivot_root, not chroot: the kernel refuses user
// namespaces to a process under chroot.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

type mount struct {
	source, target, kind string
	flags                uintptr
	data                 string
}

func pivot(root, cgroup string, binds []string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private (is this a mount namespace of its own?): %w", err)
	}
	if err := cover(root); err != nil {
		return err
	}
	plan := []mount{
		{"/proc", "/proc", "", syscall.MS_BIND | syscall.MS_REC, ""},
		{"sysfs", "/sys", "sysfs", syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC, ""},
		{"/dev", "/dev", "", syscall.MS_BIND | syscall.MS_REC, ""},
		{"tmpfs", "/run", "tmpfs", syscall.MS_NOSUID | syscall.MS_NODEV, "mode=755"},
		{"tmpfs", "/tmp", "tmpfs", syscall.MS_NOSUID | syscall.MS_NODEV, "mode=1777"},
	}
	for _, m := range plan {
		if err := m.on(root); err != nil {
			return err
		}
	}
	if cgroup != "" {
		if err := enterCgroups(root, cgroup); err != nil {
			return err
		}
	}
	for _, bind := range binds {
		source, target, found := strings.Cut(bind, ":")
		if !found || !filepath.IsAbs(source) || !filepath.IsAbs(target) {
			return fmt.Errorf("--bind %q: two absolute paths with a colon between are needed", bind)
		}
		if err := place(source, root+target); err != nil {
			return err
		}
		if err := (mount{source, target, "", syscall.MS_BIND | syscall.MS_REC, ""}).on(root); err != nil {
			return err
		}
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	// New and old root in one place: the old one lies on top afterwards and is taken off.
	if err := syscall.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := syscall.Unmount(".", syscall.MNT_DETACH); err != nil {
		return err
	}
	return os.Chdir("/")
}

// Lays memory over root, which may be shared with others and must not change.
func cover(root string) error {
	memory := root + "/tmp"
	if err := (mount{"tmpfs", "/tmp", "tmpfs", 0, "mode=755"}).on(root); err != nil {
		return err
	}
	for _, folder := range []string{"/upper", "/work"} {
		if err := os.Mkdir(memory+folder, 0o755); err != nil {
			return err
		}
	}
	layers := fmt.Sprintf("lowerdir=%s,upperdir=%s/upper,workdir=%s/work", root, memory, memory)
	return mount{"overlay", "", "overlay", 0, layers}.on(root)
}

func (m mount) on(root string) error {
	if err := syscall.Mount(m.source, root+m.target, m.kind, m.flags, m.data); err != nil {
		return fmt.Errorf("mount %s on %s: %w", m.source, root+m.target, err)
	}
	return nil
}

// Makes the mount point for source where there is none yet.
func place(source, target string) error {
	if _, err := os.Stat(target); err == nil {
		return nil
	}
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.WriteFile(target, nil, 0o644)
}
