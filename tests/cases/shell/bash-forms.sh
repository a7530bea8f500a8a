# SPDX-License-Identifier: Apache-2.0
trap 'false; exit' EXIT; exit 3
####
set -e; echo 'false; echo in' >l; . ./l || echo a; if . ./l; then echo b; fi; { echo a; } >/nonexistent/x; echo no
####
echo break >l; for i in 1 2; do . ./l; echo a; done; echo $i
####
[ a == a ] && echo y; [ a = a ] && echo z; test a == b || echo n; [[ a == a ]] && echo w; [ f -nt g ]; echo $?; : >f; [ f -nt g ]; echo $?; case b in [^a]) echo neg;; esac; : >f1; echo [^g]1; x=b1; echo ${x#[^a]}
####
echo -e '\101 \0101 \x41 \e[0m \cX'; echo -e 'a\x4z'; printf '%b|\n' '\101' '\0101' '\x41'; printf '\101\x41\n'; echo $'\x41\101\e'; echo -ne 'a\n'; echo -e "a\\nb"
####
f() { local OPTIND=1 o; while getopts vq: o; do echo "$o $OPTARG $OPTIND"; done; }; f -v -q a; f -vqa x; while getopts ab o -ab -a; do echo $o $OPTIND; done; echo $OPTIND; set -- -x; OPTIND=1; getopts x o; echo $o $OPTIND; getopts x o; echo $? $o $OPTIND
####
set -u; (echo $((nope+1))); echo $?; a=(); echo ${#a[@]} ${a[@]:-none}; echo "${1:-x}" "${@:-none}" "${@-none}"; set --; echo "${@-none}" "${#@}" "${#*}" ${*+set}; set -- a bb; echo ${#@} "${@#b}" "${@%b}" "${@/b/x}"; (echo $9); echo $?
####
echo $(()) $(( )); (( )) ; echo $?
####
x='\*'; : >'*'; echo $x; y='[\*]'; case '*' in $x) echo m;; esac; case '*' in $y) echo m2;; esac; echo .*; mkdir d; : >d/.h; echo d/.*; echo */.
####
a=(x "y z"); for i in "${!a[@]}"; do echo "$i=${a[$i]}"; done; a[5]=q; echo ${!a[*]}; b=("${a[@]}" w); echo ${#b[@]}; c=($(echo 1 2 3)); echo ${c[2]} ${c[-1]}; d=("" x); echo ${#d[@]} "[${d[0]}]"; e=(*); echo ${#e[@]}; IFS=,; echo "${a[*]}"; unset IFS; f() { local arr=("$@"); echo ${#arr[@]}; }; f 1 '2 3'; g=(); g+=(a); g+=("b c"); echo "${g[@]}" ${#g[@]}; [[ -z ${g[9]} ]] && echo none; for x in "${g[@]/#/pre}"; do echo $x; done
####
set -o pipefail; false | true; echo $?; set +o pipefail; set -eo pipefail; (false | true) || echo c; x=$(false | true) || echo d; false | true; echo no
####
cat <<<"a b"; cat <<< a\ b; x=5; cat <<<$x; cat <<<"$x y"; read -r l <<<"q"; echo $l; tr a-z A-Z <<<abc; cat <<E >f
$x
E
cat f; cat << 'E' | tr a b
aa
E
wc -l <<<"a
b"
####
a=(1 2); (a+=(3); a[0]=9; echo "${a[@]}"); echo "${a[@]}"; f() { local -a a=(x); (unset a; echo "${#a[@]}"); echo "${a[@]}"; }; f; b=1; (b+=(2); echo "${b[@]}"); echo "$b"; (declare -r c; declare b; echo $b)
