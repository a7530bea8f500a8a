# SPDX-License-Identifier: Apache-2.0
set -e; if false; then :; elif false; then :; fi; echo a; while false; do :; done; until true; do :; done; echo b
####
set -e; ! { false; echo in; }; echo a; ! (false; echo sub); echo b; { false; echo x; } && echo y; echo c
####
set -e; f() { false; echo inf; }; ! f; echo a; f && echo b; f || echo c; if ! f; then echo d; fi; while ! f; do break; done; until f; do break; done; f | cat; echo e; f; echo f
####
set -e; f() { false; echo inf; }; (f) || echo c; (f); echo no
####
set -e; f() { false; echo inf; }; x=$(f) || echo caught "$x"; echo "[$(f)]"; x=$(f); echo no
####
set -e; true | false; echo no
####
set -e; false | false | true; echo a; ! true | false; echo b; ! false | true; echo c; (false | true); echo d; { true | false; } || echo e; { true | false; }; echo no
####
set -e; false && false || false && true; echo a; true && false; echo no
####
set -e; true && { false; echo no; }; echo no
####
set -e; true && (false; echo no); echo no
####
set -e; false || { false; echo no; }; echo no
####
set -e; { false; echo yes; } || { false; echo no; }; echo no
####
set -e; x=$(exit 3) y=1; echo no
####
set -e; x=$(exit 3) y=$(true); echo "$? $x"; x=$(true) y=$(exit 3); echo no
####
set -e; x=$(exit 3) true; echo $?; x=1 false; echo no
####
set -e; >f; >f$(false); echo a; x=1 >f; x=$(false) >f; echo no
####
set -e; f() { local x=$(false); echo a; local y; y=$(false); echo no; }; f
####
set -e; export X=$(false); echo a; readonly Y=$(exit 4); echo b; : $(false); echo c; eval "$(false)"; echo d; eval 'false'; echo no
####
set -e; eval 'false || true'; eval 'if false; then :; fi'; eval 'false' || echo a; if eval 'false; echo q'; then echo b; fi; ! eval 'false; echo r'; eval 'echo x; false; echo no'; echo no
####
set -e; echo 'false; echo in' >l; . ./l || echo a; if . ./l; then echo b; fi; ! . ./l; . ./l; echo no
####
set -e; trap 'echo t $?; false; echo still' EXIT; echo a
####
set -e; trap 'false; echo still' EXIT; false
####
set -e; trap 'set +e; false; echo still $?' EXIT; false
####
set -e; trap 'echo t $?; exit 7' EXIT; false
####
set -e; case $(false) in '') echo a;; esac; case x in x) false;; esac; echo no
####
set -e; case x in y) false;; esac; echo a; case x in x) ;; esac; echo b; case x in x) false || true;; esac; echo c; case a in a) case b in b) false;; esac;; esac || echo d; case x in x) true; false;; esac; echo no
####
set -e; for i in $(false) a; do echo $i; done; for i in a; do false; echo no; done; echo no
####
set -e; for i in a b; do false; echo yes; done || echo x; for i in a b; do false && echo; done; echo a; while :; do false || break; done; echo b; while :; do break; done; i=0; while [ $i -lt 2 ]; do i=$((i+1)); [ $i = 5 ] && echo q; done; echo c
####
set -e; if true; then false; echo no; fi; echo no
####
set -e; if false; then :; else false; echo no; fi; echo no
####
set -e; (set +e; false; echo a); (set +e; false); echo no
####
set -e; (exit 0); (exit 3) || echo $?; (exit 3) && echo; echo a; (exit 3); echo no
####
set -e; f() { set +e; false; echo a; }; f; false; echo b
####
set -e; f() { return 3; }; f || echo $?; f && echo x; f; echo no
####
set -e; f() { return 3; }; x=$(f; echo no) || echo a; x=$(f; echo no); echo no
####
set -e; f() { false || return 0; }; f; echo a; f() { false && return 0; }; f || echo b; f() { [ x = y ] && return 0; echo c; }; f; f() { if [ x = y ]; then return 0; fi; }; f; echo d
####
set -e; test -e nothere && echo no; echo a; test -e nothere; echo no
####
set -e; [ -z x ] || [ -n "" ] || echo a; [ -z x ] && [ -n x ]; echo b; [ -n x ] && [ -z x ]; echo no
####
set -e; ! false && echo a; ! true || echo b; ! true; echo c; ! true && echo no; echo d
####
set -e; nosuch || echo $?; nosuch && echo; echo a; if nosuch; then :; fi; nosuch; echo no
####
set -e; cd /nonexistent || echo a; cd /nonexistent; echo no
####
set -e; read x </dev/null || echo a $?; read x </dev/null; echo no
####
set -e; shift 3 || echo a; echo no
####
set -e; command false || echo a; command false && echo; command eval false || echo b; command false; echo no
####
set -e; echo x | { read y; false; echo no; }; echo no
####
set -e; echo x | { read y; false; echo yes; } || echo a; echo x | while read y; do false; echo no; done; echo no
####
set -e; { false; } ; echo no
####
set -e; { false; } || true; { false; } && true; echo a; ( false ) && true; echo b; (false) | true; echo c; if { false; true; }; then echo d; fi
####
set -e; a() { b; echo a; }; b() { false; echo b; }; a || echo no; echo 1; if a; then :; fi; a
####
set -e; trap 'echo bye $?' EXIT; f() { false; }; x=$(f; echo no); echo no
####
set -e; trap 'echo bye $?' EXIT; (false; echo no); echo no
####
set -e; trap 'echo bye $?' EXIT; (trap - EXIT; false); echo no
####
set -e; f() { trap 'echo inf $?' EXIT; false; }; f; echo no
####
set +e; set -e +e; false; echo a; set -eu; echo ${x-} b; set +u; echo $x c; echo $-
####
set -e; false & echo a; wait; echo b; false & wait $! || echo c $?; true & wait $!; echo d
####
set -o errexit; set +o errexit; false; echo a; set -o errexit; false; echo no
####
set -e; i=0; until [ $i = 3 ]; do i=$((i+1)); false || continue; done; echo $i; while false; do :; done || echo no; while i=$((i-1)); [ $i -gt 0 ]; do echo $i; done
####
set -e; f() if false; then :; fi; f; echo a; f() (false; echo no); f || echo b; f
echo no
####
set -e; x=${y:-$(false)}; echo no
####
set -e; echo ${y:-$(false)}; : ${y:=$(false)}; echo a; y=$(false)$(true); echo b; y=$(true)$(false); echo no
####
set -e; x=$((1/0)) || echo no; echo no
####
set -e; x=`false``true`; echo a; x="`true` `exit 5`"; echo no
####
set -e; while read l; do false; done <<E
a
E
echo no
####
set -e; while read l; do false || :; done <<E
a
E
echo a; if read l; then echo $l; fi <<E
b
E
####
set -e; echo a >/nonexistent/x || echo b; echo a >/nonexistent/x; echo no
####
set -e; : >/nonexistent/x || echo b; echo c
####
set -e; { echo a; } >/nonexistent/x || echo b; f() { echo z; }; f >/nonexistent/x || echo c; (echo z) >/nonexistent/x || echo d; if true; then echo q; fi </nonexistent || echo e; { echo a; } >/nonexistent/x; echo no
####
set -e; exec 3</nonexistent || echo b; echo c
####
set -e; unset x; readonly x=1; x=2 || echo a; echo no
