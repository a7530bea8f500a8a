# SPDX-License-Identifier: Apache-2.0
trap 'echo a' EXIT; trap; trap 'echo b' EXIT; trap
####
trap "echo 'q'\''x'" EXIT HUP INT; trap
####
trap 'echo a' 0 1 2 15; trap; trap - 1; trap; trap '' 2; trap; trap 2; trap; trap 0
####
trap 'echo got TERM' TERM; kill -TERM $$; echo after; kill -s TERM $$; kill -15 $$; echo end
####
trap 'echo got; exit 3' TERM; kill $$; echo no
####
trap '' TERM; kill $$; echo survived
####
f() { trap 'echo fx' EXIT; echo in; }; f; echo out
####
(trap 'echo s' EXIT); echo p; (trap 'echo s' EXIT; exit 4); echo $?
####
trap 'echo p' EXIT; (echo s); (exit 3); x=$(echo c); echo $x; { echo g; } | cat
####
trap 'echo p' EXIT; (trap); x=$(trap); echo "[$x]"; trap | cat
####
trap 'echo $?; (exit 5)' EXIT; exit 2
####
trap 'echo $?; exit' EXIT; exit 2
####
trap 'echo $?; false; exit' EXIT; exit 2
####
trap 'trap - EXIT; echo once; exit 6' EXIT; exit 2
####
trap 'echo first; trap "echo second" EXIT' EXIT
####
trap 'x=1; echo $x $y' EXIT; y=2; x=9; exit
####
trap 'return 3' EXIT; exit 1
####
trap 'echo a' EXIT; exec true; echo no
####
trap 'echo a' EXIT; trap '' EXIT; echo b
####
trap 'echo a' BADSIG; echo $?
####
trap 'echo a' SIGTERM; echo $?
####
trap 'echo syntax (' EXIT; echo a
####
trap 'nosuchcommand 2>/dev/null' EXIT; exit 3
####
trap 'echo usr; x=1' USR1; x=0; kill -USR1 $$; echo $x; kill -USR1 $$ ; echo $?
####
trap 'echo $LINENO' EXIT
exit
####
trap 'echo one
echo two' EXIT
####
trap 'echo ex' EXIT; f() { return 5; }; f; exit
####
trap 'rm -f t' EXIT; : >t; ls
####
trap 'echo e $?' EXIT; set -u; echo $nope; echo no
####
trap 'echo e $?' EXIT; readonly x=1; x=2; echo no
####
trap 'echo e $?' EXIT; : ${x?}; echo no
####
trap 'echo e $?' EXIT; shift 5; echo no
####
trap 'echo e $?' EXIT; . ./nofile; echo no
####
trap 'echo e $?' EXIT; if
####
trap 'echo e $?' EXIT; eval 'if'; echo no
####
trap 'echo e $?' EXIT; echo $(( 1 / 0 )); echo no
####
trap 'echo e $?' EXIT; set -o nosuch; echo no
####
trap 'echo e $?' EXIT; nosuch; exit
####
(trap 'echo e $?' EXIT; set -e; false); echo $?; x=$(trap 'echo e $?' EXIT; exit 4); echo "$x $?"
####
trap 'echo hup' HUP; trap 'echo p' PIPE; trap 'echo q' QUIT ALRM USR2; trap; trap - HUP PIPE QUIT ALRM USR2; trap; echo end
####
f() { trap 'echo t; return 4' TERM; kill -TERM $$; echo notreached; }; f; echo $?
####
while :; do trap 'break' TERM; kill -TERM $$; echo no; done; echo a
####
trap 'echo 1; exit 1' 1 2 3 15; exit 0
####
trap "rm -f /x; exit" 0; echo a
