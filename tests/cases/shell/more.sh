# SPDX-License-Identifier: Apache-2.0
set -e
if [ "$1" = configure ] && [ -z "$2" ]; then echo fresh; fi
case "$1" in
    configure|abort-upgrade)
	if test -f /etc/default/foo; then . /etc/default/foo; fi
    ;;
    abort-*)
    ;;
    *)
        echo "postinst called with unknown argument \`$1'" >&2
        exit 1
    ;;
esac
exit 0
####
f() { echo "$1"; return 3; echo no; }; x=$(f a); echo $? $x; if f b; then echo t; else echo e$?; fi; f c || echo or$?
####
echo $(( $(echo 2) + ${x:-3} )) $(( (2 + 3) * (4) )); echo "$(( 1 ? 2 : 0 ))"; echo $((5 -3)) $(( - 5 )) $((2--3))
####
while :; do break; done; echo $?; until false; do break; done; echo $?; for i in 1; do false; done; echo $?; while false; do :; done; echo $?
####
( exit 7 ); echo $?; (echo a; exit 2; echo b) | { read x; echo $x; }; echo $?; exit 3 | true; echo $?
####
set -e; (set +e; false; echo still); echo $-; case $- in *e*) echo has;; esac
####
x=1; (x=2; echo $x); echo $x; { x=3; }; echo $x; f() { x=4; }; f; echo $x; $(x=5); echo $x; x=6 true; echo $x; x=7 f; echo $x
####
echo "a'b" 'a"b' "a\"b" 'a\b' "a\b" "a\$b" "\`" "a
b"
####
echo ${x=1}${x=2} ${y:=z} $y; unset x; echo "${x:=a b}"; for i in $x; do echo $i; done
####
v=foo.bar.baz; echo "${v%.*}|${v%%.*}|${v#*.}|${v##*.}"; e=; echo "[${e#x}]" "[${v#}]" "[${v%%*}]" "[${v##*}]" "[${v#?}]" "[${v%[a-z]}]"
####
a='x y'; case $a in 'x y') echo ok;; esac; case "$a" in x\ y) echo ok2;; esac; case \* in '*') echo star;; esac; case a in [[:alpha:]]) echo cls;; esac; case 5 in [0-9]) echo dig;; esac; case - in [a-]) echo dash;; esac; case ']' in []]) echo br;; esac; case 'a]' in a]) echo lit;; esac
####
echo hi >a; echo there >>a; while IFS= read -r line; do echo "[$line]"; done <a; IFS= read -r l <a; echo $l; exec <a; read x; read y; echo $y$x
####
f() { cat_=1; for x; do echo "-$x"; done; }; f a "b c"; for x in; do :; done; set -- 1 2; for x do echo $x; done
####
set -- -a -- x; while [ $# -gt 0 ]; do case "$1" in -a) echo opt;; --) shift; break;; esac; shift; done; echo "rest $*"
####
trap 'echo exit' EXIT; f() { exit 4; }; f
####
trap 'echo exit; exit 9' EXIT; exit 4
####
trap 'echo exit $?' EXIT; set -e; false; echo no
####
trap - EXIT; trap '' INT; trap 'echo x' EXIT; trap - 0; echo none
####
(trap 'echo sub' EXIT; exit 1); echo $?; x=$(trap 'echo in' EXIT; echo a); echo "$x"
####
exec 3>&1; x=$(echo captured; echo direct >&3); echo "got $x"; exec 4<<E
doc
E
read l <&4; echo $l
####
{ echo a; echo b; } >f; (echo c) >>f; if true; then echo d; fi >>f; for i in e; do echo $i; done >>f; case x in x) echo g;; esac >>f; while read l; do echo -$l; done <f; f() { echo $1; } >ff; f hello; read x <ff; echo $x
####
echo "${1+"$@"}"; set -- "a b" c; for i in ${1+"$@"}; do echo "<$i>"; done; set --; for i in ${1+"$@"}; do echo no; done; echo ${1+x}
####
x="a
b"; echo $x; echo "$x"; printf '%s\n' "$x" | while read l; do echo "<$l>"; done
####
test -z "$nothing" && test -n "x" && test "a" != "b" && test 1 -eq 1 && echo all; [ -d . ] && [ ! -f . ] && [ -e . ] && echo dot; [ a \< b ] && echo lt; [ 1 -eq x ] 2>/dev/null; echo $?; [ a b ] 2>/dev/null; echo $?; [ -n ] && echo n; [ = ]; echo $?; [ ! = ! ]; echo $?; [ ! a ]; echo $?; [ ! '' ]; echo $?
####
[ x -a ]; echo $?
####
[ ! -z x -a ! -z y ]; echo $?; [ -z "" -o -f x ] ; echo $?; [ "(" = "(" ]; echo $?; [ ! "(" = "(" ]; echo $?; test -e x -o -e y; echo $?; [ -a = -a ]; echo $?; [ x = x -a ! y = z ]; echo $?; [ ! x = y -a a ]; echo $?
####
echo a;; echo b
####
if true; then echo x
####
echo "unterminated
####
echo before
fi
####
f() { echo old; }; f() { f2() { echo new; }; f2; }; f; f2; unset -f f2; f2 2>/dev/null; echo $?
####
true; echo $?; false; echo $?; (false); echo $?; $(false); echo $?; $(exit 4); echo $?; x=$(exit 5); echo $?; x=1; echo $?; : $(false); echo $?; echo $(false) $?
####
nosuch 2>/dev/null || echo "rc $?"; ./nosuch 2>/dev/null; echo $?; '' 2>/dev/null; echo $?; $empty; echo $?; $empty echo shifted
####
mkdir_=x; : >a; chmod_=1; [ -s a ] || echo empty; echo x >a; [ -s a ] && echo full; [ -w a ] && echo w; [ -r a ] && echo r; [ -x a ] || echo nox; [ -L a ] || echo nolink
####
if [ "x$1" != "xconfigure" ]; then exit 0; fi; echo ${2:-none}; [ "$2" ] || echo "fresh install"; if [ -n "$2" ] && [ "$2" != '<unknown>' ]; then echo up; fi
####
echo $IFS | { read x; echo "[$x]"; }; set -- $(echo 'a b'); echo $#; set -- "$(echo 'a b')"; echo $#; set x y; shift; echo $1; set -- ; echo $#; set -e -- a; echo $1 $-
####
while read a b; do echo "$b $a"; done <<X | while read c d; do echo "$c"; done
1 2
3 4
X
####
cat_() { while IFS= read -r x || [ -n "$x" ]; do echo "$x"; done; }; printf 'a\nb' | cat_; x=$(printf 'a\n\n\n'); echo "[$x]"
####
x=${y-$(echo "in }")}; echo $x; echo ${y-'}'} "${y-\}}" ${y:-a\ b}
####
echo ${x:-`echo back`} "`echo \"quoted\"`" `echo \$HOME`
####
eval false || echo failed; eval 'exit 3'; echo no
####
. ./nofile; echo no
####
echo 'x=5; return 3; x=6' >lib; . ./lib; echo $? $x; echo 'echo "$@"' >lib; set -- p q; . ./lib; f() { . ./lib; }; f inner
####
command . ./nofile 2>/dev/null; echo went $?; command exit 3; echo no
####
a=5; a=$((a-1)); echo $a; i=0; while [ "$i" -lt 3 ]; do i=`expr_ 2>/dev/null`; i=3; done; echo $i; n=; echo $((n+1)); echo $(( 07 + 1 )); echo $((1==1)) $((1!=1)) $((2>=2)) $((7&3)) $((7|8)) $((7^2)) $((-1>>1))
####
echo x | (read y; echo "$y"); echo y | while :; do read z || break; echo $z; done; true | false | true; echo $?
####
set -e; f() { for i in 1 2 3; do [ $i = 2 ] && return 0; done; }; f; echo ok; g() { [ x = y ] && echo no; }; g; echo unreach
####
set -e; h() { [ x = y ] && echo no; true; }; h; echo reach; ! h; echo r2; h | false; echo no
####
set -e; x=$(false || true); y=$(true; false; echo z) || echo caught "$y"; [ "$(false; echo q)" = q ] && echo eq; echo "$(false)"; echo done
####
set -u; set --; echo "$@" $* $#; f() { echo "${1:-}"; }; f; echo ${nope:+x}; echo "${#nope}"
####
echo one two | { read -r a b; echo $b; read c; echo "st $?"; }
####
PATH=/nonexistent; echo builtin; nosuch 2>/dev/null; echo $?
####
x='$y'; y=z; eval echo $x; eval "x=\"$x\""; echo $x; eval 'f() { echo def; }'; f; eval "for i in 1 2; do echo \$i; done"
####
umask 027; umask; : >f; (umask 0; : >g); umask; set -C; echo a >new; (echo b >new) 2>/dev/null; echo $?; echo c >|new; read x <new; echo $x
