# SPDX-License-Identifier: Apache-2.0
echo hello world
echo "a  b" 'c  d' e\ f
x=5; echo $x "$x" '$x' ${x} ${#x}
####
set -- a 'b c' ''; for i in "$@"; do echo "<$i>"; done; for i in $@; do echo "<$i>"; done; echo "$*"; IFS=:; echo "$*"; echo $#
####
x='a b  c'; printf '<%s>' $x; echo; IFS=' :'; x='a: b::c '; printf '<%s>' $x; echo
IFS=:; x=':a::b:'; printf '<%s>' $x; echo; x=; printf '<%s>' $x "$x" ''$x; echo
####
unset x; echo ${x:-d e} "${x:-d  e}" ${x-'q  r'} "${x-'q  r'}" ${x:+set} ${x=asg} $x
x=; echo "[${x-un}]" "[${x:-un}]" "[${x+set}]" "[${x:+set}]"
####
p=/usr/share/doc/foo.tar.gz; echo ${p##*/} ${p#*/} ${p%.*} ${p%%.*} ${p%/*} "${p%'.gz'}" "${p#"/usr"}" ${p%[.]gz}
####
set -e
false || echo ok
if false; then echo no; fi
! true
echo after
x=$(false) || echo caught
(exit 3) || echo $?
f() { false; echo in f; }
f || echo x
f
echo unreachable
####
set -e
x=$(echo hi; false)
echo no
####
set -e; { false; echo a; } || true; echo b; ( false; echo c ) || echo d; while false; do :; done; until true; do :; done; echo e; false | true; echo f; true | false; echo g
####
trap 'echo bye $?' EXIT; echo hi; exit 3
####
trap 'echo bye' 0; (trap 'echo inner' EXIT; echo x); false
####
f() { local x=1 y; y=2; g; echo $x $y; }; g() { x=9; }; x=0; f; echo $x $y
####
cat_() { while read -r l; do echo "[$l]"; done; }
cat_ <<EOF
a $((1+2)) $(echo sub) \$x \\ \a "q" 'r'
b\
c
EOF
cat_ <<'EOF'
a $((1+2)) $(echo sub) \$x
EOF
cat_ <<-EOF
	tab
		two
	EOF
####
case abc in a*) echo 1;; *) echo 2;; esac
case "a*c" in "a*"c) echo q;; esac
case x in [!a-c]) echo neg;; esac
case '' in ?*) echo some;; *) echo none;; esac
case b in a|b) echo alt;; esac; case z in (z) echo paren; esac
x='a*'; case abc in $x) echo pat;; esac; case abc in "$x") echo no;; *) echo lit;; esac
####
echo $((1+2*3)) $((10/3)) $((-7%3)) $((1<<4)) $((5>3)) $((1&&0)) $((0||2)) $((3?4:5)) $((010)) $((0x1F)) $((~5)) $((!3))
x=4; echo $((x+1)) $(($x*2)) $((x=7)) $x $((x+=2)) $x $((y)) $(( (1+2) * 3 ))
####
echo a > f; echo b >> f; read -r x < f; echo $x; { echo c; echo d; } > g; while read l; do echo "-$l"; done < g; : > h; echo x 2>/dev/null >i
####
echo hi | { read x; echo "got $x"; }; echo a b c | while read x y; do echo "$y/$x"; done; x=1; echo 2 | read x; echo $x
####
exec 3>out; echo three >&3; exec 3>&-; read x <out; echo $x; echo err >&2 2>/dev/null; (echo to2 >&2) 2>o2; 
####
i=0; while [ $i -lt 5 ]; do i=$((i+1)); [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done; for i in 1 2 3; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done
####
[ -n "" ] || echo empty; [ a = a -a b = b ] && echo and; [ a = b -o b = b ] && echo or; [ ! -e nothere ] && echo not; test 3 -gt 2 && echo gt; [ "" ] || echo e; [ x ] && echo x; [ -z ] && echo zz; [ \( a = a \) ] && echo par; [ ! ] || echo bang; [ -f = -f ] && echo op
####
printf '%s-%d-%5s|%-5s|%03d %x %o %c %%\n' a 5 b c 7 255 8 xyz; printf '%s\n' 1 2 3; printf '%b' 'a\tb\n\0101\n'; printf 'no newline'; printf '\n%s %s\n' one
####
echo 'a\tb\nc\\d\0101e\cf'; echo; echo -n x; echo; echo -e y
####
eval 'x="a b"; echo "$x"'; eval "echo \$x"; y=x; eval "z=\$$y"; echo "$z"
####
while getopts ab:c o -a -b val -c -d rest; do echo "$o ${OPTARG-none} $OPTIND"; done 2>/dev/null; echo $OPTIND
####
f() { return 4; }; f; echo $?; f() { false; return; }; f; echo $?; f() { echo "$# $1"; shift; echo "$1"; }; f a b; g() ( exit 5 ); g; echo $?
####
echo `echo a \`echo b\`` "`echo "x y"`"; echo $(echo $(echo nested) ")"); echo "$(case x in x) echo y;; esac)"
####
set -u; echo ${x-default}; echo $x; echo no
####
x=1; readonly x; x=2; echo no
####
: ${x?msg here}; echo no
####
alias ll='echo aliased'; ll
ll a b; unalias ll; ll
####
umask 077; : > secret; umask 022; : > pub; umask
####
echo *; : > b; : > a; : > .h; echo *; echo [a-b] ?; echo x*; echo .*h; echo "*"; set -f; echo *
####
x="a b"; y=$x; echo "$y"; z="$x"c; echo $z; a=1 b=2; echo $a$b; A=x eval 'echo $A'; A=y : ; echo $A
####
command -v echo nothere cd if; echo $?; command -v nothere; echo $?; type echo
####
if ! command -v foo >/dev/null 2>&1; then echo missing; fi; foo; echo $?
####
x=abc; echo ${#x} ${##} $# ${#}; echo ${x:+yes}${x:+ "no  way"}
####
set -- a b c; shift; echo $1 $#; shift 2; echo $#; shift; echo no
####
a() { echo "a:$*"; }; b() { a "$@" x; }; b 1 "2 3"; unset -f a; a; echo $?
####
echo "${x:-"a b"}" "${x:-$(echo c)}" ${x:-"$(echo 'd  e')"} "${x:-a"b c"d}"
####
cd /nonexistent; echo $?; cd .; echo ok
####
exit
####
false; exit
####
f() { set -e; false; echo no; }; f; echo no
####
set -e; f() { false; }; if f; then :; fi; f && echo x; echo here; f; echo no
####
set -e; x=`false`; echo no
####
set -e; local_() { local v=$(false); echo went; }; local_; export Q=$(false); echo on; readonly R=$(false); echo end
####
set -e; for i in 1 2; do false && true; done; echo loop; case a in a) false && true;; esac; echo case; if true; then false && true; fi; echo if; { false && true; }; echo brace; ( false && true ); echo sub
####
echo a; (echo b; exit 3); echo $?; { echo c; }; ! false; echo $?; ! true; echo $?; ! (exit 5); echo $?
####
read x y <<E
one two three
E
echo "$x|$y"; IFS=: read a b c <<E
1:2:3:4
E
echo "$a|$b|$c"; read -r r <<'E'
a\tb
E
echo "$r" ; read e <<'E'
a\
b
E
echo "$e"
####
echo > dir/x; echo $?; : < nofile; echo no
####
echo foo < nofile; echo $?; { echo x; } < nofile; echo $?
####
x=$(cat_() { echo y; }; cat_); echo $x; echo "$( (echo sub) )" $( (echo a); (echo b))
####
# comment
echo a # trailing
echo a#b '#' "#" \#
: # c
echo end
####
echo a; echo b & wait; echo c
####
true && false || echo alt; false && echo x || echo y; true || echo n && echo z
####
a=$((1)) ; echo $((a++1)) 2>/dev/null; echo no
####
echo ${1} ${1:-d} "$1" $10 ${10-ten} $@ "$0" | { read a b; echo "$a $b" | { read x; case "$x" in *case.sh) echo ok;; esac; }; }
####
echo "a\
b" a\
c; ec\
ho joined; x=1\
2; echo $x
####
for i in 1 2 3
do
  if [ $i = 2 ]
  then continue
  elif [ $i = 3 ]; then break
  else echo $i
  fi
done
echo $i
####
y=; for x in; do echo no; done; for x in $y; do echo no; done; for x in "$y"; do echo "e<$x>"; done
####
x='*'; echo "$x"; echo $x; : >q; echo $x; echo "[$x]"; case q in $x) echo m;; esac
####
IFS=; x='a b'; printf '<%s>' $x; unset IFS; printf '<%s>' $x; IFS=' '; x=' a  b '; printf '<%s>' $x; printf '<%s>' "$x"x $x"y" z$x
####
set -- "a b" c; printf '<%s>' "x$@y" "x$*y"; set --; printf '<%s>' "$@" "x$@" "$*"; echo
####
printf '%d %d\n' 3 abc 2>/dev/null; echo $?; printf '%s' ; printf '%5.2s|\n' abcdef; printf '%*d\n' 5 3
####
export A=1; readonly B=2; export -p | { while read l; do case "$l" in *A=*) echo "$l";; esac; done; }
####
{ echo out; echo err >&2; } 2>&1 | while read l; do echo "[$l]"; done; { echo out; echo err >&2; } 2>&1 >f | while read l; do echo "[$l]"; done
