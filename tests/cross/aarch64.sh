#!/bin/sh
# SPDX-License-Identifier: MIT
# Build the runtime for AArch64 and run it under qemu: the judge of calls, and a module that is loaded and called.
#
#     aarch64.sh SOURCE_DIR CACHE_DIR GILKIT RUNTIME_SOURCE...
#
# libffi for AArch64 is fetched once, through apt with a state of its own in CACHE_DIR; the machine's packages stay as
# they are. Exit code 77, with the reason, where this cannot run: other machines, missing tools, no network.
set -eu

source=$1 cache=$2 gilkit=$3
shift 3
prefix=/usr/aarch64-linux-gnu
sysroot=$cache/sysroot
out=$cache/out

skip()
{
    echo "skipped: $*"
    exit 77
}

check_machine()
{
    [ "$(uname -sm)" = "Linux x86_64" ] || skip "this is $(uname -sm); the cross test runs on Linux x86_64"
    grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release || skip "this is not Debian bookworm"
    for tool in aarch64-linux-gnu-gcc qemu-aarch64-static apt-get dpkg-deb; do
        command -v $tool >/dev/null ||
            skip "no $tool; run: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static"
    done
    [ -e $prefix/lib/libc.so.6 ] || skip "no C library for AArch64; run: apt-get install libc6-dev-arm64-cross"
}

private_apt()
{
    apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User="$(id -un)" \
        -o Dir::State="$apt/state" -o Dir::Cache="$apt/cache" -o Dir::State::status="$apt/state/status" "$@"
}

fetch_libffi()
{
    [ -e "$sysroot/complete" ] && return
    apt=$cache/apt
    rm -rf "$sysroot" "$apt"
    mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/debs" "$sysroot"
    : >"$apt/state/status"
    private_apt update >"$apt/log" 2>&1 || skip "no package lists for arm64; see $apt/log"
    (cd "$apt/debs" && private_apt download libffi8 libffi-dev >>"$apt/log" 2>&1) ||
        skip "libffi for arm64 cannot be fetched; see $apt/log"
    for deb in "$apt"/debs/*.deb; do
        dpkg-deb -x "$deb" "$sysroot"
    done
    rm -rf "$apt"
    touch "$sysroot/complete"
}

cc()
{
    aarch64-linux-gnu-gcc -std=gnu11 -O2 -g -D_GNU_SOURCE -Wall -Wextra -Wshadow -Werror -I "$source/runtime" \
        -I "$source/runtime/include" -I "$source/sdk/include" -I "$sysroot/usr/include/aarch64-linux-gnu" \
        -DGILKIT_MODULE_FOLDER='"/usr/lib/gilkit/modules"' "$@"
}

# Sources to objects in a folder, as many at once as there are cores.
compile()
{
    folder=$1
    shift
    mkdir -p "$folder"
    jobs=""
    for file in "$@"; do
        object=$folder/$(echo "${file##*/runtime/}" | tr / _).o
        cc -fPIC -fvisibility=hidden -c "$file" -o "$object" &
        jobs="$jobs $!"
        # shellcheck disable=SC2086 # jobs are words
        set -- $jobs
        if [ $# -ge "$(nproc)" ]; then
            wait "$1" || exit 1
            shift
            jobs="$*"
        fi
    done
    for job in $jobs; do
        wait "$job" || exit 1
    done
}

run()
{
    echo "+ $*"
    qemu-aarch64-static -L $prefix "$@"
}

check_machine
fetch_libffi
libffi=$sysroot/usr/lib/aarch64-linux-gnu/libffi.a
rm -rf "$out"

echo "building the runtime for AArch64"
compile "$out/runtime" "$@"

# The judge also without optimisation, where the register path's callers look different.
cc "$source/tests/cross/judge.c" "$out"/runtime/call_plan.c.o "$out"/runtime/call_registers.c.o \
    "$out"/runtime/call_ffi.c.o "$out"/runtime/proto_*.o "$out"/runtime/base_*.o "$libffi" -lpthread -static \
    -o "$out/judge"
cc -O0 "$source/tests/cross/judge.c" "$source"/runtime/call/plan.c "$source"/runtime/call/registers.c \
    "$source"/runtime/call/ffi.c "$source"/runtime/proto/*.c "$source"/runtime/base/*.c "$libffi" -lpthread -static \
    -o "$out/judge-O0"
run "$out/judge" 1 4000
run "$out/judge-O0" 2 1000

cc "$source/tests/cross/smoke.c" "$out"/runtime/*.o "$libffi" -lpthread -ldl -o "$out/smoke"
cc -shared -fPIC -fvisibility=hidden "$source/tests/cross/crossed.c" "$source/tests/cross/crossed_more.c" \
    -o "$out/crossed.so"
chmod go-w "$out" "$out/crossed.so"
run "$out/smoke" "$out/crossed.so"

# This machine refuses it, and says why.
if said=$("$gilkit" run "$out/crossed.so" add 1 2 2>&1); then
    echo "gilkit loaded a module for AArch64 on $(uname -m): $said"
    exit 1
fi
echo "$said"
case $said in
*aarch64*x86_64*) ;;
*)
    echo "the refusal does not name both machines"
    exit 1
    ;;
esac
