# SPDX-License-Identifier: Apache-2.0
readonly x=1; (x=2; echo no); echo $?; x=2 true; echo no
####
readonly x=1; x=2 : ; echo no
####
readonly x=1; f() { :; }; x=2 f; echo no
####
readonly x=1; export x=2; echo no
####
readonly x=1; local x; echo no
####
readonly x=1; f() { local x; echo a; x=3; echo no; }; f; echo no
####
readonly x=1; f() { local x=2; echo a; }; f; echo no
####
readonly x=1; unset x; echo no
####
readonly x=1; read x <<E
a
E
echo $?
####
readonly x=1; for x in 1; do echo no; done; echo no
####
readonly x=1; getopts a x -a; echo $?
####
readonly x=1; echo $((x=2)); echo no
####
readonly x; echo "[${x-unset}]"; x=1; echo no
####
readonly x=1; echo ${x:=3}; echo ${y:=$x}; readonly; readonly -p
####
return; echo no
####
return 3; echo no
####
f() { return 1 2; }; f; echo $?
####
f() { return -1; }; f; echo $?
####
f() { return x; }; f; echo $?
####
f() { return 256; }; f; echo $?
####
exit 256
####
exit 300
####
exit -1
####
exit abc
####
exit 1 2
####
(exit 257); echo $?; (exit 1000); echo $?
####
break; echo a; continue; echo b; break 3; echo c
####
for i in 1 2; do for j in 1 2; do break 5; done; echo no; done; echo $i $j
####
for i in 1 2; do for j in 1 2; do continue 9; done; echo no; done; echo $i $j
####
for i in 1; do break 0; echo no; done; echo no
####
for i in 1; do break x; echo no; done; echo no
####
for i in 1 2; do f() { break; }; f; echo a; done
####
for i in 1 2; do eval break; echo no; done; for i in 1 2; do eval continue; echo no; done; echo $i
####
for i in 1 2; do (break; echo s); echo a; done; for i in 1 2; do x=$(continue; echo t); echo $x; done; for i in 1 2; do break | cat; echo p; done
####
echo 'break' >l; for i in 1 2; do . ./l; echo a; done; echo $i
####
for i in 1 2; do while continue 2; do :; done; echo no; done; echo $?
####
for i in 1 2; do if break; then :; fi; done; echo $i; case a in a) break;; esac; echo b
####
for i in 1 2 3; do case $i in 2) continue;; esac; echo $i; done; until break; do :; done; echo $?
####
false; for i in; do :; done; echo $?; false; while false; do :; done; echo $?; false; if false; then :; fi; echo $?; false; case x in y) :;; esac; echo $?; false; case x in x) ;; esac; echo $?
####
false; f() { :; }; echo $?; false; x=1; echo $?; false; : ; echo $?; false; { echo $?; }; false; (echo $?); false; x=$(echo $?); echo $x; false; eval ''; echo $?; false; eval 'echo $?'; : >e; false; . ./e; echo $?; false; f; echo $?
####
f() { return; }; false; f; echo $?; f() { echo $?; return; }; false; f; echo $?; f() { false; return; }; f; echo $?; f() { true; return; }; false; f; echo $?
####
shift; echo no
####
set -- a; shift 2; echo no
####
set -- a; shift x; echo no
####
set -- a; shift -1; echo no
####
set -- a b c; shift 0; echo $#; shift 3; echo $#; set a b; shift $#; echo $#
####
set -- a; (shift 2; echo no); echo $?; command shift 2; echo $? $#
####
command . ./nope; echo $?; command eval 'if'; echo $?
####
command exec nosuch; echo $?
####
exec nosuch; echo no
####
exec ./nosuch; echo no
####
: >f; exec ./f; echo no
####
: >f; ./f; echo $?; mkdir d; ./d; echo $?; d; echo $?; /; echo $?; . ; echo $?
####
printf '#!/bin/sh\necho $0 $1 $#; x=1; exit 3\n' >f; chmod 755 f; x=0; ./f 'a b'; echo $? $x; sh f q; sh -c 'echo $0 $1' n m; sh -c 'echo $0'; sh -e -c 'false; echo no'; echo $?; sh -ec 'echo a; false; echo no' ; echo $?
####
echo 'echo $1 $2; set -- x y' >l; set -- a b; . ./l c; echo $1 $2; . ./l; echo $1 $2
####
. nofile_in_path; echo no
####
echo 'echo p' >inpath; PATH=$PWD:$PATH . inpath; PATH=$PWD:$PATH; . inpath; . inpath z
####
alias f='echo alias'
f() { echo func; }
f
####
type type; type cat; type if; type nosuch; echo $?; f() { :; }; type f; alias al='b c'; type al; command -V cd; command -v f al cat if; echo $?; command -V nosuch; echo $?
####
echo() { printf 'my %s\n' "$1"; }; echo a; command echo b; unset -f echo; echo c; cat() { echo "cat $*"; }; cat x; command cat </dev/null; unset -f cat; cat </dev/null; true() { false; }; true || echo t
####
f=1; f() { echo $f; }; f; unset f; f; unset -v f; unset -f f; f 2>/dev/null; echo $?; unset nope; echo $?; unset -f nope; echo $?; unset 1x; echo no
####
export 1x=2; echo no
####
1x=2; echo $?; x-y=1; echo $?; =x; echo $?; x.y=2; echo $?
####
local x=1; echo no
####
set -q; echo no
####
set -o allexport; echo $-; set -o noglob -o nounset; echo $-; set +o nounset; echo $-; set -C -f; echo $-; set +Cf; echo $-
####
: ${x:?}; echo no
####
: ${x:?a b}; echo no
####
x=; : ${x?}; echo ok; : ${x:?null}; echo no
####
(: ${x?}); echo $?; y=$(: ${x?}); echo $?; echo $(: ${x?}) after; if : ${x?}; then :; fi; echo no
####
echo ${x!y}; echo no
####
echo ${}; echo no
####
echo ${x; echo no
####
echo $(; echo no
####
echo "${x:-a}"}; echo ${x-a}}; echo '${' "\${"; echo ${#x#y}
####
echo ${1a}; echo no
####
x=abc; echo ${x:1}; echo no
####
x=abc; echo ${x/a/b}; echo no
####
x=abc; echo ${x^^}; echo no
####
x=abc; echo ${!x}; echo no
####
foo=bar[1]; a[0]=1; echo $foo; a=(1 2); echo no
####
[[ a = a ]]; echo $?; function f { :; }; echo $?; source /dev/null; echo $?; let x=1; echo $?; declare x=1; echo $?; echo $'a\tb'; echo $"x"; echo a &>f; echo b |& cat; echo no
####
x=1; x+=2; echo $x; ((x=3)); echo $?; echo {a,b} {1..3}; echo $RANDOM-; echo ${PIPESTATUS-none} $BASH_VERSION $UID-; time true; echo $?; select x in a; do break; done
####
select; echo $?; let; echo $?; source; echo $?; pushd; echo $?; cat <<< x
####
echo a &; echo b
####
& echo b
####
; echo b
####
echo a && ; echo b
####
|| echo b
####
(); echo a
####
{ }; echo a
####
{ echo a }; echo b
####
if true; then fi; echo a
####
for i in a; do done
####
while true; done
####
case x in esac; echo a; case x in x) esac; echo b; case x in x) ;; y) esac; echo c; case x in (x) echo d ;; esac; case in in in) echo e;; esac
####
case x in x|) echo a;; esac
####
case x in x) echo a;; ; esac
####
case x in x) echo a;; x) echo b;; esac; case x
in
x)
echo c
;;
esac
####
for i in a b; do echo $i; done; for i in a b
do echo $i; done; for i
do echo no; done; for i; do echo no; done; for i in; do echo no; done; for in in a; do echo $in; done; for 1 in a; do :; done
####
for i a; do :; done
####
f () { echo a; }; f; f() echo b
f
####
f() { echo a; } >o; f; cat o; f() for i in 1 2; do echo $i; done; f; f() case $1 in a) echo A;; esac; f a; f() while :; do break; done; f; echo $?
####
"f"() { :; }
####
if() { :; }
####
fi
####
echo fi done; do
####
! ! true; echo $?
####
!; echo $?
####
! { ! true; }; echo $?; ! ! ; echo no
####
if true; then echo a; fi echo b
####
(echo a) echo b
####
echo a
echo $(echo b
echo c
####
echo a
echo "b
echo c
####
echo a
if true; then
echo b
####
echo a; fi; echo b
echo c
####
eval 'echo a; fi'; echo no
####
(eval 'fi'); echo $?; sh -c 'fi'; echo $?; . /dev/null; echo 'fi' >l; (. ./l); echo $?; . ./l; echo no
