// Control groups for what the command starts: below one group of the caller's, which removes it with all that is in it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const cgroups = "/sys/fs/cgroup"

// Makes group in every hierarchy of the machine and shows it below root in the hierarchy's place, so that a runtime that
// believes to be at the top stays inside of it. Works alike where there is one hierarchy (v2) and where there are many.
func enterCgroups(root, group string) error {
	if _, err := os.Stat(cgroups + "/cgroup.controllers"); err == nil {
		return bindCgroup(cgroups, group, root+cgroups)
	}
	entries, err := os.ReadDir(cgroups)
	if err != nil {
		return err
	}
	if err := (mount{"tmpfs", cgroups, "tmpfs", syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC, "mode=755"}).on(root); err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		shown := root + filepath.Join(cgroups, entry.Name())
		if err := os.Mkdir(shown, 0o755); err != nil {
			return err
		}
		if err := bindCgroup(filepath.Join(cgroups, entry.Name()), group, shown); err != nil {
			return err
		}
	}
	return nil
}

func bindCgroup(hierarchy, group, shown string) error {
	folder := hierarchy
	for _, part := range strings.Split(group, "/") {
		above := folder
		folder = filepath.Join(folder, part)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("cgroup %s: %w", folder, err)
		}
		if err := inheritCpuset(above, folder); err != nil {
			return err
		}
	}
	if err := syscall.Mount(folder, shown, "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount %s on %s: %w", folder, shown, err)
	}
	return nil
}

// A new cpuset of v1 is empty, and no process may enter an empty one.
func inheritCpuset(above, folder string) error {
	if _, err := os.Stat(folder + "/cpuset.sched_load_balance"); err != nil {
		return nil
	}
	for _, file := range []string{"/cpuset.cpus", "/cpuset.mems"} {
		value, err := os.ReadFile(above + file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(folder+file, value, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(folder+"/cgroup.clone_children", []byte("1"), 0o644)
}
