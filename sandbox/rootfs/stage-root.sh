# Sourced in a mount namespace of its own: lays $STAGE/root, the Debian tree of $DEBIAN_ROOT with memory above it, and goes to
# $STAGE. Undone when the namespace ends.

# Nothing that happens here may reach the machine's mount namespace.
mount --make-rprivate /

# Relative names, because overlay's options can't hold every character.
mount -t tmpfs -o mode=755 slipway "$STAGE"
cd "$STAGE"
mkdir lower upper work root
mount --bind "$DEBIAN_ROOT" lower
mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work slipway root
