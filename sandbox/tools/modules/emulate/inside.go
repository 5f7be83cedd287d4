// Process 1 of the user namespace: registers the emulator there, then becomes the command.
package main

import (
	"fmt"
	"os"
	"syscall"
)

const binfmt = "/run/binfmt_misc"

// An ELF file of 64 bits, little endian, executable or shared, for machine 0xb7 (AArch64); the mask lets the ABI byte
// and the file type's lowest bit vary. P keeps the command's own name, F opens the emulator now, so that it is also found
// below roots that don't have it.
const aarch64 = `:qemu-aarch64:M::` +
	`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:` +
	`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:%s:PF`

func enter(qemu string, command []string) error {
	if err := syscall.Mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	if err := os.MkdirAll(binfmt, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount("binfmt_misc", binfmt, "binfmt_misc", 0, ""); err != nil {
		return fmt.Errorf("binfmt_misc can't be mounted in a user namespace (%w): Linux 6.7 or newer with CONFIG_BINFMT_MISC is needed", err)
	}
	if err := os.WriteFile(binfmt+"/register", fmt.Appendf(nil, aarch64, qemu), 0o200); err != nil {
		return fmt.Errorf("register %s for arm64: %w", qemu, err)
	}
	return become(command)
}
