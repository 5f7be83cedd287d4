// Runs a command in a user namespace that has a binfmt_misc of its own, where programs for arm64 are handed to qemu.
// Nothing is registered on the machine, and the registration ends with the command. Linux 6.7 or newer.
//
//	emulate [--qemu FILE] [--only-with ARGUMENT] [--root FOLDER [--cgroup NAME] [--bind SOURCE:TARGET]…] -- COMMAND ARGUMENT…
//
// With --only-with, a command that lacks that argument needs no emulation: this process becomes it, and no namespace is made.
//
// With --root, FOLDER becomes the root directory first, with /proc and /dev of the caller, empty /tmp and /run, the control
// groups below NAME and no others, and what --bind names; the folder itself doesn't change. The caller puts this process
// into pid and mount namespaces of its own, and removes the control groups; the end of the process ends the command.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// The second life of this program, inside the user namespace, is told by this first argument.
const inside = "--inside-user-namespace"

type list []string

func (l *list) String() string         { return strings.Join(*l, " ") }
func (l *list) Set(value string) error { *l = append(*l, value); return nil }

func main() {
	if len(os.Args) > 3 && os.Args[1] == inside {
		fail(enter(os.Args[2], os.Args[3:]))
	}
	var binds list
	qemu := flag.String("qemu", "/usr/bin/qemu-aarch64-static", "static emulator, as seen from the command's root")
	onlyWith := flag.String("only-with", "", "argument of the command that asks for emulation; without it the command runs as it is")
	root := flag.String("root", "", "folder that becomes the command's root directory")
	cgroup := flag.String("cgroup", "", "control group below which the command's own groups lie")
	flag.Var(&binds, "bind", "SOURCE:TARGET, may be given several times")
	flag.Parse()
	if flag.NArg() == 0 {
		fail(errors.New("no command: emulate [--qemu FILE] [--root FOLDER [--cgroup NAME] [--bind SOURCE:TARGET]…] -- COMMAND ARGUMENT…"))
	}
	if *onlyWith != "" && !slices.Contains(flag.Args(), *onlyWith) {
		fail(become(flag.Args()))
	}
	// Taken while /proc still belongs to the caller: the same file starts again below another root.
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		fail(fmt.Errorf("this program's own file: %w", err))
	}
	if *root != "" {
		if err := pivot(*root, *cgroup, binds); err != nil {
			fail(fmt.Errorf("root %s: %w", *root, err))
		}
	}
	os.Exit(runInside(self, append([]string{inside, *qemu}, flag.Args()...)))
}

// Starts this program again in namespaces of its own and passes signals on until it ends; returns its exit status.
func runInside(self *os.File, args []string) int {
	child := exec.Command(fmt.Sprintf("/proc/self/fd/%d", self.Fd()), args...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	everyone := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1000000}}
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:                 syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		UidMappings:                everyone,
		GidMappings:                everyone,
		GidMappingsEnableSetgroups: true,
		Pdeathsig:                  syscall.SIGKILL,
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	if err := child.Start(); err != nil {
		fail(fmt.Errorf("a user namespace can't be made (root? user.max_user_namespaces?): %w", err))
	}
	go func() {
		for received := range signals {
			_ = child.Process.Signal(received)
		}
	}()
	if err := child.Wait(); err != nil && child.ProcessState == nil {
		fail(err)
	}
	if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return child.ProcessState.ExitCode()
}

// Replaces this process by the command; returns only where that fails.
func become(command []string) error {
	file, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	return syscall.Exec(file, command, os.Environ())
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "emulate:", err)
	os.Exit(125)
}
